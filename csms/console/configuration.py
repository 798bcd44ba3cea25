"""Changing the configuration of a station where it is shown."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from accounts.console.tenants import user_of
from csms.console.access import require, staff_only, visible
from csms.console.changes import Row, rows_of
from csms.console.commands import result_of
from csms.console.station import COMMAND, find
from stations.errors import UnsuitableValues
from stations.models import ChargingStation, Variable
from stations.services import change_variables

MOST_LINES = 100


@staff_only
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One row of the table: as it is (``?closed``), as a form, and after it was sent."""
    rows = Variable.objects.select_related("station__organization", "station__site", "station__connection__gateway")
    variable = visible(rows, request, pk)
    station = variable.station
    require(request, COMMAND, station)
    row = rows_of(station, [variable], may_command=True)[0]
    context: dict[str, Any] = {"station": station, "zone": station.time_zone, "row": row}
    if "closed" in request.GET:
        return render(request, "console/station/variable.html", context)
    if not row.may_edit:
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "console/station/variable_form.html", {**context, "tried": row.known})
    value = request.POST.get("value", "").strip()
    try:
        change_variables(station=station, wanted=[(variable, value)], by=user_of(request))
    except UnsuitableValues as refusal:
        return render(request, "console/station/variable_form.html", {**context, "tried": value, "error": str(refusal)})
    context["row"] = rows_of(station, [variable], may_command=True)[0]
    return render(request, "console/station/variable.html", context)


@staff_only
def set_many(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A line for each value, sent in one command, or nothing at all."""
    station = find(request, pk)
    require(request, COMMAND, station)
    text = request.POST.get("values", "")
    problems: list[str] = []
    if request.method == "POST":
        wanted, problems = _read(station, text)
        if not problems:
            try:
                command = change_variables(station=station, wanted=wanted, by=user_of(request))
            except UnsuitableValues as refusal:
                names = {variable.pk: str(variable) for variable, _ in wanted}
                problems = [f"{names[key]}: {problem}" for key, problem in refusal.problems.items()]
            else:
                return render(request, "console/command/result.html", result_of(request, command))
    context = {"station": station, "text": text, "problems": problems, "is_online": station.is_online}
    return render(request, "console/station/variables_form.html", context)


def _read(station: ChargingStation, text: str) -> tuple[list[tuple[Variable, str]], list[str]]:
    """``Name = value`` in each line, the name as the table shows it; ``@2`` behind it is EVSE 2."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > MOST_LINES:
        return [], [f"Write a line for each value, from one to {MOST_LINES}."]
    known = {_written(row).casefold(): row.variable for row in _rows(station)}
    wanted: dict[int, tuple[Variable, str]] = {}
    problems: list[str] = []
    for line in lines:
        name, equals, value = line.partition("=")
        variable = known.get(name.strip().casefold())
        if not equals:
            problems.append(f"{line[:60]}: an equals sign is missing.")
        elif variable is None:
            problems.append(f"{name.strip()[:60]}: the station has not reported this.")
        elif variable.pk in wanted:
            problems.append(f"{name.strip()[:60]}: it is there twice.")
        else:
            wanted[variable.pk] = (variable, value.strip())
    return list(wanted.values()), problems


def _rows(station: ChargingStation) -> list[Row]:
    return rows_of(station, Variable.objects.filter(station=station, attribute="Actual")[:5000], may_command=True)


def _written(row: Row) -> str:
    return row.name if row.variable.evse_number is None else f"{row.name}@{row.variable.evse_number}"
