"""Keys, clients: made by owners, shown once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from oauth2_provider.generators import generate_client_secret
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

import api.looks  # noqa: F401 - registers how keys look
from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago, moment
from accounts.console.tenants import RecordAdmin, TenantAdmin, TenantForm, user_of
from api import services
from api.models import ApiKey, DeliveryStatus, EventType, OAuthClient, WebhookDelivery, WebhookEndpoint
from api.scopes import Scope
from api.signing import secret_of

# What OAuth2 itself registers: clients are made below, and its tokens are nobody's to see or to edit.
for registered in [model for model in admin.site._registry if model.__module__.startswith("oauth2_provider.")]:
    admin.site.unregister(registered)
admin.site.unregister(OAuthClient)


class ScopedForm(TenantForm):
    scopes = forms.TypedMultipleChoiceField(
        choices=Scope.choices, coerce=str, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text="What it may do"
    )


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
        raise NotImplementedError

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{self.shown_as} of {obj}",
            "secrets": request.new_secret,  # type: ignore[attr-defined]
            "advice": self.advice,
            "row": obj,
        }
        answer = render(request, "api/secret_once.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(SecretOnceAdmin):
    verbs = ("view", "add", "change")
    form = ScopedForm
    shown_as = "Key"
    advice = "Programs send it as “Authorization: Bearer …”. Only a fingerprint of it is kept."
    when_empty = "Add a key for each program that uses the API, with no more scopes than it needs."
    list_display = ["name", "prefix", "state", "scope_names", "created_by", "used", "expires", "organization"]
    list_filter = [("organization", ScopedFilter)]
    list_select_related = ["organization", "created_by"]
    search_fields = ["name", "prefix"]
    fields = ["organization", "name", "scopes", "expires_at"]
    actions = ["revoke"]

    def create(self, request: HttpRequest, row: ApiKey) -> list[tuple[str, str]]:
        key, secret = services.create_key(
            organization=row.organization,
            name=row.name,
            scopes=[Scope(scope) for scope in row.scopes],
            by=user_of(request),
            expires_at=row.expires_at,
        )
        row.pk, row.prefix = key.pk, key.prefix
        return [("Key", secret)]

    @admin.action(description="Revoke keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        keys = self.writable(request, queryset)
        count = sum(services.revoke_key(key, by=user_of(request)) for key in keys)
        self.message_user(request, f"{count} keys revoked.")

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return badge("api_key", "revoked")
        return badge("api_key", "valid" if key.is_valid else "expired")

    @admin.display(description="Scopes")
    def scope_names(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="Used", ordering="last_used_at")
    def used(self, key: ApiKey) -> str:
        return ago(key.last_used_at, key.organization.time_zone)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        return moment(key.expires_at, key.organization.time_zone)


@admin.register(OAuthClient)
class OAuthClientAdmin(SecretOnceAdmin):
    form = ScopedForm
    shown_as = "Secret"
    advice = (
        "The program gets access tokens with both at /api/v1/oauth/token/. Only a fingerprint of the secret is kept."
    )
    when_empty = "For programs that speak OAuth2 client credentials; for all others an API key is simpler."
    list_display = ["name", "client_id", "scope_names", "user", "added", "organization"]
    list_filter = [("organization", ScopedFilter)]
    list_select_related = ["organization", "user"]
    search_fields = ["name", "client_id"]
    fields = ["organization", "name", "scopes"]

    def create(self, request: HttpRequest, row: OAuthClient) -> list[tuple[str, str]]:
        secret: str = generate_client_secret()
        row.user, row.client_secret = user_of(request), secret
        row.client_type, row.authorization_grant_type = row.CLIENT_CONFIDENTIAL, row.GRANT_CLIENT_CREDENTIALS
        row.save()
        return [("Client id", row.client_id), ("Client secret", secret)]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Its access tokens go with it."""
        return self.allows(request, "delete", obj)

    @admin.display(description="Scopes")
    def scope_names(self, client: OAuthClient) -> str:
        return ", ".join(client.scopes)

    @admin.display(description="Added", ordering="created")
    def added(self, client: OAuthClient) -> str:
        return ago(client.created, client.organization.time_zone)


class EndpointForm(TenantForm):
    events = forms.TypedMultipleChoiceField(
        choices=EventType.choices,
        coerce=str,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What it is told",
    )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SecretOnceAdmin):
    form = EndpointForm
    shown_as = "Signing secret"
    advice = "The program checks signatures with it, as standardwebhooks.com describes."
    when_empty = "Add the address of a program that wants to be told of sessions, stations, commands or anomalies."
    list_display = ["url", "description", "state", "event_names", "organization"]
    list_filter = ["is_enabled", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["url", "description"]
    fields = ["organization", "url", "description", "events", "is_enabled"]

    def create(self, request: HttpRequest, row: WebhookEndpoint) -> list[tuple[str, str]]:
        row.save()
        return [("Signing secret", secret_of(row))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever enables it again gives it new days to fail."""
        if "is_enabled" in form.changed_data:
            obj.failing_since = None
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "delete", obj)

    @admin.display(description="State", ordering="is_enabled")
    def state(self, endpoint: WebhookEndpoint) -> str:
        if not endpoint.is_enabled:
            return badge("webhook", "disabled")
        return badge("webhook", "failing" if endpoint.failing_since else "working")

    @admin.display(description="Events")
    def event_names(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.events)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RecordAdmin):
    when_empty = "Each event that an endpoint is told appears here, with what it answered."
    list_display = ["event", "endpoint", "state", "attempts", "response_code", "response_excerpt", "tried", "next_try"]
    list_filter = ["status", ("endpoint__organization", ScopedFilter)]
    list_select_related = ["endpoint__organization", "event"]
    fields = ["event", "endpoint", "state", "attempts", "response_code", "response_excerpt", "tried", "next_try"]
    readonly_fields = ["state", "tried", "next_try"]
    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "change")

    @admin.action(description="Deliver once more", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        deliveries = list(self.writable(request, queryset))
        for delivery in deliveries:
            services.replay(delivery, by=user_of(request))
        self.message_user(request, f"{len(deliveries)} deliveries are tried again.")

    @admin.display(description="State", ordering="status")
    def state(self, delivery: WebhookDelivery) -> str:
        return badge("delivery", delivery.status, delivery.response_excerpt)

    @admin.display(description="Tried", ordering="last_attempt_at")
    def tried(self, delivery: WebhookDelivery) -> str:
        return ago(delivery.last_attempt_at, delivery.endpoint.organization.time_zone)

    @admin.display(description="Next try", ordering="next_at")
    def next_try(self, delivery: WebhookDelivery) -> str:
        is_waiting = delivery.status == DeliveryStatus.WAITING
        return ago(delivery.next_at if is_waiting else None, delivery.endpoint.organization.time_zone)
