"""Staff change what a station is configured to. What it is now, only the station tells: see record_values."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from stations.commands import SetVariables, VariableName, VariableValue, send
from stations.errors import UnsuitableValues
from stations.models import ChargingStation, Command, Variable
from stations.variable_values import problem_with


def name_of(variable: Variable) -> VariableName:
    return VariableName(
        name=variable.name,
        component=variable.component,
        component_instance=variable.component_instance,
        evse_number=variable.evse_number,
        connector_number=variable.connector_number,
        instance=variable.instance,
        attribute=variable.attribute,
    )


@transaction.atomic
def change_variables(*, station: ChargingStation, wanted: Sequence[tuple[Variable, str]], by: User | None) -> Command:
    """Ask the station to take these values, in one command. Raises UnsuitableValues, and then nothing is asked."""
    problems = {variable.pk: problem for variable, text in wanted if (problem := problem_with(variable, text))}
    if problems:
        raise UnsuitableValues(problems)
    return send(station, SetVariables(tuple(VariableValue(name_of(row), text) for row, text in wanted)), by=by)
