"""Time and memory of an export: every session of the large organizations as CSV, read as a browser would, part by part.

    python -m csms.embedded exec -- python -m benchmarks.export [--sessions 1000000]

The memory is that of this process, which stands for a web process. It is told for a tenth of the rows and at the end:
what is read and sent in portions does not grow between the two.
"""

import argparse
import json
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

import psutil  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import User  # noqa: E402
from benchmarks.console import own_database, say  # noqa: E402
from benchmarks.network import build  # noqa: E402
from benchmarks.shapes import Sizes  # noqa: E402

STATIONS = 10_000


def measure(sessions: int) -> dict[str, float]:
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=2))
    process = psutil.Process()
    begin, busy = time.monotonic(), process.cpu_times().user
    answer = client.get(reverse("admin:charging_session_export_csv"))
    lines, size, at_tenth, most = 0, 0, 0, 0
    for part in answer:
        lines, size = lines + part.count(b"\n"), size + len(part)
        most = max(most, process.memory_info().rss)
        if not at_tenth and lines > sessions / 10:
            at_tenth = most
    mib = 1024 * 1024
    return {
        "rows": lines - 1,
        "file_mib": round(size / mib, 1),
        "seconds": round(time.monotonic() - begin, 1),
        "cpu_s": round(process.cpu_times().user - busy, 1),
        "memory_at_a_tenth_mib": round(at_tenth / mib, 1),
        "most_memory_mib": round(most / mib, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    options = parser.parse_args()
    sizes = Sizes(STATIONS, options.sessions, frames=0)
    with own_database("console_export", lambda: build(sizes, say, whole=False), keep=False):
        print(json.dumps(measure(options.sessions)))


if __name__ == "__main__":
    main()
