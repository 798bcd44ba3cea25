"""The result of a command for many: progress, a table by outcome that lives, cancel, retry, export."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.console.tenants import user_of
from csms.console.access import page_context, require, staff_only, visible
from csms.console.frames import fields_of
from csms.console.station import COMMAND
from live.topics import sign
from stations import services
from stations.errors import StationError
from stations.models import Command, CommandBatch
from stations.outcomes import BY_SLUG, OUTCOMES, counts_of, latest_of, look_of

ROWS_A_PAGE = 50
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("station", "name", "OCPP", "outcome", "detail", "error code", "requested", "sent", "finished")


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    batch = _find(request, pk)
    context = page_context(
        request,
        CommandBatch,
        title=str(batch),
        original=batch,
        live_token=sign(user_of(request).pk, [f"batch:{batch.pk}"]),
    )
    return render(request, "console/batch.html", context | _table(request, batch))


@staff_only
@require_safe
def table(request: HttpRequest, pk: int) -> HttpResponseBase:
    batch = _find(request, pk)
    return render(request, "console/batch/table.html", _table(request, batch))


@staff_only
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Only what was not sent yet."""
    batch = _find(request, pk)
    require(request, COMMAND, batch)
    services.cancel_batch(batch=batch, by=user_of(request))
    return render(request, "console/batch/table.html", _table(request, batch))


@staff_only
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponseBase:
    batch = _find(request, pk)
    require(request, COMMAND, batch)
    problem = ""
    try:
        services.retry_batch(batch=batch, by=user_of(request))
    except StationError as error:
        problem = str(error)
    return render(request, "console/batch/table.html", _table(request, batch) | {"problem": problem})


@staff_only
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every command of the batch, also those that were tried again, as CSV."""
    batch = _find(request, pk)
    rows = Command.objects.filter(batch=batch).select_related("station").order_by("pk")
    lines = csv.writer(_Line())
    return StreamingHttpResponse(
        (lines.writerow(row) for row in _lines(rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="batch-{batch.pk}.csv"'},
    )


class _Line:
    """What csv writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: QuerySet[Command]) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for row in rows.iterator(chunk_size=1000):
        texts = [
            row.station.identity,
            row.station.name,
            row.station.ocpp_version,
            look_of(row),
            row.detail,
            row.error_code,
        ]
        times = [at.isoformat() if at else "" for at in (row.requested_at, row.sent_at, row.finished_at)]
        yield [f"'{text}" if text.startswith(FORMULA) else text for text in [*texts, *times]]


def _find(request: HttpRequest, pk: int) -> CommandBatch:
    return visible(CommandBatch.objects.select_related("organization", "requested_by"), request, pk)


def _table(request: HttpRequest, batch: CommandBatch) -> dict[str, Any]:
    counts = counts_of(batch)
    chosen = BY_SLUG.get(request.GET.get("outcome", ""))
    rows = latest_of(batch).filter(chosen.condition) if chosen else latest_of(batch)
    pages = Paginator(rows.select_related("station__site", "station__organization").order_by("pk"), ROWS_A_PAGE)
    pages.count = counts[chosen.slug] if chosen else sum(counts.values())
    shown = pages.get_page(request.GET.get("page"))
    waiting = sum(counts[outcome.slug] for outcome in OUTCOMES if outcome.is_open)
    return {
        "batch": batch,
        "asked": fields_of(batch.arguments),
        "outcomes": [(outcome, counts[outcome.slug]) for outcome in OUTCOMES if counts[outcome.slug]],
        "chosen": chosen,
        "total": sum(counts.values()),
        "done": sum(counts.values()) - waiting,
        "waiting": waiting,
        "queued": counts["queued"],
        "failed": sum(counts[slug] for slug in ("rejected", "error", "offline", "timed-out", "lost")),
        "rows": [(command, look_of(command)) for command in shown],
        "page": shown,
        "zone": batch.organization.time_zone,
        "may_command": user_of(request).has_perm(COMMAND, batch),
    }
