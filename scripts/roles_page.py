"""Writes docs/roles.md from accounts/roles.py and the admin: `make docs`."""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from django.contrib import admin  # noqa: E402

from accounts.roles import Role  # noqa: E402
from accounts.roletable import rows  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "roles.md"
HEAD = """\
<!-- Written by `make docs`; do not edit. -->
# Roles

What each role may do in its organization. `accounts/roles.py` decides; the same table is in the console under
*What roles may do*. Superusers run the server and may do everything.

"""


def page() -> str:
    admin.autodiscover()
    lines = [f"| | {' | '.join(role.label for role in Role)} |", f"|---|{'---|' * len(Role)}"]
    for row in rows():
        cells = " | ".join(", ".join(row.verbs[role]) or "–" for role in Role)
        lines.append(f"| {row.thing} | {cells} |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
