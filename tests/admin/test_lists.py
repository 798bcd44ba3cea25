"""Lists as people like them: saved filters, chosen columns, many rows edited together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from accounts.console import searching
from accounts.models import AuditEvent, SavedColumns, SavedFilter
from accounts.roles import Role, allows
from charging.models import Session
from drivers.models import IdToken
from stations.models import ChargingStation, CommandBatch
from tests import cast
from tests.admin.test_isolation import changelist, every_role, label, logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = build("Harbour Energy", "Xanadu")
    for number in range(3):
        cast.create_station(world[ChargingStation].site, f"HH-{number}", is_enabled=number > 0)
    return world


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def keep(client: Client, name: str, query: str, **more: str) -> Any:
    return client.post(filters(ChargingStation), {"name": name, "query": query, **more}, follow=True)


def filters(model: Any) -> str:
    return reverse(f"admin:{label(model)}_filters")


def offered(client: Client) -> list[str]:
    page = client.get(changelist(ChargingStation))
    model_admin = page.context["cl"].model_admin
    return [each.url for each in model_admin.offered_filters(page.wsgi_request, page.context["cl"])]


def identities(page: Any) -> list[str]:
    return [station.identity for station in page.context["cl"].result_list]


def test_a_filter_is_kept_and_found_again_with_its_order(olga: Client) -> None:
    keep(olga, "Enabled ones", "is_enabled__exact=1&q=HH&o=-1&p=2")
    (url,) = offered(olga)
    assert identities(olga.get(changelist(ChargingStation) + url)) == ["HH-2", "HH-1"]
    olga.post(reverse(f"admin:{label(ChargingStation)}_columns"), {"column": ["site"]})
    (url,) = offered(olga)
    assert identities(olga.get(changelist(ChargingStation) + url)) == ["HH-2", "HH-1"]
    keep(olga, "Enabled ones", "is_enabled__exact=0")
    assert SavedFilter.objects.get().query == "is_enabled__exact=0", "The same name replaces it."
    assert AuditEvent.objects.filter(action="filter saved").count() == 2


def test_a_command_goes_to_a_saved_filter(olga: Client) -> None:
    keep(olga, "Enabled ones", "is_enabled__exact=1&q=HH")
    page = olga.get(changelist(ChargingStation)).content.decode()
    assert f"{reverse('console:many')}?filter=is_enabled__exact%3D1%26q%3DHH" in page
    assert olga.get(reverse("console:many"), {"filter": SavedFilter.objects.get().query}).context["count"] == 2


def test_only_shared_filters_are_offered_to_colleagues_and_none_to_neighbours(olga: Client, world: World) -> None:
    keep(olga, "Mine", "q=mine")
    keep(olga, "Ours", "q=ours", is_shared="on")
    support, owner = logged_in(world.staff[Role.SUPPORT]), logged_in(world.staff[Role.OWNER])
    charlie = logged_in(build("Charlie's Chargers", "Quuxville").staff[Role.OWNER])
    assert offered(support) == offered(owner) == ["?q=ours"]
    assert offered(charlie) == []
    mine, ours = SavedFilter.objects.get(name="Mine"), SavedFilter.objects.get(name="Ours")
    for client, saved, status in ((support, ours, 403), (owner, mine, 404), (charlie, ours, 404), (owner, ours, 302)):
        assert client.post(filters(ChargingStation), {"delete": saved.pk}).status_code == status
    assert list(SavedFilter.objects.all()) == [mine]


def test_a_filter_that_is_none_is_refused(olga: Client) -> None:
    assert keep(olga, "Odd", "colour=red").status_code == 404
    assert "Give the filter a name." in keep(olga, " ", "q=x").content.decode()
    for sent in ("x", "-1", "9" * 30, "²"):
        assert olga.post(filters(ChargingStation), {"delete": sent}).status_code == 404
    assert olga.get(filters(ChargingStation)).status_code == 405
    assert not SavedFilter.objects.exists()


def test_columns_are_hidden_for_one_person_and_one_list(olga: Client, world: World) -> None:
    url = reverse(f"admin:{label(ChargingStation)}_columns")
    assert olga.get(url).status_code == 405
    olga.post(url, {"column": ["site", "nonsense"]})
    shown = olga.get(changelist(ChargingStation)).context["cl"].list_display
    assert [name for name in shown if name != "action_checkbox"] == ["station", "site"]
    assert "hardware" in logged_in(world.staff[Role.OWNER]).get(changelist(ChargingStation)).context["cl"].list_display
    olga.post(url, {"all": "1"})
    assert not SavedColumns.objects.exists()
    assert "hardware" in olga.get(changelist(ChargingStation)).context["cl"].list_display


def test_on_a_phone_each_cell_bears_its_own_heading(olga: Client) -> None:
    """Also the first of a list whose rows are not chosen."""
    page = olga.get(changelist(CommandBatch)).content.decode()
    assert 'data-label="Command"' in page
    assert 'data-label="Select record"' not in page
    assert 'data-label="Select record"' in olga.get(changelist(ChargingStation)).content.decode()


@pytest.mark.parametrize("named", [0, 200])
def test_each_word_narrows_also_where_it_fits_many_related_rows(
    olga: Client, world: World, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr(searching, "MOST_NAMED", named)
    build("Charlie's Chargers", "Quuxville")
    for term, wanted in (("Site", 4), ("HH Site", 3), ("HH-1 Site", 1), ("Quuxville", 0), ("Site nothing", 0)):
        assert len(identities(olga.get(changelist(ChargingStation), {"q": term}))) == wanted, term
    for term, wanted in (("Xanadu", 1), ("Card Xanadu", 1), ("Driver", 1), ("Card Quuxville", 0), ("Xan", 1)):
        assert olga.get(changelist(IdToken), {"q": term}).context["cl"].result_count == wanted, term


def edit(model: Any, query: str) -> str:
    return reverse(f"admin:{label(model)}_edit_many") + f"?{query}"


def test_stations_are_edited_together_after_a_preview(olga: Client, world: World) -> None:
    rows = list(ChargingStation.objects.filter(identity__startswith="HH").values_list("pk", flat=True))
    chosen = olga.post(changelist(ChargingStation), {"action": "edit_many", ACTION_CHECKBOX_NAME: rows})
    url = chosen.headers["Location"]
    assert olga.get(url).context["count"] == 3
    quay = cast.create_site(world.organization, "Quay")
    change = {"change-site": "on", "site": quay.pk, "change-registration": "on", "registration": "pending"}
    preview = olga.post(url, {**change, "is_enabled": "on"})
    assert preview.context["changed"] == 3
    assert not ChargingStation.objects.filter(site=quay).exists()
    olga.post(url, {**change, "is_enabled": "on", "confirm": "1"})
    changed = ChargingStation.objects.filter(site=quay, registration="pending")
    assert (changed.count(), changed.filter(is_enabled=False).count()) == (3, 1), "What is not ticked stays."
    events = AuditEvent.objects.filter(action="changed", object_type="stations.ChargingStation")
    assert events.count() == 3
    assert events[0].details["changes"]["Site"] == {"before": "Site Xanadu", "after": "Quay"}
    assert olga.post(url, change).context["changed"] == 0


def test_all_that_match_are_edited_by_the_filter(olga: Client) -> None:
    go = olga.post(
        changelist(ChargingStation) + "?q=HH&is_enabled__exact=1",
        {"action": "edit_many", "select_across": "1", ACTION_CHECKBOX_NAME: ["1"]},
    )
    olga.post(go.headers["Location"], {"change-is_enabled": "on", "confirm": "1"})
    assert not ChargingStation.objects.filter(identity__startswith="HH", is_enabled=True).exists()


def test_odd_changes_change_nothing(olga: Client, world: World) -> None:
    theirs = build("Charlie's Chargers", "Quuxville")
    before = list(ChargingStation.objects.order_by("pk").values())
    both = f"rows={world[ChargingStation].pk},{theirs[ChargingStation].pk},x,{'9' * 30}"
    assert olga.get(edit(ChargingStation, both)).context["count"] == 1
    for sent in (
        {},
        {"confirm": "1"},
        {"change-site": "on", "site": theirs[ChargingStation].site.pk, "confirm": "1"},
        {"change-registration": "on", "registration": "odd", "confirm": "1"},
        {"change-security_profile": "on", "security_profile": "", "confirm": "1"},
        {"change-identity": "on", "identity": "NEW", "confirm": "1"},
    ):
        assert olga.post(edit(ChargingStation, both), sent).status_code == 200, sent
    assert list(ChargingStation.objects.order_by("pk").values()) == before


@every_role
def test_only_who_may_change_edits_together(world: World, role: Role) -> None:
    client = logged_in(world.staff[role])
    may = allows(role, "drivers.change_idtoken")
    url = edit(IdToken, f"rows={world[IdToken].pk}")
    answer = client.post(url, {"change-is_blocked": "on", "is_blocked": "on", "confirm": "1"})
    assert answer.status_code == (302 if may else 403)
    assert IdToken.objects.get(pk=world[IdToken].pk).is_blocked == may


def test_sessions_of_some_days_by_the_clock_of_the_organization(world: World, olga: Client) -> None:
    """Both days included; a day in Berlin begins an hour before that of UTC."""
    organization = world[ChargingStation].organization
    organization.time_zone = "Europe/Berlin"
    organization.save()
    station = ChargingStation.objects.get(identity="HH-1")
    for hour, name in ((22, "before"), (23, "first"), (46, "last"), (47, "after")):
        Session.objects.create(
            station=station,
            organization=organization,
            transaction_id=name,
            started_at=datetime(2026, 1, 9, tzinfo=UTC) + timedelta(hours=hour),
        )
    shown = olga.get(changelist(Session), {"started_at_from": "2026-01-10", "started_at_to": "2026-01-10"})
    assert [session.transaction_id for session in shown.context["cl"].result_list] == ["last", "first"]
    assert "Europe/Berlin" in shown.content.decode()


@pytest.mark.parametrize("typed", ["yesterday", "2026-02-30", "9999-12-31"])
def test_a_day_that_is_none_narrows_nothing(olga: Client, typed: str) -> None:
    page = olga.get(changelist(Session), {"started_at_to": typed})
    assert page.status_code == 200
    assert page.context["cl"].result_count == Session.objects.count() > 0
