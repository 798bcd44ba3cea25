"""What every import shares: rows are found in the own organization only, compared, checked and counted."""

from collections.abc import Hashable, Iterable, Mapping
from copy import copy
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.widgets import Widget

from accounts.changes import differences, values_of
from accounts.models import Organization, User
from jobs.run import Run

SHOWN = 200


class Column(Field):  # type: ignore[misc]
    """A column of the file, and the field it fills. ``means`` and ``example`` are for the upload page."""

    def __init__(self, attribute: str, name: str = "", widget: Widget | None = None, *, means: str, example: str):
        super().__init__(attribute=attribute, column_name=name or attribute, widget=widget)
        self.means, self.example = means, example


class Mistake(NamedTuple):
    line: int
    column: str
    cause: str


class OwnRows(BaseInstanceLoader):  # type: ignore[misc]
    """Finds the row a line is about, by the key that the resource names."""

    def get_instance(self, row: Mapping[str, str]) -> Model | None:
        known: Model | None = self.resource.known_row(row)
        return known


class TenantResource(ModelResource):  # type: ignore[misc]
    """One kind of rows of one organization."""

    slug: ClassVar[str]
    word: ClassVar[str]
    required: ClassVar[tuple[str, ...]]
    # Fields that no row that exists gets from a file: they say which row it is.
    key_fields: ClassVar[frozenset[str]]
    key_column: ClassVar[str]

    def __init__(self, organization: Organization, run: Run | None = None, lines: Iterable[int] = ()) -> None:
        super().__init__()
        self.organization, self.run, self.lines = organization, run, list(lines)
        self.mistakes: list[Mistake] = []
        self.changes: dict[str, Any] = {}
        self.added: list[str] = []
        self._seen: dict[Hashable, int] = {}
        self._before: Any = None
        self._line = 0
        self._known: dict[Hashable, Model | None] | None = None

    @classmethod
    def columns(cls) -> list[Column]:
        return [field for field in cls.fields.values() if isinstance(field, Column)]

    @classmethod
    def permissions(cls) -> list[str]:
        meta = cls._meta.model._meta
        return [f"{meta.app_label}.{verb}_{meta.model_name}" for verb in ("add", "change")]

    @classmethod
    def may_import(cls, user: User, organization: Organization | None = None) -> bool:
        return all(user.has_perm(permission, organization) for permission in cls.permissions())

    def own_rows(self) -> QuerySet[Any]:
        """The rows of the organization, with what comparing them reads."""
        raise NotImplementedError

    def key_of(self, row: Mapping[str, str]) -> Hashable:
        """What says which object a line of the file is about; false when the line leaves it empty."""
        raise NotImplementedError

    def key_of_instance(self, instance: Any) -> Hashable:
        """The same of an object in the database."""
        raise NotImplementedError

    def known_row(self, row: Mapping[str, str]) -> Model | None:
        key = self.key_of(row)
        if not key:
            raise ValidationError({self.key_column: "This must not be empty."})
        if key in self._seen:
            raise ValidationError({self.key_column: f"The same as in line {self._seen[key]}."})
        self._seen[key] = self._line
        if self._known is None:
            self._known = {}
            for instance in self.own_rows().iterator(chunk_size=2000):
                its_key = self.key_of_instance(instance)
                self._known[its_key] = None if its_key in self._known else instance
        if key in self._known and self._known[key] is None:
            raise ValidationError({self.key_column: "Several are called so; this one cannot be told from the others."})
        return self._known.get(key)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        self._line = self.lines[kwargs["row_number"] - 1]

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model(organization=self.organization)

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self._before = None if new else copy(instance)

    def get_import_fields(self) -> list[Column]:
        """In the order of the class; asked for three times a row."""
        return self._columns

    @cached_property
    def _columns(self) -> list[Column]:
        return list(self.fields.values())

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        if instance.pk is None or field.attribute not in self.key_fields:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors or self._before is None:
            return False
        return all(
            getattr(instance, field.attribute) == getattr(self._before, field.attribute)
            for field in self.get_import_fields()
        )

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Without a query a row: rows were found in the organization, and keys are told apart here."""
        errors = dict(import_validation_errors or {})
        try:
            instance.clean_fields(exclude={*errors, *self._resolved})
            if not errors:
                self.check(instance)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    @cached_property
    def _resolved(self) -> list[str]:
        return [field.name for field in self._meta.model._meta.fields if field.is_relation or not field.editable]

    def check(self, instance: Any) -> None:
        """Rules of the kind; raises ValidationError by field."""

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        result = super().import_row(row, instance_loader, **{**kwargs, "retain_instance_in_row_result": True})
        for error in result.errors:
            raise error.error
        if result.import_type == RowResult.IMPORT_TYPE_INVALID:
            self._note_mistakes(result.validation_error)
        elif result.is_update() and len(self.changes) < SHOWN:
            self.changes[str(result.instance)] = differences(values_of(self._before), values_of(result.instance))
        elif result.is_new() and len(self.added) < SHOWN:
            self.added.append(str(result.instance))
        result.instance = None
        if self.run is not None:
            self.run.advance()
        return result

    def _note_mistakes(self, error: ValidationError) -> None:
        columns = {field.attribute: field.column_name for field in self.columns()}
        for name, causes in error.message_dict.items():
            column = "" if name == NON_FIELD_ERRORS else columns.get(name, name)
            self.mistakes += [Mistake(self._line, column, cause) for cause in causes]
