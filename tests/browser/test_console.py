"""The console in a real browser: logging in, finding a station, phone widths, both themes, secrets."""

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Page, expect

from accounts.models import AuditEvent, User
from accounts.roles import Role
from stations.models import ChargingStation, Site
from stations.secrets import matches
from tests import cast
from tests.admin.world import World, build
from tests.browser.conftest import log_in
from tests.browser.screens import PHONE, LoginScreen, StationScreen, overflow_px
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "correct-horse-battery"


@pytest.fixture
async def world(committed: None) -> World:
    return await sync_to_async(build)("Harbour Energy", "Harbour")


async def test_olga_logs_in_and_finds_a_station(page: Page, web: WebUnderTest, harbour: Site, olga: User) -> None:
    await sync_to_async(cast.create_station)(harbour, "old_faithful", name="Old Faithful")
    await sync_to_async(_set_password)(olga)
    login = LoginScreen(page)
    await login.open()
    await login.log_in("Olga@Harbour.example", PASSWORD)
    await expect(page).to_have_title("Network now | CSMS")
    await page.locator("#nav-sidebar-apps a", has_text="Stations").click()
    await page.get_by_placeholder("Identity, name, serial number or site").fill("faithful")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="old_faithful").click()
    await expect(page.locator("#part-head h2")).to_have_text("Old Faithful")


async def test_a_wrong_password_does_not_log_in(page: Page, web: WebUnderTest, harbour: Site, olga: User) -> None:
    await sync_to_async(_set_password)(olga)
    login = LoginScreen(page)
    await login.open()
    await login.log_in(olga.email, "incorrect-horse")
    await expect(page.get_by_text("Please enter the correct")).to_be_visible()


def _set_password(user: User) -> None:
    user.set_password(PASSWORD)
    user.save()


async def test_every_list_fits_a_phone(page: Page, web: WebUnderTest, world: World) -> None:
    """As do the other pages: test_accessibility.py."""
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await page.emulate_media(color_scheme="dark")
    await log_in(page, web, world.staff[Role.OWNER])
    wide = {}
    for url in lists():
        await page.goto(f"/admin/{url}")
        if excess := await overflow_px(page):
            wide[url] = excess
    assert wide == {}


def lists() -> list[str]:
    return [
        "stations/site/",
        "stations/command/",
        "stations/frame/",
        "stations/rejectedconnection/",
        "charging/session/",
        "charging/sessionanomaly/",
        "drivers/idtoken/",
        "drivers/driver/",
        "accounts/user/",
        "onboarding/onboardingcheck/",
        "stations/commandbatch/",
        "stations/securityevent/",
        "firmware/firmwareupdate/",
    ]


async def test_a_new_password_is_shown_once(page: Page, web: WebUnderTest, world: World) -> None:
    await log_in(page, web, world.staff[Role.OPERATOR])
    screen = StationScreen(page, world[ChargingStation].pk)
    await screen.open()
    page.on("dialog", lambda question: question.accept())
    await page.get_by_role("button", name="New password").click()
    dialog = await screen.dialog()
    secret = (await dialog.box.locator("#new-secret").inner_text()).strip()
    station = await ChargingStation.objects.aget(pk=world[ChargingStation].pk)
    assert matches(station.secret_hash, secret.encode())
    assert await AuditEvent.objects.filter(action="station password set", object_id=str(station.pk)).acount() == 1
    await dialog.close()
    assert secret not in await page.content()
    await page.reload()
    assert secret not in await page.content()


async def test_a_token_is_masked_and_found_by_its_full_value(page: Page, web: WebUnderTest, world: World) -> None:
    await log_in(page, web, world.staff[Role.SUPPORT])
    await page.goto("/admin/drivers/idtoken/")
    assert "SECRETUID" not in await page.content()
    await page.get_by_placeholder("or the full value of a token").fill("secretuidHARBOUR")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Card Harbour")).to_be_visible()


async def test_a_logged_out_page_leads_to_the_login(page: Page, web: WebUnderTest, world: World) -> None:
    await log_in(page, web, world.staff[Role.OPERATOR])
    screen = StationScreen(page, world[ChargingStation].pk)
    await screen.open()
    await page.context.clear_cookies()
    await page.locator("[data-command='reset']").click()
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()
