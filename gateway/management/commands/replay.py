"""``manage.py replay FIXTURE``: what this release makes of a station's frames. ``make replay`` brings the database."""

import asyncio
import json
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

IDENTITY = "replayed"


class Command(BaseCommand):
    help = "Replay the frames of a station on an empty database, and print answers and sessions."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fixture", type=Path, help="JSON lines, exported from the station page for a replay")

    def handle(self, *args: Any, fixture: Path, **options: Any) -> None:
        from gateway.replay import read_fixture
        from stations.models import ChargingStation

        call_command("migrate", verbosity=0)
        if ChargingStation.objects.exists():
            raise CommandError("This database holds stations. A replay needs an empty one: make replay FIXTURE=…")
        try:
            asyncio.run(self._replay(read_fixture(fixture)))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    async def _replay(self, fixture: Any) -> None:
        from gateway.process import gateway
        from gateway.replay import Replay
        from gateway.scratch import InProcess, set_stage

        await sync_to_async(set_stage)(fixture, IDENTITY)
        wires: list[InProcess] = []

        async def connect() -> InProcess:
            wires.append(InProcess(IDENTITY, fixture.head["ocpp_version"]))
            await wires[-1].open()
            return wires[-1]

        try:
            for step in await Replay(fixture, connect).play():
                self.stdout.write(f"\n→ {step.sent}")
                for answer in step.answers or ["(nothing)"]:
                    self.stdout.write(f"← {answer}")
            for wire in wires:
                await wire.close()
        finally:
            await (await gateway()).drain()
        await sync_to_async(self._print_outcome)()

    def _print_outcome(self) -> None:
        from gateway.scratch import outcome

        told = outcome(IDENTITY)
        for title, rows in told.items():
            self.stdout.write(f"\n{title}: {len(rows)}")
            for row in rows:
                self.stdout.write("  " + json.dumps(row, default=str))
