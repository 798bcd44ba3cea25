"""From the click on "start" to the CALL that arrives at the charger, with many others connected."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from benchmarks.crew import Crew, NotServed, percentile
from benchmarks.ledger import check_count
from benchmarks.options import Report
from benchmarks.sockets import Charger
from charging.services import remote_start
from drivers.models import IdToken, token_key
from stations.models import ChargingStation, Command
from stations.states import CommandStatus

FULL = 200
PAUSE_S = 0.03
"""Between two clicks."""
LIMIT_S = 30.0


def measure(chargers: Sequence[Charger], crew: Crew, report: Report, *, count: int) -> None:
    """What a click does, in this process: authorize the token, queue the command, ring the doorbell."""
    clicker, _ = User.objects.get_or_create(email="benchmark@example.org")
    chosen = chargers[:: max(len(chargers) // count, 1)][:count]
    began = datetime.now(UTC)
    clicked_at: dict[str, float] = {}
    for charger in chosen:
        station = ChargingStation.objects.get(identity=charger.identity)
        token = IdToken.objects.get(organization=station.organization_id, key=token_key(charger.token))
        clicked_at[charger.identity] = time.monotonic()
        with transaction.atomic():
            remote_start(station=station, evse_number=2, token=token, by=clicker)
        time.sleep(PAUSE_S)
    ours = Command.objects.filter(requested_at__gte=began)
    _wait_until_none_is_left(ours.filter(finished_at=None))
    check_count("a remote start", ours.filter(status=CommandStatus.ACCEPTED), len(chosen))
    called_at = crew.calls()
    waits_ms = [1000 * (called_at[identity] - at) for identity, at in clicked_at.items()]
    p50_ms, p99_ms = percentile(waits_ms, 50), percentile(waits_ms, 99)
    report.lines.append(
        f"remote start with {len(chargers)} connected: from the click to the CALL at the charger "
        f"p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms, longest {max(waits_ms):.1f} ms, of {len(chosen)}"
    )
    report.summary |= {"remote_start_p50_ms": round(p50_ms, 1), "remote_start_p99_ms": round(p99_ms, 1)}


def _wait_until_none_is_left(open_commands: QuerySet[Command]) -> None:
    until = time.monotonic() + LIMIT_S
    while open_commands.exists():
        if time.monotonic() > until:
            raise NotServed(f"{open_commands.count()} commands are not finished")
        time.sleep(0.1)
