"""``manage.py`` with a clock that is wrong by as many seconds as the file CLOCK_OFFSET_FILE says."""

import os
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

OFFSET = Path(os.environ["CLOCK_OFFSET_FILE"])
true_time = time.time


def offset_s() -> float:
    return float(OFFSET.read_text() or 0)


class ShiftedClock(datetime):
    """In the place of ``datetime`` where a module asks it for the time of day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(seconds=offset_s())


time.time = lambda: true_time() + offset_s()

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
    import django
    from django.core.management import execute_from_command_line
    from django.utils import timezone

    django.setup()
    from gateway import exchange

    timezone.datetime = exchange.datetime = ShiftedClock  # type: ignore[attr-defined]
    execute_from_command_line(sys.argv)
