"""Organizations, sites, stations, EVSEs, variables."""

from django.db.models import Prefetch

from accounts.models import Organization
from api.filters import EvseFilter, SiteFilter, StationFilter, VariableFilter
from api.schema import described
from api.serializers.network import (
    EvseSerializer,
    OrganizationSerializer,
    SiteSerializer,
    StationSerializer,
    VariableSerializer,
)
from api.views.base import ReadViews, WriteViews
from api.views.commands import StationCommands
from stations.models import ChargingStation, Evse, Site, Variable
from stations.services import save_station

EVSES = Evse.objects.select_related("station__connection__gateway").prefetch_related("connectors")


@described("organizations", "an organization")
class OrganizationViews(ReadViews):
    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    ordering_fields = ("id", "name")


@described("sites", "a site")
class SiteViews(WriteViews):
    queryset = Site.objects.select_related("organization")
    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    ordering_fields = ("id", "name", "city")


@described("stations", "a station")
class StationViews(StationCommands, WriteViews):
    """By identity, whose upper and lower case are the same."""

    queryset = ChargingStation.objects.select_related("organization", "site", "connection__gateway").prefetch_related(
        Prefetch("evses", queryset=EVSES)
    )
    serializer_class = StationSerializer
    filterset_class = StationFilter
    lookup_field = "identity__iexact"
    lookup_url_kwarg = "identity"
    lookup_value_regex = r"[^/\x00-\x1f]+"
    ordering_fields = ("identity", "created_at")
    default_ordering = ("identity",)

    def keep(self, row: ChargingStation, changed: list[str]) -> None:
        save_station(row, changed=changed)

    def address_of(self, row: ChargingStation) -> str:
        return self.reverse_action("detail", kwargs={"identity": row.identity})


@described("evses", "an EVSE")
class EvseViews(ReadViews):
    queryset = EVSES
    serializer_class = EvseSerializer
    filterset_class = EvseFilter


@described("variables", "a variable")
class VariableViews(ReadViews):
    """What stations report of themselves; for OCPP 1.6 the component is empty and the name is the key."""

    queryset = Variable.objects.select_related("station")
    serializer_class = VariableSerializer
    filterset_class = VariableFilter
    ordering_fields = ("id", "name", "updated_at")
