"""Olga sends what has no button of its own, and resets two stations at once, on a phone, and looks at a desktop."""

import pytest
from playwright.async_api import Page, expect

from accounts.models import User
from simulator import Charger
from stations.models import ChargingStation, Command
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


async def connected(make_charger: MakeCharger, version: str) -> Charger:
    charger = await make_charger(version)
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    return charger


async def test_she_sends_a_command_made_from_its_schema(desk: Page, make_charger: MakeCharger) -> None:
    await connected(make_charger, "2.0.1")
    screen = StationScreen(desk, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    dialog = await screen.ask_for("all")
    await dialog.box.get_by_label("Find an action").fill("composite")
    await expect(dialog.box.locator("[data-row]:visible")).to_have_count(1)
    await dialog.box.locator("[data-action='GetCompositeSchedule']").click()
    await dialog.box.locator("[data-send]").click()
    await expect(dialog.box.get_by_text("Duration is required.")).to_be_visible()
    await dialog.box.locator("[name='f.duration']").fill("600")
    await dialog.box.locator("[name='f.evseId']").fill("1")
    await dialog.box.get_by_role("button", name="As JSON").click()
    await expect(dialog.box.locator("#action-json")).to_have_value('{\n  "duration": 600,\n  "evseId": 1\n}')
    await dialog.box.get_by_role("button", name="As fields").click()
    await expect(dialog.box.locator("[name='f.duration']")).to_have_value("600")
    await fits(desk, dialog.box.locator("[data-send]"), dialog.box.get_by_role("button", name="As JSON"))
    await dialog.box.locator("[data-send]").click()
    await dialog.ends("accepted")
    command = await Command.objects.aget(kind="RawCall")
    assert command.payload == {"duration": 600, "evseId": 1}


async def test_she_sends_a_command_that_asks_for_nothing_more(desk: Page, make_charger: MakeCharger) -> None:
    await connected(make_charger, "2.0.1")
    screen = StationScreen(desk, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    await fits(desk, desk.locator("[data-command='clear-cache']"))
    dialog = await screen.ask_for("clear-cache")
    await fits(desk, dialog.box.locator("button[type=submit]"))
    await dialog.send()
    await dialog.ends("accepted")


async def test_a_choice_of_yes_or_no_looks_like_one(desk: Page, make_charger: MakeCharger) -> None:
    await connected(make_charger, "1.6")
    screen = StationScreen(desk, (await ChargingStation.objects.aget()).pk)
    await screen.open()
    dialog = await screen.ask_for("trigger")
    shape = await dialog.box.locator("input[type=checkbox]").bounding_box()
    assert shape is not None
    assert shape["width"] == shape["height"]


async def test_she_resets_two_stations_and_watches_the_table(desk: Page, make_charger: MakeCharger) -> None:
    first = await connected(make_charger, "1.6")
    await connected(make_charger, "2.1")
    await desk.goto("/admin/stations/chargingstation/")
    await desk.locator("#action-toggle").check()
    await desk.locator("select[name=action]").select_option(label="Send a command")
    await fits(desk, desk.locator("button[name=index]"))
    await desk.locator("button[name=index]").click()
    await expect(desk.get_by_role("heading", name="2 stations")).to_be_visible()
    await fits(desk, desk.locator("[data-many='reset']"))
    await desk.locator("[data-many='reset']").click()
    await expect(desk.get_by_text("No session is running at these stations now.")).to_be_visible()
    await desk.locator("[name=kind]").select_option("hard")
    await fits(desk, desk.locator("[data-send]"))
    first.on("Reset", lambda _: {"status": "Rejected"})
    await desk.locator("[data-send]").click()
    await expect(desk.locator("[data-progress]")).to_have_attribute("data-progress", "2/2")
    await expect(desk.locator("[data-outcome=accepted]")).to_have_attribute("data-count", "1")
    await expect(desk.locator("[data-outcome=rejected]")).to_have_attribute("data-count", "1")
    await fits(desk, desk.get_by_role("button", name="Try 1 failed again"))
    first.on("Reset", None)
    desk.on("dialog", lambda question: question.accept())
    await desk.get_by_role("button", name="Try 1 failed again").click()
    await expect(desk.locator("[data-outcome=accepted]")).to_have_attribute("data-count", "2")
    await expect(desk.locator(".c-table tbody tr")).to_have_count(2)
