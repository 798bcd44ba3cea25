"""Server time and queries of every page of the console, with a whole network's data.

    make bench-console [ARGS="--scale 0.1 --rounds 5"]

At scale 1 there are 10 000 stations, 1 million sessions, 25 million readings and 25 million frames. The same pages are
asked for at a hundredth of it: a page whose number of queries differs is named. Two people look: one who owns the two
large organizations, and one who owns a tiny one beside them.

Making the data takes about 15 minutes and 20 GB. ``--keep`` keeps it for the next run, on a server that stays: set
DATABASE_URL, whose user must be a superuser.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from benchmarks.bulk import run  # noqa: E402
from benchmarks.network import build  # noqa: E402
from benchmarks.pages import Page, pages_for  # noqa: E402
from benchmarks.shapes import Sizes  # noqa: E402

LIMIT_MS = 200
SHOWN = 40
VIEWERS = {2: "large", 3: "tiny"}


@dataclass(frozen=True)
class Timing:
    viewer: str
    page: Page
    median_ms: float
    worst_ms: float
    cpu_ms: float
    queries: int
    status: int
    is_empty: bool = False
    """A list without rows, whose number of queries says nothing of one with rows."""

    @property
    def key(self) -> str:
        return f"{self.viewer} {self.page.name}"


@contextmanager
def own_database(name: str, fill: Callable[[], None], *, keep: bool) -> Iterator[None]:
    """Filled, unless an earlier run kept it."""
    own = connection.settings_dict["NAME"]
    if not keep or not _is_complete(name):
        run(f"DROP DATABASE IF EXISTS {name}")
        run(f"CREATE DATABASE {name}")
    _connect(name)
    if not keep or not _is_complete(name):
        fill()
        run(f"COMMENT ON DATABASE {name} IS 'complete'")
    yield
    _connect(own)
    if not keep:
        run(f"DROP DATABASE {name}")


def network(scale: float, *, keep: bool) -> AbstractContextManager[None]:
    """A database of its own with the data of this scale."""
    name = f"console_{scale:g}".replace(".", "_")
    return own_database(name, lambda: build(Sizes.at(scale), say), keep=keep)


def _is_complete(name: str) -> bool:
    comment = (
        f"SELECT 1 FROM pg_database WHERE datname = '{name}' AND shobj_description(oid, 'pg_database') = 'complete'"  # noqa: S608
    )
    return bool(run(comment))


def _connect(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def measure(rounds: int, wanted: str) -> list[Timing]:
    found = []
    for pk, viewer in VIEWERS.items():
        user = User.objects.get(pk=pk)
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        for page in pages_for(user):
            if wanted in f"{viewer} {page.name}":
                found.append(_time(client, viewer, page, rounds))
    return found


def _ask(client: Client, page: Page) -> tuple[int, Any]:
    """With the number of queries."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(page.url)
    return len(captured), answer


def _is_empty(answer: Any) -> bool:
    changelist = (getattr(answer, "context_data", None) or {}).get("cl")
    return changelist is not None and not len(changelist.result_list)


def _time(client: Client, viewer: str, page: Page, rounds: int) -> Timing:
    """What comes first warms the caches and counts the queries: the fewer of two, because now and then a request notes
    that the person is still there. A page that takes seconds is asked for less often.
    """
    queries, answer = min((_ask(client, page) for _ in range(2)), key=lambda asked: asked[0])
    took: list[float] = []
    worked: list[float] = []
    backend = connection.connection.info.backend_pid
    for _ in range(rounds):
        begin, busy = time.perf_counter(), _cpu_ms(backend)
        client.get(page.url)
        took.append((time.perf_counter() - begin) * 1000)
        worked.append(_cpu_ms(backend) - busy)
        if sum(took) > 2000:
            break
    middle = statistics.median
    return Timing(viewer, page, middle(took), max(took), middle(worked), queries, answer.status_code, _is_empty(answer))


def _cpu_ms(backend: int) -> float:
    """Of this process and of its database server, if that runs here: what others do on the machine changes it less."""
    schedule = Path(f"/proc/{backend}/schedstat")
    database_ns = int(schedule.read_text().split()[0]) if schedule.exists() else 0
    return time.process_time() * 1000 + database_ns / 1_000_000


def report(small: dict[str, Timing], large: list[Timing]) -> dict[str, object]:
    print(f"{'viewer':7} {'page':64} {'median ms':>10} {'worst ms':>10} {'cpu ms':>8} {'queries':>8} {'at 1 %':>7}")
    for timing in sorted(large, key=lambda timing: timing.median_ms, reverse=True)[:SHOWN]:
        few = small[timing.key].queries if timing.key in small else "-"
        print(
            f"{timing.viewer:7} {timing.page.name[:64]:64} {timing.median_ms:10.1f} {timing.worst_ms:10.1f} "
            f"{timing.cpu_ms:8.1f} {timing.queries:8} {few:>7}"
        )
    few_rows = {key: timing.queries for key, timing in small.items() if not timing.is_empty}
    grown = [timing.key for timing in large if timing.queries > few_rows.get(timing.key, timing.queries)]
    failed = [f"{timing.key}: {timing.status}" for timing in large if timing.status != 200]
    slow = [timing for timing in large if timing.median_ms > LIMIT_MS]
    return {
        "slowest_page_ms": round(max(timing.median_ms for timing in large), 1),
        "most_cpu_ms": round(max(timing.cpu_ms for timing in large), 1),
        "pages": len(large),
        "max_queries": max(timing.queries for timing in large),
        "median_page_ms": round(statistics.median(timing.median_ms for timing in large), 1),
        "over_limit": len(slow),
        "more_queries_with_more_rows": grown,
        "failed": failed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="keep the data, and use what an earlier run kept")
    parser.add_argument("--page", default="", help="only pages with this in their name")
    options = parser.parse_args()
    with network(options.scale / 100, keep=options.keep):
        small = {timing.key: timing for timing in measure(1, options.page)}
    with network(options.scale, keep=options.keep):
        large = measure(options.rounds, options.page)
    result = report(small, large)
    print(json.dumps({"scale": options.scale, **result}))


if __name__ == "__main__":
    main()
