"""Correcting, accepting and dismissing anomalies and searching the wire log in a real browser."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from playwright.async_api import Page, expect

from accounts.roles import Role
from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus
from stations.models import ChargingStation
from tests.admin.world import World, build
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
async def world(committed: None) -> World:
    return await sync_to_async(build)("Harbour Energy", "Harbour")


async def decide(page: Page, like: SessionAnomaly, button: str, becomes: AnomalyStatus) -> None:
    """On the page of another anomaly of that kind: not without a reason."""
    anomaly = await SessionAnomaly.objects.aget(pk=like.pk)
    anomaly.pk, anomaly.status, anomaly.fingerprint = None, AnomalyStatus.OPEN, button
    anomaly.closed_at = anomaly.closed_by = None
    await anomaly.asave(force_insert=True)
    await page.goto(f"/admin/charging/sessionanomaly/{anomaly.pk}/")
    await fits(page, page.get_by_role("button", name=button))
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_text("This field is required.")).to_be_visible()
    await page.get_by_label("Reason").fill("The charger's clock was repaired.")
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_text("The charger's clock was repaired.")).to_be_visible()
    await anomaly.arefresh_from_db()
    assert (anomaly.status, anomaly.closing_reason) == (becomes, "The charger's clock was repaired.")
    assert anomaly.closed_at is not None
    assert anomaly.closed_at <= timezone.now()


@on_a_phone
async def test_sam_corrects_a_session_and_exports_what_the_station_said(
    page: Page, web: WebUnderTest, world: World
) -> None:
    await log_in(page, web, world.staff[Role.SUPPORT])
    await page.goto(f"/admin/charging/sessionanomaly/{world[SessionAnomaly].pk}/")
    await page.get_by_text("Correct it by hand").click()
    await page.get_by_label("Energy (kWh)").fill("7.5")
    await page.get_by_role("button", name="Correct the session").click()
    await expect(page.get_by_text("This field is required.")).to_be_visible()
    await fits(page, page.get_by_role("button", name="Correct the session"))
    await page.get_by_label("Why").fill("The display showed 7.5 kWh")
    await page.get_by_role("button", name="Correct the session").click()
    await expect(page.get_by_text("The session is corrected.")).to_be_visible()
    assert (await Session.objects.aget()).energy_wh == 7500
    await decide(page, world[SessionAnomaly], "Accept the repair", AnomalyStatus.ACCEPTED)
    await decide(page, world[SessionAnomaly], "Dismiss", AnomalyStatus.DISMISSED)
    await page.goto(f"/admin/stations/chargingstation/{world[ChargingStation].pk}/frames/")
    messages = page.locator("#exchanges details")
    await expect(messages).to_have_count(1)
    await page.get_by_label("Text in the message").fill("not there")
    await expect(messages).to_have_count(0)
    await page.get_by_label("Text in the message").fill("Heartbeat")
    await expect(messages).to_have_count(1)
    await fits(page, page.get_by_role("button", name="Export"))
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export").click()
    with open(await (await download.value).path()) as exported:
        assert [json.loads(line)["message_id"] for line in exported] == ["1"]
