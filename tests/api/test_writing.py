"""Rows that programs add and change, once, and only if nobody else changed them meanwhile."""

from typing import Any

import pytest

from accounts.models import AuditEvent
from api.models import KeptAnswer
from charging.models import SessionAnomaly
from charging.states import AnomalyStatus
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Command, Site, StationConnection
from tests.admin.world import World
from tests.api.conftest import Caller

SITES = "/api/v1/sites/"


def test_a_program_sets_up_a_site_a_station_a_driver_and_a_card(own: World, program: Caller) -> None:
    site = program.write("POST", SITES, {"name": "Quay", "time_zone": "Europe/Berlin", "latitude": "53.5"})
    assert site.status_code == 201
    assert program.get(site.headers["Location"]).json() == site.json()
    station = program.write("POST", "/api/v1/stations/", {"identity": "HH-1", "site": site.json()["id"]})
    assert (station.status_code, station.json()["organization"]) == (201, own.organization.slug)
    driver = program.write("POST", "/api/v1/drivers/", {"name": "Alice"})
    card = program.write("POST", "/api/v1/tokens/", {"value": "04A1B2C3D4E5F6", "driver": driver.json()["id"]})
    assert card.json()["masked_value"] == "••••E5F6"
    assert "04A1B2C3D4E5F6" not in card.content.decode()
    assert IdToken.objects.get(pk=card.json()["id"]).driver == Driver.objects.get(name="Alice")
    added = AuditEvent.objects.filter(action="added", details__via__startswith="API key")
    assert set(added.values_list("object_label", flat=True)) >= {"Quay", "HH-1", "Alice"}


@pytest.mark.parametrize(
    ("url", "body", "attr"),
    [
        (SITES, {}, "name"),
        (SITES, {"name": "Quay", "time_zone": "Mars/Olympus"}, "time_zone"),
        (SITES, {"name": "Quay", "latitude": 91}, "latitude"),
        ("/api/v1/stations/", {"identity": "a:b"}, "non_field_errors"),
        ("/api/v1/stations/", {"identity": "HH-1", "site": 10**30}, "site"),
        ("/api/v1/tokens/", {"value": " "}, "value"),
    ],
)
def test_what_is_wrong_is_named(program: Caller, url: str, body: dict[str, Any], attr: str) -> None:
    answer = program.write("POST", url, body)
    assert answer.status_code == 400
    assert attr in [error["attr"] for error in answer.json()["errors"]]


def test_the_same_identity_twice_is_refused(own: World, program: Caller) -> None:
    body = {"identity": own[ChargingStation].identity.lower()}
    assert program.write("POST", "/api/v1/stations/", body).status_code == 400


def test_a_change_says_what_it_changed(own: World, program: Caller) -> None:
    url = f"{SITES}{own[Site].pk}/"
    assert program.write("PATCH", url, {"city": "Hamburg", "organization": "nobody"}).status_code == 400
    assert program.write("PATCH", url, {"city": "Hamburg"}).json()["city"] == "Hamburg"
    assert AuditEvent.objects.get(action="changed").details["what"] == {"city": [own.mark, "Hamburg"]}


def test_a_station_that_is_disabled_loses_its_connection(own: World, program: Caller) -> None:
    url = f"/api/v1/stations/{own[ChargingStation].identity}/"
    assert program.write("PATCH", url, {"is_enabled": False}).json()["is_online"] is False
    assert StationConnection.objects.get().closed_at is not None


def test_a_tokens_value_is_fixed(own: World, program: Caller) -> None:
    url = f"/api/v1/tokens/{own[IdToken].pk}/"
    assert program.write("PATCH", url, {"value": "04AABB"}).status_code == 400
    assert program.write("PATCH", url, {"is_blocked": True}).json()["is_blocked"] is True


def test_who_has_seen_an_older_row_does_not_overwrite_it(own: World, program: Caller) -> None:
    url = f"{SITES}{own[Site].pk}/"
    seen = program.get(url).headers["ETag"]
    changed = program.write("PATCH", url, {"city": "Hamburg"}, If_Match=seen)
    assert changed.status_code == 200
    assert program.write("PATCH", url, {"city": "Kiel"}, If_Match=seen).status_code == 412
    assert Site.objects.get(pk=own[Site].pk).city == "Hamburg"
    assert program.write("PATCH", url, {"city": "Kiel"}, If_Match=changed.headers["ETag"]).status_code == 200


def test_a_request_sent_twice_acts_once(own: World, program: Caller) -> None:
    first = program.write("POST", SITES, {"name": "Quay"}, Idempotency_Key="one")
    again = program.write("POST", SITES, {"name": "Quay"}, Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Site.objects.filter(name="Quay").count() == 1
    other = program.write("POST", SITES, {"name": "Pier"}, Idempotency_Key="one")
    assert other.status_code == 422


def test_while_the_first_is_under_way_the_second_is_told_so(own: World, program: Caller) -> None:
    program.write("POST", SITES, {"name": "Quay"}, Idempotency_Key="one")
    KeptAnswer.objects.update(status_code=None)
    assert program.write("POST", SITES, {"name": "Quay"}, Idempotency_Key="one").status_code == 409


def test_what_was_refused_may_come_again_under_its_key(own: World, program: Caller) -> None:
    assert program.write("POST", SITES, {}, Idempotency_Key="one").status_code == 400
    assert program.write("POST", SITES, {"name": "Quay"}, Idempotency_Key="one").status_code == 201


def test_an_anomaly_is_closed_once(own: World, program: Caller) -> None:
    url = f"/api/v1/anomalies/{own[SessionAnomaly].pk}/"
    assert program.write("POST", url + "dismiss/", {}).status_code == 400
    closed = program.write("POST", url + "dismiss/", {"reason": "seen"}).json()
    assert (closed["status"], closed["closing_reason"]) == (AnomalyStatus.DISMISSED, "seen")
    assert program.write("POST", url + "accept/", {"reason": "no"}).status_code == 409


def test_a_command_is_cancelled_before_it_was_sent(own: World, program: Caller) -> None:
    url = f"/api/v1/commands/{own[Command].public_id}/cancel/"
    assert program.write("POST", url).json()["status"] == "cancelled"
    assert program.write("POST", url).status_code == 409


def test_a_token_that_is_known_already_is_refused(program: Caller) -> None:
    """Also in other letters: it is the same card."""
    token = {"value": "04aabbcc", "type": "ISO14443"}
    assert program.write("POST", "/api/v1/tokens/", token).status_code == 201
    again = program.write("POST", "/api/v1/tokens/", token | {"value": "04AABBCC"})
    assert again.status_code == 409
    assert again["content-type"] == "application/problem+json"
