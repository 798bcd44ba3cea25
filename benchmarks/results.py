"""``benchmarks/RESULTS.md``: the last run of ``make bench``, with the machine it ran on."""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from django.db import connection

from benchmarks.options import Figure
from benchmarks.servers import file_limit

PAGE = Path(__file__).resolve().parent / "RESULTS.md"
PACKAGES = ("Django", "channels", "daphne", "uvloop", "psycopg", "jsonschema-rs", "orjson")


def write_results(command: str, table: str, summary: Mapping[str, Figure]) -> None:
    """Replace the page. The machine is told by what it has, not by its name."""
    PAGE.write_text(
        f"# Results\n\nWritten by `{command}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Figures of one run are for\n"
        f"comparison with each other; another machine has others.\n\n{_machine()}\n\n"
        f"```\n{table.strip()}\n```\n\n```json\n{json.dumps(summary, indent=2)}\n```\n"
    )


def _machine() -> str:
    memory_gib = psutil.virtual_memory().total / 2**30
    load = " ".join(f"{part:.1f}" for part in psutil.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    return "\n".join(
        (
            f"* {psutil.cpu_count()} cores ({_processor()}), {memory_gib:.0f} GiB, load at the end {load}",
            f"* Python {platform.python_version()}, PostgreSQL {postgres} on the same machine, commits reach the disk",
            f"* {packages}",
            f"* a process may open {file_limit()} files",
        )
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
