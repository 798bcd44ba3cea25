"""The inbox of refused chargers in a real browser, with a charger at the real gateway."""

import pytest
from playwright.async_api import Page, expect

from accounts.models import User
from stations.models import ChargingStation, RejectedConnection, Site
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.browser.screens import overflow_px
from tests.conftest import SECRET, MakeCharger
from tests.gateway.knocking import basic, knock
from tests.harness import GatewayUnderTest
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

widths = pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])


@widths
async def test_olga_adopts_a_charger_and_it_connects(
    page: Page,
    web: WebUnderTest,
    gateway: GatewayUnderTest,
    make_charger: MakeCharger,
    harbour: Site,
    olga: User,
    window: tuple[int, int],
) -> None:
    await (await knock(gateway.port, "/ocpp/new-one", authorization=basic("new-one", SECRET))).close()
    await page.set_viewport_size({"width": window[0], "height": window[1]})
    await log_in(page, web, olga)
    await page.goto("/admin/stations/rejectedconnection/")
    await page.get_by_role("link", name="new-one").click()
    await expect(page.locator("#part-facts")).to_contain_text("Create a station with this identity")
    assert await overflow_px(page) == 0
    await page.get_by_label("Site").select_option(label="Harbour")
    await page.get_by_role("button", name="Adopt this charger").click()
    secret = await page.locator("#new-secret").inner_text()
    await expect(page.locator("#copy-address")).to_have_text(f"wss://127.0.0.1:{web.port}/ocpp/new-one")
    assert await overflow_px(page) == 0
    charger = await make_charger("1.6", "new-one", is_known=False, password=secret)
    await charger.connect()
    await charger.boot()
    await page.get_by_role("link", name="To the station page").click()
    await expect(page.locator("#part-head .c-badge").first).to_have_text("Online")
    assert secret not in await page.content()
    assert (await ChargingStation.objects.aget(identity="new-one")).site_id == harbour.pk
    assert (await RejectedConnection.objects.aget()).handling == "adopted"
