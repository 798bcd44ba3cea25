"""Sites, stations and EVSEs from a file."""

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower
from import_export.widgets import Widget

from jobs.imports import Column, TenantResource, importable
from jobs.imports.resource import OwnRows
from jobs.imports.widgets import Degrees, OneOf, OwnRow, Whole, YesNo, ZoneName
from stations.connector_types import ConnectorType, PowerType
from stations.models import ChargingStation, Connector, Evse, Site
from stations.services import disconnect_station
from stations.services.editing import DECIDES_ABOUT_CONNECTION
from stations.states import RegistrationStatus, SecurityProfile

MOST_CONNECTORS = 8
# Field of a connector: attribute of its EVSE with the values of all its connectors in their order.
RATINGS = {
    "power_type": "connector_supplies",
    "max_voltage_v": "connector_voltages_v",
    "max_current_a": "connector_currents_a",
    "max_power_w": "connector_powers_w",
}


@importable
class SiteResource(TenantResource):
    slug, word = "sites", "sites"
    required = ("name",)
    key_fields = frozenset({"name"})
    key_column = "name"

    name = Column("name", means="Says which site it is", example="Harbour")
    time_zone = Column("time_zone", widget=ZoneName(), means="IANA name; empty: UTC", example="Europe/Berlin")
    street = Column("street", means="Street and number", example="Kaistraße 1")
    postal_code = Column("postal_code", means="Format the column as text", example="20457")
    city = Column("city", means="City", example="Hamburg")
    country = Column("country", means="ISO 3166-1 alpha-2 code", example="DE")
    latitude = Column("latitude", widget=Degrees(90), means="Degrees, north is positive", example="53.543210")
    longitude = Column("longitude", widget=Degrees(180), means="Degrees, east is positive", example="9.987654")
    grid_limit_w = Column("grid_limit_w", widget=Whole(), means="Grid connection in watts", example="250000")
    notes = Column("notes", means="For colleagues", example="Key at the gate")

    class Meta:
        model = Site
        fields = (
            *("name", "time_zone", "street", "postal_code", "city", "country"),
            *("latitude", "longitude", "grid_limit_w", "notes"),
        )
        import_id_fields = ("name",)
        instance_loader_class = OwnRows
        use_bulk, skip_diff, skip_unchanged = True, True, True

    def own_rows(self) -> QuerySet[Any]:
        return Site.objects.filter(organization=self.organization)

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        return row["name"].strip()

    def key_of_instance(self, instance: Site) -> Hashable:
        return instance.name


@importable
class StationResource(TenantResource):
    """A new station has no password yet: it is made on its page, and shown once."""

    slug, word = "stations", "stations"
    required = ("identity",)
    key_fields = frozenset({"identity"})
    key_column = "identity"

    identity = Column("identity", means="What the charger connects with; says which station it is", example="HH-0001")
    name = Column("name", means="What people call it", example="Quay 1")
    site = Column("site", means="Name of a site that exists", example="Harbour")
    is_enabled = Column("is_enabled", "enabled", YesNo(), means="no: it is refused", example="yes")
    registration = Column(
        "registration",
        widget=OneOf(RegistrationStatus, RegistrationStatus.ACCEPTED),
        means="Answer to its BootNotification; empty: accepted",
        example="accepted",
    )
    security_profile = Column(
        "security_profile",
        widget=OneOf(SecurityProfile, SecurityProfile.BASIC),
        means="The lowest it may connect with, 0 to 3; empty: 1",
        example="1",
    )

    class Meta:
        model = ChargingStation
        fields = ("identity", "name", "site", "is_enabled", "registration", "security_profile")
        import_id_fields = ("identity",)
        instance_loader_class = OwnRows
        skip_diff, skip_unchanged = True, True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].widget = OwnRow(lambda: self._sites, "No site is called so. Import sites first.")

    @cached_property
    def _sites(self) -> Mapping[str, Model | None]:
        return {site.name.casefold(): site for site in Site.objects.filter(organization=self.organization)}

    @cached_property
    def _taken(self) -> frozenset[str]:
        """Identities are unique on the whole server."""
        others = ChargingStation.objects.exclude(organization=self.organization)
        return frozenset(others.order_by().values_list(Lower("identity"), flat=True))

    def own_rows(self) -> QuerySet[Any]:
        return ChargingStation.objects.filter(organization=self.organization).select_related("site", "organization")

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        return row["identity"].strip().lower()

    def key_of_instance(self, instance: ChargingStation) -> Hashable:
        return instance.identity.lower()

    def check(self, instance: ChargingStation) -> None:
        if ":" in instance.identity or "/" in instance.identity:
            raise ValidationError({"identity": "An identity must not contain a colon or a slash."})
        if instance.pk is None and instance.identity.lower() in self._taken:
            raise ValidationError({"identity": "This identity is not free. Identities are unique on this server."})

    def do_instance_save(self, instance: ChargingStation, is_create: bool) -> None:
        """What the station reported meanwhile stays; a connection that would not be accepted now is closed."""
        if is_create:
            super().do_instance_save(instance, is_create)
            return
        changed = [name for name in self._meta.fields if getattr(instance, name) != getattr(self._before, name)]
        instance.save(update_fields=changed)
        if not DECIDES_ABOUT_CONNECTION.isdisjoint(changed):
            disconnect_station(instance, reason="closed because its settings changed")


class ConnectorTypes(Widget):  # type: ignore[misc]
    """The types of its connectors in their order, such as ``cCCS2|cG105``."""

    def __init__(self) -> None:
        super().__init__()
        self.one = OneOf(ConnectorType, ConnectorType.UNKNOWN)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> tuple[str, ...]:
        said = [part for part in str(value).split("|") if part.strip()]
        if len(said) > MOST_CONNECTORS:
            raise ValueError(f"An EVSE has at most {MOST_CONNECTORS} connectors.")
        return tuple(str(self.one.clean(part)) for part in said)


