"""A command for many: chosen in the list of stations, sent once, shown by outcome, within one organization."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role, allows
from csms.console.commandmenu import FOR_MANY
from firmware.models import Firmware, FirmwareUpdate
from stations.models import ChargingStation, Command, CommandBatch
from stations.outcomes import OUTCOMES, counts_of
from stations.secrets import hash_secret
from stations.services import batches, each, finish_command, retry_batch
from stations.states import CommandStatus, OcppVersion
from tests import cast
from tests.admin.test_isolation import changelist, every_role, logged_in
from tests.admin.test_pages import queries
from tests.admin.world import World, build, everything_of

pytestmark = pytest.mark.django_db

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
WAIT = "3600"


@pytest.fixture
def world() -> World:
    world = build("Harbour Energy", "Harbour")
    CommandBatch.objects.all().delete()
    for name, version in (("old_faithful", V16), ("modern", V201), ("newest", V21), ("unheard-of", "")):
        cast.create_station(world[ChargingStation].site, name, ocpp_version=version)
    ChargingStation.objects.update(secret_hash=hash_secret("correct-horse-battery"))
    return world


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def chosen(*names: str) -> str:
    return "stations=" + ",".join(
        str(pk) for pk in ChargingStation.objects.filter(identity__in=names).values_list("pk", flat=True)
    )


def door(*arguments: str, query: str = "") -> str:
    return reverse("console:many_form" if len(arguments) == 1 else "console:many_action", args=arguments) + f"?{query}"


def sent(olga: Client, url: str, /, **data: Any) -> CommandBatch:
    answer = olga.post(url, {"key": str(uuid.uuid4()), "offline": WAIT} | data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return CommandBatch.objects.get(pk=answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1])


def by_station(batch: CommandBatch) -> dict[str, str]:
    return dict(batch.commands.values_list("station__identity", "status"))


def test_selected_stations_are_taken_from_the_list(olga: Client, world: World) -> None:
    rows = list(ChargingStation.objects.filter(identity__in=["modern", "newest"]).values_list("pk", flat=True))
    go = olga.post(changelist(ChargingStation), {"action": "send_command", ACTION_CHECKBOX_NAME: rows})
    page = olga.get(go.headers["Location"])
    assert page.context["count"] == 2
    batch = sent(olga, door("reset", query=go.headers["Location"].split("?")[1]), kind="soft")
    assert by_station(batch) == {"modern": "queued", "newest": "queued"}
    event = AuditEvent.objects.get(action="commands sent to many")
    assert (event.actor, event.details["stations"]) == (world.staff[Role.OPERATOR], 2)


def test_all_that_match_are_taken_by_the_filter_itself(olga: Client) -> None:
    filtered = f"{changelist(ChargingStation)}?ocpp_version__exact=2.0.1"
    go = olga.post(filtered, {"action": "send_command", "select_across": "1", ACTION_CHECKBOX_NAME: ["1"]})
    assert "filter=" in go.headers["Location"]
    assert olga.get(go.headers["Location"]).context["count"] == 2
    page = olga.get(reverse("console:many"), {"filter": "ocpp_version__exact=2.0.1&q=modern"})
    assert page.context["count"] == 1
    assert olga.get(reverse("console:many"), {"filter": "site__id__exact=x"}).status_code in {400, 404}
    assert olga.get(reverse("console:many"), {"stations": "x,,-1," + "9" * 30}).context["count"] == 0


def test_a_raw_action_goes_to_the_versions_that_take_it(olga: Client) -> None:
    everybody = chosen("old_faithful", "modern", "newest", "unheard-of")
    batch = sent(olga, door("2.0.1", "GetTransactionStatus", query=everybody))
    queued, impossible = "queued", "not_supported"
    assert by_station(batch) == {
        "old_faithful": impossible,
        "modern": queued,
        "newest": queued,
        "unheard-of": impossible,
    }
    told = batch.commands.get(station__identity="old_faithful").detail
    assert told == "GetTransactionStatus is no action of OCPP 1.6J."
    payload = {"mode": "json", "json": '{"type": "Hard"}'}
    reset = sent(olga, door("1.6", "Reset", query=everybody), **payload)
    assert by_station(reset)["old_faithful"] == queued
    assert by_station(reset)["modern"] == impossible
    assert "type must be one of" in reset.commands.get(station__identity="modern").detail


FILLED: dict[str, dict[str, Any]] = {
    "reset": {"kind": "soft"},
    "availability": {"operative": "no"},
    "trigger": {"message": "Heartbeat"},
    "get-variables": {"name": "OCPPCommCtrlr.HeartbeatInterval"},
    "set-variables": {"name": "OCPPCommCtrlr.HeartbeatInterval", "value": "300"},
    "report": {"base": "FullInventory"},
    "clear-profile": {"purpose": "tx_default"},
    "schedule": {"hours": "24"},
    "data-transfer": {"vendor_id": "Voltaria"},
    "install-certificate": {"kind": "system_root"},
    "set-profile": {
        "purpose": "tx_default",
        "unit": "A",
        "schedule": "now",
        "periods": "0:00 16",
        "stack_level": "0",
    },
    "get-log": {"kind": "diagnostics"},
    "raise-profile": {"profile": "2", "interface": "Wired0", "url": "wss://csms.example/ocpp"},
}


@pytest.mark.parametrize("slug", FOR_MANY)
def test_each_common_command_is_queued_for_all(slug: str, olga: Client) -> None:
    query = chosen("old_faithful", "modern", "newest")
    assert olga.get(door(slug, query=query)).status_code == 200
    filled = FILLED.get(slug, {}) if slug != "update-firmware" else {"firmware": _firmware().pk}
    batch = sent(olga, door(slug, query=query), **filled)
    assert by_station(batch) == dict.fromkeys(("old_faithful", "modern", "newest"), "queued")


def _firmware(**values: Any) -> Firmware:
    """For stations of any make, unless said otherwise."""
    organization = ChargingStation.objects.get(identity="modern").organization
    address = "https://files.example/firmware.bin"
    return Firmware.objects.create(organization=organization, version="9.1", address=address, **values)


def test_what_one_of_them_cannot_be_asked_is_said_in_its_row(olga: Client, world: World) -> None:
    """Each update has a record and an address of its own; a firmware for other stations goes to none of those."""
    ChargingStation.objects.filter(identity="modern").update(vendor="Voltaria")
    ChargingStation.objects.filter(identity="newest").update(vendor="Elsewhere")
    online = world[ChargingStation].identity
    url = door("update-firmware", query=chosen("modern", "newest", "old_faithful", online))
    key, firmware = str(uuid.uuid4()), _firmware(vendor="Voltaria")
    batch = sent(olga, url, key=key, firmware=firmware.pk)
    assert by_station(batch)["modern"] == by_station(batch)["old_faithful"] == "queued"
    assert by_station(batch)["newest"] == "not_supported"
    assert "It is for the vendor Voltaria" in batch.commands.get(station__identity="newest").detail
    updates = FirmwareUpdate.objects.filter(command__batch=batch)
    assert updates.count() == batch.commands.filter(status="queued").count() > 1
    command = batch.commands.get(station__identity="modern")
    assert (command.expires_at - command.requested_at).total_seconds() == pytest.approx(int(WAIT), abs=1)
    assert command.firmware_update.download_until > command.expires_at
    assert batch.arguments["firmware"] == str(firmware)
    assert sent(olga, url, key=key, firmware=firmware.pk) == batch
    assert FirmwareUpdate.objects.filter(command__batch=batch).count() == updates.count()


def test_the_failed_are_chosen_again_where_each_was_asked_in_its_own_words(olga: Client, world: World) -> None:
    online = world[ChargingStation].identity
    batch = sent(olga, door("change-password", query=chosen("modern", "newest", online)), offline="")
    assert by_station(batch) == {"modern": "expired", "newest": "expired", online: "queued"}
    page = olga.get(reverse("console:batch", args=[batch.pk])).content.decode()
    again = f"{reverse('console:many')}?failed={batch.pk}"
    assert again in page
    assert "Choose it again" in olga.post(reverse("console:batch_retry", args=[batch.pk])).content.decode()
    assert set(olga.get(again).context["selection"].stations.values_list("identity", flat=True)) == {"modern", "newest"}
    second = sent(olga, door("change-password", query=f"failed={batch.pk}"))
    assert by_station(second) == {"modern": "queued", "newest": "queued"}
    for number in ("", "x", "999999999"):
        assert olga.get(reverse("console:many"), {"failed": number}).context["count"] == 0


def test_the_failed_of_a_neighbour_are_nobodys(olga: Client, world: World) -> None:
    other = build("Inland Power", "Inland")
    theirs = logged_in(other.staff[Role.OPERATOR])
    query = f"stations={other[ChargingStation].pk}"
    batch = sent(theirs, door("change-password", query=query))
    batch.commands.update(status=CommandStatus.REJECTED)
    assert theirs.get(reverse("console:many"), {"failed": batch.pk}).context["count"] == 1
    assert olga.get(reverse("console:many"), {"failed": batch.pk}).context["count"] == 0


def test_offline_stations_are_left_out_or_waited_for(olga: Client, world: World) -> None:
    online, away = world[ChargingStation].identity, "modern"
    left_out = sent(olga, door("clear-cache", query=chosen(online, away)), offline="")
    assert by_station(left_out) == {online: "queued", away: "expired"}
    waits = sent(olga, door("clear-cache", query=chosen(online, away)), offline="600")
    assert by_station(waits) == {online: "queued", away: "queued"}
    command = waits.commands.latest("pk")
    assert (command.expires_at - command.requested_at).total_seconds() == 600


def test_the_same_form_sent_twice_is_one_batch(olga: Client) -> None:
    url, key = door("reset", query=chosen("modern")), str(uuid.uuid4())
    first, second = sent(olga, url, key=key, kind="hard"), sent(olga, url, key=key, kind="hard")
    assert first == second
    assert Command.objects.filter(batch=first).count() == 1


def test_what_is_broken_is_not_sent(olga: Client) -> None:
    count = Command.objects.count()
    for url, data in (
        (door("2.0.1", "ReserveNow", query=chosen("modern")), {}),
        (door("reset", query=chosen("modern")), {"kind": "gentle"}),
        (door("reset", query=chosen("modern")), {"kind": "soft", "key": "no key"}),
        (door("reset", query=chosen("modern")), {"kind": "soft", "offline": "999999999999"}),
    ):
        answer = olga.post(url, {"key": str(uuid.uuid4()), "offline": ""} | data)
        assert answer.status_code == 200
    for url in (door("reset", query="stations="), door("start"), door("2.0.1", "Heartbeat"), door("9", "Reset")):
        assert olga.post(url, {"kind": "soft", "key": str(uuid.uuid4())}).status_code == 404
    assert Command.objects.count() == count


def test_more_than_a_batch_takes_is_refused_with_its_reason(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is queued for the first of them either."""
    monkeypatch.setattr(batches, "MOST_STATIONS", 2)
    query = chosen("old_faithful", "modern", "newest")
    monkeypatch.setattr(each, "MOST_ASKED", 2)
    doors = [door(kind, query=query) for kind in ("clear-cache", "change-password")]
    for url in (*doors, door(V16, "ClearCache", query=query)):
        answer = olga.post(url, {"key": str(uuid.uuid4()), "offline": WAIT})
        assert answer.status_code == 200
        assert "more than 2 stations: choose fewer by a filter" in answer.content.decode()
    assert not Command.objects.filter(kind__in=("ClearCache", "SetPassword")).exists()
    assert not CommandBatch.objects.exists()


