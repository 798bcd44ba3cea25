"""Browser tests need the system's Chromium; without it they are skipped, and counted as such."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from accounts.models import User
from tests.browser.screens import DESKTOP, PHONE
from tests.web import WebUnderTest, session_of

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# The suggestions below the address bar are a page of their own for each window, which costs more than all of ours.
# Ours is the list that counts, so what Playwright switches off for its own sake is repeated.
WITHOUT = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
]
ARGUMENTS = [
    f"--disable-features={','.join(WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
on_a_phone = pytest.mark.usefixtures("phone")

CLOSING_LIMIT_S = 20

# What is waited for comes at once on a quiet machine; a busy one must not fail for being busy.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    missing = pytest.mark.skip(reason="Chromium is missing: sudo apt-get install chromium-headless-shell")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


class Complaints:
    """What went wrong in the browser, which nobody would see."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.found: list[str] = []
        self.pages: list[Page] = []

    def watch(self, page: Page) -> None:
        self.pages.append(page)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("console", self._hear)
        page.on("request", self._leaves_home)

    def _hear(self, line: ConsoleMessage) -> None:
        # The page that says how long somebody is locked out has that status.
        if line.type == "error" and "status of 429" not in line.text:
            self.found.append(f"console: {line.text}")

    def _leaves_home(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.found.append(f"third party: {request.url}")


@asynccontextmanager
async def closing_in_time() -> AsyncIterator[None]:
    """Once in thousands of pages nobody hears that one is closed; the next test has a page of its own."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_LIMIT_S):
            yield


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole session of a worker: its start costs as much as a test."""
    playwright = await async_playwright().start()
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    async with closing_in_time():
        await browser.close()
        await playwright.stop()


@pytest.fixture(scope="session")
async def profile(chromium: Browser, web: WebUnderTest) -> AsyncIterator[BrowserContext]:
    """One profile for the session of a worker: with empty caches each test would load and compile all scripts again."""
    # What pulses while the page is live would be drawn sixty times a second, by the processor.
    context = await chromium.new_context(
        base_url=web.url, viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    yield context
    async with closing_in_time():
        await context.close()


@pytest.fixture
async def browser(profile: BrowserContext, web: WebUnderTest) -> AsyncIterator[BrowserContext]:
    """Without cookies and storage of others; the test fails when a page complained or asked a third party."""
    complaints = Complaints(web.url)
    profile.on("page", complaints.watch)
    yield profile
    profile.remove_listener("page", complaints.watch)
    # What is under way when the window closes fails, and that is no complaint.
    found = list(complaints.found)
    async with closing_in_time():
        if complaints.pages:
            devtools = await profile.new_cdp_session(complaints.pages[0])
            await devtools.send("Storage.clearDataForOrigin", {"origin": web.url, "storageTypes": "local_storage"})
        for page in complaints.pages:
            await page.close()
    await profile.clear_cookies()
    assert found == []


@pytest.fixture
async def page(browser: BrowserContext) -> Page:
    return await browser.new_page()


@pytest.fixture
async def phone(page: Page) -> None:
    """Where a flow is walked: what can be reached there can be reached on a desk, and `fits` looks whether it is so."""
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})


async def log_in(page: Page, web: WebUnderTest, user: User) -> None:
    """Without the form, which has a test of its own."""
    cookie = await sync_to_async(session_of)(user)
    await page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": web.url}])