class OfEachConnector(Widget):  # type: ignore[misc]
    """A value for each connector in their order, such as ``150000|50000``; what is left out at the end is empty."""

    def __init__(self, one: Widget) -> None:
        super().__init__()
        self.one = one

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> tuple[Any, ...]:
        return _trimmed(self.one.clean(part) for part in str(value).split("|"))


def _trimmed(values: Iterable[Any]) -> tuple[Any, ...]:
    """Without empty values at the end."""
    kept = list(values)
    while kept and kept[-1] in (None, ""):
        kept.pop()
    return tuple(kept)


@importable
class EvseResource(TenantResource):
    """No connector is taken away: its history would go with it."""

    slug, word = "evses", "EVSEs"
    required = ("station", "number")
    key_fields = frozenset({"station", "number"})
    key_column = "number"

    station = Column("station", means="Identity of a station that exists", example="HH-0001")
    number = Column(
        "number",
        widget=Whole(1, 32767, may_be_empty=False),
        means="As the station numbers it, from 1. station and number say which EVSE it is",
        example="1",
    )
    name = Column("name", means="As painted on the charger", example="A")
    max_power_w = Column("max_power_w", widget=Whole(), means="Watts", example="150000")
    connectors = Column(
        "connector_types",
        "connectors",
        ConnectorTypes(),
        means="Types in their order, with | between them",
        example="cCCS2|cG105",
    )
    connector_supplies = Column(
        "connector_supplies",
        "connector_supply",
        OfEachConnector(OneOf(PowerType, "")),
        means="Of each connector: ac_1, ac_2, ac_3 or dc",
        example="dc|dc",
    )
    connector_voltages_v = Column(
        "connector_voltages_v",
        "connector_voltage_v",
        OfEachConnector(Whole()),
        means="Of each connector: the highest, in volts",
        example="920|500",
    )
    connector_currents_a = Column(
        "connector_currents_a",
        "connector_current_a",
        OfEachConnector(Whole()),
        means="Of each connector: the highest, in amperes per phase",
        example="300|125",
    )
    connector_powers_w = Column(
        "connector_powers_w",
        "connector_power_w",
        OfEachConnector(Whole()),
        means="Of each connector: the highest, in watts",
        example="150000|50000",
    )

    class Meta:
        model = Evse
        fields = ("station", "number", "name", "max_power_w", "connectors", *RATINGS.values())
        import_id_fields = ("station", "number")
        instance_loader_class = OwnRows
        skip_diff, skip_unchanged = True, True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].widget = OwnRow(lambda: self._stations, "No station has this identity.")

    @cached_property
    def _stations(self) -> Mapping[str, Model | None]:
        stations = ChargingStation.objects.filter(organization=self.organization)
        return {station.identity.casefold(): station for station in stations}

    @classmethod
    def permissions(cls) -> list[str]:
        return [*super().permissions(), "stations.change_chargingstation"]

    def own_rows(self) -> QuerySet[Any]:
        evses = Evse.objects.filter(station__organization=self.organization)
        return evses.select_related("station__organization")

    @cached_property
    def _connectors(self) -> dict[int, list[Connector]]:
        found: dict[int, list[Connector]] = {}
        for connector in Connector.objects.filter(evse__station__organization=self.organization).order_by("number"):
            found.setdefault(connector.evse_id, []).append(connector)
        return found

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        """A number that is none is told by its column; until then the text is the key."""
        number = row["number"].strip()
        return row["station"].strip().casefold(), str(int(number)) if number.isdecimal() and len(number) < 9 else number

    def key_of_instance(self, instance: Evse) -> Hashable:
        return instance.station.identity.casefold(), str(instance.number)

    def init_instance(self, row: Any = None) -> Evse:
        return Evse()

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        known = self._connectors.get(instance.pk, [])
        instance.connector_types = tuple(connector.type for connector in known)
        for field, attribute in RATINGS.items():
            setattr(instance, attribute, _trimmed(getattr(connector, field) for connector in known))
        super().after_init_instance(instance, new, row, **kwargs)

    def check(self, instance: Any) -> None:
        if getattr(instance, "station", None) is None:
            raise ValidationError({"station": "This must not be empty."})
        count = len(instance.connector_types)
        if count < len(self._connectors.get(instance.pk, [])):
            raise ValidationError({"connector_types": "The EVSE has more connectors; an import takes none away."})
        for attribute in RATINGS.values():
            if len(getattr(instance, attribute)) > count:
                raise ValidationError({attribute: f"There are more values than connectors, which are {count}."})

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        known = self._connectors.get(instance.pk, [])
        wanted = self._wanted_connectors(instance)
        for connector, values in zip(known, wanted, strict=False):
            changed = {name: value for name, value in values.items() if getattr(connector, name) != value}
            if changed:
                Connector.objects.filter(pk=connector.pk).update(**changed)
        Connector.objects.bulk_create(
            Connector(evse=instance, number=number, **values)
            for number, values in enumerate(wanted[len(known) :], len(known) + 1)
        )

    def _wanted_connectors(self, instance: Any) -> list[dict[str, Any]]:
        columns = [getattr(instance, attribute) for attribute in RATINGS.values()]
        return [
            {"type": kind, "power_type": supply or "", **dict(zip(list(RATINGS)[1:], numbers, strict=True))}
            for kind, supply, *numbers in zip_longest(instance.connector_types, *columns)
        ]
