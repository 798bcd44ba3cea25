"""The wire log: found by time and text with its counterpart, exported whole; the week of a station; QR codes."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from csms.console.frames import recent_exchanges
from csms.console.week import week_of
from stations.models import ChargingStation, Evse, Frame, StationConnection
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


def call(world: World, message_id: str, minutes_ago: float, answer: str = "{}") -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    shape = {"station": world[ChargingStation], "connection_id": uuid.UUID(int=1), "message_id": message_id}
    Frame.objects.create(
        **shape, at=at, direction=0, message_type=2, action="Heartbeat", text=f'[2,"{message_id}","Heartbeat",{{}}]'
    )
    Frame.objects.create(
        **shape,
        at=at + timedelta(seconds=1),
        direction=1,
        message_type=3,
        action="Heartbeat",
        text=f'[3,"{message_id}",{answer}]',
    )


def test_text_of_an_answer_finds_the_call_too(world: World) -> None:
    call(world, "one", 30, '{"currentTime":"needle"}')
    call(world, "two", 20)
    (found,) = recent_exchanges(world[ChargingStation], count=10, text="needle")
    assert (found.frame.message_id, found.frame.direction, found.outcome) == ("one", 0, "answered")


def test_values_are_told_as_json_writes_them(world: World) -> None:
    call(world, "one", 30, '{"tbc":false,"customData":null}')
    (found,) = recent_exchanges(world[ChargingStation], count=10, text="tbc")
    assert found.answer_fields == [("tbc", "false"), ("customData", "null")]


def test_a_range_of_time(world: World) -> None:
    for name, minutes in (("old", 90), ("fits", 60), ("new", 30)):
        call(world, name, minutes)
    now = timezone.now()
    shown = recent_exchanges(
        world[ChargingStation], count=10, since=now - timedelta(minutes=70), until=now - timedelta(minutes=50)
    )
    assert [exchange.frame.message_id for exchange in shown] == ["fits"]
    olga = logged_in(world.staff[Role.OPERATOR])
    url = reverse("console:station_frames", args=[world[ChargingStation].pk])
    for odd in ("nonsense", "2026-13-45T99:99", "9999-12-31T23:59"):
        assert olga.get(url, {"since": odd, "until": odd, "text": "\x00"}).status_code == 200


def test_why_it_was_offline_and_how_long(world: World) -> None:
    now, station = timezone.now(), ChargingStation.objects.select_related("connection__gateway").get()
    station.created_at = now - timedelta(days=30)
    StationConnection.objects.update(opened_at=now - timedelta(hours=1))
    StationConnection.objects.create(
        station=station,
        gateway=world[StationConnection].gateway,
        ocpp_version="2.0.1",
        security_profile=1,
        opened_at=now - timedelta(days=8),
        closed_at=now - timedelta(hours=3),
        close_reason="power cut",
    )
    week = week_of(station)
    assert [(stretch.state, stretch.reason) for stretch in week.stretches] == [
        ("online", ""),
        ("offline", "power cut"),
        ("online", ""),
    ]
    assert round(week.offline / timedelta(hours=1), 2) == 2
    assert round(week.percent_online, 1) == 98.8
    assert (
        "power cut"
        in logged_in(world.staff[Role.READ_ONLY])
        .get(reverse("console:station_part", args=[station.pk, "history"]))
        .content.decode()
    )


def test_qr_codes_are_offered_where_their_address_is_set(world: World, settings: Settings) -> None:
    olga, url = logged_in(world.staff[Role.READ_ONLY]), reverse("console:station_qr", args=[world[ChargingStation].pk])
    settings.QR_URL_TEMPLATE = ""
    assert olga.get(url).status_code == 404
    settings.QR_URL_TEMPLATE = "https://csms.example/start/{identity}/{evse}"
    page = olga.get(url).content.decode()
    assert "https://csms.example/start/ID-Xanadu/1" in page
    assert page.count("c-qr-code") == Evse.objects.count()
