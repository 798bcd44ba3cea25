"""Steps that need no car: boot, configuration, status, local list."""

from datetime import datetime, timedelta

from drivers.models import LocalList
from drivers.services import refresh_local_list
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import StepKind
from onboarding.steps.base import Verdict, failed, judged, refusal_of, step
from stations.abilities import Ability, told
from stations.commands import GetBaseReport, Reset, Trigger, TriggerMessage, send
from stations.models import ChargingStation, Connector, Direction, Frame, Variable
from stations.models.variable import Mutability
from stations.states import ConnectorStatus, OcppVersion

# What a report of many parts may take between two of them.
REPORT_PAUSE = timedelta(seconds=3)
# What we and the driver depend on.
WANTED = (
    Ability("HeartbeatInterval", "OCPPCommCtrlr", "HeartbeatInterval"),
    Ability("MeterValueSampleInterval", "SampledDataCtrlr", "TxUpdatedInterval"),
    Ability("MeterValuesSampledData", "SampledDataCtrlr", "TxUpdatedMeasurands"),
    Ability("ConnectionTimeOut", "TxCtrlr", "EVConnectionTimeOut"),
    Ability("AuthorizeRemoteTxRequests", "AuthCtrlr", "AuthorizeRemoteStart"),
)
NAMES = {"vendor": "vendor", "model": "model", "serial_number": "serial number", "firmware_version": "firmware"}


@step(
    StepKind.BOOT,
    limit=timedelta(minutes=5),
    when_late=failed("It accepted the reset, but told of no boot within five minutes."),
)
def boot(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """A soft reset, and the boot after it, with what the station tells of itself."""
    if step.command is None:
        step.command = send(check.station, Reset(), by=check.requested_by)
        return None
    if refusal := refusal_of(step.command):
        return failed(f"It did not reset. {refusal}")
    station = ChargingStation.objects.get(pk=check.station_id)
    began = step.started_at or now
    if station.booted_at is None or station.booted_at <= began:
        return None
    missing = [word for name, word in NAMES.items() if not getattr(station, name)]
    evidence = {word: getattr(station, name) for name, word in NAMES.items() if getattr(station, name)}
    evidence["seconds until the boot"] = round((station.booted_at - began).total_seconds())
    remarks = [f"It does not tell its {', '.join(missing)}."] if missing else []
    return judged("It reset and told who it is.", remarks, evidence)


@step(
    StepKind.CONFIGURATION,
    limit=timedelta(minutes=3),
    when_late=failed("It was asked for its configuration and told nothing within three minutes."),
)
def configuration(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """All that can be read, and whether what we depend on is among it."""
    if step.command is None:
        step.command = send(check.station, GetBaseReport(), by=check.requested_by)
        return None
    if refusal := refusal_of(step.command):
        return failed(f"It did not tell its configuration. {refusal}")
    fresh = Variable.objects.filter(station=check.station, updated_at__gte=step.started_at or now)
    newest = fresh.order_by("-updated_at").values_list("updated_at", flat=True).first()
    if newest is None or now - newest < REPORT_PAUSE:
        return None
    known = told(check.station, WANTED)
    is_old = check.ocpp_version == OcppVersion.V16
    missing = [ability.key if is_old else ability.name for ability in WANTED if ability not in known]
    evidence = {"variables": fresh.count(), "can be written": fresh.exclude(mutability=Mutability.READ_ONLY).count()}
    remarks = [f"It does not tell {', '.join(missing)}."] if missing else []
    return judged("It told its configuration.", remarks, evidence)


@step(
    StepKind.STATUS,
    limit=timedelta(minutes=2),
    when_late=failed("It was asked for the state of the EVSE, accepted, and told none within two minutes."),
)
def status(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """The state is told when it is asked for, and no connector was forgotten."""
    if step.command is None:
        wanted = TriggerMessage(Trigger.STATUS_NOTIFICATION, check.evse_number, 1)
        step.command = send(check.station, wanted, by=check.requested_by)
        return None
    if refusal := refusal_of(step.command):
        return failed(f"It did not tell its state. {refusal}")
    frames = Frame.objects.filter(station=check.station, at__gte=step.started_at, direction=Direction.IN)
    if not frames.filter(action__in=["StatusNotification", "NotifyEvent"]).exists():
        return None
    connectors = list(Connector.objects.filter(evse__station=check.station).select_related("evse"))
    silent = sorted({row.evse.number for row in connectors if row.status == ConnectorStatus.UNKNOWN})
    faulted = sorted({row.evse.number for row in connectors if row.status == ConnectorStatus.FAULTED})
    remarks = [f"It never told the state of EVSE {_list(silent)}."] if silent else []
    remarks += [f"EVSE {_list(faulted)} is faulted."] if faulted else []
    states = {f"EVSE {row.evse.number} / {row.number}": str(row.get_status_display()) for row in connectors}
    return judged("It tells the state of every connector.", remarks, states)


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


@step(
    StepKind.LOCAL_LIST,
    limit=timedelta(minutes=5),
    when_late=failed("It took the list, but did not confirm its version within five minutes."),
)
def local_list(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """The whole list, by which the station knows tokens while it is offline."""
    if step.command is None:
        step.command = refresh_local_list(station=check.station, by=check.requested_by, must_be_full=True)
        return None
    if refusal := refusal_of(step.command):
        return judged("", [f"It keeps no list: without a connection it knows no token. {refusal}"], {})
    held = LocalList.objects.filter(station=check.station).first()
    began = step.started_at or now
    if held is None or held.is_refreshing:
        return None
    if held.version_told is not None and held.version_told < 0:
        return judged("", ["It keeps no list: without a connection it knows no token."], {})
    if held.failed_at is not None and held.failed_at >= began:
        return judged("", [f"It has no list: {held.problem}"], {})
    if held.refreshed_at is None or held.refreshed_at < began:
        return None
    evidence = {"version": held.version, "tokens": held.entries.count()}
    remarks = [f"It has no room for {held.left_out} tokens."] if held.left_out else []
    return judged("It took the list of tokens.", remarks, evidence)
