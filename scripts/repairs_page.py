"""Writes docs/repairs.md from stations/repairs.py and the code that uses each name: `make docs`."""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from stations.repairs import Repair  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "repairs.md"
HEAD = """\
<!-- Written by `make docs`; do not edit. -->
# Repairs

Real stations break the specification, and a station that is refused keeps sending, or forgets what it had to tell. So
what can be understood is mended and taken, and each repair is named on the frame: in the wire log of the station page
the column “repairs” tells what its charger does wrong. A repair never invents energy, a person or a time; what cannot
be mended is answered with an error (see [gateway.md](gateway.md)). The station page counts them under “Peculiarities”.

A frame that needs each of them is in `tests/gateway/test_repairs.py`.

| name | what was done | where |
|---|---|---|
"""


def places() -> dict[Repair, list[str]]:
    """The modules of the gateway that make each repair."""
    texts = {
        path: path.read_text() for path in sorted((ROOT / "gateway").rglob("*.py")) if path.parent.name != "quirks"
    }
    return {
        repair: [
            str(path.relative_to(ROOT)) for path, text in texts.items() if _is_named(f"Repair.{repair.name}", text)
        ]
        for repair in Repair
    }


def _is_named(name: str, text: str) -> bool:
    rest = text.split(name)[1:]
    return any(not (part[:1].isalnum() or part[:1] == "_") for part in rest)


def page() -> str:
    rows = [
        f"| `{repair.value}` | {repair.label} | {', '.join(f'`{path}`' for path in paths)} |\n"
        for repair, paths in places().items()
    ]
    return HEAD + "".join(rows)


def main() -> int:
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
