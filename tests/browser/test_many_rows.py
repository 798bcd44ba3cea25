"""Olga works with many rows: import, saved filter, columns, editing together, a job she stops."""

import asyncio
import csv
import threading
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from playwright.async_api import Page, expect

from accounts.models import SavedFilter, User
from drivers.models import IdToken
from jobs.kinds import KINDS, job_kind
from jobs.models import Job
from jobs.run import Run
from jobs.services import do_job, start_job
from stations.models import ChargingStation, Site
from tests import cast
from tests.browser.conftest import log_in
from tests.browser.screens import fits
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("committed")]


@pytest.fixture
async def desk(page: Page, phone: None, web: WebUnderTest, olga: User) -> Page:
    await log_in(page, web, olga)
    return page


async def upload(desk: Page, content: str) -> None:
    file = {"name": "cards.csv", "mimeType": "text/csv", "buffer": content.encode()}
    await desk.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]
    await desk.locator("[data-send]").click()


async def test_she_imports_tokens_after_mending_the_file(desk: Page) -> None:
    await desk.goto("/admin/drivers/idtoken/")
    await fits(desk, desk.locator("[data-import=tokens]"))
    await desk.locator("[data-import=tokens]").click()
    await upload(desk, "value;label;blocked\n04A1A1A1A1A1A1;Card 1;no\n04B2B2B2B2B2B2;Card 2;perhaps\n")
    await expect(desk.locator("[data-mistake='3']")).to_contain_text("Write yes or no.")
    await expect(desk.locator("[data-confirm]")).to_have_count(0)
    await fits(desk, desk.get_by_role("link", name="Upload the corrected file"))
    await desk.get_by_role("link", name="Upload the corrected file").click()
    await upload(desk, "value;label;blocked\n04A1A1A1A1A1A1;Card 1;no\n04B2B2B2B2B2B2;Card 2;yes\n")
    await expect(desk.locator("[data-count=new]")).to_have_text("2")
    assert await IdToken.objects.acount() == 0
    await fits(desk, desk.locator("[data-confirm]"))
    await desk.locator("[data-confirm]").click()
    await expect(desk.locator("[data-outcome=done]")).to_contain_text("2 new")
    assert await IdToken.objects.acount() == 2


async def test_she_keeps_a_filter_hides_columns_and_edits_together(desk: Page, harbour: Site) -> None:
    for identity in ("HH-1", "HH-2", "XX-1"):
        await sync_to_async(cast.create_station)(harbour, identity)
    await desk.goto("/admin/stations/chargingstation/?q=HH")
    await desk.locator("[data-menu=filters] > summary").click()
    await desk.locator("[data-menu=filters] [name=name]").fill("Hamburg")
    await fits(desk, desk.locator("[data-save-filter]"))
    await desk.locator("[data-save-filter]").click()
    await expect(desk.get_by_text("“Hamburg” is kept.")).to_be_visible()
    await desk.goto("/admin/stations/chargingstation/")
    await desk.locator("[data-menu=columns] > summary").click()
    await desk.locator("[data-menu=columns] [value=hardware]").uncheck()
    await fits(desk, desk.locator("[data-show-columns]"))
    await desk.locator("[data-show-columns]").click()
    await expect(desk.locator("#result_list .field-site").first).to_be_visible()
    await expect(desk.locator("#result_list .field-hardware")).to_have_count(0)
    await desk.locator("[data-menu=filters] > summary").click()
    await fits(desk, desk.get_by_role("link", name="Hamburg", exact=True))
    await desk.get_by_role("link", name="Hamburg", exact=True).click()
    await expect(desk.locator("input.action-select")).to_have_count(2)
    assert await SavedFilter.objects.acount() == 1
    await desk.locator("#action-toggle").check()
    await desk.locator("select[name=action]").select_option(label="Edit together")
    await fits(desk, desk.locator("button[name=index]"))
    await desk.locator("button[name=index]").click()
    await desk.locator("[name=change-registration]").check()
    await desk.locator("[name=registration]").select_option("pending")
    await fits(desk, desk.locator("[data-preview]"))
    await desk.locator("[data-preview]").click()
    await expect(desk.locator("[data-changed]")).to_have_attribute("data-changed", "2")
    await fits(desk, desk.locator("[data-confirm]"))
    await desk.locator("[data-confirm]").click()
    await expect(desk.get_by_text("2 of 2 changed.")).to_be_visible()
    assert await ChargingStation.objects.filter(registration="pending").acount() == 2


async def test_she_exports_the_list_that_she_sees(desk: Page, harbour: Site) -> None:
    for identity in ("HH-1", "HH-2", "XX-1"):
        await sync_to_async(cast.create_station)(harbour, identity)
    await desk.goto("/admin/stations/chargingstation/?q=HH")
    await desk.locator("[data-menu=export] > summary").click()
    await fits(desk, desk.get_by_role("link", name="CSV"))
    async with desk.expect_download() as downloading:
        await desk.get_by_role("link", name="CSV").click()
    file = await (await downloading.value).path()
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert sorted(row["identity"] for row in rows) == ["HH-1", "HH-2"]


@pytest.fixture
def next_step() -> Iterator[threading.Event]:
    """The work of a job that waits after its first step until it is told to go on."""
    told = threading.Event()

    def work(run: Run) -> str:
        run.begin(10)
        run.log("The first step is done")
        run._told_at = 0
        run.advance()
        assert told.wait(60)
        run._told_at = 0
        run.advance()
        return "It went on."

    job_kind("trial", "Trial")(work)
    yield told
    told.set()
    KINDS.pop("trial")


async def test_she_watches_a_job_and_stops_it(
    desk: Page, harbour: Site, olga: User, next_step: threading.Event
) -> None:
    job = await sync_to_async(start_job)(organization=harbour.organization, kind="trial", title="A long work", by=olga)
    await desk.goto(f"/admin/jobs/job/{job.pk}/")
    await expect(desk.get_by_text("Waits for a worker")).to_be_visible()

    def worker() -> None:
        do_job(job.pk)
        connection.close()

    working = asyncio.get_running_loop().run_in_executor(None, worker)
    await expect(desk.locator("[data-progress]")).to_have_attribute("data-progress", "1/10")
    await expect(desk.get_by_text("The first step is done")).to_be_visible()
    await fits(desk, desk.locator("[data-cancel]"))
    await desk.locator("[data-cancel]").click()
    await expect(desk.locator("[data-cancel]")).to_be_disabled()
    next_step.set()
    await working
    await expect(desk.locator("[data-outcome=cancelled]")).to_be_visible()
    assert (await Job.objects.aget(pk=job.pk)).status == "cancelled"
