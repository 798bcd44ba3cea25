"""The page of one command: what was asked, sent and answered, and the same once more."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from stations.commands import RawCall, Reset, send
from stations.models import ChargingStation, Command, Frame
from stations.states import CommandStatus
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def ended(world: World, wanted: Any, **fields: Any) -> Command:
    command = send(world[ChargingStation], wanted)
    now = timezone.now()
    done = {"status": CommandStatus.ACCEPTED, "sent_at": now - timedelta(seconds=2), "finished_at": now}
    Command.objects.filter(pk=command.pk).update(**(done | fields))
    command.refresh_from_db()
    return command


def page(olga: Client, command: Command) -> str:
    return olga.get(reverse("console:command_page", args=[command.pk])).content.decode()


def test_what_was_asked_sent_and_answered_is_decoded(olga: Client, world: World) -> None:
    command = ended(world, Reset(), action="Reset", payload={"type": "OnIdle"}, response={"status": "Scheduled"})
    Frame.objects.create(
        station=world[ChargingStation],
        connection_id=uuid.uuid4(),
        at=timezone.now(),
        direction=1,
        message_type=2,
        message_id="7",
        action="Reset",
        text='[2,"7","Reset",{"type":"OnIdle"}]',
    )
    shown = page(olga, command)
    for word in ("OnIdle", "Scheduled", "after 2000 ms", "Send again", "frame-"):
        assert word in shown
    change = olga.get(reverse("admin:stations_command_change", args=[command.pk]))
    assert change.headers["Location"] == reverse("console:command_page", args=[command.pk])


def test_it_is_sent_again_as_a_new_command(olga: Client, world: World) -> None:
    command = ended(world, Reset())
    url = reverse("console:command_again", args=[command.pk])
    assert olga.get(url).status_code == 405
    assert "data-command-result" in olga.post(url).content.decode()
    again = Command.objects.latest("pk")
    assert (again.kind, again.arguments, again.status) == ("Reset", command.arguments, "queued")
    assert logged_in(world.staff[Role.READ_ONLY]).post(url).status_code == 403


def test_a_raw_call_is_sent_again_from_its_form(olga: Client, world: World) -> None:
    command = ended(world, RawCall("Reset", {"type": "Immediate", "evseId": 4}))
    url = reverse("console:action", args=[command.station_id, "Reset"])
    assert f"{url}?again={command.pk}" in page(olga, command)
    form = olga.get(url, {"again": command.pk}).context["form"]
    assert {field.name: field.value for field in form.fields} == {"type": "Immediate", "evseId": "4"}
    assert olga.post(reverse("console:command_again", args=[command.pk])).status_code == 404
    for odd in ("0", "x", "9" * 30):
        assert olga.get(url, {"again": odd}).status_code == 200


def test_what_held_a_token_is_not_sent_again(olga: Client, world: World) -> None:
    masked = ended(world, RawCall("CustomerInformation", {"requestId": 1, "report": True, "clear": False}))
    Command.objects.filter(pk=masked.pk).update(arguments={"action": "GetLog", "payload": {"idToken": "••••E5F6"}})
    masked.refresh_from_db()
    assert "Send again" not in page(olga, masked)
    odd = ended(world, Reset())
    Command.objects.filter(pk=odd.pk).update(kind="RawCall", arguments={"action": "Make coffee!", "payload": {}})
    odd.refresh_from_db()
    assert "Send again" not in page(olga, odd)
