"""OCPP 1.6 §5.5 Clear Charging Profile, §5.7 Get Composite Schedule, §5.16 Set Charging Profile."""

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
from gateway.link import Link
from gateway.routing import ACCEPTING, Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.v16.routes import after, sends
from smartcharging import services as smartcharging
from smartcharging.commands import ClearChargingProfile, GetCompositeSchedule, SetChargingProfile

PURPOSES = {
    Purpose.STATION_MAX: "ChargePointMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
OF_PURPOSE = {word: purpose for purpose, word in PURPOSES.items()}


def profile_payload(profile: Profile) -> dict[str, Any]:
    """§7.8. With a remote start it has no transaction id yet (§5.16.2)."""
    payload: dict[str, Any] = {
        "chargingProfileId": profile.number,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingSchedule": schedule_of(profile),
        **described(profile),
    }
    if profile.transaction_id and not profile.transaction_id.isdecimal():
        raise CannotSay("The session began in another OCPP version; OCPP 1.6 has no words for its id.")
    return payload | ({"transactionId": int(profile.transaction_id)} if profile.transaction_id else {})


@sends(SetChargingProfile, "SetChargingProfile")
def send_set_charging_profile(request: SetChargingProfile, facts: Facts) -> Call:
    payload = {"connectorId": request.profile.evse_number, "csChargingProfiles": profile_payload(request.profile)}
    return Call("SetChargingProfile", payload)


@sends(ClearChargingProfile, "ClearChargingProfile")
def send_clear_charging_profile(request: ClearChargingProfile, facts: Facts) -> Call:
    if request.number is not None:
        return Call("ClearChargingProfile", {"id": request.number})
    payload = {
        "connectorId": request.evse_number,
        "chargingProfilePurpose": PURPOSES[request.purpose] if request.purpose else None,
        "stackLevel": request.stack_level,
    }
    return Call("ClearChargingProfile", {name: value for name, value in payload.items() if value is not None})


@sends(GetCompositeSchedule, "GetCompositeSchedule")
def send_get_composite_schedule(request: GetCompositeSchedule, facts: Facts) -> Call:
    payload: dict[str, Any] = {"connectorId": request.evse_number, "duration": request.duration_s}
    if request.unit is not None:
        payload["chargingRateUnit"] = request.unit.value
    return Call("GetCompositeSchedule", payload)


@after("SetChargingProfile")
async def after_set_charging_profile(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    content = payload["csChargingProfiles"]
    profile = told_profile(
        link,
        content,
        content["chargingSchedule"],
        number=content["chargingProfileId"],
        evse_number=payload["connectorId"],
        purpose=OF_PURPOSE.get(content["chargingProfilePurpose"]),
    )
    await keep_answer(link, profile, response)


@after("ClearChargingProfile")
async def after_clear_charging_profile(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(smartcharging.record_cleared)(
        station_id=link.admission.station_id,
        criteria=ClearChargingProfile(
            number=payload.get("id"),
            evse_number=payload.get("connectorId"),
            purpose=OF_PURPOSE.get(payload.get("chargingProfilePurpose", "")),
            stack_level=payload.get("stackLevel"),
        ),
        is_known=response.get("status") in ACCEPTING,
    )


@after("GetCompositeSchedule")
async def after_get_composite_schedule(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """An answer without a schedule says nothing of the one before."""
    schedule = response.get("chargingSchedule")
    if response.get("status") not in ACCEPTING or not schedule or not is_possible(schedule, payload["connectorId"]):
        return
    start = response.get("scheduleStart") or schedule.get("startSchedule")
    await in_thread(smartcharging.record_schedule)(
        station_id=link.admission.station_id,
        evse_number=payload["connectorId"],
        unit=RateUnit(schedule["chargingRateUnit"]),
        start_at=told_time(link, start) or link.last_heard_at,
        duration_s=schedule.get("duration") or payload["duration"],
        periods=told_periods(schedule),
    )
