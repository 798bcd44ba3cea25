"""OCPP 1.6 §5.5 ClearChargingProfile, §5.7 GetCompositeSchedule, §5.16 SetChargingProfile."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.limits import composite_schedule, limits_changed
from simulator.profiles import Period, Profile, parse_moment

if TYPE_CHECKING:
    from simulator.charger import Charger


def set_charging_profile(charger: "Charger", payload: Payload) -> Payload:
    connector_id, content = int(payload["connectorId"]), payload["csChargingProfiles"]
    if connector_id > len(charger.evse_list) or not _is_allowed(charger, connector_id, content):
        return {"status": "Rejected"}
    charger.profiles.install(profile_of(content, connector_id))
    charger.afterwards(lambda: limits_changed(charger))
    return {"status": "Accepted"}


def clear_charging_profile(charger: "Charger", payload: Payload) -> Payload:
    cleared = charger.profiles.clear(
        profile_id=payload.get("id"),
        evse=payload.get("connectorId"),
        purpose=payload.get("chargingProfilePurpose"),
        stack_level=payload.get("stackLevel"),
    )
    charger.afterwards(lambda: limits_changed(charger))
    return {"status": "Accepted" if cleared else "Unknown"}


def get_composite_schedule(charger: "Charger", payload: Payload) -> Payload:
    connector_id, duration_s = int(payload["connectorId"]), int(payload["duration"])
    if connector_id > len(charger.evse_list):
        return {"status": "Rejected"}
    unit = payload.get("chargingRateUnit", "W")
    start = charger.timestamp()
    periods = composite_schedule(charger, connector_id, duration_s, unit)
    schedule = {"duration": duration_s, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    return {
        "status": "Accepted",
        "connectorId": connector_id,
        "scheduleStart": start,
        "chargingSchedule": {**schedule, "startSchedule": start},
    }


def profile_of(content: Payload, evse: int) -> Profile:
    schedule = content["chargingSchedule"]
    return Profile(
        id=int(content["chargingProfileId"]),
        evse=evse,
        stack_level=int(content["stackLevel"]),
        purpose=content["chargingProfilePurpose"],
        kind=content["chargingProfileKind"],
        unit=schedule["chargingRateUnit"],
        periods=periods_of(schedule),
        recurrency=content.get("recurrencyKind"),
        valid_from=parse_moment(content.get("validFrom")),
        valid_to=parse_moment(content.get("validTo")),
        start_schedule=parse_moment(schedule.get("startSchedule")),
        duration_s=schedule.get("duration"),
        transaction_id=content.get("transactionId"),
    )


def periods_of(schedule: Payload) -> tuple[Period, ...]:
    return tuple(
        Period(int(period["startPeriod"]), float(period["limit"]), period.get("numberPhases"))
        for period in schedule["chargingSchedulePeriod"]
    )


def _is_allowed(charger: "Charger", connector_id: int, content: Payload) -> bool:
    """A TxProfile needs the transaction of its connector, a station limit needs connector 0 (§3.13.1)."""
    purpose = content["chargingProfilePurpose"]
    if purpose == "ChargePointMaxProfile":
        return connector_id == 0
    if purpose != "TxProfile":
        return True
    if connector_id == 0 or charger.evse(connector_id).transaction is None:
        return False
    wanted = content.get("transactionId")
    return wanted is None or wanted == charger.evse(connector_id).transaction_id


HANDLERS: dict[str, Handler] = {
    "SetChargingProfile": set_charging_profile,
    "ClearChargingProfile": clear_charging_profile,
    "GetCompositeSchedule": get_composite_schedule,
}
