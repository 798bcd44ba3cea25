"""Site → ChargingStation → Evse → Connector. In OCPP 1.6 connector N is EVSE N, connector 1."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from stations.connector_types import ConnectorType, PowerType
from stations.faults import fault_of
from stations.models.connection import StationConnection
from stations.states import ConnectorStatus, OcppVersion, RegistrationStatus, SecurityProfile, UnnamedVersion


class Site(models.Model):
    """A place with stations behind one grid connection."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=63, default="UTC", help_text="IANA name, for example Europe/Berlin")
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2 code")
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    grid_limit_w = models.PositiveIntegerField("grid connection", null=True, blank=True, help_text="Watts")
    notes = models.TextField(blank=True, help_text="For colleagues: keys, access, whom to call")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="unique_site_name")]

    def __str__(self) -> str:
        return self.name


class ChargingStationQuerySet(TenantQuerySet["ChargingStation"]):
    """Stations, asked about their connection."""

    def online(self) -> Self:
        """Connected to a gateway that is alive: presence is a lease, not a flag."""
        return self.filter(connection__in=StationConnection.objects.alive().order_by().values("pk"))

    def offline(self) -> Self:
        return self.exclude(pk__in=self.model._default_manager.online().values("pk"))


class ChargingStation(models.Model):
    """A charger, known by the identity it connects with."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="stations")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="stations")
    identity = models.CharField(
        max_length=48, help_text="Last part of the address the charger connects to; upper or lower case is the same"
    )
    name = models.CharField(max_length=100, blank=True, help_text="What people call it")
    is_enabled = models.BooleanField("enabled", default=True, help_text="A disabled station is refused")
    registration = models.CharField(
        max_length=10,
        choices=RegistrationStatus,
        default=RegistrationStatus.ACCEPTED,
        help_text="Answer to its BootNotification",
    )
    security_profile = models.PositiveSmallIntegerField(
        choices=SecurityProfile, default=SecurityProfile.BASIC, help_text="The lowest the station may connect with"
    )
    unnamed_version = models.CharField(
        "version if it names none",
        max_length=10,
        choices=UnnamedVersion,
        blank=True,
        help_text="For a charger that connects without a subprotocol. Empty: as its organization has it, which is 1.6 "
        "or a refusal",
    )
    secret_hash = models.CharField(max_length=200, blank=True, editable=False)
    pending_secret_hash = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Of the password it was asked to take"
    )
    security_alarm_at = models.DateTimeField(
        "security alarm", null=True, editable=False, help_text="Of the newest security event that nobody has seen yet"
    )

    ocpp_version = models.CharField("OCPP version", max_length=10, choices=OcppVersion, blank=True)
    vendor = models.CharField(max_length=50, blank=True)
    model = models.CharField(max_length=50, blank=True)
    serial_number = models.CharField(max_length=50, blank=True)
    firmware_version = models.CharField(max_length=50, blank=True)
    meter_type = models.CharField(max_length=50, blank=True)
    meter_serial_number = models.CharField(max_length=50, blank=True)
    iccid = models.CharField("ICCID", max_length=20, blank=True)
    imsi = models.CharField("IMSI", max_length=20, blank=True)

    traits = ArrayField(
        models.CharField(max_length=30),
        default=list,
        editable=False,
        help_text="What the vendor profiles that match it tell of it",
    )
    # No OneToOneField: before PostgreSQL changes a column with a unique index it waits for all who store a row that
    # refers to this one, such as a frame. A partial index (see the constraint) is as unique, and nobody waits.
    connection = models.ForeignKey(
        "StationConnection",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    last_seen_at = models.DateTimeField(null=True, editable=False)
    booted_at = models.DateTimeField(null=True, editable=False, help_text="Last boot that was accepted")
    boot_reason = models.CharField(max_length=30, blank=True, editable=False)
    status = models.CharField(
        max_length=20,
        choices=ConnectorStatus,
        default=ConnectorStatus.UNKNOWN,
        editable=False,
        help_text="Of the station as a whole (OCPP 1.6 connector 0)",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    enrolled_at = models.DateTimeField(null=True, editable=False, help_text="It came by itself: see docs/enrolment.md")

    objects = ChargingStationQuerySet.as_manager()

    class Meta:
        ordering = ["identity"]
        permissions = [("command_chargingstation", "Can send commands to charging stations")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=models.Q(connection__isnull=False), name="one_station_per_connection"
            ),
            models.UniqueConstraint(
                Lower("identity"),
                name="unique_station_identity",
                violation_error_message="A station with this identity exists. Identities are unique on this server.",
            ),
            models.CheckConstraint(
                condition=~models.Q(identity="") & ~models.Q(identity__contains=":"),
                name="station_identity_fits_basic_auth",
                violation_error_message="An identity must not be empty or contain a colon.",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "identity"]),
            models.Index(
                fields=["organization", "enrolled_at"],
                condition=models.Q(enrolled_at__isnull=False),
                name="enrolled_stations",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.identity

    @property
    def time_zone(self) -> str:
        return self.site.time_zone if self.site else self.organization.time_zone

    @property
    def is_online(self) -> bool:
        """Connected to a gateway that is alive. Reads ``connection__gateway``: select it for lists."""
        return self.connection is not None and self.connection.gateway.is_alive


class Evse(models.Model):
    """One place where one car charges at a time."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="evses")
    number = models.PositiveSmallIntegerField(help_text="As the station numbers it, from 1")
    name = models.CharField(max_length=50, blank=True, help_text="As painted on the charger")
    max_power_w = models.PositiveIntegerField("maximum power", null=True, blank=True, help_text="Watts")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "number"]
        verbose_name = "EVSE"
        constraints = [
            models.UniqueConstraint(fields=["station", "number"], name="unique_evse_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="evse_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.station} / EVSE {self.number}"


class Connector(models.Model):
    """A plug or socket of an EVSE, with its live status."""

    organization_path = "evse__station__organization"

    evse = models.ForeignKey(Evse, on_delete=models.CASCADE, related_name="connectors")
    number = models.PositiveSmallIntegerField(help_text="Within the EVSE, from 1")
    type = models.CharField(max_length=20, choices=ConnectorType, default=ConnectorType.UNKNOWN)
    power_type = models.CharField("supply", max_length=10, choices=PowerType, blank=True)
    max_voltage_v = models.PositiveIntegerField("maximum voltage", null=True, blank=True, help_text="Volts")
    max_current_a = models.PositiveIntegerField("maximum current", null=True, blank=True, help_text="Amperes per phase")
    max_power_w = models.PositiveIntegerField("maximum power", null=True, blank=True, help_text="Watts")
    status = models.CharField(max_length=20, choices=ConnectorStatus, default=ConnectorStatus.UNKNOWN, editable=False)
    status_at = models.DateTimeField(null=True, editable=False, help_text="Station's time of the status")
    error_code = models.CharField(max_length=50, blank=True, editable=False)
    error_info = models.CharField(max_length=255, blank=True, editable=False)
    vendor_error_code = models.CharField(max_length=50, blank=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["evse", "number"]
        constraints = [
            models.UniqueConstraint(fields=["evse", "number"], name="unique_connector_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="connector_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.evse} / connector {self.number}"

    @property
    def fault(self) -> str:
        """What is wrong with it, in words; empty if nothing is."""
        return fault_of(self.error_code, self.vendor_error_code)
