"""Webhooks to a real server: signed, tried again, played again, never into our own network."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import AuditEvent
from accounts.roles import Role
from api.models import DeliveryStatus, Event, EventType, WebhookDelivery, WebhookEndpoint
from api.posting import NotPosted, post
from api.signing import secret_of
from api.tasks import deliver_webhooks
from stations.models import Command, StationConnection
from stations.services import close_connection, finish_command
from stations.states import CommandStatus
from tests.admin.world import World
from tests.api.conftest import Caller


class Receiver(HTTPServer):
    """A program that wants to be told; ``code`` is what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.code = 204
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?from=csms"


class _Answers(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.code)
        self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def endpoint(own: World, receiver: Receiver) -> WebhookEndpoint:
    WebhookEndpoint.objects.all().delete()
    return WebhookEndpoint.objects.create(
        organization=own.organization, url=receiver.url, events=[EventType.COMMAND_FINISHED]
    )


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
    close_connection(connection_id=own[StationConnection].pk, reason="test")
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
    own: World, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    receiver.code = 500
    finish(own)
    deliver_webhooks()
    WebhookDelivery.objects.update(next_at=timezone.now(), attempts=8)
    deliver_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == DeliveryStatus.FAILED
    receiver.code = 200
    client = Client(headers={"host": "localhost"})
    client.force_login(own.staff[Role.OWNER])
    chosen = {"action": "replay", "_selected_action": [delivery.pk]}
    client.post(reverse("admin:api_webhookdelivery_changelist"), chosen)
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


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/latest/"),
        *(
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "http://198.51.100.7/",
            "https://0/",
            "https://host.invalid/",
        ),
    ],
)
def test_nothing_is_posted_into_our_network(url: str) -> None:
    with pytest.raises(NotPosted):
        post(url, b"{}", {})


def test_the_secret_is_shown_once(own: World) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(own.staff[Role.OWNER])
    form = {
        "organization": own.organization.pk,
        "url": "https://partner.example/hook",
        "events": ["session.ended"],
        "is_enabled": "on",
    }
    page = client.post(reverse("admin:api_webhookendpoint_add"), form).content.decode()
    made = WebhookEndpoint.objects.get(url="https://partner.example/hook")
    assert secret_of(made) in page.replace("&#x2B;", "+").replace("&#x3D;", "=")
    later = client.get(reverse("admin:api_webhookendpoint_change", args=[made.pk])).content.decode()
    assert "whsec_" not in later


def test_whoever_was_away_reads_what_they_missed(own: World, program: Caller) -> None:
    finish(own)
    deliver_webhooks()
    events = program.get("/api/v1/events/", {"type": "command.finished"}).json()["results"]
    assert [event["data"]["command"]["status"] for event in events] == ["cancelled"]
