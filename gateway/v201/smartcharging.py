"""OCPP 2.0.1 block K: charging profiles, and the schedule that follows from them."""

from collections.abc import Mapping
from typing import Any

from charging.profiles import Profile, Purpose, RateUnit
from gateway.charging_profiles import (
    described,
    is_possible,
    keep_answer,
    schedule_of,
    told_periods,
    told_profile,
    told_time,
)
from gateway.errors import CallRefused
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import ACCEPTING, Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.v201.routes import after, on, sends
from smartcharging import services as smartcharging
from smartcharging.commands import ClearChargingProfile, GetChargingProfiles, GetCompositeSchedule, SetChargingProfile

# External constraints are never the CSMS's to set or clear (K01.FR.22, K10.FR.06).
PURPOSES = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
OF_PURPOSE = {word: purpose for purpose, word in PURPOSES.items()}


def profile_payload(profile: Profile) -> dict[str, Any]:
    """Just one schedule: more are for cars that negotiate (K01.FR.34). With a remote start there is no transaction."""
    payload: dict[str, Any] = {
        "id": profile.number,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingSchedule": [{"id": profile.number, **schedule_of(profile)}],
        **described(profile),
    }
    return payload | ({"transactionId": profile.transaction_id} if profile.transaction_id else {})


@sends(SetChargingProfile, "SetChargingProfile")
def send_set_charging_profile(request: SetChargingProfile, facts: Facts) -> Call:
    """K01 to K05."""
    payload = {"evseId": request.profile.evse_number, "chargingProfile": profile_payload(request.profile)}
    return Call("SetChargingProfile", payload)


@sends(ClearChargingProfile, "ClearChargingProfile")
def send_clear_charging_profile(request: ClearChargingProfile, facts: Facts) -> Call:
    """K10. At least one of the criteria has to be there (K10.FR.02)."""
    if request.number is not None:
        return Call("ClearChargingProfile", {"chargingProfileId": request.number})
    wanted = {
        "evseId": request.evse_number,
        "chargingProfilePurpose": PURPOSES[request.purpose] if request.purpose else None,
        "stackLevel": request.stack_level,
    }
    criteria = {name: value for name, value in wanted.items() if value is not None}
    if not criteria:
        raise CannotSay("OCPP 2.x clears profiles by id, place, purpose or stack level.")
    return Call("ClearChargingProfile", {"chargingProfileCriteria": criteria})


@sends(GetCompositeSchedule, "GetCompositeSchedule")
def send_get_composite_schedule(request: GetCompositeSchedule, facts: Facts) -> Call:
    """K08."""
    payload: dict[str, Any] = {"evseId": request.evse_number, "duration": request.duration_s}
    if request.unit is not None:
        payload["chargingRateUnit"] = request.unit.value
    return Call("GetCompositeSchedule", payload)


@sends(GetChargingProfiles, "GetChargingProfiles")
def send_get_charging_profiles(request: GetChargingProfiles, facts: Facts) -> Call:
    """K09. At least one of the criteria has to be there: what a CSMS may set is asked for (K09.FR.03)."""
    payload: dict[str, Any] = {
        "requestId": facts.number,
        "chargingProfile": {"chargingLimitSource": ["CSO"]},
    }
    if request.evse_number is not None:
        payload["evseId"] = request.evse_number
    return Call("GetChargingProfiles", payload)


@on("ReportChargingProfiles")
async def on_report_charging_profiles(
    exchange: Exchange, *, charging_profile: list[dict[str, Any]], evse_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """K09. External constraints are of a purpose that is not ours, and stay in the wire log."""
    if evse_id is None:
        raise CallRefused("OccurrenceConstraintViolation", "It has no evseId.")
    link = exchange.link
    for content in charging_profile:
        profile = _reported(link, content, evse_id)
        if profile is not None:
            await in_thread(smartcharging.record_reported)(station_id=link.admission.station_id, profile=profile)
    return {}


def _reported(link: Link, content: Mapping[str, Any], evse_id: int) -> Profile | None:
    schedules = content["chargingSchedule"]
    if not schedules:
        return None
    return told_profile(
        link,
        content,
        schedules[0],
        number=content["id"],
        evse_number=evse_id,
        purpose=OF_PURPOSE.get(content["chargingProfilePurpose"]),
    )


@after("SetChargingProfile")
async def after_set_charging_profile(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """Of several schedules the first is the one that we can count with."""
    content = payload["chargingProfile"]
    profile = told_profile(
        link,
        content,
        content["chargingSchedule"][0],
        number=content["id"],
        evse_number=payload["evseId"],
        purpose=OF_PURPOSE.get(content["chargingProfilePurpose"]),
    )
    await keep_answer(link, profile, response)


@after("ClearChargingProfile")
async def after_clear_charging_profile(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    criteria = payload.get("chargingProfileCriteria") or {}
    await in_thread(smartcharging.record_cleared)(
        station_id=link.admission.station_id,
        criteria=ClearChargingProfile(
            number=payload.get("chargingProfileId"),
            evse_number=criteria.get("evseId"),
            purpose=OF_PURPOSE.get(criteria.get("chargingProfilePurpose", "")),
            stack_level=criteria.get("stackLevel"),
        ),
        is_known=response.get("status") in ACCEPTING,
    )


@after("GetChargingProfiles")
async def after_get_charging_profiles(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """K09: nothing of what was asked for is there. What the CSMS has set is all that we keep count of."""
    asked = payload["chargingProfile"]
    purpose = OF_PURPOSE.get(asked.get("chargingProfilePurpose", ""))
    of_csms = "CSO" in asked.get("chargingLimitSource", ("CSO",))
    if response.get("status") != "NoProfiles" or not of_csms or ("chargingProfilePurpose" in asked) != bool(purpose):
        return
    await in_thread(smartcharging.record_absent)(
        station_id=link.admission.station_id,
        numbers=asked.get("chargingProfileId") or (),
        criteria=ClearChargingProfile(
            evse_number=payload.get("evseId"), purpose=purpose, stack_level=asked.get("stackLevel")
        ),
    )


@after("GetCompositeSchedule")
async def after_get_composite_schedule(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """An answer without a schedule says nothing of the one before."""
    schedule = response.get("schedule")
    if response.get("status") not in ACCEPTING or not schedule or not is_possible(schedule, payload["evseId"]):
        return
    await in_thread(smartcharging.record_schedule)(
        station_id=link.admission.station_id,
        evse_number=payload["evseId"],
        unit=RateUnit(schedule["chargingRateUnit"]),
        start_at=told_time(link, schedule["scheduleStart"]) or link.last_heard_at,
        duration_s=schedule["duration"],
        periods=told_periods(schedule),
    )
