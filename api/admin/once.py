"""Rows with a secret that is shown once."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.console.tenants import TenantAdmin


class SecretOnceAdmin(TenantAdmin):
    """What is added has a secret, which is shown on the page after it and never again."""

    shown_as = ""
    advice = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            request.new_secret = self.create(request, obj)  # type: ignore[attr-defined]

    def create(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Save the new row by its service; returns what is shown once, as (name, secret)."""
        raise NotImplementedError

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        return self.shown_once(request, f"{self.shown_as} of {obj}", request.new_secret)  # type: ignore[attr-defined]

    def shown_once(self, request: HttpRequest, title: str, secrets: list[tuple[str, str]]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "secrets": secrets,
            "advice": self.advice,
        }
        answer = render(request, "api/secret_once.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
