"""The rows of a station's configuration: each with what was last asked of it, and what the station said to that."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone

from gateway.changes import Key, key_of, results_of
from stations.commands import SetVariables, request_of
from stations.models import ChargingStation, Command, Variable
from stations.models.variable import Mutability
from stations.secret_variables import MASK, is_secret, shown_value
from stations.services.configuration import name_of
from stations.states import ChangeResult, CommandStatus
from stations.variable_values import choices_of, type_of

REMEMBERED = timedelta(days=1)
COMMANDS_READ = 100


@dataclass(frozen=True)
class Change:
    """The last time somebody asked for another value."""

    command: Command
    value: str
    result: ChangeResult | None

    @property
    def vocabulary(self) -> str:
        return "change" if self.result else "command"

    @property
    def state(self) -> str:
        return str(self.result or self.command.status)

    @property
    def is_still_wanted(self) -> bool:
        """It may yet become the value: by the answer, or by a reboot."""
        return self.command.is_open or self.result == ChangeResult.REBOOT_REQUIRED


@dataclass(frozen=True)
class Row:
    variable: Variable
    shown: str
    change: Change | None
    may_edit: bool

    @property
    def name(self) -> str:
        variable = self.variable
        component = variable.component + (f"[{variable.component_instance}]" if variable.component_instance else "")
        return ".".join(part for part in (component, variable.name, variable.instance) if part)

    @property
    def known(self) -> str:
        """What a form begins with: a value that must not be read is not shown for writing either."""
        return "" if self.variable.mutability == Mutability.WRITE_ONLY else self.variable.value

    @property
    def is_secret(self) -> bool:
        return is_secret(self.variable.name)

    @property
    def type(self) -> str:
        return type_of(self.variable)

    @property
    def choices(self) -> list[str]:
        return choices_of(self.variable)


def rows_of(station: ChargingStation, variables: Iterable[Variable], *, may_command: bool) -> list[Row]:
    changes = changes_of(station)
    return [
        Row(
            variable,
            shown_value(variable),
            _worth_telling(variable, changes.get(key_of(name_of(variable)))),
            may_command and variable.mutability != Mutability.READ_ONLY and not is_secret(variable.name),
        )
        for variable in variables
    ]


def changes_of(station: ChargingStation) -> dict[Key, Change]:
    """The newest wins."""
    commands = Command.objects.filter(
        station=station, kind=SetVariables.__name__, requested_at__gt=timezone.now() - REMEMBERED
    )
    found: dict[Key, Change] = {}
    for command in commands[:COMMANDS_READ]:
        results = results_of(command)
        for each in request_of(command).values:
            key = key_of(each.variable)
            found.setdefault(key, Change(command, each.value, results.get(key)))
    return found


def _worth_telling(variable: Variable, change: Change | None) -> Change | None:
    """What the station reported after its answer is newer than the answer."""
    if change is None or change.command.status == CommandStatus.CANCELLED:
        return None
    finished_at = change.command.finished_at
    if finished_at and variable.updated_at > finished_at:
        return None
    return replace(change, value=MASK) if variable.mutability == Mutability.WRITE_ONLY else change
