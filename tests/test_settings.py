"""What the settings do beside naming values."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings

from csms.settings import kept_secret_key


def test_the_embedded_key_is_private_made_once_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    with ThreadPoolExecutor(8) as processes:
        keys = set(processes.map(kept_secret_key, [path] * 8))
    assert keys == {path.read_text()}
    assert len(path.read_text()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_start_that_was_killed_leaves_no_key_behind(tmp_path: Path) -> None:
    (tmp_path / "secret_key.killed").touch()
    assert kept_secret_key(tmp_path / "secret_key")


def test_installations_that_share_a_redis_share_no_queue() -> None:
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"].endswith(":")
    assert settings.CACHES["default"]["KEY_PREFIX"]
