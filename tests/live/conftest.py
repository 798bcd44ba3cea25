"""The stage of the live tests: a web process and somebody who looks at it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web import WebUnderTest


@pytest.fixture(scope="session")
def web(django_db_setup: None, django_db_blocker: Any, _namespace: None) -> Iterator[WebUnderTest]:
    """One web process for the whole session of a worker."""
    with django_db_blocker.unblock():
        process = WebUnderTest()
    yield process
    process.stop()
