"""Pages are asked for here without their assets, which nobody collected."""

import pytest
from django.contrib import admin
from django.template import Template
from django.utils.safestring import SafeString
from pytest_django import Settings

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
