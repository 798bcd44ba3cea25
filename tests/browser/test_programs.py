"""What an owner does for programs in a real browser: keys, and webhooks that did not arrive."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from api.models import ApiKey, DeliveryStatus, Event, EventType, WebhookDelivery, WebhookEndpoint
from stations.models import Site
from tests import cast
from tests.browser.conftest import log_in, on_a_phone
from tests.browser.screens import fits
from tests.web import WebUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def owner(harbour: Site) -> User:
    return cast.create_staff(harbour.organization, "owner@harbour.example", Role.OWNER)


async def act(page: Page, action: str) -> None:
    """On the first row of the list."""
    await page.locator("input.action-select").first.check()
    await page.locator("select[name=action]").select_option(label=action)
    await fits(page, page.get_by_role("button", name="Run"))
    await page.get_by_role("button", name="Run").click()


@on_a_phone
async def test_an_owner_makes_a_key_copies_it_once_and_revokes_it(page: Page, web: WebUnderTest, owner: User) -> None:
    await log_in(page, web, owner)
    await page.goto("/admin/api/apikey/add/")
    await page.get_by_label("Name").fill("Billing")
    await page.locator("input[name=scopes][value='sessions:read']").check()
    await fits(page, page.locator("[name=_save]"))
    await page.locator("[name=_save]").click()
    key = await page.locator("#secret-1").inner_text()
    await fits(page, page.get_by_role("link", name="Done"))
    answer: Any = await page.request.get("/api/v1/sessions/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 200
    await page.get_by_role("link", name="Done").click()
    await expect(page.locator("#result_list")).to_contain_text("Billing")
    assert key not in await page.content()
    await act(page, "Revoke keys")
    await expect(page.locator("body")).to_contain_text("1 key revoked.")
    await expect(page.locator("#result_list .c-badge")).to_contain_text("Revoked")
    assert (await ApiKey.objects.aget()).revoked_at is not None


def _failed(site: Site) -> WebhookDelivery:
    endpoint = WebhookEndpoint.objects.create(
        organization=site.organization, url="https://partner.example/hook", events=[EventType.SESSION_ENDED]
    )
    event = Event.objects.create(
        organization=site.organization, type=EventType.SESSION_ENDED, subject_id="1", data={}, is_taken_up=True
    )
    return WebhookDelivery.objects.create(
        endpoint=endpoint, event=event, status=DeliveryStatus.FAILED, attempts=9, response_code=500
    )


@on_a_phone
async def test_an_owner_looks_at_failed_deliveries_and_replays_one(
    page: Page, web: WebUnderTest, owner: User, harbour: Site
) -> None:
    delivery = await sync_to_async(_failed)(harbour)
    await log_in(page, web, owner)
    await page.goto("/admin/api/webhookdelivery/?status__exact=failed")
    await expect(page.locator("#result_list .c-badge")).to_contain_text("Given up")
    await act(page, "Deliver once more")
    await expect(page.locator("body")).to_contain_text("1 delivery is tried again now.")
    await delivery.arefresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, 0)
