"""A list as somebody likes it: filters under a name, columns shown or hidden."""

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from accounts.console.audited import user_of
from accounts.console.exports import listed
from accounts.models import Organization, SavedColumns, SavedFilter
from accounts.services.lists import delete_filter, hide_columns, save_filter

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

# What of a list's address is no filter.
PASSING = frozenset({"p", "o", "all", "e", "_popup", "_to_field", "_changelist_filters"})
MAX_QUERY = 2000


class OfferedFilter(NamedTuple):
    saved: SavedFilter
    url: str
    is_own: bool
    is_current: bool
    takes_commands: bool


class OfferedColumn(NamedTuple):
    name: str
    label: str
    is_shown: bool
    is_fixed: bool


class LikedLists(Base):
    """Adds ``filters/`` and ``columns/`` to a list; both only take what is sent."""

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("filters/", guarded(self._filters), name=f"{name}_filters"),
            path("columns/", guarded(self._columns), name=f"{name}_columns"),
            *super().get_urls(),
        ]

    def shown_columns(self, request: HttpRequest, columns: list[Any]) -> list[Any]:
        """The first leads to the row and always stays."""
        hidden = self._hidden(request)
        return [column for place, column in enumerate(columns) if place == 0 or column not in hidden]

    def _hidden(self, request: HttpRequest) -> frozenset[str]:
        """Read once per request and list."""
        known: dict[str, frozenset[str]] = request.__dict__.setdefault("hidden_columns", {})
        if self.opts.label not in known:
            saved = SavedColumns.objects.filter(user=user_of(request), listed=self.opts.label).first()
            known[self.opts.label] = frozenset(saved.hidden if saved else ())
        return known[self.opts.label]

    def offered_columns(self, request: HttpRequest) -> list[OfferedColumn]:
        hidden = self._hidden(request)
        return [
            OfferedColumn(
                column,
                capfirst(str(label_for_field(column, self.model, self))),
                place == 0 or column not in hidden,
                place == 0,
            )
            for place, column in enumerate(self.all_columns(request))
        ]

    def all_columns(self, request: HttpRequest) -> list[Any]:
        """What may be chosen from, in its order: entries as in ``list_display``."""
        raise NotImplementedError

    def offered_filters(self, request: HttpRequest, changelist: Any) -> list[OfferedFilter]:
        user, current = user_of(request), _cleaned(request.GET)
        takes = "send_command" in (self.actions or ()) and user.has_perm("stations.command_chargingstation")
        found = SavedFilter.objects.usable_by(user).filter(listed=self.opts.label).select_related("owner")
        return [
            OfferedFilter(each, _address(each, changelist), each.owner_id == user.pk, each.query == current, takes)
            for each in found
        ]

    def _filters(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        if "delete" in request.POST:
            self._delete(request)
        else:
            self._save(request)
        return self._back(request)

    def _save(self, request: HttpRequest) -> None:
        sent = QueryDict(request.POST.get("query", "")[:MAX_QUERY])
        name = request.POST.get("name", "").strip()[:60]
        organization = Organization.objects.visible_to(request.user).order_by("pk").first()
        if not name or organization is None:
            messages.warning(request, "Give the filter a name.")
            return
        query = _cleaned(sent)
        listed(self, request, query)
        save_filter(
            organization=organization,
            owner=user_of(request),
            listed=self.opts.label,
            name=name,
            query=query,
            ordering=self._ordering(request, sent.get("o", "")),
            is_shared="is_shared" in request.POST,
        )
        messages.success(request, f"“{name}” is kept.")

    def _delete(self, request: HttpRequest) -> None:
        sent = request.POST["delete"]
        pk = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
        user = user_of(request)
        saved = SavedFilter.objects.usable_by(user).filter(pk=pk, listed=self.opts.label).first()
        if saved is None:
            raise Http404
        if saved.owner_id != user.pk and not user.has_perm("accounts.delete_savedfilter", saved):
            raise PermissionDenied
        delete_filter(saved=saved, by=user)

    def _ordering(self, request: HttpRequest, sent: str) -> list[str]:
        """By the names of columns: their numbers change with the columns that are shown."""
        columns = ["", *self.get_list_display(request)]
        numbers = [part for part in sent.split(".") if part.removeprefix("-").isdecimal() and len(part) < 5][:5]
        places = [(part.startswith("-"), int(part.removeprefix("-"))) for part in numbers]
        return [("-" if down else "") + str(columns[place]) for down, place in places if 0 < place < len(columns)]

    def _columns(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = set(request.POST.getlist("column"))
        hidden = [column for column in self.all_columns(request)[1:] if column not in wanted]
        hide_columns(user=user_of(request), listed=self.opts.label, hidden=[] if "all" in request.POST else hidden)
        return self._back(request)

    def _back(self, request: HttpRequest) -> HttpResponseRedirect:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{url}?{_cleaned(QueryDict(request.POST.get('query', '')[:MAX_QUERY]))}")


def _cleaned(query: QueryDict) -> str:
    return urlencode([(name, value) for name, values in query.lists() if name not in PASSING for value in values])


def _address(saved: SavedFilter, changelist: Any) -> str:
    columns = list(changelist.list_display)
    places = [
        ("-" if name.startswith("-") else "") + str(columns.index(name.removeprefix("-")))
        for name in saved.ordering
        if name.removeprefix("-") in columns
    ]
    return f"?{saved.query}" + (f"&o={'.'.join(places)}" if places else "")