def test_the_failed_are_tried_again_once(olga: Client, world: World) -> None:
    batch = sent(olga, door("clear-cache", query=chosen("modern", "newest")), offline="")
    url = reverse("console:batch_retry", args=[batch.pk])
    assert olga.get(url).status_code == 405
    olga.post(url)
    assert batch.commands.count() == 4
    assert counts_of(batch)["offline"] == 2
    Command.objects.filter(batch=batch, retry=None).update(status=CommandStatus.ACCEPTED)
    olga.post(url)
    assert (batch.commands.count(), counts_of(batch)["accepted"]) == (4, 2)


def test_a_secret_is_not_kept_and_so_not_tried_again(olga: Client) -> None:
    data = {"mode": "json", "json": '{"key": "AuthorizationKey", "value": "correct-horse"}'}
    batch = sent(olga, door("1.6", "ChangeConfiguration", query=chosen("old_faithful")), **data)
    assert "correct-horse" not in str(batch.arguments)
    command = batch.commands.get()
    assert command.arguments["payload"]["value"] == "correct-horse"
    olga.post(reverse("console:batch_cancel", args=[batch.pk]))
    command.refresh_from_db()
    assert (command.status, "correct-horse" in str(command.arguments)) == ("cancelled", False)
    answer = olga.post(reverse("console:batch_retry", args=[batch.pk]))
    assert "is not kept" in answer.content.decode()
    assert batch.commands.count() == 1


