"""What a cell may say. Each raises ValueError with a sentence for people; no sentence repeats the cell."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import Choices, Model
from django.utils.dateparse import parse_date, parse_datetime
from import_export.widgets import Widget

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí"})
NO = frozenset({"no", "n", "false", "0", "", "nein", "non"})


class YesNo(Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        said = str(value).strip().lower()
        if said in YES:
            return True
        if said in NO:
            return False
        raise ValueError("Write yes or no.")


class Whole(Widget):  # type: ignore[misc]
    """A whole number, or nothing where the model allows it."""

    def __init__(self, least: int = 0, most: int = 2**31 - 1, *, may_be_empty: bool = True) -> None:
        super().__init__()
        self.least, self.most, self.may_be_empty = least, most, may_be_empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        said = str(value).strip()
        if not said and self.may_be_empty:
            return None
        if not (said.isascii() and said.isdecimal() and len(said) < 12 and self.least <= int(said) <= self.most):
            raise ValueError(f"Write a whole number from {self.least} to {self.most}.")
        return int(said)


class Degrees(Widget):  # type: ignore[misc]
    """With a point or a comma; six decimals are a tenth of a metre."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        said = str(value).strip().replace(",", ".")
        if not said:
            return None
        try:
            number = Decimal(said)
        except InvalidOperation as error:
            raise ValueError("Write degrees, for example 53.543210.") from error
        if not number.is_finite() or abs(number) > self.most:
            raise ValueError(f"Degrees are from -{self.most} to {self.most}.")
        return number.quantize(Decimal("0.000001"))


class OneOf(Widget):  # type: ignore[misc]
    """A choice by its value or by its word."""

    def __init__(self, choices: type[Choices], default: Any) -> None:
        super().__init__()
        self.default = default
        self.known = {str(choice.value).lower(): choice.value for choice in choices}
        self.known |= {str(choice.label).lower(): choice.value for choice in choices}
        self.words = ", ".join(str(choice.value) for choice in choices)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        said = str(value).strip().lower()
        if not said:
            return self.default
        if said not in self.known:
            raise ValueError(f"Write one of: {self.words}.")
        return self.known[said]


class Moment(Widget):  # type: ignore[misc]
    """A time, or a day, which ends at midnight; without a zone it is the organization's."""

    def __init__(self, zone_of: Callable[[], str]) -> None:
        super().__init__()
        self.zone_of = zone_of

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        said = str(value).strip()
        if not said:
            return None
        try:
            day, at = parse_date(said), parse_datetime(said)
        except ValueError:
            day, at = None, None
        if day is not None:
            at = datetime(day.year, day.month, day.day, 23, 59, 59)  # noqa: DTZ001 - the zone follows
        if at is None:
            raise ValueError("Write a time as 2027-12-31 or 2027-12-31T18:00+01:00.")
        try:
            zoned = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone_of()))
            return zoned.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("This year is out of range.") from error


class ZoneName(Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        said = str(value).strip()
        if said and said not in available_timezones():
            raise ValueError("This is no time zone. Write for example Europe/Berlin.")
        return said or "UTC"


class OwnRow(Widget):  # type: ignore[misc]
    """A row of the same organization, by what people call it. None of a neighbour is among the known."""

    def __init__(self, known: Callable[[], Mapping[str, Model | None]], missing: str) -> None:
        super().__init__()
        self.known, self.missing = known, missing

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Model | None:
        said = str(value).strip().casefold()
        if not said:
            return None
        found = self.known().get(said)
        if found is None:
            raise ValueError("Several are called so." if said in self.known() else self.missing)
        return found
