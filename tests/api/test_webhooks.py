"""Webhooks to a real server: signed, tried again, played again."""

import html
import json
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import AuditEvent
from accounts.roles import Role
from api.models import DeliveryStatus, Event, EventType, WebhookDelivery, WebhookEndpoint
from api.posting import Posted
from api.services.webhooks import LEASE
from api.signing import secret_of
from api.tasks import delete_old_rows, deliver_webhooks
from stations.commands import Reset, ResetKind
from stations.models import ChargingStation, Command, Site, StationConnection
from stations.services import Closing, close_connections, finish_command
from stations.services.batches import send_to_many
from stations.states import CommandStatus
from tests import cast
from tests.admin.world import World
from tests.api.conftest import Caller
from tests.api.receiving import Receiver, listening


@pytest.fixture
def owner(own: World) -> Client:
    """Logged in to the console."""
    client = Client(headers={"host": "localhost"})
    client.force_login(own.staff[Role.OWNER])
    return client


def let_leases_run_out() -> None:
    WebhookDelivery.objects.update(next_at=F("next_at") - LEASE)
    WebhookEndpoint.objects.update(rests_until=F("rests_until") - LEASE)


def finish(own: World) -> Command:
    command: Command = own[Command]
    finish_command(command.pk, status=CommandStatus.CANCELLED)
    return command


def test_what_happened_is_told_signed(own: World, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    command = finish(own)
    deliver_webhooks()
    (headers, body), *others = receiver.heard
    assert others == []
    told = Webhook(secret_of(endpoint)).verify(body, headers)
    assert told["type"] == "command.finished"
    assert told["data"]["command"]["id"] == str(command.public_id)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.response_code, delivery.attempts) == (DeliveryStatus.DELIVERED, 204, 1)
    deliver_webhooks()
    assert len(receiver.heard) == 1


def test_nobody_is_told_what_they_did_not_ask_for(own: World, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    close_connections([Closing(own[StationConnection].pk, "test")])
    assert Event.objects.filter(type=EventType.STATION_DISCONNECTED).exists()
    deliver_webhooks()
    assert [body for _, body in receiver.heard if b"disconnected" in body] == []


def test_the_neighbour_is_told_nothing(
    own: World, neighbour: World, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    endpoint.delete()
    WebhookEndpoint.objects.create(organization=neighbour.organization, url=receiver.url, events=list(EventType.values))
    finish(own)
    deliver_webhooks()
    assert receiver.heard == []


@pytest.mark.parametrize("code", [500, 302])
def test_what_did_not_arrive_is_tried_again(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, code: int
) -> None:
    receiver.code = code
    finish(own)
    deliver_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.response_code) == (DeliveryStatus.WAITING, code)
    assert timedelta(seconds=2) < delivery.next_at - timezone.now() < timedelta(seconds=7)
    assert len(receiver.heard) == 1
    receiver.code = 200
    WebhookDelivery.objects.update(next_at=timezone.now())
    deliver_webhooks()
    first, second = receiver.heard
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert WebhookDelivery.objects.get().status == DeliveryStatus.DELIVERED
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_after_the_last_try_it_is_given_up_and_may_be_played_again(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, owner: Client
) -> None:
    receiver.code = 500
    finish(own)
    deliver_webhooks()
    WebhookDelivery.objects.update(next_at=timezone.now(), attempts=8)
    deliver_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == DeliveryStatus.FAILED
    receiver.code = 200
    chosen = {"action": "replay", "_selected_action": [delivery.pk]}
    owner.post(reverse("admin:api_webhookdelivery_changelist"), chosen)
    deliver_webhooks()
    assert WebhookDelivery.objects.get().status == DeliveryStatus.DELIVERED
    assert AuditEvent.objects.filter(action="webhook replayed").exists()


def test_an_endpoint_that_fails_for_days_is_disabled(own: World, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    receiver.code = 500
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=6))
    finish(own)
    deliver_webhooks()
    endpoint.refresh_from_db()
    assert endpoint.is_enabled is False
    assert AuditEvent.objects.filter(action="webhook endpoint disabled").exists()


