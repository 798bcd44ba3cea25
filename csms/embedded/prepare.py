"""The database of `make run`, in one process because Django takes a second to load: migrations, then the demo network.

`python -m csms.embedded.prepare` prints the logins as JSON; what the migrations say goes to standard error.
"""

from __future__ import annotations

import os
import sys

from django import setup
from django.core.management import call_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
    setup()
    call_command("migrate", interactive=False, stdout=sys.stderr)
    call_command("demo", json=True)
