"""A new colleague comes in with a second factor, support helps one, and the audit trail tells what was changed."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from asgiref.sync import sync_to_async
from playwright.async_api import Page, expect

from accounts.models import AuditEvent, Invitation, User
from accounts.roles import Role
from accounts.services.invitations import invite
from stations.models import ChargingStation, Site
from tests import cast
from tests.browser.conftest import DESKTOP, PHONE, log_in
from tests.browser.screens import LoginScreen, overflow_px
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

widths = pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["desktop", "phone"])

PASSWORD = "a-quay-with-seven-lamps"
EMAIL = "nina@mail.example"


@pytest.fixture
async def desk(page: Page, width: tuple[int, int]) -> Page:
    await page.set_viewport_size({"width": width[0], "height": width[1]})
    return page


def code_of(secret: str) -> str:
    _, counter, _ = yield_hotp_counters_from_time()
    return str(format_hotp_value(hotp_value(secret, counter)))


@widths
async def test_a_new_colleague_sets_up_a_second_factor_and_comes_back_by_a_recovery_code(
    desk: Page, harbour: Site
) -> None:
    owner = await sync_to_async(cast.create_staff)(harbour.organization, "owner@harbour.example", Role.OWNER)
    harbour.organization.requires_second_factor = True
    await harbour.organization.asave()
    _, secret = await sync_to_async(invite)(
        organization=harbour.organization, email=EMAIL, role=Role.OPERATOR, by=owner
    )
    await desk.goto(f"/invitation/{secret}/")
    assert await overflow_px(desk) == 0
    await desk.get_by_label("First name").fill("Nina")
    await desk.get_by_label("Last name").fill("Vogel")
    await desk.get_by_label("Password", exact=False).first.fill(PASSWORD)
    await desk.get_by_label("The same password again").fill(PASSWORD)
    await desk.get_by_role("button", name="Accept the invitation").click()
    await LoginScreen(desk).log_in(EMAIL, PASSWORD)
    key = (await desk.locator("code.c-mono").inner_text()).replace(" ", "")
    assert await overflow_px(desk) == 0
    await desk.get_by_label("Code").fill(code_of(key))
    await desk.get_by_role("button", name="Use this second factor").click()
    await expect(desk.locator(".c-codes li")).to_have_count(10)
    codes = await desk.locator(".c-codes li").all_inner_texts()
    await desk.get_by_role("link", name="I have kept them").click()
    await expect(desk).to_have_title("Network now | CSMS")
    assert (await Invitation.objects.aget()).accepted_at is not None
    # The dashboard would go to the login itself as soon as it hears that nobody is logged in.
    await desk.goto("about:blank")
    await desk.context.clear_cookies()
    await LoginScreen(desk).open()
    await LoginScreen(desk).log_in(EMAIL, PASSWORD)
    await expect(desk.get_by_role("heading", name="Enter your code")).to_be_visible()
    await desk.get_by_label("Code").fill(codes[0])
    await desk.get_by_role("button", name="Continue").click()
    await expect(desk).to_have_title("Network now | CSMS")
    assert await AuditEvent.objects.filter(action="recovery code used", actor__email=EMAIL).aexists()


@widths
async def test_support_acts_as_a_colleague_and_every_page_says_so(desk: Page, web: WebUnderTest, harbour: Site) -> None:
    sam, fay = [
        await sync_to_async(cast.create_staff)(harbour.organization, f"{name}@harbour.example", role)
        for name, role in (("sam", Role.SUPPORT), ("fay", Role.FINANCE))
    ]
    await log_in(desk, web, sam)
    await desk.goto(f"/admin/accounts/user/{fay.pk}/impersonate/")
    await desk.get_by_label("Reason").fill("Ticket 12")
    await desk.get_by_role("button", name="Begin").click()
    banner = desk.locator(".c-banner")
    await expect(banner).to_contain_text("acting as")
    await expect(desk.locator("[data-live-state]")).to_have_attribute("data-state", "live")
    await desk.goto("/admin/drivers/driver/")
    await expect(banner).to_contain_text("fay@harbour.example")
    assert await overflow_px(desk) == 0
    await banner.get_by_role("button", name="End").click()
    await expect(banner).to_have_count(0)
    assert await AuditEvent.objects.filter(action="impersonation ended", actor=sam).aexists()


@widths
async def test_an_owner_lets_a_colleague_in_again_and_ends_her_sessions(
    desk: Page, web: WebUnderTest, harbour: Site, olga: User
) -> None:
    """Five wrong passwords, a call to the owner, and a device that is left behind."""
    owner = await sync_to_async(cast.create_staff)(harbour.organization, "oda@harbour.example", Role.OWNER)
    olga.set_password(PASSWORD)
    await olga.asave()
    login, access = LoginScreen(desk), f"/admin/accounts/user/{olga.pk}/access/"
    for _ in range(5):
        await login.open()
        await login.log_in(olga.email, "a-quay-with-six-lamps")
    await expect(desk.get_by_role("heading", name="Too many tries")).to_be_visible()
    await log_in(desk, web, owner)
    await desk.goto(access)
    await expect(desk.get_by_text("5 wrong passwords or codes")).to_be_visible()
    await desk.get_by_role("button", name="Unlock").click()
    await expect(desk.get_by_role("button", name="Unlock")).to_have_count(0)
    await desk.context.clear_cookies()
    await login.open()
    await login.log_in(olga.email, PASSWORD)
    await desk.goto("/admin/account/")
    await expect(desk.get_by_role("row").filter(has_text="This one")).to_have_count(1)
    assert await overflow_px(desk) == 0
    left_behind = {cookie["name"]: cookie["value"] for cookie in await desk.context.cookies()}["sessionid"]
    await log_in(desk, web, owner)
    await desk.goto(access)
    await desk.get_by_role("button", name="End all sessions").click()
    await expect(desk.get_by_text("Not logged in anywhere.")).to_be_visible()
    await desk.context.clear_cookies()
    await desk.context.add_cookies([{"name": "sessionid", "value": left_behind, "url": web.url}])
    await desk.goto("/admin/")
    await expect(desk.get_by_role("button", name="Log in")).to_be_visible()


@widths
async def test_the_audit_trail_tells_before_and_after_and_is_whole(
    desk: Page, web: WebUnderTest, harbour: Site, olga: User
) -> None:
    station: ChargingStation = await sync_to_async(cast.create_station)(harbour, name="Kai 1")
    await log_in(desk, web, olga)
    await desk.goto(f"/admin/stations/chargingstation/{station.pk}/change/")
    await desk.locator("#id_name").fill("Kai 2")
    await desk.get_by_role("button", name="Save", exact=True).click()
    await desk.get_by_role("link", name="Changes", exact=True).click()
    await expect(desk.locator("#result_list tbody tr")).to_have_count(1)
    await desk.get_by_role("button", name="Verify the chain").click()
    await expect(desk.get_by_text("events are as they were written")).to_be_visible()
    assert await overflow_px(desk) == 0
    await desk.locator("#result_list tbody tr a").first.click()
    changed = desk.locator("tr", has_text="Kai 2")
    await expect(changed.locator("td")).to_have_text(["Name", "Kai 1", "Kai 2"])
    await expect(desk.get_by_text("As it was written")).to_be_visible()
    assert await overflow_px(desk) == 0
