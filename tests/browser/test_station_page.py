"""Olga at work: she watches a car start charging, starts and stops another, resets the station.

Each job is done in three versions, and so at both widths: two of them on a phone.
"""

import re

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from accounts.models import User
from charging.models import Session
from charging.states import SessionStatus
from simulator import Charger
from stations.models import ChargingStation, Command, StationConnection
from tests.browser.conftest import log_in
from tests.browser.screens import DESKTOP, PHONE, StationScreen, overflow_px
from tests.conftest import Person, every_version
from tests.gateway.polling import eventually
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WIDTHS = {"1.6": PHONE, "2.0.1": DESKTOP, "2.1": PHONE}
SOME_POWER = re.compile(r"[1-9]\d*\.\d\s*kW")


@pytest.fixture
async def screen(page: Page, web: WebUnderTest, olga: User, station: Charger, version: str) -> StationScreen:
    """The page of the connected station, open and live."""
    width, height = WIDTHS[version]
    await page.set_viewport_size({"width": width, "height": height})
    await log_in(page, web, olga)
    screen = StationScreen(page, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    await expect(screen.presence).to_have_text("Online")
    return screen


@every_version
async def test_a_car_starts_charging_before_her_eyes(
    screen: StationScreen, station: Charger, alice: Person, version: str
) -> None:
    """Nothing is reloaded: state, power, energy, chart, messages come by themselves."""
    await screen.evse(1).shows("available")
    await station.plug_in(evse=1)
    await station.tap(alice.uid, evse=1)
    await screen.evse(1).shows("charging")
    await station.advance(300)
    await station.meter_values(evse=1)
    await expect(screen.evse(1).figure("Power")).to_have_text(SOME_POWER)
    await station.advance(300)
    await station.meter_values(evse=1)
    await expect(screen.chart.locator("canvas")).to_be_visible()
    await expect(screen.evse(1).box).to_contain_text("Alice")
    session = await Session.objects.aget()
    await expect(screen.evse(1).figure("Energy")).to_have_text(f"{session.energy_wh / 1000:.2f}\u00a0kWh")
    await screen.chart.get_by_text("Show as table").click()
    await expect(screen.chart.locator("[data-table] tbody tr").nth(1)).to_contain_text("kWh")
    start = "StartTransaction" if version == "1.6" else "TransactionEvent"
    await expect(screen.messages.filter(has_text=start).first).to_be_visible()
    assert alice.uid not in await screen.page.content()
    assert await overflow_px(screen.page) == 0


@every_version
async def test_she_starts_charging_for_alice_and_stops_it(
    screen: StationScreen, station: Charger, alice: Person, version: str
) -> None:
    await station.plug_in(evse=2)
    await screen.evse(2).shows("preparing")
    await screen.evse(2).press("Start")
    dialog = await screen.dialog()
    await expect(dialog.box.locator("[name=evse]")).to_have_value("2")
    await dialog.choose("token", f"Alice · {alice.card}")
    await dialog.send()
    await dialog.ends("accepted")
    await dialog.close()
    await screen.evse(2).shows("charging")
    assert (await Session.objects.aget()).driver_id == alice.driver.pk
    await screen.evse(2).press("Stop")
    dialog = await screen.dialog()
    await dialog.send()
    await dialog.ends("accepted")
    await dialog.close()
    await station.settle()
    await expect(screen.evse(2).box.locator("[data-session]")).to_have_count(0)
    assert (await Session.objects.aget()).status == SessionStatus.ENDED
    await expect(screen.commands.first).to_contain_text("Remote stop")
    await expect(screen.commands.first).to_contain_text("Accepted")


@every_version
async def test_a_reset_is_asked_for_once_and_names_who_is_charging(
    screen: StationScreen, station: Charger, alice: Person, version: str
) -> None:
    await station.plug_in(evse=1)
    await station.tap(alice.uid, evse=1)
    await screen.evse(1).shows("charging")
    dialog = await screen.ask_for("reset")
    await expect(dialog.box).to_contain_text("1 session running")
    await expect(dialog.box).to_contain_text("Alice")
    await dialog.choose("kind", "Hard: restart now")
    await dialog.send()
    await dialog.ends("accepted")
    await station.settle()
    command = await Command.objects.aget(kind="Reset")
    assert command.arguments["kind"] == "hard"


@pytest.mark.parametrize("version", ["2.0.1"])
async def test_the_page_says_when_the_station_goes_away(screen: StationScreen, station: Charger, version: str) -> None:
    await station.close()
    await expect(screen.presence).to_have_text("Offline")
    await screen.evse(1).shows("offline")
    await station.connect()
    await expect(screen.presence).to_have_text("Online")


@pytest.mark.parametrize("version", ["2.1"])
async def test_a_page_misses_nothing_while_it_opens(screen: StationScreen, station: Charger, version: str) -> None:
    async def once_it_is_made(socket: WebSocketRoute) -> None:
        await station.close()
        await eventually(StationConnection.objects.filter(closed_at__isnull=False).aexists)
        socket.connect_to_server()

    await screen.page.route_web_socket("**/live/", once_it_is_made)
    await screen.open()
    await expect(screen.presence).to_have_text("Offline")
    await screen.evse(1).shows("offline")
