"""Webhooks, and what became of each delivery."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago
from accounts.console.tenants import RecordAdmin, TenantForm, user_of
from api import services
from api.admin.once import SecretOnceAdmin
from api.models import DeliveryStatus, EventType, WebhookDelivery, WebhookEndpoint
from api.signing import secret_of


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
    list_display = ["url", "description", "state", "event_names", "deliveries", "organization"]
    list_filter = ["is_enabled", ("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["url", "description"]
    fields = ["organization", "url", "description", "events", "is_enabled"]
    actions = ["renew_secrets"]

    def create(self, request: HttpRequest, row: WebhookEndpoint) -> list[tuple[str, str]]:
        row.save()
        return [("Signing secret", secret_of(row))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"is_enabled", "url"} & set(form.changed_data):
            services.wake_endpoint(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "delete", obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its deliveries go with it: there may be thousands, so they are counted, and nobody needs leave for each."""
        deliveries = WebhookDelivery.objects.filter(endpoint__in=objs)
        counts = {
            self.opts.verbose_name_plural: len(objs),
            deliveries.model._meta.verbose_name_plural: deliveries.count(),
        }
        return [str(endpoint) for endpoint in objs], counts, set(), []

    @admin.action(description="Make new signing secrets", permissions=["change"])
    def renew_secrets(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The old ones sign nothing from now on."""
        endpoints = list(self.writable(request, queryset))
        secrets = [(str(each), services.renew_secret(each, by=user_of(request))) for each in endpoints]
        return self.shown_once(request, "New signing secrets", secrets)

    @admin.display(description="State", ordering="is_enabled")
    def state(self, endpoint: WebhookEndpoint) -> str:
        if not endpoint.is_enabled:
            return badge("webhook", "disabled")
        return badge("webhook", "failing" if endpoint.failing_since else "working")

    @admin.display(description="Deliveries")
    def deliveries(self, endpoint: WebhookEndpoint) -> SafeString:
        url = reverse("admin:api_webhookdelivery_changelist")
        return format_html('<a class="c-link" href="{}?endpoint__id__exact={}">What it was told</a>', url, endpoint.pk)

    @admin.display(description="Events")
    def event_names(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(EventType(name).label if name in EventType.values else name for name in endpoint.events)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RecordAdmin):
    when_empty = "Each event that an endpoint is told appears here, with what it answered."
    list_display = ["event", "endpoint", "state", "attempts", "response_code", "response_excerpt", "tried", "next_try"]
    list_filter = ["status", ("endpoint", ScopedFilter), ("endpoint__organization", ScopedFilter)]
    list_select_related = ["endpoint__organization", "event"]
    fields = ["event", "endpoint", "state", "attempts", "response_code", "response_excerpt", "tried", "next_try"]
    readonly_fields = ["state", "tried", "next_try"]
    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "change")

    @admin.action(description="Deliver once more", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        deliveries = self.writable(request, queryset.select_related("endpoint"))
        outcomes = [services.replay(delivery, by=user_of(request)) for delivery in deliveries]
        waiting = outcomes.count(False)
        self.message_user(request, f"{_deliveries(outcomes.count(True))} tried again now.")
        if waiting:
            advice = "Enable it under Webhooks, and they go out."
            self.message_user(
                request, f"{_deliveries(waiting)} waiting for a disabled webhook. {advice}", messages.WARNING
            )

    @admin.display(description="State", ordering="status")
    def state(self, delivery: WebhookDelivery) -> str:
        return badge("delivery", delivery.status, delivery.response_excerpt)

    @admin.display(description="Tried", ordering="last_attempt_at")
    def tried(self, delivery: WebhookDelivery) -> str:
        return ago(delivery.last_attempt_at, delivery.endpoint.organization.time_zone)

    @admin.display(description="Next try", ordering="next_at")
    def next_try(self, delivery: WebhookDelivery) -> str:
        """Not before its endpoint has rested."""
        if delivery.status != DeliveryStatus.WAITING:
            return EMPTY
        at = max(delivery.next_at, delivery.endpoint.rests_until or delivery.next_at)
        return ago(at, delivery.endpoint.organization.time_zone)


def _deliveries(count: int) -> str:
    return f"{count} {'delivery is' if count == 1 else 'deliveries are'}"
