"""Steps with a car: start, meter, limit, offline, stop."""

from datetime import datetime, timedelta
from itertools import pairwise

from charging.errors import TokenRefused
from charging.models import MeterReading, Session
from charging.profiles import Kind, Period, Purpose, RateUnit
from charging.readings import ABSURD
from charging.services import remote_start, remote_stop
from charging.states import Measurand, Phase
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import StepKind
from onboarding.steps.base import Verdict, failed, judged, not_checked, refusal_of, session_of, step
from smartcharging.commands import ClearChargingProfile
from smartcharging.errors import CannotSetProfile
from smartcharging.models import ChargingProfile
from smartcharging.services import Wish, abilities_of, clear_profiles, set_profile, supply_of
from smartcharging.states import HELD_STATUSES, ProfileStatus
from stations.models import Connector, Direction, Frame, StationConnection
from stations.states import OCCUPIED_STATUSES

Readings = list[tuple[datetime, float]]

NO_SESSION = "There is no session to check it with."
VOLTS = 230
# IEC 61851-1: a car may not be told less, it is paused instead.
LEAST_A = 6
READINGS_WANTED = 3
# Of the meter's own tolerance, and of power that is sampled while it changes.
TOLERANCE, TOLERANCE_WH = 0.2, 100
CLOCK_TOLERANCE_S = 60
OFFLINE_AT_LEAST = timedelta(seconds=30)
REPLAY_WITHIN = timedelta(seconds=90)


