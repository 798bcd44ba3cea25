"""Drivers, their tokens and the decisions about them, in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

import drivers.looks  # noqa: F401 - registers how states look
from accounts.console.filters import DaysFilter, PickedFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, moment, number
from accounts.console.tenants import RecordAdmin, TenantAdmin, TenantInline, count_of
from drivers.models import AuthorizationRecord, Driver, IdToken, TokenGroup, token_key


def token_state(token: IdToken) -> str:
    """A state of the vocabulary "token". Reads the driver."""
    if token.is_blocked:
        return "blocked"
    if token.is_expired():
        return "expired"
    return "driver_inactive" if token.driver and not token.driver.is_active else "valid"


class TokenStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Valid"), ("blocked", "Blocked"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        expired = Q(expires_at__lte=timezone.now())
        match self.value():
            case "valid":
                return queryset.filter(~expired | Q(expires_at=None), is_blocked=False).exclude(driver__is_active=False)
            case "blocked":
                return queryset.filter(is_blocked=True)
            case "expired":
                return queryset.filter(expired)
        return queryset


class TokenInline(TenantInline):
    """Shown with the driver; a token is added and edited on its own page."""

    model = IdToken
    fields = ["label", "masked", "type", "state", "expires_at"]
    readonly_fields = ("label", "masked", "type", "state", "expires_at")
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="Value")
    def masked(self, token: IdToken) -> str:
        return token.masked_value

    @admin.display(description="State")
    def state(self, token: IdToken) -> SafeString:
        return badge("token", token_state(token))


@admin.register(Driver)
class DriverAdmin(TenantAdmin):
    when_empty = "Add a driver, then the cards that belong to them."
    importable = (("drivers", "drivers"),)
    actions = ["edit_many"]
    bulk_fields = ("is_active",)
    list_display = ["name", "email", "phone", "token_count", "is_active", "organization"]
    list_filter = ["is_active", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name"]
    search_help_text = "How a name, an address or a number begins"
    fields = ["organization", "name", ("email", "phone"), "is_active"]
    inlines = [TokenInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(tokens_held=count_of(IdToken, "driver"))
        return counted

    @admin.display(description="Tokens")
    def token_count(self, driver: Any) -> SafeString | str:
        return number(driver.tokens_held)


@admin.register(TokenGroup)
class TokenGroupAdmin(TenantAdmin):
    when_empty = "Tokens of a group may stop each other's sessions, as in a family or a fleet."
    list_display = ["name", "group_id", "token_count", "organization"]
    list_filter = [("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["name", "group_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(tokens_held=count_of(IdToken, "group"))
        return counted

    @admin.display(description="Tokens", ordering="tokens_held")
    def token_count(self, group: Any) -> SafeString | str:
        return number(group.tokens_held)


@admin.register(IdToken)
class IdTokenAdmin(TenantAdmin):
    when_empty = "Add the cards that may charge; a card of nobody is refused."
    importable = (("tokens", "tokens"),)
    list_display = ["name", "masked", "state", "type", "driver", "group", "expires", "organization"]
    list_filter = [TokenStateFilter, "type", ("group", PickedFilter), ("organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["driver", "group", "organization"]
    search_fields = ["label", "driver__name"]
    search_help_text = "How a label or a driver’s name begins, or the full value of a token"
    autocomplete_fields = ["driver", "group"]
    readonly_fields = ["masked"]
    actions = ["block", "unblock", "edit_many"]
    bulk_fields = ("is_blocked", "group", "driver", "expires_at")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """The value is typed in once; afterwards it is masked, and another value is another token."""
        value = ["masked", "type"] if obj else ["value", "type"]
        return ["organization", *value, "label", ("driver", "group"), "is_blocked", "expires_at"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            found = queryset.filter(Q(pk__in=found.order_by().values("pk")) | Q(key=token_key(search_term)))
        return found, has_duplicates

    @admin.action(description="Block tokens", permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_blocked(request, queryset, is_blocked=True)

    @admin.action(description="Unblock tokens", permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_blocked(request, queryset, is_blocked=False)

    def _set_blocked(self, request: HttpRequest, queryset: QuerySet[Any], *, is_blocked: bool) -> None:
        tokens = self.writable(request, queryset).exclude(is_blocked=is_blocked)
        for token in tokens:
            self.log_change(request, token, "Blocked" if is_blocked else "Unblocked")
        changed = self.writable(request, queryset).update(is_blocked=is_blocked)
        self.message_user(request, f"{changed} tokens {'blocked' if is_blocked else 'unblocked'}.")

    @admin.display(description="Token", ordering="label")
    def name(self, token: IdToken) -> str:
        return str(token)

    @admin.display(description="Value")
    def masked(self, token: IdToken) -> str:
        return token.masked_value

    @admin.display(description="State", ordering="is_blocked")
    def state(self, token: IdToken) -> SafeString:
        return badge("token", token_state(token))

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, token: IdToken) -> str:
        return moment(token.expires_at, token.organization.time_zone)


@admin.register(AuthorizationRecord)
class AuthorizationRecordAdmin(RecordAdmin):
    when_empty = "Each time a card is presented, the answer and its reason appear here."
    list_display = ["time", "answer", "reason", "presented", "station", "evse", "purpose", "organization"]
    list_filter = ["status", "purpose", ("at", DaysFilter), ("organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "organization"]
    search_fields = ["station__identity", "token__label"]
    sortable_by = ["time"]
    fields = ["time", "answer", "reason", "presented", "type", "token", "purpose", "station", "evse"]
    readonly_fields = ["time", "answer", "evse"]

    @admin.display(description="Time", ordering="at")
    def time(self, record: AuthorizationRecord) -> str:
        return ago(record.at, record.station.time_zone) or EMPTY

    @admin.display(description="EVSE", empty_value=EMPTY)
    def evse(self, record: AuthorizationRecord) -> int | None:
        return record.evse_number

    @admin.display(description="Answer", ordering="status")
    def answer(self, record: AuthorizationRecord) -> SafeString:
        return badge("authorization", record.status, record.reason)
