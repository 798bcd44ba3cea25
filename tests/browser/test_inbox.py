"""The inbox of refused chargers in a real browser, with a charger at the real gateway."""

import pytest
from playwright.async_api import Page, expect

from accounts.models import User
from stations.models import ChargingStation, RejectedConnection, Site
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.conftest import SECRET, MakeCharger
from tests.gateway.knocking import basic, knock
from tests.harness import GatewayUnderTest
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@on_a_phone
async def test_olga_adopts_a_charger_and_it_connects(
    page: Page,
    web: WebUnderTest,
    gateway: GatewayUnderTest,
    make_charger: MakeCharger,
    harbour: Site,
    olga: User,
) -> None:
    await (await knock(gateway.port, "/ocpp/new-one", authorization=basic("new-one", SECRET))).close()
    await log_in(page, web, olga)
    await page.goto("/admin/stations/rejectedconnection/")
    await fits(page, page.get_by_role("link", name="new-one"))
    await page.get_by_role("link", name="new-one").click()
    await expect(page.locator("#part-facts")).to_contain_text("Create a station with this identity")
    await page.get_by_label("Site").select_option(label="Harbour")
    await fits(page, page.get_by_role("button", name="Adopt this charger"))
    await page.get_by_role("button", name="Adopt this charger").click()
    secret = await page.locator("#new-secret").inner_text()
    await expect(page.locator("#copy-address")).to_have_text(f"wss://127.0.0.1:{web.port}/ocpp/new-one")
    await fits(page, page.get_by_role("link", name="To the station page"))
    charger = await make_charger("1.6", "new-one", is_known=False, password=secret)
    await charger.connect()
    await charger.boot()
    await page.get_by_role("link", name="To the station page").click()
    await expect(page.locator("#part-head .c-badge").first).to_have_text("Online")
    assert secret not in await page.content()
    assert (await ChargingStation.objects.aget(identity="new-one")).site_id == harbour.pk
    assert (await RejectedConnection.objects.aget()).handling == "adopted"
