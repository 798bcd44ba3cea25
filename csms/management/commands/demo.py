"""``manage.py demo``: an invented network, written once, and the chargers' passwords for the simulator."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Organization
from csms.demo.build import Built, build
from csms.demo.checks import fill_books
from csms.demo.history import write_history
from csms.demo.network import OPERATORS
from csms.demo.orders import place_orders

FORCE_HELP = "also into a database that holds other organizations"


class Command(BaseCommand):
    help = "Create the demo network, unless it is there already. Prints the logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--force", action="store_true", help=FORCE_HELP)

    def handle(self, *args: Any, **options: Any) -> None:
        fleet, kept = settings.VAR_DIR / "fleet.json", settings.VAR_DIR / "demo.json"
        slugs = [operator.slug for operator in OPERATORS]
        if not Organization.objects.filter(slug__in=slugs).exists():
            self._refuse_elsewhere(force=options["force"])
            self._build(fleet, kept)
        logins = json.loads(kept.read_text())["logins"] if kept.exists() else []
        if options["json"]:
            self.stdout.write(json.dumps({"logins": logins, "fleet": str(fleet)}))
            return
        for login in logins:
            self.stdout.write(f"{login['email']:<28} {login['password']}   {login['role']}")

    def _refuse_elsewhere(self, *, force: bool) -> None:
        if settings.IS_EMBEDDED or force or not Organization.objects.exists():
            return
        raise CommandError(
            "This database belongs to somebody: it holds organizations that are not the demo's. "
            "Use an empty database, or add --force."
        )

    def _build(self, fleet: Path, kept: Path) -> None:
        """The files come last, but inside the transaction: without the passwords the network would be of no use."""
        with transaction.atomic():
            built: Built = build(f"demo-{secrets.token_hex(4)}-{secrets.token_hex(2)}")
            for organization in built.organizations:
                write_history(organization)
            place_orders(built.organizations[0])
            fill_books(built.organizations[0])
            write_privately(fleet, {"chargers": built.fleet})
            write_privately(kept, {"logins": built.logins})


def write_privately(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
