"""Sites: their state on the map and on their page, opening hours, and what a long list costs."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from charging.models import Session
from csms.console.places import places
from stations.models import ChargingStation, Connector, Evse, OpeningException, OpeningPeriod, Site
from stations.models.opening import is_open
from stations.states import ConnectorStatus
from tests import cast
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - the site's own time


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Xanadu")


@pytest.fixture
def olga(world: World) -> Client:
    return logged_in(world.staff[Role.OPERATOR])


def state(world: World) -> str:
    return places(Site.objects.filter(pk=world[Site].pk))[0].state


def test_a_site_shows_what_needs_somebody_first(world: World) -> None:
    assert state(world) == "charging"
    Session.objects.update(last_reading_at=timezone.now())
    Site.objects.update(grid_limit_w=14_800)
    place = places(Site.objects.all())[0]
    assert (place.evse_count, place.charging, place.power_w, place.percent) == (1, 1, 7400, 50)
    elsewhere = cast.create_station(world[Site], "another")
    Evse.objects.create(station=elsewhere, number=1)
    assert state(world) == "partly"
    Connector.objects.update(status=ConnectorStatus.FAULTED)
    assert state(world) == "faulted"
    ChargingStation.objects.update(connection=None)
    assert state(world) == "offline"
    Evse.objects.all().delete()
    assert state(world) == "empty"


def test_many_sites_cost_as_many_queries_as_one(world: World, olga: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert olga.get(reverse("console:map")).status_code == 200
        return len(captured)

    queries()  # the first page of a session also notes where its person is
    few = queries()
    for number in range(5):
        site = cast.create_site(world.organization, f"Site {number}", latitude=50 + number, longitude=8)
        Evse.objects.create(station=cast.create_station(site, f"S-{number}"), number=1)
    assert queries() == few
    page = olga.get(reverse("console:map"))
    assert len(page.context["placed"]["sites"]) == 5
    assert page.context["unplaced_count"] == 1


def test_the_pages_of_a_site(world: World, olga: Client) -> None:
    Site.objects.update(notes="Key at the <b>kiosk</b>", latitude=53.5, longitude=9.9)
    page = olga.get(reverse("console:site", args=[world[Site].pk])).content.decode()
    assert "Key at the &lt;b&gt;kiosk&lt;/b&gt;" in page
    assert "Always open" in page
    assert olga.get(reverse("console:site_load", args=[world[Site].pk])).json()["at"] == []


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (MONDAY, True),
        (MONDAY.replace(hour=7, minute=59), False),
        (MONDAY.replace(hour=20), False),
        (MONDAY + timedelta(days=1), False),
        (MONDAY + timedelta(days=4, hours=11, minutes=59), True),
        (MONDAY + timedelta(days=7), False),
        (MONDAY + timedelta(days=8), True),
    ],
)
def test_opening_hours(at: datetime, open_: bool) -> None:
    """Monday 8 to 20, Friday until midnight; the next Monday closed, the Tuesday after open from 10."""
    periods = [
        OpeningPeriod(weekday=0, opens_at=time(8), closes_at=time(20)),
        OpeningPeriod(weekday=4, opens_at=time(8)),
    ]
    exceptions = [
        OpeningException(on=(MONDAY + timedelta(days=7)).date()),
        OpeningException(on=(MONDAY + timedelta(days=8)).date(), opens_at=time(10)),
    ]
    assert is_open(at, periods, exceptions) is open_
    assert is_open(at, [], [])
