"""Commands by API to real stations of every version: at once, awaited, refused before they are queued."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from accounts.models import AuditEvent, User
from api.models import ApiKey
from api.scopes import Scope
from api.services import create_key
from simulator import Charger
from stations.models import Command, Site
from tests.api.conftest import Caller
from tests.conftest import Person, add_station, every_version
from tests.usecases.asking import always, at_rest, refusing


@pytest.fixture
def program(harbour: Site, olga: User) -> Caller:
    return Caller(create_key(organization=harbour.organization, name="Ops", scopes=list(Scope), by=olga)[1])


async def in_thread(ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """As the web process answers: in a thread of its own, whose connection ends with it."""

    def answered() -> Any:
        try:
            return ask(*args, **kwargs)
        finally:
            connection.close()

    return await asyncio.to_thread(answered)


class Asking:
    """The program, asked from a test that also lets a station answer."""

    def __init__(self, program: Caller, station: Charger) -> None:
        self.program, self.url = program, f"/api/v1/stations/{station.identity}/commands/"

    async def __call__(self, body: dict[str, Any], **headers: str) -> Any:
        return await in_thread(self.program.write, "POST", self.url, body, **headers)


@every_version
async def test_a_command_is_queued_and_followed(program: Caller, station: Charger, version: str) -> None:
    await at_rest(station)
    ask = Asking(program, station)
    answer = await ask({"kind": "Reset", "arguments": {"kind": "soft"}})
    assert answer.status_code == 202
    await station.wait_for_call("Reset")
    told = await in_thread(program.get, answer.headers["Location"])
    assert told.json()["id"] == answer.json()["id"]
    assert await ApiKey.objects.filter(last_used_at=None).acount() == 0
    audited = await AuditEvent.objects.aget(action="command asked by API")
    assert audited.details["via"].startswith("API key Ops")


@every_version
async def test_who_waits_gets_the_stations_answer(program: Caller, station: Charger, version: str) -> None:
    await at_rest(station)
    ask = Asking(program, station)
    answer = await ask({"action": "ClearCache"}, Prefer="wait=30")
    told = answer.json()
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=30")
    assert (told["status"], told["response"], told["is_finished"]) == ("accepted", {"status": "Accepted"}, True)
    station.on("ClearCache", always({"status": "Rejected"}))
    assert (await ask({"kind": "ClearCache"}, Prefer="wait=30")).json()["status"] == "rejected"
    station.on("ClearCache", refusing("InternalError"))
    told = (await ask({"kind": "ClearCache"}, Prefer="respond-async, wait=30")).json()
    assert (told["status"], told["error_code"]) == ("rejected", "InternalError")


async def test_who_waits_for_a_station_that_is_away_is_told_when_the_time_is_over(
    program: Caller, station_16: Charger
) -> None:
    await at_rest(station_16)
    await station_16.close()
    answer = await Asking(program, station_16)({"kind": "Reset"}, Prefer="wait=1")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=1")


@every_version
async def test_what_breaks_the_schema_is_refused_before_it_is_queued(
    program: Caller, station: Charger, version: str
) -> None:
    await at_rest(station)
    ask = Asking(program, station)
    count = await Command.objects.acount()
    wrong = {"type": "Gently"}
    for body, status, attr in (
        ({"action": "Reset", "payload": wrong}, 422, "payload.type"),
        ({"action": "Reset"}, 422, "payload.type"),
        ({"action": "MakeCoffee"}, 422, "action"),
        ({"action": "Reset", "payload": []}, 400, "payload"),
        ({"kind": "Reset", "arguments": {"kind": "gently"}}, 400, "arguments.kind"),
        ({"kind": "Reset", "arguments": {"when": "now"}}, 400, "arguments.when"),
        ({"kind": "RawCall"}, 400, "kind"),
        ({"kind": "Reset", "action": "Reset"}, 400, "kind"),
        ({}, 400, "kind"),
        ({"kind": "RemoteStart", "arguments": {"token": 0}}, 400, "arguments.token"),
        ({"kind": "RemoteStop", "arguments": {"session": 0}}, 400, "arguments.session"),
    ):
        answer = await ask(body)
        told = answer.json()
        assert (answer.status_code, told["errors"][0]["attr"]) == (status, attr), (body, told)
    assert await Command.objects.acount() == count


@every_version
async def test_a_session_is_started_and_stopped_by_our_ids(
    program: Caller, station: Charger, version: str, alice: Person
) -> None:
    await at_rest(station)
    ask = Asking(program, station)
    started = await ask(
        {"kind": "RemoteStart", "arguments": {"token": alice.card.pk, "evse_number": 1}}, Prefer="wait=30"
    )
    assert (started.status_code, started.json()["status"]) == (200, "accepted")
    assert alice.uid not in started.content.decode()


async def test_a_command_sent_twice_under_one_key_is_one_command(program: Caller, station_16: Charger) -> None:
    await at_rest(station_16)
    ask = Asking(program, station_16)
    count = await Command.objects.acount()
    answers = [await ask({"kind": "ClearCache"}, Prefer="wait=30", Idempotency_Key="once") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await Command.objects.acount() == count + 1


async def test_a_station_that_never_connected_takes_no_raw_call(program: Caller, harbour: Site) -> None:
    await sync_to_async(add_station)(harbour, "unseen")
    answer = await in_thread(program.write, "POST", "/api/v1/stations/unseen/commands/", {"action": "Reset"})
    assert answer.status_code == 409


@every_version
async def test_places_lists_and_limits_are_asked_for_by_our_ids(
    program: Caller, station: Charger, version: str, alice: Person, charlie: Person
) -> None:
    """The value of a token goes neither in nor out; a neighbour's token, session or reservation is none."""
    await at_rest(station)
    ask = Asking(program, station)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    reserved = await ask(
        {"kind": "ReserveNow", "arguments": {"token": alice.card.pk, "evse_number": 1, "expires_at": until}},
        Prefer="wait=30",
    )
    told = reserved.json()
    assert (reserved.status_code, told["status"]) == (200, "accepted")
    wanted = {"reservation_id": told["arguments"]["reservation_id"]}
    cancelled = await ask({"kind": "CancelReservation", "arguments": wanted}, Prefer="wait=30")
    assert cancelled.json()["status"] == "accepted"
    assert (await ask({"kind": "CancelReservation", "arguments": wanted})).status_code == 409
    listed = await ask({"kind": "SendLocalList", "arguments": {"is_full": True}}, Prefer="wait=30")
    assert (listed.json()["kind"], listed.json()["status"]) == ("GetLocalListVersion", "accepted")
    limit = {"purpose": "tx_default", "kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16}]}
    limited = await ask({"kind": "SetChargingProfile", "arguments": limit}, Prefer="wait=30")
    assert limited.json()["status"] == "accepted"
    number = limited.json()["arguments"]["profile"]["number"]
    cleared = await ask({"kind": "ClearChargingProfile", "arguments": {"number": number}}, Prefer="wait=30")
    assert cleared.json()["status"] == "accepted"
    answers = b"".join(answer.content for answer in (reserved, cancelled, listed, limited, cleared))
    assert alice.uid not in answers.decode()
    for kind, arguments, status in (
        ("ReserveNow", {"token": charlie.card.pk, "expires_at": until}, 400),
        ("ReserveNow", {"token": alice.card.pk, "expires_at": "2020-01-01T00:00:00Z"}, 409),
        ("ReserveNow", {"token": alice.card.pk, "expires_at": "2099-01-01T00:00:00"}, 400),
        ("CancelReservation", {"reservation_id": 0}, 400),
        ("SetChargingProfile", {**limit, "session": 0}, 400),
        ("SetChargingProfile", {**limit, "purpose": "station_max"}, 409),
        ("SetChargingProfile", {**limit, "unit": "hp"}, 400),
    ):
        refused = await ask({"kind": kind, "arguments": arguments})
        assert refused.status_code == status, (kind, arguments, refused.content)
