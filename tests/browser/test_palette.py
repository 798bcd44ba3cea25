"""The command palette and the keyboard shortcuts, as hands use them."""

import pytest
from asgiref.sync import sync_to_async
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, expect

from accounts.models import User
from stations.models import Site
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.conftest import add_station
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.asyncio]


@on_a_phone
async def test_olga_finds_a_station_and_goes_places_by_keys(
    page: Page, web: WebUnderTest, harbour: Site, olga: User
) -> None:
    station = await sync_to_async(add_station)(harbour, "old_faithful", serial_number="SN-4711")
    await log_in(page, web, olga)
    await page.goto("/admin/stations/site/")

    await page.keyboard.press("?")
    dialog = page.locator("#shortcuts-dialog")
    await expect(dialog.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    await fits(page, dialog.get_by_role("heading", name="Keyboard shortcuts"))
    await page.evaluate(AXE_SCRIPT)
    faults = await page.evaluate("axe.run('#shortcuts-dialog', {resultTypes: ['violations'], preload: false})")
    assert [fault["id"] for fault in faults["violations"]] == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()

    await page.keyboard.press("/")
    field = page.locator("#search-input-command")
    await expect(field).to_be_focused()
    await page.keyboard.type("gs4711")
    await expect(page.get_by_text("Nothing fits “gs4711”")).to_be_visible()
    await field.fill("")
    await page.keyboard.type("4711")
    hit = page.locator("#command-results-list a")
    await expect(hit).to_contain_text("old_faithful")
    await fits(page, hit)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/stations/chargingstation/{station.pk}/")

    await page.keyboard.press("g")
    await page.keyboard.press("e")
    await page.wait_for_url("**/charging/session/")


async def test_shortcuts_can_be_turned_off(page: Page, web: WebUnderTest, olga: User) -> None:
    """WCAG 2.1.4: single keys are a nuisance for whoever speaks to the computer."""
    await log_in(page, web, olga)
    await page.goto("/admin/shortcuts/")
    await page.get_by_label("Shortcuts are on in this browser").uncheck()
    await page.goto("/admin/stations/site/")
    await page.keyboard.press("?")
    await page.keyboard.press("/")
    await expect(page.locator("#search-input-command")).to_be_hidden()
    assert await page.locator("#shortcuts-dialog").count() == 0
