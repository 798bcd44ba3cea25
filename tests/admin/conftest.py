"""Pages are asked for here without their assets, which nobody collected."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None
