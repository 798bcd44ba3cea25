from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.STATIC_ROOT = None
