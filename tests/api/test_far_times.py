"""Times that a program may write and that no clock knows: refused, so that they stand in nobody's way later."""

from typing import Any

import pytest
from django.utils import timezone

from charging.services import follow_reservations
from drivers.models import IdToken
from firmware.models import Firmware
from smartcharging.tasks import look_after_profiles
from stations.models import ChargingStation, Command
from tests.admin.world import World
from tests.api.conftest import Caller

FAR = ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00")
PROFILE = {"purpose": "tx_default", "kind": "absolute", "unit": "A", "periods": [{"start_s": 0, "limit": 16}]}
NOW = "2026-11-22T12:00:00Z"


def asked(own: World, at: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything that may be asked with a time, with this one."""
    firmware = {"firmware": own[Firmware].pk}
    return [
        ("ReserveNow", {"token": own[IdToken].pk, "evse_number": 1, "expires_at": at}),
        *(("SetChargingProfile", PROFILE | {"start_at": NOW, name: at}) for name in ("start_at", "valid_from")),
        ("SetChargingProfile", PROFILE | {"start_at": NOW, "valid_to": at}),
        *((kind, {name: at}) for kind in ("GetDiagnostics", "GetLog") for name in ("oldest_at", "latest_at")),
        *(("UpdateFirmware", firmware | {name: at}) for name in ("retrieve_at", "install_at")),
    ]


@pytest.mark.parametrize("at", [*FAR, "2026-11-22T12:00:00"])
def test_times_that_no_clock_knows_are_refused(own: World, neighbour: World, program: Caller, at: str) -> None:
    """One of them, once kept, kept the jobs of all organizations from their work. A time names its zone."""
    url = f"/api/v1/stations/{own[ChargingStation].identity}/commands/"
    before = Command.objects.count()
    for kind, arguments in asked(own, at):
        answer = program.write("POST", url, {"kind": kind, "arguments": arguments})
        assert answer.status_code in (400, 409), (kind, arguments, answer.content)
    assert Command.objects.count() == before
    Command.objects.filter(finished_at=None).update(status="rejected", finished_at=timezone.now())
    look_after_profiles()
    follow_reservations()


def test_rates_without_an_end_are_refused(own: World, program: Caller) -> None:
    url = f"/api/v1/stations/{own[ChargingStation].identity}/commands/"
    for periods, rate in (("1e400", "0"), ("16", "1e400"), ("16", "-1")):
        body = (
            '{"kind":"SetChargingProfile","arguments":{"purpose":"tx_default","kind":"absolute","unit":"A",'
            f'"start_at":"{NOW}","periods":[{{"start_s":0,"limit":{periods}}}],"min_rate":{rate}}}}}'
        )
        assert program.write("POST", url, body).status_code == 409, body
