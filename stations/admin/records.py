"""What happened to stations, in the admin: shown, never edited."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Max, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.console.filters import DaysFilter, ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY, ago, moment
from accounts.console.tenants import RecordAdmin, user_of
from accounts.models import User
from stations.commands import REQUESTS
from stations.models import ChargingStation, Command, Frame, GatewayProcess, Variable
from stations.models.command import title_of
from stations.outcomes import look_of
from stations.secret_variables import shown_value, without_secrets

MOST_SHOWN = 48


def _scalars(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What was asked, flat: of what lies within something the last name is enough."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scalars(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner, name)
    elif value not in (None, ""):
        yield name, str(value).lower() if isinstance(value, bool) else value


def station_link(station: ChargingStation | None) -> SafeString | str:
    if station is None:
        return EMPTY
    return format_html('<a class="c-link" href="{}">{}</a>', reverse("console:station", args=[station.pk]), station)


class KindFilter(admin.SimpleListFilter):
    """The kinds there can be: asking the rows which there are would read them all."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, "Raw call" if kind == "RawCall" else title_of(kind, {})) for kind in sorted(REQUESTS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Command)
class CommandAdmin(RecordAdmin):
    when_empty = "Commands are sent from the page of a station; what became of them is here."
    export_excluded = ("arguments", "payload", "response")
    list_display = ["asked", "state", "station_page", "requested_by", "requested", "detail"]
    list_display_links = ["asked"]
    list_filter = ["status", KindFilter, ("requested_at", DaysFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization", "requested_by"]
    sortable_by = ["requested"]
    search_fields = ["station__identity", "message_id__exact", "public_id__exact"]
    search_help_text = "Station, message id or the command’s id"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        command = self.get_object(request, object_id)
        if command is None or not self.has_view_permission(request, command):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:command_page", args=[command.pk]))

    @admin.display(description="Command", ordering="kind")
    def asked(self, command: Command) -> SafeString:
        said = ", ".join(f"{name} {value}" for name, value in _scalars(without_secrets(command.arguments)))
        sub = "of many" if command.batch_id else "" if command.kind == "RawCall" else said[:80]
        return format_html('{}<span class="c-sub">{}</span>', command.title, sub)

    @admin.display(description="State", ordering="status")
    def state(self, command: Command) -> SafeString:
        return badge("command", look_of(command), command.detail)

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, command: Command) -> SafeString | str:
        return station_link(command.station)

    @admin.display(description="Requested", ordering="pk")
    def requested(self, command: Command) -> str:
        return ago(command.requested_at, command.station.time_zone)


def between(stations: QuerySet[ChargingStation]) -> Q:
    """From the first to the last of their keys. Rows in the order of their stations would else be read from the first
    station of all until one of the organization comes."""
    keys = stations.order_by().aggregate(first=Min("pk"), last=Max("pk"))
    return Q(station__gte=keys["first"] or 0, station__lte=keys["last"] or 0)


class OwnerFilter(ScopedFilter):
    """The organization of the station."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        found: Any = super().queryset(request, queryset)
        chosen: Any = self.lookup_val
        return found.filter(between(ChargingStation.objects.filter(organization__in=chosen))) if chosen else found


@admin.register(Variable)
class VariableAdmin(RecordAdmin):
    when_empty = "On the page of a station, ask it for its configuration or for a report."
    list_display = ["name", "component", "station_page", "value_in_short", "unit", "mutability", "updated"]
    list_filter = ["mutability", ("station__organization", OwnerFilter)]
    list_select_related = ["station__site", "station__organization"]
    search_fields = ["^name", "^component", "station__identity"]
    search_help_text = "How a variable, a component or a station begins"
    # The order of the index that makes a variable unique.
    ordering = ["station_id", "component", "component_instance", "evse_number", "connector_number", "name"]
    sortable_by = ()
    fields = ["station", ("component", "component_instance"), ("evse_number", "connector_number")]
    fields += [("name", "instance"), "attribute", "value_shown", ("unit", "data_type"), "values_list"]
    fields += ["mutability", "updated"]
    readonly_fields = ["value_shown", "updated"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(between(ChargingStation.objects.visible_to(request.user)))

    def export_row(self, row: dict[str, Any]) -> dict[str, Any]:
        said = Variable(name=row["name"], mutability=row["mutability"], value=row["value"] or "")
        return row | {"value": shown_value(said)}

    @admin.display(description="Value")
    def value_in_short(self, variable: Variable) -> SafeString | str:
        """Some are lists of hundreds of characters; the whole on hover and on the variable's page."""
        value = shown_value(variable)
        return format_html('<span title="{}">{}</span>', value, Truncator(value).chars(MOST_SHOWN)) if value else EMPTY

    @admin.display(description="Value")
    def value_shown(self, variable: Variable) -> str:
        return shown_value(variable) or EMPTY

    @admin.display(description="Station", ordering="station__identity")
    def station_page(self, variable: Variable) -> SafeString | str:
        return station_link(variable.station)

    @admin.display(description="Reported", ordering="updated_at")
    def updated(self, variable: Variable) -> str:
        return ago(variable.updated_at, variable.station.time_zone)


@admin.register(Frame)
class FrameAdmin(RecordAdmin):
    when_empty = "Every message from and to your stations appears here, tokens and secrets masked."
    list_display = ["time", "way", "message", "station_page", "mended", "error_code"]
    list_display_links = ["time"]
    list_filter = ["direction", ("at", DaysFilter), ("station__organization", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["station__site", "station__organization"]
    search_fields = ["=station__identity", "action__exact", "message_id__exact"]
    search_help_text = "Exact station identity, action or message id, among the newest 50 000 messages"
    # As they were written, which is nearly as they came: the key has an index, the time has only a coarse one.
    ordering = ["-pk"]
    sortable_by = ()
    # By its key alone a frame would be looked for in each day's partition.
    picks_rows_first = False
    newest_searched = 50_000
    fields = ["station", "time", "way", "message", "message_id", "mended", "error_code", "text"]
    readonly_fields = ["time", "way", "message", "mended"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A word that no frame has would else be looked for in all of them; the log of a station goes further back."""
        if search_term.strip():
            newest = Frame.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            queryset = queryset.filter(pk__gt=newest - self.newest_searched)
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Time")
    def time(self, frame: Frame) -> str:
        return moment(frame.at, frame.station.time_zone, "%Y-%m-%d %H:%M:%S %Z")

    @admin.display(description="Direction")
    def way(self, frame: Frame) -> SafeString:
        return badge("direction", str(frame.direction))

    @admin.display(description="Message")
    def message(self, frame: Frame) -> str:
        return f"{frame.action or EMPTY} ({MESSAGE_TYPES.get(frame.message_type or 0, 'unreadable')})"

    @admin.display(description="Repairs")
    def mended(self, frame: Frame) -> str:
        return ", ".join(frame.repairs) or EMPTY

    @admin.display(description="Station")
    def station_page(self, frame: Frame) -> SafeString | str:
        return station_link(frame.station)


# OCPP-J 1.6 §4.2, OCPP-J 2.1 §4.2.
MESSAGE_TYPES = {2: "call", 3: "result", 4: "error", 5: "result error", 6: "send"}


@admin.register(GatewayProcess)
class GatewayProcessAdmin(RecordAdmin):
    """Of the whole server, so for superusers."""

    verbs = ()
    list_display = ["id", "started_at", "lease_until", "alive"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return GatewayProcess.objects.all() if user_of(request).is_superuser else GatewayProcess.objects.none()

    def allows(self, request: HttpRequest, verb: str, row: Any = None) -> bool:
        user: User = user_of(request)
        return user.is_superuser

    @admin.display(description="Alive", boolean=True)
    def alive(self, gateway: GatewayProcess) -> bool:
        return gateway.is_alive
