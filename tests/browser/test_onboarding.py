"""A new charger is checked by somebody who stands before it with a phone, and the scorecard is printed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Page, expect

from accounts.models import User
from onboarding.services import advance_checks
from onboarding.steps import charging, hardware
from smartcharging.models import ChargingProfile
from stations.models import ChargingStation
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import StationScreen, fits
from tests.conftest import MakeCharger, Person
from tests.gateway.polling import eventually
from tests.usecases.asking import at_rest
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
async def _worker(olga: User, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Looks at the checks all the time, as the worker does; what is waited for in days is a moment here."""
    monkeypatch.setattr(hardware, "REPORT_PAUSE", timedelta(0))
    monkeypatch.setattr(charging, "OFFLINE_AT_LEAST", timedelta(0))

    async def look() -> None:
        while True:
            await sync_to_async(advance_checks)()
            await asyncio.sleep(0.2)

    looking = asyncio.create_task(look())
    yield
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking


@on_a_phone
async def test_he_checks_a_new_charger_and_prints_its_scorecard(
    page: Page, web: WebUnderTest, olga: User, make_charger: MakeCharger, alice: Person
) -> None:
    charger = await make_charger("1.6")
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    charger.clock.set(datetime.now(UTC) - timedelta(seconds=200))
    await log_in(page, web, olga)
    station = StationScreen(page, (await ChargingStation.objects.aget()).pk)
    await station.open()
    dialog = await station.ask_for("check")
    await dialog.choose("token", f"Alice · {alice.card}")
    await dialog.send()
    instruction = page.get_by_text("Remote start: your part.")
    await expect(instruction).to_be_visible()
    await fits(page)
    await charger.plug_in()
    await expect(_step(page, "remote_start")).to_have_attribute("data-status", "passed")
    await expect(instruction).to_have_count(0)
    for _ in range(3):
        await charger.advance(60)
        await charger.meter_values()
    await expect(_step(page, "meter")).to_have_attribute("data-status", "passed")
    await eventually(ChargingProfile.objects.filter(installed_at__isnull=False).aexists)
    await charger.advance(5)
    await charger.meter_values()
    await expect(_step(page, "limit")).to_have_attribute("data-status", "passed")
    await expect(page.get_by_text("Offline and back: your part.")).to_be_visible()
    await fits(page, _step(page, "offline").get_by_role("button", name="Leave out"))
    await _step(page, "offline").get_by_role("button", name="Leave out").click()
    await expect(_step(page, "remote_stop")).to_have_attribute("data-status", "passed")
    await expect(page.get_by_role("region", name="Result").get_by_role("status")).to_have_text("8 of 9 passed")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Leave out")).to_have_count(0)
    await expect(_step(page, "meter")).to_be_visible()
    await fits(page)


def _step(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-step='{kind}']")
