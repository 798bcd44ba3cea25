"""OCPP 2.x K09 GetChargingProfiles, answered by ReportChargingProfiles: one for each EVSE."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from simulator.clock import format_time
from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.profiles import Profile

if TYPE_CHECKING:
    from simulator.charger import Charger

# Who set those that a charger keeps here: the CSMS.
SOURCE = "CSO"


def get_charging_profiles(charger: "Charger", payload: Payload) -> Payload:
    held = sorted((each for each in charger.profiles.profiles if _is_asked(each, payload)), key=attrgetter("evse"))
    if not held:
        return {"status": "NoProfiles"}
    charger.afterwards(lambda: _send(charger, int(payload["requestId"]), held))
    return {"status": "Accepted"}


def _is_asked(profile: Profile, payload: Payload) -> bool:
    """All the criteria that are given."""
    wanted = payload["chargingProfile"]
    return (
        payload.get("evseId") in {None, profile.evse}
        and SOURCE in wanted.get("chargingLimitSource", [SOURCE])
        and profile.id in wanted.get("chargingProfileId", [profile.id])
        and wanted.get("chargingProfilePurpose") in {None, profile.purpose}
        and wanted.get("stackLevel") in {None, profile.stack_level}
    )


async def _send(charger: "Charger", request_id: int, held: list[Profile]) -> None:
    parts = [(evse, list(profiles)) for evse, profiles in groupby(held, key=attrgetter("evse"))]
    for number, (evse, profiles) in enumerate(parts, 1):
        await charger.tell(
            "ReportChargingProfiles",
            {
                "requestId": request_id,
                "chargingLimitSource": SOURCE,
                "evseId": evse,
                "tbc": number < len(parts),
                "chargingProfile": [content_of(profile) for profile in profiles],
            },
        )


def content_of(profile: Profile) -> Payload:
    """As it was set, without what was left out."""
    schedule = {
        "id": profile.id,
        "chargingRateUnit": profile.unit,
        "startSchedule": _told(profile.start_schedule),
        "duration": profile.duration_s,
        "chargingSchedulePeriod": [
            _given({"startPeriod": period.start_s, "limit": period.limit, "numberPhases": period.phases})
            for period in profile.periods
        ],
    }
    content = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose,
        "chargingProfileKind": profile.kind,
        "recurrencyKind": profile.recurrency,
        "validFrom": _told(profile.valid_from),
        "validTo": _told(profile.valid_to),
        "transactionId": profile.transaction_id,
        "chargingSchedule": [_given(schedule)],
    }
    return _given(content)


def _given(values: Payload) -> Payload:
    return {name: value for name, value in values.items() if value is not None}


def _told(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)


HANDLERS: dict[str, Handler] = {"GetChargingProfiles": get_charging_profiles}
