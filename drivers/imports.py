"""Drivers and tokens from a file."""

import re
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from drivers.models import Driver, IdToken, TokenGroup, token_key
from drivers.states import RFID_TYPES, TokenType
from jobs.imports import Column, TenantResource, importable
from jobs.imports.reading import NumberCell
from jobs.imports.resource import OwnRows
from jobs.imports.widgets import Moment, OneOf, OwnRow, YesNo

# What a spreadsheet makes of 04E12345: 4.0E+12345. A UID has neither point nor plus.
MADE_A_NUMBER = re.compile(r"\d+([.,]\d+)?E[+-]\d+|\d+[.,]\d+|inf|nan", re.IGNORECASE)
UID_DIGITS = frozenset({8, 14})
LOST = "A spreadsheet made a number of this. Format the column as text, and write it again."


@importable
class DriverResource(TenantResource):
    """Known by e-mail address; without one by name."""

    slug, word = "drivers", "drivers"
    required = ("name",)
    key_fields = frozenset()
    key_column = "name"

    name = Column("name", means="What people call them", example="Alice Ampere")
    email = Column("email", means="Which driver it is; without it the name says so", example="alice@fleet.example")
    phone = Column("phone", means="With the country's code", example="+49 40 123456")
    is_active = Column("is_active", "active", YesNo(), means="no: none of their tokens may charge", example="yes")

    class Meta:
        model = Driver
        fields = ("name", "email", "phone", "is_active")
        import_id_fields = ("name",)
        instance_loader_class = OwnRows
        use_bulk, skip_diff, skip_unchanged = True, True, True

    def own_rows(self) -> QuerySet[Any]:
        return Driver.objects.filter(organization=self.organization)

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        return row.get("email", "").strip().casefold() or row["name"].strip().casefold()

    def key_of_instance(self, instance: Driver) -> Hashable:
        return instance.email.casefold() or instance.name.casefold()

    def get_bulk_update_fields(self) -> list[str]:
        return ["name", "email", "phone", "is_active"]


@importable
class TokenResource(TenantResource):
    slug, word = "tokens", "tokens"
    required = ("value",)
    key_fields = frozenset({"value", "type"})
    key_column = "value"

    value = Column("value", means="As the reader tells it; upper or lower case is the same", example="04E1A2B3C4D580")
    type = Column(
        "type",
        widget=OneOf(TokenType, TokenType.ISO14443),
        means="Without it: ISO14443. value and type say which token it is",
        example="ISO14443",
    )
    label = Column("label", means="For example the number printed on the card", example="Card 17")
    driver = Column("driver", means="E-mail address or name of a driver that exists", example="alice@fleet.example")
    group = Column("group", means="Identifier or name of a token group that exists", example="FLEET")
    is_blocked = Column("is_blocked", "blocked", YesNo(), means="yes: it may not charge", example="no")
    expires_at = Column("expires_at", means="A time, or the last day; empty: never", example="2030-12-31")

    class Meta:
        model = IdToken
        fields = ("value", "type", "label", "driver", "group", "is_blocked", "expires_at")
        import_id_fields = ("value",)
        instance_loader_class = OwnRows
        use_bulk, skip_diff, skip_unchanged = True, True, True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["driver"].widget = OwnRow(lambda: self._drivers, "No driver is called so. Import drivers first.")
        self.fields["group"].widget = OwnRow(lambda: self._groups, "No token group is called so. Add it first.")
        self.fields["expires_at"].widget = Moment(lambda: self.organization.time_zone)

    @cached_property
    def _drivers(self) -> Mapping[str, Model | None]:
        drivers = list(Driver.objects.filter(organization=self.organization))
        return {**_by_name((row.name, row) for row in drivers), **_by_name((row.email, row) for row in drivers)}

    @cached_property
    def _groups(self) -> Mapping[str, Model | None]:
        groups = list(TokenGroup.objects.filter(organization=self.organization))
        return {**_by_name((row.name, row) for row in groups), **_by_name((row.group_id, row) for row in groups)}

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        super().before_import_row(row, **kwargs)
        row["value"] = type(row["value"])(row["value"].removeprefix("'"))

    def own_rows(self) -> QuerySet[Any]:
        tokens = IdToken.objects.filter(organization=self.organization)
        return tokens.select_related("organization", "driver", "group")

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        try:
            kind = self.fields["type"].clean(row) if "type" in row else TokenType.ISO14443
        except ValueError as error:
            raise ValidationError({"type": str(error)}) from error
        value = row["value"]
        if _was_made_a_number(value, kind):
            raise ValidationError({"value": LOST})
        return (token_key(value), str(kind)) if token_key(value) else None

    def key_of_instance(self, instance: IdToken) -> Hashable:
        return instance.key, instance.type

    def before_save_instance(self, instance: IdToken, row: Any, **kwargs: Any) -> None:
        """Rows that are stored in bulk do not pass ``save``."""
        instance.value = instance.value.strip()
        instance.key = token_key(instance.value)

    def get_bulk_update_fields(self) -> list[str]:
        return ["label", "driver", "group", "is_blocked", "expires_at"]


def _was_made_a_number(value: str, kind: str) -> bool:
    if MADE_A_NUMBER.fullmatch(value):
        return True
    return isinstance(value, NumberCell) and kind in RFID_TYPES and len(value) not in UID_DIGITS


def _by_name(pairs: Any) -> dict[str, Model | None]:
    """None where several are called so."""
    found: dict[str, Model | None] = {}
    for name, row in pairs:
        if name:
            key = name.strip().casefold()
            found[key] = None if key in found else row
    return found
