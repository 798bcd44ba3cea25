"""Pages are asked for here without their assets, which nobody collected."""

from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.template import Template
from django.utils.safestring import SafeString
from pytest_django import Settings

from tests.admin.asked import Asked, asking

# Tests choose from all pages while they are collected.
admin.autodiscover()


@pytest.fixture(autouse=True)
def _without_collected_assets(settings: Settings) -> None:
    settings.STATIC_ROOT = None


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be done is decided before a template is rendered; that and the navigation are half of the time."""
    monkeypatch.setattr(Template, "_render", lambda template, context: SafeString())
    monkeypatch.setattr(admin.site, "each_context", lambda request: {})


@pytest.fixture
def navigated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is around each page is the same for each page of a person, and shown here on the first only."""
    around: dict[int | None, dict[str, Any]] = {}
    whole = admin.site.each_context

    def each_context(request: HttpRequest) -> dict[str, Any]:
        if request.user.pk not in around:
            around[request.user.pk] = whole(request)
            return around[request.user.pk]
        return around[request.user.pk] | {"sidebar_navigation": [], "available_apps": []}

    monkeypatch.setattr(admin.site, "each_context", each_context)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return asking(monkeypatch)
