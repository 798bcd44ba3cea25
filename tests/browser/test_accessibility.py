"""axe finds no serious fault, and all fits: on a page of each kind, wide and light, then narrow and dark."""

import pytest
from asgiref.sync import sync_to_async
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from accounts.models import AuditEvent, Invitation, User
from accounts.roles import Role
from accounts.services.invitations import invite
from api.models import ApiKey
from charging.models import Session, SessionAnomaly
from jobs.models import Job
from onboarding.models import OnboardingCheck
from stations.models import ChargingStation, Command, CommandBatch, EnrolmentPolicy, RejectedConnection, Site
from tests.admin.world import World, build
from tests.browser.conftest import log_in
from tests.browser.screens import DESKTOP, PHONE, overflow_px
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PARTS = 4
# The menu is the same on every page and half of it: each part looks at it once.
MENU = "#nav-sidebar"
GRAVE = {"serious", "critical"}
# What a narrow window or dark colours can spoil; everything else was seen on the wide page.
ANEW = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "nested-interactive", "link-name"]
# A rule whose finds are never grave costs as much as the others.
RUN = """
([rules, context]) => {
  const usual = axe._audit.rules.filter(rule => rule.enabled && !rule.tags.includes("experimental"));
  const grave = usual.filter(rule => !["minor", "moderate"].includes(rule.impact));
  const runOnly = rules ?? grave.map(rule => rule.id);
  return axe.run(context, {resultTypes: ["violations"], preload: false, elementRef: false, runOnly});
}
"""


@pytest.fixture
async def world(committed: None) -> World:
    return await sync_to_async(build)("Harbour Energy", "Harbour")


def pages(world: World) -> list[str]:
    """One of each template: the login, lists and forms of the admin, pages of the console, pages outside of it."""
    _, secret = invite(
        organization=world.organization, email="axe@mail.example", role=Role.FINANCE, by=world.staff[Role.OWNER]
    )
    return [*(f"/admin/{url}" for url in admin_pages(world)), f"/invitation/{secret}/", "/api/v1/docs/"]


def admin_pages(world: World) -> list[str]:
    station = world[ChargingStation].pk
    return [
        "login/",
        "",
        "map/",
        "stations/chargingstation/",
        "stations/chargingstation/add/",
        f"stations/chargingstation/{station}/",
        f"stations/chargingstation/{station}/change/",
        f"stations/chargingstation/{station}/evses/?reported=1",
        f"stations/chargingstation/{station}/frames/",
        f"stations/many/?stations={station}",
        f"stations/commandbatch/{world[CommandBatch].pk}/",
        f"stations/command/{world[Command].pk}/",
        f"stations/site/{world[Site].pk}/",
        f"stations/site/{world[Site].pk}/change/",
        "stations/site/import/",
        f"jobs/job/{world[Job].pk}/",
        f"stations/rejectedconnection/{world[RejectedConnection].pk}/",
        f"stations/enrolmentpolicy/{world[EnrolmentPolicy].pk}/key/",
        f"charging/session/{world[Session].pk}/",
        f"charging/sessionanomaly/{world[SessionAnomaly].pk}/",
        f"onboarding/onboardingcheck/{world[OnboardingCheck].pk}/",
        "drivers/idtoken/add/",
        "accounts/user/add/",
        f"accounts/user/{world[User].pk}/change/",
        f"accounts/user/{world[User].pk}/access/",
        "accounts/invitation/add/",
        f"accounts/invitation/{world[Invitation].pk}/",
        "accounts/auditevent/",
        f"accounts/auditevent/{world[AuditEvent].pk}/",
        "accounts/roles/",
        "account/",
        "account/second-factor/set-up/",
        f"api/apikey/{world[ApiKey].pk}/change/",
    ]


@pytest.mark.parametrize("part", range(PARTS))
async def test_axe_finds_nothing_grave_and_all_fits(page: Page, web: WebUnderTest, world: World, part: int) -> None:
    """In parts, so that the last worker does not do it alone."""
    found, context = [], {"include": ["html"]}
    if part > 0:
        await log_in(page, web, world.staff[Role.OWNER])
    for url in (await sync_to_async(pages)(world))[part::PARTS]:
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        await page.goto(url)
        await page.evaluate(AXE_SCRIPT)
        found += [f"{url} wide: {fault}" for fault in await faults(page, None, context)]
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        found += [f"{url} narrow: {fault}" for fault in await faults(page, ANEW, context)]
        if excess := await overflow_px(page):
            found.append(f"{url} narrow: {excess} px too wide")
        if await page.locator(MENU).count():
            context = {"exclude": [MENU]}
        if url == "/admin/login/":
            await log_in(page, web, world.staff[Role.OWNER])
    assert found == []


async def faults(page: Page, rules: list[str] | None, context: dict[str, list[str]]) -> list[str]:
    results = await page.evaluate(RUN, [rules, context])
    return [
        f"{violation['id']}: {node['target'][0]}: {node['html'][:160]}"
        for violation in results["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
