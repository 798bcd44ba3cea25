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
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import LoginScreen, fits
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "a-quay-with-seven-lamps"
EMAIL = "nina@mail.example"


def code_of(secret: str) -> str:
    _, counter, _ = yield_hotp_counters_from_time()
    return str(format_hotp_value(hotp_value(secret, counter)))


@on_a_phone
async def test_a_new_colleague_sets_up_a_second_factor_and_comes_back_by_a_recovery_code(
    page: Page, harbour: Site
) -> None:
    owner = await sync_to_async(cast.create_staff)(harbour.organization, "owner@harbour.example", Role.OWNER)
    harbour.organization.requires_second_factor = True
    await harbour.organization.asave()
    _, secret = await sync_to_async(invite)(
        organization=harbour.organization, email=EMAIL, role=Role.OPERATOR, by=owner
    )
    await page.goto(f"/invitation/{secret}/")
    await fits(page, page.get_by_role("button", name="Accept the invitation"))
    await page.get_by_label("First name").fill("Nina")
    await page.get_by_label("Last name").fill("Vogel")
    await page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Accept the invitation").click()
    await LoginScreen(page).log_in(EMAIL, PASSWORD)
    key = (await page.locator("code.c-mono").inner_text()).replace(" ", "")
    await fits(page, page.get_by_role("button", name="Use this second factor"))
    await page.get_by_label("Code").fill(code_of(key))
    await page.get_by_role("button", name="Use this second factor").click()
    await expect(page.locator(".c-codes li")).to_have_count(10)
    codes = await page.locator(".c-codes li").all_inner_texts()
    await fits(page, page.get_by_role("link", name="I have kept them"))
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page).to_have_title("Network now | CSMS")
    assert (await Invitation.objects.aget()).accepted_at is not None
    # The dashboard would go to the login itself as soon as it hears that nobody is logged in.
    await page.goto("about:blank")
    await page.context.clear_cookies()
    await LoginScreen(page).open()
    await LoginScreen(page).log_in(EMAIL, PASSWORD)
    await expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    await fits(page, page.get_by_role("button", name="Continue"))
    await page.get_by_label("Code").fill(codes[0])
    await page.get_by_role("button", name="Continue").click()
    await expect(page).to_have_title("Network now | CSMS")
    assert await AuditEvent.objects.filter(action="recovery code used", actor__email=EMAIL).aexists()


@on_a_phone
async def test_support_acts_as_a_colleague_and_every_page_says_so(page: Page, web: WebUnderTest, harbour: Site) -> None:
    sam, fay = [
        await sync_to_async(cast.create_staff)(harbour.organization, f"{name}@harbour.example", role)
        for name, role in (("sam", Role.SUPPORT), ("fay", Role.FINANCE))
    ]
    await log_in(page, web, sam)
    await page.goto(f"/admin/accounts/user/{fay.pk}/impersonate/")
    await fits(page, page.get_by_role("button", name="Begin"))
    await page.get_by_label("Reason").fill("Ticket 12")
    await page.get_by_role("button", name="Begin").click()
    banner = page.locator(".c-banner")
    await expect(banner).to_contain_text("acting as")
    await expect(page.locator("[data-live-state]")).to_have_attribute("data-state", "live")
    await page.goto("/admin/drivers/driver/")
    await expect(banner).to_contain_text("fay@harbour.example")
    await fits(page, banner.get_by_role("button", name="End"))
    await banner.get_by_role("button", name="End").click()
    await expect(banner).to_have_count(0)
    assert await AuditEvent.objects.filter(action="impersonation ended", actor=sam).aexists()


@on_a_phone
async def test_an_owner_lets_a_colleague_in_again_and_ends_her_sessions(
    page: Page, web: WebUnderTest, harbour: Site, olga: User
) -> None:
    """Five wrong passwords, a call to the owner, and a device that is left behind."""
    owner = await sync_to_async(cast.create_staff)(harbour.organization, "oda@harbour.example", Role.OWNER)
    olga.set_password(PASSWORD)
    await olga.asave()
    login, access = LoginScreen(page), f"/admin/accounts/user/{olga.pk}/access/"
    for _ in range(5):
        await login.open()
        await login.log_in(olga.email, "a-quay-with-six-lamps")
    await expect(page.get_by_role("heading", name="Too many tries")).to_be_visible()
    await log_in(page, web, owner)
    await page.goto(access)
    await expect(page.get_by_text("5 wrong passwords or codes")).to_be_visible()
    await fits(page, page.get_by_role("button", name="Unlock"))
    await page.get_by_role("button", name="Unlock").click()
    await expect(page.get_by_role("button", name="Unlock")).to_have_count(0)
    await page.context.clear_cookies()
    await login.open()
    await login.log_in(olga.email, PASSWORD)
    await page.goto("/admin/account/")
    await expect(page.get_by_role("row").filter(has_text="This one")).to_have_count(1)
    await fits(page)
    left_behind = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}["sessionid"]
    await log_in(page, web, owner)
    await page.goto(access)
    await fits(page, page.get_by_role("button", name="End all sessions"))
    await page.get_by_role("button", name="End all sessions").click()
    await expect(page.get_by_text("Not logged in anywhere.")).to_be_visible()
    await page.context.clear_cookies()
    await page.context.add_cookies([{"name": "sessionid", "value": left_behind, "url": web.url}])
    await page.goto("/admin/")
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()


@on_a_phone
async def test_the_audit_trail_tells_before_and_after_and_is_whole(
    page: Page, web: WebUnderTest, harbour: Site, olga: User
) -> None:
    station: ChargingStation = await sync_to_async(cast.create_station)(harbour, name="Kai 1")
    await log_in(page, web, olga)
    await page.goto(f"/admin/stations/chargingstation/{station.pk}/change/")
    await page.locator("#id_name").fill("Kai 2")
    await fits(page, page.get_by_role("button", name="Save", exact=True))
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("link", name="Changes", exact=True).click()
    await expect(page.locator("#result_list tbody tr")).to_have_count(1)
    await fits(page, page.get_by_role("button", name="Verify the chain"))
    await page.get_by_role("button", name="Verify the chain").click()
    await expect(page.get_by_text("events are as they were written")).to_be_visible()
    await fits(page)
    await page.locator("#result_list tbody tr a").first.click()
    changed = page.locator("tr", has_text="Kai 2")
    await expect(changed.locator("td")).to_have_text(["Name", "Kai 1", "Kai 2"])
    await expect(page.get_by_text("As it was written")).to_be_visible()
    await fits(page)
