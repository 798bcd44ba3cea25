"""Olga finds out why: from the dashboard, in three clicks at most."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Page, expect

from accounts.models import User
from charging.models import Session
from simulator import Car, Charger, ManualClock
from smartcharging.services import set_profile
from stations.models import ChargingStation
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.conftest import MakeCharger, Person
from tests.gateway.knocking import basic, knock
from tests.harness import GatewayUnderTest
from tests.usecases.asking import at_rest
from tests.usecases.facts import finished
from tests.usecases.test_charging_profiles import wish
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MOST_CLICKS = 3


@dataclass
class Walk:
    """From the dashboard on, counting."""

    page: Page
    clicks: int = 0

    async def begin(self) -> None:
        self.clicks = 0
        await self.page.goto("/admin/")

    async def click(self, what: Locator) -> None:
        self.clicks += 1
        await fits(self.page, what)
        await what.click()

    async def reads(self, place: str, *sentences: str) -> None:
        for sentence in sentences:
            await expect(self.page.locator(place)).to_contain_text(sentence)
        assert self.clicks <= MOST_CLICKS
        await fits(self.page)


@on_a_phone
async def test_why_in_three_clicks(
    page: Page,
    web: WebUnderTest,
    gateway: GatewayUnderTest,
    make_charger: MakeCharger,
    alice: Person,
    olga: User,
) -> None:
    """A charger with a wrong password, a session of 0 kWh, and a car that gets 6 A."""
    clock = ManualClock(datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=45))
    station = await make_charger("2.0.1", clock=clock)
    await station.connect()
    await station.boot()
    await at_rest(station)
    await _charges_nothing(station, alice)
    await _gets_6_a(station, alice, olga)
    await make_charger("1.6", "forgetful")
    await (await knock(gateway.port, "/ocpp/forgetful", authorization=basic("forgetful", "wrong"))).close()

    await log_in(page, web, olga)
    walk = Walk(page)
    main = page.locator("#part-network")

    await walk.begin()
    await walk.click(main.get_by_role("link", name="Refused chargers"))
    await walk.click(page.get_by_role("link", name="forgetful").first)
    await walk.reads("#part-facts", "Wrong password", "or set a new one on the station page")

    await walk.begin()
    empty = await Session.objects.aget(ended_at__isnull=False)
    await walk.click(main.locator(f"[data-part='events'] a[href*='/session/{empty.pk}/']").first)
    await walk.reads("#part-reasons", "Why 0 kWh", "The car took nothing", "The meter stood still", "Ask the driver")

    await walk.begin()
    charging = await Session.objects.aget(ended_at=None)
    await walk.click(main.locator(f"a[href*='/session/{charging.pk}/']").first)
    await walk.reads(
        "#part-reasons",
        "Why 6 A",
        "The charging profile “limit of every session” allows 6 A",
        "stack level 0: 6 A, sent by olga@harbour.example",
        "Clear or change it under Limits",
    )


async def _charges_nothing(station: Charger, alice: Person) -> None:
    """A full car: the station tells that it takes nothing, and a register that does not move."""
    await station.plug_in(evse=2, car=Car(soc_percent=100))
    await station.tap(alice.uid, evse=2)
    await station.advance(1800)
    await station.meter_values(evse=2)
    await station.stop_charging(evse=2)
    await station.unplug(evse=2)


async def _gets_6_a(station: Charger, alice: Person, olga: User) -> None:
    row = await ChargingStation.objects.aget()
    profile = await sync_to_async(set_profile)(station=row, wish=wish(6), by=olga)
    assert profile.command is not None
    await finished(profile.command)
    await station.plug_in(evse=1)
    await station.tap(alice.uid, evse=1)
    await station.advance(600)
    await station.meter_values(evse=1)
    await station.settle()
