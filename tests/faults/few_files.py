"""``manage.py`` of a process that may open only as many files as MOST_FILES says."""

import os
import resource
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
    from django.core.management import execute_from_command_line

    resource.setrlimit(resource.RLIMIT_NOFILE, (int(os.environ["MOST_FILES"]),) * 2)
    execute_from_command_line(sys.argv)
