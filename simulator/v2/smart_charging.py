"""OCPP 2.x block K: SetChargingProfile, ClearChargingProfile, GetCompositeSchedule. K09: profile_reports.py."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.limits import composite_schedule, limits_changed
from simulator.profiles import Period, Profile, parse_moment

if TYPE_CHECKING:
    from simulator.charger import Charger


def set_charging_profile(charger: "Charger", payload: Payload) -> Payload:
    evse_id, content = int(payload["evseId"]), payload["chargingProfile"]
    if not 0 <= evse_id <= len(charger.evse_list) or not _is_allowed(charger, evse_id, content):
        return {"status": "Rejected"}
    charger.profiles.install(profile_of(content, evse_id))
    charger.afterwards(lambda: limits_changed(charger))
    return {"status": "Accepted"}


def clear_charging_profile(charger: "Charger", payload: Payload) -> Payload:
    criteria = payload.get("chargingProfileCriteria", {})
    cleared = charger.profiles.clear(
        profile_id=payload.get("chargingProfileId"),
        evse=criteria.get("evseId"),
        purpose=criteria.get("chargingProfilePurpose"),
        stack_level=criteria.get("stackLevel"),
    )
    charger.afterwards(lambda: limits_changed(charger))
    return {"status": "Accepted" if cleared else "Unknown"}


def get_composite_schedule(charger: "Charger", payload: Payload) -> Payload:
    evse_id, duration_s = int(payload["evseId"]), int(payload["duration"])
    if not 0 <= evse_id <= len(charger.evse_list):
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}
    unit = payload.get("chargingRateUnit", "W")
    schedule = {
        "evseId": evse_id,
        "duration": duration_s,
        "scheduleStart": charger.timestamp(),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": composite_schedule(charger, evse_id, duration_s, unit),
    }
    return {"status": "Accepted", "schedule": schedule}


def profile_of(content: Payload, evse: int) -> Profile:
    """Of several schedules (ISO 15118) the first one counts."""
    schedule = content["chargingSchedule"][0]
    return Profile(
        id=int(content["id"]),
        evse=evse,
        stack_level=int(content["stackLevel"]),
        purpose=content["chargingProfilePurpose"],
        kind=content["chargingProfileKind"],
        unit=schedule["chargingRateUnit"],
        periods=tuple(
            Period(int(period["startPeriod"]), float(period["limit"]), period.get("numberPhases"))
            for period in schedule["chargingSchedulePeriod"]
        ),
        recurrency=content.get("recurrencyKind"),
        valid_from=parse_moment(content.get("validFrom")),
        valid_to=parse_moment(content.get("validTo")),
        start_schedule=parse_moment(schedule.get("startSchedule")),
        duration_s=schedule.get("duration"),
        transaction_id=content.get("transactionId"),
    )


def _is_allowed(charger: "Charger", evse_id: int, content: Payload) -> bool:
    """K01.FR.03 (TxProfile names its transaction), FR.16, FR.22 (external constraints are not for the CSMS)."""
    purpose = content["chargingProfilePurpose"]
    if purpose == "ChargingStationExternalConstraints":
        return False
    if purpose == "ChargingStationMaxProfile":
        return evse_id == 0
    if purpose != "TxProfile":
        return True
    wanted = content.get("transactionId")
    return evse_id > 0 and wanted is not None and wanted == charger.evse(evse_id).transaction_id


HANDLERS: dict[str, Handler] = {
    "SetChargingProfile": set_charging_profile,
    "ClearChargingProfile": clear_charging_profile,
    "GetCompositeSchedule": get_composite_schedule,
}
