"""Logs, firmware, passwords and profiles by API: asked for by ids of our own, and nothing of a neighbour."""

from typing import Any

import pytest

from firmware.models import FileLocation, Firmware, FirmwareUpdate, LogRequest
from stations.models import ChargingStation, Command
from tests.admin.world import World
from tests.api.conftest import Caller


def ask(program: Caller, world: World, kind: str, arguments: dict[str, Any]) -> Any:
    url = f"/api/v1/stations/{world[ChargingStation].identity}/commands/"
    return program.write("POST", url, {"kind": kind, "arguments": arguments})


@pytest.mark.parametrize("kind", ["GetLog", "GetDiagnostics"])
def test_a_log_is_asked_for(program: Caller, own: World, kind: str) -> None:
    wish = {"kind": "security", "location": own[FileLocation].pk, "retries": 2, "oldest_at": "2026-11-26T18:30:00Z"}
    answer = ask(program, own, kind, wish)
    assert answer.status_code == 202, answer.content
    log = LogRequest.objects.latest("pk")
    assert (log.kind, log.retries, log.location) == ("security", 2, own[FileLocation])
    assert ask(program, own, kind, {}).status_code == 202
    assert LogRequest.objects.latest("pk").location is None


def test_firmware_is_sent_by_its_id(program: Caller, own: World) -> None:
    ChargingStation.objects.update(model=own[Firmware].model)
    assert ask(program, own, "UpdateFirmware", {"firmware": own[Firmware].pk}).status_code == 202
    assert FirmwareUpdate.objects.latest("pk").firmware == own[Firmware]
    refused = ask(program, own, "SignedUpdateFirmware", {"firmware": own[Firmware].pk})
    assert (refused.status_code, "no signature" in refused.content.decode()) == (409, True)


def test_a_password_is_made_here_and_shown_to_nobody(program: Caller, own: World) -> None:
    answer = ask(program, own, "SetPassword", {})
    assert answer.status_code == 202
    assert Command.objects.latest("pk").arguments["encrypted_password"] not in answer.content.decode()
    assert ask(program, own, "SetPassword", {}).status_code == 409
    assert ask(program, own, "SetPassword", {"encrypted_password": "x"}).status_code == 400


def test_a_security_profile_goes_up_only(program: Caller, own: World) -> None:
    ChargingStation.objects.update(secret_hash="known", security_profile=1)
    assert ask(program, own, "RaiseSecurityProfile", {"profile": 2}).status_code == 202
    assert Command.objects.latest("pk").arguments["profile"] == 2
    refused = ask(program, own, "RaiseSecurityProfile", {"profile": 1})
    assert (refused.status_code, "no way down" in refused.content.decode()) == (409, True)
    for wrong in ({}, {"profile": 7}, {"profile": 2, "priority": "1"}):
        assert ask(program, own, "RaiseSecurityProfile", wrong).status_code == 400


def test_what_a_neighbour_has_does_not_exist(program: Caller, own: World, neighbour: World) -> None:
    before = Command.objects.count()
    assert ask(program, own, "GetLog", {"location": neighbour[FileLocation].pk}).status_code == 400
    assert ask(program, own, "UpdateFirmware", {"firmware": neighbour[Firmware].pk}).status_code == 400
    assert ask(program, neighbour, "GetLog", {}).status_code == 404
    assert Command.objects.count() == before