def test_what_is_queued_is_cancelled_and_nothing_else(olga: Client) -> None:
    batch = sent(olga, door("clear-cache", query=chosen("modern", "newest", "old_faithful")))
    done = batch.commands.get(station__identity="newest")
    Command.objects.filter(pk=done.pk).update(status=CommandStatus.SENT, sent_at=timezone.now())
    finish_command(done.pk, status=CommandStatus.ACCEPTED)
    olga.post(reverse("console:batch_cancel", args=[batch.pk]))
    assert by_station(batch) == {"modern": "cancelled", "old_faithful": "cancelled", "newest": "accepted"}
    assert AuditEvent.objects.filter(action="batch cancelled").count() == 1


def test_each_command_is_in_exactly_one_outcome(olga: Client) -> None:
    batch = sent(olga, door("clear-cache", query=chosen("modern")))
    for status in CommandStatus:
        for error_code in ("", "InternalError"):
            Command.objects.filter(batch=batch).update(status=status, error_code=error_code)
            assert sum(counts_of(batch).values()) == 1, (status, error_code)
    assert len({outcome.slug for outcome in OUTCOMES}) == len(OUTCOMES)


def test_the_export_has_every_row_and_no_formula(olga: Client) -> None:
    ChargingStation.objects.filter(identity="modern").update(name="=1+1")
    batch = sent(olga, door("clear-cache", query=chosen("modern", "newest")))
    answer = olga.get(reverse("console:batch_export", args=[batch.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert {row["station"] for row in rows} == {"modern", "newest"}
    assert {row["name"] for row in rows} == {"'=1+1", ""}


def test_a_batch_of_500_costs_the_same_number_of_queries(olga: Client, world: World) -> None:
    small = sent(olga, door("clear-cache", query=chosen("modern", "newest")))
    site = world[ChargingStation].site
    ChargingStation.objects.bulk_create(
        ChargingStation(organization=site.organization, site=site, identity=f"many-{n}", ocpp_version=V201)
        for n in range(500)
    )
    few = queries(lambda: sent(olga, door("clear-cache", query=chosen("modern", "newest"))))
    many = queries(lambda: sent(olga, door("clear-cache")))
    assert many <= few + 6  # the list's own queries, whatever its length
    large = CommandBatch.objects.latest("pk")
    pages = [reverse("console:batch", args=[batch.pk]) for batch in (small, large)]
    assert queries(lambda: olga.get(pages[1])) <= queries(lambda: olga.get(pages[0])) + 1
    assert large.commands.count() == 505
    assert olga.get(pages[1] + "?outcome=queued&page=9").context["page"].number == 9
    Command.objects.filter(batch=large).update(status=CommandStatus.REJECTED)
    assert queries(lambda: retry_batch(batch=large, by=world.staff[Role.OPERATOR])) < 20


@every_role
def test_only_who_may_command_sends_to_many(world: World, role: Role) -> None:
    somebody = logged_in(world.staff[role])
    may = allows(role, "stations.command_chargingstation")
    batch = CommandBatch.objects.create(organization=world.organization, kind="ClearCache")
    form = {"kind": "soft", "key": str(uuid.uuid4()), "offline": ""}
    assert somebody.get(reverse("console:many")).status_code == (200 if may else 403)
    assert somebody.post(door("reset"), form).status_code == (302 if may else 403)
    assert somebody.post(reverse("console:batch_cancel", args=[batch.pk])).status_code == (200 if may else 403)
    assert somebody.post(reverse("console:batch_retry", args=[batch.pk])).status_code == (200 if may else 403)
    assert CommandBatch.objects.count() == 1 + may


def test_charlie_reaches_no_station_of_harbour_energy(world: World) -> None:
    neighbour = build("Charlie's Chargers", "Quuxville")
    charlie = logged_in(neighbour.staff[Role.OWNER])
    before = everything_of(world)
    assert charlie.get(reverse("console:many") + "?" + chosen("modern")).context["count"] == 0
    assert (
        charlie.post(door("reset", query=chosen("modern")), {"kind": "soft", "key": str(uuid.uuid4())}).status_code
        == 404
    )
    assert everything_of(world) == before


def test_stations_of_several_organizations_are_asked_one_organization_at_a_time(world: World) -> None:
    build("Charlie's Chargers", "Quuxville")
    root = world.staff[Role.OWNER]
    type(root).objects.filter(pk=root.pk).update(is_superuser=True)
    root.refresh_from_db()
    client = logged_in(root)
    assert "Of which organization?" in client.get(reverse("console:many")).content.decode()
    assert client.get(door("reset")).status_code == 404
    batch = sent(client, door("reset", query=f"organization={world.organization.pk}"), kind="soft")
    assert set(batch.commands.values_list("station__organization", flat=True)) == {world.organization.pk}
