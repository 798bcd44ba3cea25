"""When a site is open: hours of each weekday, and days that are different. Without any it is always open."""

from collections.abc import Iterable
from datetime import datetime, time

from django.db import models

from accounts.scoping import TenantQuerySet
from stations.models.station import Site


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class OpeningPeriod(models.Model):
    """Open on this weekday from ``opens_at``, in the site's time zone. Several a day are allowed."""

    organization_path = "site__organization"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="opening_periods")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens_at = models.TimeField(default=time(0, 0))
    closes_at = models.TimeField(null=True, blank=True, help_text="Empty: until midnight")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at=None) | models.Q(closes_at__gt=models.F("opens_at")),
                name="opens_before_it_closes",
                violation_error_message="It must close after it opens. Over midnight: two periods.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {hours(self.opens_at, self.closes_at)}"


class OpeningException(models.Model):
    """On this day other hours hold; without hours the site is closed."""

    organization_path = "site__organization"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="opening_exceptions")
    on = models.DateField("date")
    opens_at = models.TimeField(null=True, blank=True, help_text="Empty: closed all day")
    closes_at = models.TimeField(null=True, blank=True, help_text="Empty: until midnight")
    note = models.CharField(max_length=100, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["site", "on"], name="one_exception_a_day"),
            models.CheckConstraint(
                condition=models.Q(closes_at=None) | models.Q(closes_at__gt=models.F("opens_at")),
                name="exception_opens_before_it_closes",
                violation_error_message="It must close after it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {hours(self.opens_at, self.closes_at) if self.opens_at else 'closed'}"


def hours(opens_at: time, closes_at: time | None) -> str:
    """``08:00–20:00``; midnight is 24:00."""
    return f"{opens_at:%H:%M}–{closes_at:%H:%M}" if closes_at else f"{opens_at:%H:%M}–24:00"


def is_open(at: datetime, periods: Iterable[OpeningPeriod], exceptions: Iterable[OpeningException]) -> bool:
    """``at`` in the site's time zone."""
    periods = list(periods)
    for exception in exceptions:
        if exception.on == at.date():
            return exception.opens_at is not None and _within(at.time(), exception.opens_at, exception.closes_at)
    if not periods:
        return True
    return any(
        period.weekday == at.weekday() and _within(at.time(), period.opens_at, period.closes_at) for period in periods
    )


def _within(now: time, opens_at: time, closes_at: time | None) -> bool:
    return opens_at <= now and (closes_at is None or now < closes_at)
