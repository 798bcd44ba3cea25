"""Dashboard, map and site page in a real browser, without network, at both widths."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from playwright.async_api import Page, expect

from accounts.roles import Role
from charging import services as charging
from charging.models import Session, SessionAnomaly
from stations.models import Connector, Site
from stations.states import ConnectorStatus
from tests.admin.world import World, build
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
async def world(committed: None) -> World:
    world: World = await sync_to_async(build)("Harbour Energy", "Harbour")
    await Site.objects.aupdate(latitude=53.5413, longitude=9.9841, grid_limit_w=74_000)
    await Session.objects.aupdate(last_reading_at=timezone.now())
    for minutes in (0, 5):
        await sync_to_async(charging.record_load)(timezone.now() - timedelta(minutes=minutes))
    return world


async def _it_tells_by_itself_what_a_colleague_did(page: Page, world: World) -> None:
    await expect(page.locator("[data-live-state]")).to_have_attribute("data-state", "live")
    await expect(page.locator("[data-figure=anomalies]")).to_have_text("1")
    dismiss = sync_to_async(charging.dismiss_anomaly)
    await dismiss(anomaly=world[SessionAnomaly], by=world.staff[Role.SUPPORT], reason="A test drive.")
    await expect(page.locator("[data-figure=anomalies]")).to_have_text("0")


@on_a_phone
async def test_olga_goes_from_the_dashboard_over_the_map_to_a_site(page: Page, web: WebUnderTest, world: World) -> None:
    await log_in(page, web, world.staff[Role.OPERATOR])
    await page.goto("/admin/")
    await expect(page.locator("[data-figure=power]")).to_contain_text("7.4")
    await expect(page.locator("[data-load] canvas")).to_be_visible()
    await page.locator("[data-load] summary").click()
    await expect(page.locator("[data-load] tbody tr").first).to_contain_text("7.4")
    await fits(page, page.locator("[data-load] summary"))
    await _it_tells_by_itself_what_a_colleague_did(page, world)
    await page.goto("/admin/map/")
    mark = page.locator(".c-map-mark")
    await expect(mark).to_have_text("Charging")
    await expect(page.locator(".c-map path").first).to_be_attached()
    await expect(page.locator("[data-live-state]")).to_have_attribute("data-state", "live")
    await Connector.objects.aupdate(status=ConnectorStatus.FAULTED)
    await page.evaluate("document.querySelectorAll('[data-live]').forEach((part) => htmx.trigger(part, 'live'))")
    await expect(mark).to_have_text("Fault")
    await fits(page, mark)
    await mark.click()
    await fits(page, page.locator(".leaflet-popup a", has_text="Site Harbour"))
    await page.locator(".leaflet-popup a", has_text="Site Harbour").click()
    await expect(page.locator("#part-now")).to_contain_text("10 % of")
    await expect(page.locator("#part-stations")).to_contain_text("Station Harbour")
    await expect(page.locator("[data-load] canvas")).to_be_visible()
    await fits(page)
