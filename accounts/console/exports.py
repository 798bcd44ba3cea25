"""Every list as a file: the rows it shows with its filters and search, with all columns that are no secret."""

import json
import tempfile
from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import openpyxl
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Field, FileField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from accounts import audit
from accounts.changes import SECRET_WORDS
from accounts.console.audited import user_of
from accounts.console.streaming import PART_CHARACTERS, download, in_parts
from accounts.lines import csv_lines, harmless
from accounts.models import Organization

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

ROWS_AT_ONCE = 2000
# A workbook is made before it is sent.
SHEET_ROWS = 100_000
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# By which field a row that is pointed to is named; the first it has.
NAMES = ("identity", "name", "label", "email", "number", "title")
Shown = Callable[[Any], Any]


class ExportColumn(NamedTuple):
    name: str
    path: str
    shown: Shown


class Exported(Base):
    """Adds ``export.csv``, ``export.xlsx`` and ``export.jsonl`` to a list."""

    export_excluded: tuple[str, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        formats = {"csv": self._csv, "xlsx": self._xlsx, "jsonl": self._jsonl}
        return [
            *(
                path(f"export.{ending}", self.admin_site.admin_view(require_safe(view)), name=self._url_name(ending))
                for ending, view in formats.items()
            ),
            *super().get_urls(),
        ]

    def _url_name(self, ending: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export_{ending}"

    def export_columns(self, request: HttpRequest) -> list[ExportColumn]:
        """Tokens and other personal data are masked for whoever may not see them in full in all their organizations."""
        user = user_of(request)
        reveal = f"{self.opts.app_label}.reveal_{self.opts.model_name}"
        sees_all = user.is_superuser or set(user.organization_ids) <= set(user.organizations_allowing(reveal))
        masked = {} if sees_all else getattr(self.model, "masked_fields", {})
        fields = [field for field in self.opts.concrete_fields if _may_leave(field, self.export_excluded)]
        return [_column(field, masked.get(field.name)) for field in fields]

    def _csv(self, request: HttpRequest) -> HttpResponseBase:
        rows, columns = self._chosen(request, "csv")
        lines = csv_lines([column.name for column in columns], self._texts(rows, columns))
        return download(self._file_name("csv"), "text/csv; charset=utf-8", in_parts(chain(["\ufeff"], lines)))

    def _jsonl(self, request: HttpRequest) -> HttpResponseBase:
        rows, columns = self._chosen(request, "jsonl")
        lines = (json.dumps(row, default=str) + "\n" for row in self._values(rows, columns))
        return download(self._file_name("jsonl"), "application/jsonl", in_parts(lines))

    def _xlsx(self, request: HttpRequest) -> HttpResponseBase:
        rows, columns = self._chosen(request, "xlsx", at_most=SHEET_ROWS)
        if rows is None:
            messages.warning(request, f"A workbook holds {SHEET_ROWS:,} rows. Filter the list, or take CSV.")
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        book = self._book(rows, columns)
        return download(self._file_name("xlsx"), SHEET_TYPE, book)

    def _book(self, rows: QuerySet[Any], columns: list[ExportColumn]) -> Iterator[bytes]:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet(capfirst(str(self.opts.verbose_name_plural))[:31])
        sheet.append([column.name for column in columns])
        for row in self._texts(rows, columns):
            sheet.append([_cell(value) for value in row])
        with tempfile.TemporaryFile() as file:
            book.save(file)
            file.seek(0)
            yield from iter(partial(file.read, PART_CHARACTERS), b"")

    def export_row(self, row: dict[str, Any]) -> dict[str, Any]:
        """For what must be masked by what the rest of the row says."""
        return row

    def _values(self, rows: QuerySet[Any], columns: list[ExportColumn]) -> Iterator[dict[str, Any]]:
        """By a cursor of the server: the memory of this process does not grow with the rows."""
        shown: list[tuple[str, Shown]] = [(column.name, column.shown) for column in columns]
        for values in rows.values_list(*(column.path for column in columns)).iterator(chunk_size=ROWS_AT_ONCE):
            pairs: Any = zip(shown, values, strict=True)
            row: dict[str, Any] = {name: show(value) for (name, show), value in pairs}
            yield self.export_row(row)

    def _texts(self, rows: QuerySet[Any], columns: list[ExportColumn]) -> Iterator[list[Any]]:
        for row in self._values(rows, columns):
            yield [_text(value) for value in row.values()]

    def _file_name(self, ending: str) -> str:
        return f"{self.opts.model_name}-{timezone.now():%Y-%m-%d}.{ending}"

    def _chosen(self, request: HttpRequest, ending: str, at_most: int = 0) -> tuple[Any, list[ExportColumn]]:
        """What the list shows, noted in the audit trail before the first row leaves. None instead of too many rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, columns = listed(self, request), self.export_columns(request)
        if at_most and rows[: at_most + 1].count() > at_most:
            return None, columns
        count = rows.count()
        user = user_of(request)
        for organization in Organization.objects.visible_to(user):
            if user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}", organization):
                audit.record(
                    actor=user,
                    action="exported",
                    target=organization,
                    what=str(self.opts.verbose_name_plural),
                    format=ending,
                    filter=_without_tokens(request.GET),
                    rows=count,
                )
        return rows, columns


def listed(model_admin: Any, request: HttpRequest, query: str | None = None) -> QuerySet[Any]:
    """The rows a list shows with a query, those of all its pages. Raises Http404 for a filter it does not have."""
    asked = copy(request)
    asked.GET = QueryDict(request.GET.urlencode() if query is None else query)
    try:
        changelist = model_admin.get_changelist_instance(asked)
        rows: QuerySet[Any] = changelist.get_queryset(asked)
    except IncorrectLookupParameters as error:
        raise Http404("The list has no such filter.") from error
    return rows.prefetch_related(None).select_related(None)


def _without_tokens(query: QueryDict) -> dict[str, str]:
    """What was searched for may be the full value of a token."""
    return {name: "••••" if name == "q" else str(value) for name, value in query.items()}


def _may_leave(field: "Field[Any, Any]", excluded: tuple[str, ...]) -> bool:
    is_secret = any(word in field.name for word in SECRET_WORDS)
    return not (is_secret or isinstance(field, FileField) or field.name in excluded)


def _column(field: "Field[Any, Any]", masked: Shown | None) -> ExportColumn:
    target: Any = field.related_model if field.is_relation else None
    if target is None:
        return ExportColumn(field.name, field.attname, partial(_masked, masked) if masked else _plain)
    return ExportColumn(field.name, f"{field.name}__{_naming_field(target)}", _plain)


def _naming_field(target: type[Model]) -> str:
    names = {field.name for field in target._meta.concrete_fields} - set(getattr(target, "masked_fields", {}))
    return next((name for name in NAMES if name in names), "pk")


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case None | bool() | int() | float() | dict() | list():
            return value
    return str(value)


def _masked(mask: Shown, value: Any) -> Any:
    return mask(str(value)) if value else ""


def _text(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value, default=str)
    return value


def _cell(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell := harmless(value), str) else cell
