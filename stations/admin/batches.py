"""Commands for many in the admin: the list. The result page is csms/console/batches.py."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.quantities import ago, number
from accounts.console.tenants import RecordAdmin, count_of
from stations.models import Command, CommandBatch
from stations.states import CommandStatus


@admin.register(CommandBatch)
class CommandBatchAdmin(RecordAdmin):
    when_empty = "In the list of stations, select some or filter it, and choose “Send a command”."
    list_display = ["asked", "sent_count", "accepted_count", "requested_by", "requested", "organization"]
    # The first column brings its own link.
    list_display_links = None
    list_filter = ["kind", ("organization", ScopedFilter)]
    list_select_related = ["organization", "requested_by"]
    search_fields = ["kind", "arguments__action", "requested_by__email"]
    search_help_text = "Command, action or who asked"
    fields = ["asked", "requested_by", "requested", "waits_for", "organization"]
    readonly_fields = ["asked", "requested"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                commands_sent=count_of(Command, "batch", retry_of=None),
                commands_accepted=count_of(Command, "batch", status=CommandStatus.ACCEPTED),
            )
        )
        return counted

    @admin.display(description="Command")
    def asked(self, batch: CommandBatch) -> SafeString:
        return format_html('<a class="c-link" href="{}">{}</a>', reverse("console:batch", args=[batch.pk]), batch)

    @admin.display(description="Stations")
    def sent_count(self, batch: Any) -> SafeString | str:
        return number(batch.commands_sent)

    @admin.display(description="Accepted")
    def accepted_count(self, batch: Any) -> SafeString | str:
        return number(batch.commands_accepted)

    @admin.display(description="Requested", ordering="requested_at")
    def requested(self, batch: CommandBatch) -> str:
        return ago(batch.requested_at, batch.organization.time_zone)
