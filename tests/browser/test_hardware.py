"""Olga takes over the EVSEs that a station reports."""

import pytest
from playwright.async_api import Page, expect

from accounts.models import User
from simulator import EvseSpec
from stations.models import ChargingStation, Connector, Evse
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import StationScreen, fits
from tests.conftest import MakeCharger
from tests.usecases.asking import at_rest
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@on_a_phone
async def test_she_takes_over_what_the_station_reports_and_adds_the_rest_by_hand(
    page: Page, web: WebUnderTest, olga: User, make_charger: MakeCharger
) -> None:
    charger = await make_charger("2.0.1", evses=[EvseSpec(max_power_w=150_000, kind="DC")])
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    await log_in(page, web, olga)
    screen = StationScreen(page, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    await fits(page, page.get_by_role("link", name="EVSEs", exact=True))
    await page.get_by_role("link", name="EVSEs", exact=True).click()
    await expect(page.locator("[data-compared=differs]")).to_have_count(2)
    await fits(page, page.locator("[data-take-over]"))
    await page.locator("[data-take-over]").click()
    await expect(page.locator("[data-changes] tbody tr")).to_have_count(3)
    await fits(page, page.get_by_role("button", name="Add a connector"))
    await page.get_by_role("button", name="Add a connector").click()
    added = page.get_by_role("group", name="EVSE 1, connector 2")
    await added.get_by_label("Type").select_option(label="CHAdeMO")
    await page.get_by_label("Name").fill("Left")
    await fits(page, page.get_by_role("button", name="See what changes").last)
    await page.get_by_role("button", name="See what changes").last.click()
    await expect(page.locator("[data-changes] tbody tr")).to_have_count(5)
    await fits(page, page.locator("[data-save]"))
    await page.locator("[data-save]").click()
    await expect(screen.evse(1).box).to_contain_text("Left")
    evse = await Evse.objects.aget()
    assert (evse.name, evse.max_power_w) == ("Left", 150_000)
    assert [row.type async for row in Connector.objects.order_by("number")] == ["cCCS2", "cG105"]
