"""API keys and OAuth2 clients."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from oauth2_provider.generators import generate_client_secret
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago, moment
from accounts.console.tenants import TenantForm, user_of
from api import services
from api.admin.once import SecretOnceAdmin
from api.models import ApiKey, OAuthClient
from api.scopes import Scope

# What OAuth2 itself registers: clients are made below, and its tokens are nobody's to see or to edit.
for registered in [model for model in admin.site._registry if model.__module__.startswith("oauth2_provider.")]:
    admin.site.unregister(registered)
admin.site.unregister(OAuthClient)


class ScopedForm(TenantForm):
    scopes = forms.TypedMultipleChoiceField(
        choices=Scope.choices, coerce=str, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text="What it may do"
    )


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
        self.message_user(request, f"{count} {'key' if count == 1 else 'keys'} revoked.")

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
