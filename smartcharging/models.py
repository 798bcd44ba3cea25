"""Charging profiles as we believe stations hold them, and the schedules they say result."""

from typing import Any, Self

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from charging.models import Session
from charging.profiles import Kind, Period, Profile, Purpose, RateUnit, Recurrency
from smartcharging.states import HELD_STATUSES, OPEN_PROFILE_STATUSES, ProfileStatus
from stations.models import ChargingStation, Command


class ChargingProfileQuerySet(TenantQuerySet["ChargingProfile"]):
    """Profiles, asked about what the station obeys."""

    def open(self) -> Self:
        """Obeyed, or asked for. The limit of a session ends with it (OCPP 1.6 §3.13.1)."""
        over = Q(purpose=Purpose.TX, session__ended_at__isnull=False)
        return self.filter(status__in=sorted(OPEN_PROFILE_STATUSES)).exclude(over)

    def held(self) -> Self:
        """What the station obeys or may obey."""
        return self.open().filter(status__in=sorted(HELD_STATUSES))


class ChargingProfile(models.Model):
    """One profile sent to a station. OCPP 1.6 cannot tell what is installed, so we keep count ourselves."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="charging_profiles")
    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="charging_profiles")
    number = models.PositiveIntegerField(help_text="Id by which the station knows it")
    evse_number = models.PositiveSmallIntegerField("EVSE", default=0, help_text="0: the whole station")
    purpose = models.CharField(max_length=20, choices=Purpose)
    stack_level = models.PositiveSmallIntegerField(default=0, help_text="The highest that applies counts")
    kind = models.CharField(max_length=20, choices=Kind)
    recurrency = models.CharField(max_length=10, choices=Recurrency, blank=True)
    unit = models.CharField(max_length=1, choices=RateUnit)
    periods = models.JSONField(help_text="start_s, limit and phases of each")
    start_at = models.DateTimeField(null=True)
    duration_s = models.PositiveIntegerField(null=True, help_text="Seconds; empty: without an end")
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    min_rate = models.FloatField(null=True, help_text="In its unit; advice to the station")
    transaction_id = models.CharField(max_length=36, blank=True)
    session = models.ForeignKey(Session, null=True, on_delete=models.PROTECT, related_name="charging_profiles")

    status = models.CharField(max_length=20, choices=ProfileStatus, default=ProfileStatus.REQUESTED)
    detail = models.CharField(max_length=500, blank=True, help_text="What became of it, in one sentence")
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="charging_profiles"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    installed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ChargingProfileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="profiles_of_organization"),
            models.Index(
                fields=["station"],
                condition=Q(status__in=sorted(OPEN_PROFILE_STATUSES)),
                name="open_profiles",
            ),
        ]

    def __str__(self) -> str:
        place = f" / EVSE {self.evse_number}" if self.evse_number else ""
        return f"{self.station}{place}: {self.get_purpose_display().lower()}, level {self.stack_level}"

    @property
    def profile(self) -> Profile:
        return Profile(
            number=self.number,
            purpose=Purpose(self.purpose),
            kind=Kind(self.kind),
            unit=RateUnit(self.unit),
            periods=msgspec.convert(self.periods, tuple[Period, ...]),
            evse_number=self.evse_number,
            stack_level=self.stack_level,
            recurrency=Recurrency(self.recurrency) if self.recurrency else None,
            start_at=self.start_at,
            duration_s=self.duration_s,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            min_rate=self.min_rate,
            transaction_id=self.transaction_id,
        )

    @classmethod
    def of(cls, profile: Profile, **fields: Any) -> "ChargingProfile":
        """A row of these values, not saved yet."""
        values: dict[str, Any] = {
            name: getattr(profile, name)
            for name in (
                *("number", "purpose", "kind", "unit", "evse_number", "stack_level", "start_at", "duration_s"),
                *("valid_from", "valid_to", "min_rate", "transaction_id"),
            )
        }
        return cls(
            **values, recurrency=profile.recurrency or "", periods=msgspec.to_builtins(profile.periods), **fields
        )


class CompositeSchedule(models.Model):
    """What a station said its limits will be. The newest of each EVSE is kept."""

    organization_path = "station__organization"

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="composite_schedules")
    evse_number = models.PositiveSmallIntegerField("EVSE", default=0, help_text="0: the whole station")
    unit = models.CharField(max_length=1, choices=RateUnit)
    start_at = models.DateTimeField(help_text="Station's time")
    duration_s = models.PositiveIntegerField(help_text="Seconds")
    periods = models.JSONField(help_text="start_s, limit and phases of each")
    told_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["station", "evse_number"]
        constraints = [models.UniqueConstraint(fields=["station", "evse_number"], name="one_composite_schedule")]

    def __str__(self) -> str:
        return f"{self.station} / {f'EVSE {self.evse_number}' if self.evse_number else 'whole station'}"

    @property
    def told(self) -> tuple[Period, ...]:
        return msgspec.convert(self.periods, tuple[Period, ...])