@step(
    StepKind.REMOTE_START,
    limit=timedelta(minutes=10),
    when_late=failed("No session began within ten minutes."),
    instruction="Plug a car, or a load that behaves like one, into the EVSE. The session is then started from here.",
)
def start(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """Waits for the plug, or for somebody who says that it is in, then starts."""
    if step.command is None:
        if not step.is_confirmed and not _is_plugged(check):
            return None
        if check.token is None:
            return failed("The token for the check was deleted.")
        try:
            step.command = remote_start(
                station=check.station, evse_number=check.evse_number, token=check.token, by=check.requested_by
            )
        except TokenRefused as problem:
            return failed(f"The token may not charge here: {problem}")
        return None
    if refusal := refusal_of(step.command):
        return failed(f"It did not start. {refusal}")
    session = session_of(check)
    if session is None or not session.start_received_at:
        return None
    seconds = round((session.start_received_at - step.command.requested_at).total_seconds())
    remarks = [] if session.token_id == check.token_id else ["It started with another token than it was asked to."]
    evidence = {"session": session.transaction_id, "seconds until the start": seconds}
    return judged("It started when it was asked to.", remarks, evidence)


def _is_plugged(check: OnboardingCheck) -> bool:
    connectors = Connector.objects.filter(evse__station=check.station, evse__number=check.evse_number)
    return connectors.filter(status__in=sorted(OCCUPIED_STATUSES)).exists()


@step(
    StepKind.METER,
    limit=timedelta(minutes=10),
    when_late=failed("Within ten minutes there were not three readings of a register that rises."),
)
def meter(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """The register rises as the power says it should, and the clock is right."""
    session = session_of(check)
    if session is None:
        return not_checked(NO_SESSION)
    readings = MeterReading.objects.filter(station=check.station, session=session, phase=Phase.TOTAL).order_by("at")
    # What no meter has counted yet is a glitch, also to the energy of a session (charging/readings.py).
    readings = readings.filter(value__gt=-ABSURD, value__lt=ABSURD)
    energy = list(readings.filter(measurand=Measurand.ENERGY_IMPORT_REGISTER).values_list("at", "value"))
    if len({at for at, _ in energy}) < READINGS_WANTED or energy[-1][1] == energy[0][1]:
        return None
    if energy[-1][1] < energy[0][1]:
        return failed(f"The register fell from {energy[0][1]:.0f} to {energy[-1][1]:.0f} Wh while the car charged.")
    power = list(readings.filter(measurand=Measurand.POWER_IMPORT).values_list("at", "value"))
    delivered_wh = energy[-1][1] - energy[0][1]
    evidence = {"readings": len(energy), "energy (Wh)": round(delivered_wh)}
    remarks = []
    if any(later < earlier for (_, earlier), (_, later) in pairwise(energy)):
        remarks.append("The register fell between two readings.")
    if len(power) < READINGS_WANTED:
        remarks.append("It tells no power: limits can only be seen in the energy.")
    else:
        expected_wh, measured_wh = _by_power_wh(power), _measured_wh(energy, power)
        evidence["energy by the power (Wh)"] = round(expected_wh)
        if abs(expected_wh - measured_wh) > max(TOLERANCE * measured_wh, TOLERANCE_WH):
            remarks.append("Power and energy do not fit together: one of them is in another unit than it says.")
    if session.last_reading_at and abs((now - session.last_reading_at).total_seconds()) > _longest_pause_s(energy):
        remarks.append("Its clock, or the time of its readings, is wrong.")
    return judged("Energy and power fit together.", remarks, evidence)


def _by_power_wh(power: Readings) -> float:
    """What was delivered from the first to the last power reading, if it changed evenly between two of them."""
    watt_seconds = [
        (later - at).total_seconds() * (before + after) / 2 for (at, before), (later, after) in pairwise(power)
    ]
    return sum(watt_seconds) / 3600


def _measured_wh(energy: Readings, power: Readings) -> float:
    """What the register rose by meanwhile."""
    meanwhile = [value for at, value in energy if power[0][0] <= at <= power[-1][0]]
    return meanwhile[-1] - meanwhile[0] if meanwhile else 0.0


def _longest_pause_s(energy: Readings) -> float:
    return CLOCK_TOLERANCE_S + max((later - at).total_seconds() for (at, _), (later, _) in pairwise(energy))


@step(
    StepKind.LIMIT,
    limit=timedelta(minutes=5),
    when_late=failed("It accepted the limit and still draws more than it after five minutes."),
)
def limit(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """Half of what the car takes, for this session; then the limit is taken away again."""
    session = session_of(check)
    if session is None:
        return not_checked(NO_SESSION)
    if "profile" not in step.memory:
        return _begin_limit(check, step, session)
    profile = ChargingProfile.objects.select_related("command").get(pk=step.memory["profile"])
    if profile.status == ProfileStatus.REFUSED or refusal_of(profile.command):
        return failed(f"It did not take the limit. {profile.detail or refusal_of(profile.command)}")
    if profile.status not in HELD_STATUSES or profile.installed_at is None:
        return None
    limit_w = float(step.memory["limit_w"])
    power_w = session.power_w
    if session.updated_at <= profile.installed_at or power_w is None or power_w > limit_w * 1.1:
        return None
    evidence = {
        "power before (W)": round(step.memory["before_w"]),
        "limit (W)": round(limit_w),
        "power then (W)": round(power_w),
        "seconds until then": round((session.updated_at - profile.installed_at).total_seconds()),
    }
    return judged("It obeys a limit.", [], evidence)


def _begin_limit(check: OnboardingCheck, step: CheckStep, session: Session) -> Verdict | None:
    """In amperes where the station takes them: what a car needs at least is said in amperes."""
    if not session.power_w:
        return not_checked("It tells no power, or the car takes none: whether it obeys a limit cannot be seen.")
    phases = supply_of(check.station, check.evse_number).phases
    half_w = session.power_w / 2
    if half_w < LEAST_A * VOLTS:
        return not_checked("The car takes too little for a limit to be seen.")
    units = abilities_of(check.station).units
    unit = RateUnit.WATTS if RateUnit.WATTS in units else RateUnit.AMPERES
    amperes = max(LEAST_A, round(half_w / VOLTS / phases))
    rate = float(round(half_w)) if unit == RateUnit.WATTS else float(amperes)
    wish = Wish(
        purpose=Purpose.TX,
        kind=Kind.RELATIVE,
        unit=unit,
        periods=(Period(0, rate),),
        evse_number=check.evse_number,
        session=session,
    )
    try:
        profile = set_profile(station=check.station, wish=wish, by=check.requested_by)
    except CannotSetProfile as problem:
        return failed(f"No limit can be set: {problem}")
    limit_w = half_w if unit == RateUnit.WATTS else amperes * VOLTS * phases
    step.command = profile.command
    step.memory = {"profile": profile.pk, "limit_w": limit_w, "before_w": session.power_w}
    return None


def lift_limit(check: OnboardingCheck, step: CheckStep) -> None:
    """Take the limit of the check away, if it is still there: a car that goes on must not go on slowly."""
    profile = ChargingProfile.objects.open().filter(pk=step.memory.get("profile")).first()
    if profile is not None:
        wanted = ClearChargingProfile(number=profile.number)
        clear_profiles(station=check.station, criteria=wanted, by=check.requested_by)


@step(
    StepKind.OFFLINE,
    limit=timedelta(minutes=15),
    when_late=not_checked("Nobody took it off the network."),
    instruction="Take the charger off the network for a minute, for example by its cable, while the car charges; then "
    "connect it again.",
)
def offline(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """What it measured without a connection comes afterwards."""
    session = session_of(check)
    if session is None:
        return not_checked(NO_SESSION)
    gap = _gap(check, step.started_at or now)
    if gap is None:
        return None
    gone, back = gap
    measured = MeterReading.objects.filter(station=check.station, session=session, at__gt=gone, at__lt=back)
    evidence = {"seconds offline": round((back - gone).total_seconds())}
    if count := measured.values("at").distinct().count():
        return judged("It kept what it measured, and told it afterwards.", [], {**evidence, "readings of then": count})
    if now - back < REPLAY_WITHIN:
        return None
    if session.last_reading_at and session.last_reading_at > back:
        remark = "What it measured offline did not come. Its register goes on, so no energy is lost, but the chart is."
        return judged("", [remark], evidence)
    return failed("It came back and told nothing of the session that runs.", **evidence)


def _gap(check: OnboardingCheck, since: datetime) -> tuple[datetime, datetime] | None:
    """From its last word to its return, if that was long enough to measure something.

    A cable that is pulled closes no socket: only the silence tells.
    """
    sockets = StationConnection.objects.filter(station=check.station, opened_at__gt=since, closed_at=None)
    back = sockets.order_by("-opened_at").first()
    if back is None:
        return None
    heard = Frame.objects.filter(station=check.station, direction=Direction.IN, at__lt=back.opened_at)
    last = heard.filter(at__gt=check.started_at).order_by("-at").values_list("at", flat=True).first()
    gone = max(last or since, since)
    return (gone, back.opened_at) if back.opened_at - gone >= OFFLINE_AT_LEAST else None


@step(
    StepKind.REMOTE_STOP,
    limit=timedelta(minutes=3),
    when_late=failed("It accepted to stop, and the session still runs after three minutes."),
)
def stop(check: OnboardingCheck, step: CheckStep, now: datetime) -> Verdict | None:
    """The session ends when it is asked to, with a register."""
    if step.command is None:
        session = session_of(check)
        if session is None:
            return not_checked(NO_SESSION)
        step.memory = {"session": session.pk}
        step.command = remote_stop(session=session, by=check.requested_by)
        return None
    session = Session.objects.get(pk=step.memory["session"])
    if session.ended_at is None:
        refusal = refusal_of(step.command)
        return failed(f"It did not stop. {refusal}") if refusal else None
    remarks = [str(anomaly.summary) for anomaly in session.anomalies.all()]
    if session.meter_stop_wh is None:
        remarks.append("Its stop tells no register: the energy is that of the readings.")
    evidence = {"energy (Wh)": session.energy_wh, "reason": session.stop_reason}
    return judged("It stopped when it was asked to.", remarks, evidence)