def test_who_answers_gone_is_asked_no_more_and_its_owners_hear_of_it(
    own: World,
    receiver: Receiver,
    endpoint: WebhookEndpoint,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    receiver.code = 410
    finish(own)
    with django_capture_on_commit_callbacks(execute=True):
        deliver_webhooks()
    endpoint.refresh_from_db()
    assert endpoint.is_enabled is False
    (mail,) = mailoutbox
    assert mail.to == [own.staff[Role.OWNER].email]
    assert receiver.url in str(mail.body)
    assert "410" in str(mail.body)


def test_what_a_dead_worker_had_begun_is_tried_again(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(own)
    monkeypatch.setattr("api.services.webhooks.post", lambda *_: sys.exit(1))
    with pytest.raises(SystemExit):
        deliver_webhooks()
    monkeypatch.undo()
    deliver_webhooks()
    assert receiver.heard == []
    let_leases_run_out()
    deliver_webhooks()
    assert len(receiver.heard) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 2)


def test_whoever_comes_late_changes_nothing(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that hung beyond its lease fails after another one delivered."""
    finish(own)

    def hang(*_: Any) -> Posted:
        monkeypatch.undo()
        let_leases_run_out()
        deliver_webhooks()
        return Posted(500, "late")

    monkeypatch.setattr("api.services.webhooks.post", hang)
    deliver_webhooks()
    assert len(receiver.heard) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.response_code) == (DeliveryStatus.DELIVERED, 204)


def test_an_endpoint_that_fails_keeps_no_other_waiting(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, settings: Any
) -> None:
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=1))
    receiver.code = 500
    with listening() as other:
        WebhookEndpoint.objects.create(
            organization=own.organization, url=other.url, events=[EventType.COMMAND_FINISHED]
        )
        for command in Command.objects.bulk_create(
            Command(station=own[ChargingStation], kind="Reset", expires_at=timezone.now()) for _ in range(3)
        ):
            finish_command(command.pk, status=CommandStatus.EXPIRED)
        deliver_webhooks()
        assert len(receiver.heard) == 1
        assert len(other.heard) == 3


def test_each_command_of_a_batch_is_told(own: World, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    """Also of a station that is not there, whose command ends as it is made."""
    send_to_many(
        organization=own.organization,
        stations=ChargingStation.objects.filter(pk=cast.create_station(own[Site], "AWAY").pk),
        wanted=Reset(kind=ResetKind.SOFT),
        by=own.staff[Role.OWNER],
    )
    deliver_webhooks()
    ((_, body),) = receiver.heard
    assert json.loads(body)["data"]["command"]["status"] == "expired"


def test_the_secret_is_shown_once(own: World, owner: Client) -> None:
    form = {
        "organization": own.organization.pk,
        "url": "https://partner.example/hook",
        "events": ["session.ended"],
        "is_enabled": "on",
    }
    page = owner.post(reverse("admin:api_webhookendpoint_add"), form).content.decode()
    made = WebhookEndpoint.objects.get(url="https://partner.example/hook")
    assert secret_of(made) in html.unescape(page)
    later = owner.get(reverse("admin:api_webhookendpoint_change", args=[made.pk])).content.decode()
    assert "whsec_" not in later


def test_a_new_secret_makes_the_old_one_worthless(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, owner: Client
) -> None:
    old = secret_of(endpoint)
    chosen = {"action": "renew_secrets", "_selected_action": [endpoint.pk]}
    page = owner.post(reverse("admin:api_webhookendpoint_changelist"), chosen)
    endpoint.refresh_from_db()
    assert secret_of(endpoint) in html.unescape(page.content.decode())
    assert "no-store" in page["Cache-Control"]
    finish(own)
    deliver_webhooks()
    ((headers, body),) = receiver.heard
    Webhook(secret_of(endpoint)).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://partner.example/", "Begin with https://"),
        ("https://me:secret@partner.example/", "Leave user and password out"),
        ("https://10.1.2.3/", "private network"),
        ("https://[::1]/", "private network"),
        ("ftp://partner.example/", "valid URL"),
    ],
    ids=["plain", "password", "private", "loopback", "ftp"],
)
def test_addresses_that_are_never_posted_to_are_refused_in_the_form(
    own: World, owner: Client, url: str, said: str
) -> None:
    form = {"organization": own.organization.pk, "url": url, "events": ["session.ended"], "is_enabled": "on"}
    page = owner.post(reverse("admin:api_webhookendpoint_add"), form)
    assert page.status_code == 200
    assert said in html.unescape(page.content.decode())
    assert not WebhookEndpoint.objects.filter(url=url).exists()


def test_an_endpoint_goes_with_its_deliveries(own: World, owner: Client) -> None:
    endpoint: WebhookEndpoint = own[WebhookEndpoint]
    url = reverse("admin:api_webhookendpoint_delete", args=[endpoint.pk])
    assert "Webhook deliveries: 1" in html.unescape(owner.get(url).content.decode())
    assert owner.post(url, {"post": "yes"}).status_code == 302
    assert not WebhookEndpoint.objects.filter(pk=endpoint.pk).exists()


def test_what_is_replayed_waits_until_its_endpoint_is_enabled(
    own: World, receiver: Receiver, endpoint: WebhookEndpoint, owner: Client
) -> None:
    receiver.code = 500
    finish(own)
    deliver_webhooks()
    WebhookEndpoint.objects.update(is_enabled=False)
    chosen = {"action": "replay", "_selected_action": [WebhookDelivery.objects.get().pk]}
    page = owner.post(reverse("admin:api_webhookdelivery_changelist"), chosen, follow=True)
    assert "1 delivery is waiting for a disabled webhook." in page.content.decode()
    receiver.code = 200
    deliver_webhooks()
    assert len(receiver.heard) == 1
    form = {"url": receiver.url, "events": ["command.finished"], "is_enabled": "on"}
    owner.post(reverse("admin:api_webhookendpoint_change", args=[endpoint.pk]), form)
    deliver_webhooks()
    assert WebhookDelivery.objects.get().status == DeliveryStatus.DELIVERED


def test_old_events_are_forgotten_with_their_deliveries(own: World, settings: Any) -> None:
    Event.objects.update(at=timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS + 1))
    young = Event.objects.create(organization=own.organization, type=EventType.SESSION_ENDED, subject_id="1")
    delete_old_rows()
    assert list(Event.objects.all()) == [young]
    assert not WebhookDelivery.objects.exists()


def test_whoever_was_away_reads_what_they_missed(own: World, program: Caller) -> None:
    finish(own)
    deliver_webhooks()
    events = program.get("/api/v1/events/", {"type": "command.finished"}).json()["results"]
    assert [event["data"]["command"]["status"] for event in events] == ["cancelled"]
