"""The console as people see it: what is where, so that tests speak of stations and not of selectors."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

DESKTOP, PHONE = (1440, 900), (390, 844)


@dataclass
class LoginScreen:
    page: Page

    async def open(self) -> None:
        await self.page.goto("/admin/")

    async def log_in(self, email: str, password: str) -> None:
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Log in").click()


@dataclass
class StationScreen:
    """The station page."""

    page: Page
    station_id: int

    async def open(self) -> None:
        await self.page.goto(f"/admin/stations/chargingstation/{self.station_id}/")
        await expect(self.page.locator("[data-live-state]")).to_have_attribute("data-state", "live")

    @property
    def heading(self) -> Locator:
        return self.page.locator("#part-head h2")

    @property
    def presence(self) -> Locator:
        return self.page.locator("#part-head .c-title .c-badge").first

    @property
    def chart(self) -> Locator:
        return self.page.locator("#part-running figure")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#part-wire details")

    @property
    def commands(self) -> Locator:
        return self.page.locator("#part-commands tbody tr")

    def evse(self, number: int) -> "EvseCard":
        return EvseCard(self.page.locator(f"[data-evse='{number}']"))

    async def ask_for(self, kind: str) -> "Dialog":
        await self.page.locator(f"[data-command='{kind}']").click()
        return await self.dialog()

    async def dialog(self) -> "Dialog":
        dialog = Dialog(self.page.locator("#console-dialog"))
        await expect(dialog.box).to_be_visible()
        return dialog


@dataclass
class EvseCard:
    box: Locator

    async def shows(self, state: str) -> None:
        await expect(self.box.locator(".c-evse-head .c-badge")).to_have_attribute("data-state", state)

    def figure(self, name: str) -> Locator:
        return self.box.locator(".c-live > div", has_text=name).locator(".c-number")

    async def press(self, button: str) -> None:
        await self.box.get_by_role("button", name=button).click()


@dataclass
class Dialog:
    """The one dialog of a page: first the form, then the result of the command."""

    box: Locator

    async def choose(self, field: str, value: str) -> None:
        await self.box.locator(f"[name='{field}']").select_option(label=value)

    async def send(self) -> None:
        await self.box.locator("button[type=submit]").click()

    async def ends(self, status: str) -> None:
        await expect(self.box.locator("[data-command-result]")).to_have_attribute("data-command-result", status)

    async def close(self) -> None:
        await self.box.locator("[data-close-dialog]").last.click()
        await expect(self.box).to_be_hidden()


async def fits(page: Page, *pressed_next: Locator) -> None:
    """On a desk and on a phone nothing is wider than the window, and what is pressed next can be reached.

    A flow is walked once, on the phone, and looks like this at its stations.
    """
    for width, height in (DESKTOP, PHONE):
        await page.set_viewport_size({"width": width, "height": height})
        assert await overflow_px(page) == 0, f"at {width} px"
        for control in pressed_next:
            await control.click(trial=True)


async def overflow_px(page: Page) -> int:
    """By how much the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
