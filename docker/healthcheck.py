#!/usr/bin/env python
"""Is this role of the image well? `healthcheck web|gateway|worker|beat`: status 0 or 1, and a line that says why."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEAT_IS_LATE_AFTER_S = 600
"""Beat notes what it has sent every three minutes."""
BEAT_QUESTION = f"""
from datetime import timedelta
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
since = timezone.now() - timedelta(seconds={BEAT_IS_LATE_AFTER_S})
raise SystemExit(not PeriodicTask.objects.filter(enabled=True, last_run_at__gte=since).exists())
"""


def answers(port: str) -> bool:
    """Asked with a name that Django accepts as its own."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".").replace("*", "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def succeeds(*command: str) -> bool:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=False).returncode == 0


def is_well(role: str) -> bool:
    match role:
        case "web":
            return answers(os.environ.get("WEB_PORT", "8000"))
        case "gateway":
            return answers(os.environ.get("GATEWAY_PORT", "9000"))
        case "worker":
            me = f"celery@{os.uname().nodename}"
            return succeeds("-m", "celery", "--app", "csms", "inspect", "ping", "--destination", me, "--timeout", "5")
        case "beat":
            return succeeds("manage.py", "shell", "--command", BEAT_QUESTION)
    return False


if __name__ == "__main__":
    well = len(sys.argv) == 2 and is_well(sys.argv[1])
    sys.stdout.write("well\n" if well else f"not well: {' '.join(sys.argv[1:])}\n")
    sys.exit(0 if well else 1)
