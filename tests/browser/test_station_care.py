"""A station is looked after: its configuration in its row, its notes and QR codes, and one that comes by itself."""

import pytest
from playwright.async_api import Page, expect

from accounts.models import User
from simulator import Charger
from stations.models import ChargingStation, ExpectedStation, Site, StationNote
from tests.browser.conftest import log_in
from tests.browser.screens import StationScreen, fits
from tests.conftest import MakeCharger
from tests.usecases.asking import at_rest
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
async def desk(page: Page, phone: None, web: WebUnderTest, olga: User) -> Page:
    await log_in(page, web, olga)
    return page


@pytest.fixture
async def charger(make_charger: MakeCharger) -> Charger:
    charger = await make_charger("1.6")
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    return charger


async def test_she_changes_a_value_in_its_row_and_sees_what_becomes_of_it(desk: Page, charger: Charger) -> None:
    screen = StationScreen(desk, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    await desk.get_by_label("Find a variable").fill("heartbeat")
    row = desk.locator("#part-variables [data-row]:visible")
    await expect(row).to_have_count(1)
    await charger.close()
    await expect(screen.presence).to_have_text("Offline")
    await fits(desk, row.get_by_role("button", name="Change"))
    await row.get_by_role("button", name="Change").click()
    await row.get_by_role("textbox").fill("77")
    await fits(desk, row.get_by_role("button", name="Send"))
    await row.get_by_role("button", name="Send").click()
    await expect(row.locator("[data-change]")).to_have_attribute("data-change", "queued")
    await expect(row.locator("[data-change]")).to_contain_text("→ 77")
    await charger.connect()
    await charger.heartbeat()
    await expect(row.locator("[data-value]")).to_have_text("77")
    assert charger.settings.heartbeat_interval_s == 77


async def test_she_keeps_a_note_with_a_photo_and_prints_the_qr_codes(desk: Page, charger: Charger) -> None:
    screen = StationScreen(desk, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    await desk.get_by_label("Note", exact=True).fill("The key is at the kiosk.")
    await desk.get_by_label("Photo or document").set_input_files({"name": "a.txt", "mimeType": "", "buffer": b"Ring"})
    await fits(desk, desk.get_by_role("button", name="Add the note"))
    await desk.get_by_role("button", name="Add the note").click()
    note = desk.locator("#part-notes .c-note-row")
    await expect(note).to_contain_text("The key is at the kiosk.")
    await expect(note.get_by_role("link", name="a.txt")).to_be_visible()
    await fits(desk, note.get_by_role("button", name="Delete this note"))
    await note.get_by_role("button", name="Delete this note").click()
    await expect(desk.get_by_text("No notes yet")).to_be_visible()
    assert not await StationNote.objects.aexists()
    await fits(desk, desk.get_by_role("link", name="QR codes"))
    await desk.get_by_role("link", name="QR codes").click()
    await expect(desk.locator(".c-qr-code svg")).to_have_count(2)
    await expect(desk.get_by_text(f"https://csms.example/start/{charger.identity}/2")).to_be_visible()
    await fits(desk)


async def test_an_expected_charger_becomes_a_station_when_it_comes(
    desk: Page, make_charger: MakeCharger, harbour: Site
) -> None:
    await desk.goto("/admin/stations/expectedstation/add/")
    await desk.locator("#id_value").fill("HH-0042")
    await desk.locator("#id_note").fill("Mounted on Monday")
    await fits(desk, desk.get_by_role("button", name="Save", exact=True))
    await desk.get_by_role("button", name="Save", exact=True).click()
    await expect(desk.locator("#result_list")).to_contain_text("Not yet")
    charger = await make_charger("2.1", "HH-0042", is_known=False)
    await charger.connect()
    await charger.boot()
    await desk.reload()
    known = desk.locator("#result_list").get_by_role("link", name="HH-0042").last
    await fits(desk, known)
    await known.click()
    await expect(StationScreen(desk, 0).presence).to_have_text("Online")
    await fits(desk)
    expected = await ExpectedStation.objects.select_related("station").aget()
    assert expected.station is not None
    assert (expected.station.identity, expected.note) == ("HH-0042", "Mounted on Monday")
