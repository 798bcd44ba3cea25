"""A charging profile in our words: what commands carry, in any version (OCPP 1.6 §3.13, OCPP 2.0.1 K01)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class Purpose(models.TextChoices):
    STATION_MAX = "station_max", "Limit of the station"
    TX_DEFAULT = "tx_default", "Limit of every session"
    TX = "tx", "Limit of one session"


class Kind(models.TextChoices):
    ABSOLUTE = "absolute", "From a time on"
    RECURRING = "recurring", "Again and again"
    RELATIVE = "relative", "From the start of the session"


class Recurrency(models.TextChoices):
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"


class RateUnit(models.TextChoices):
    AMPERES = "A", "Amperes per phase"
    WATTS = "W", "Watts"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start_s`` of the schedule until the next period. ``phases`` None is 3."""

    start_s: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """``number`` is the id the station knows it by, ``evse_number`` 0 the whole station."""

    number: int
    purpose: Purpose
    kind: Kind
    unit: RateUnit
    periods: tuple[Period, ...]
    evse_number: int = 0
    stack_level: int = 0
    recurrency: Recurrency | None = None
    start_at: datetime | None = None
    duration_s: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    min_rate: float | None = None
    """Below it charging is inefficient, in ``unit``; advice only."""
    transaction_id: str = ""
