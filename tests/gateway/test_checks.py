"""What is wrong with a request of ours is said with its path and its rule, before it is queued."""

from typing import Any

import pytest

from gateway.checks import check_request
from stations.states import OcppVersion
from tests.usecases.telling import Payload

V16, V201 = OcppVersion.V16, OcppVersion.V201


def said(version: OcppVersion, action: str, payload: Any) -> list[str]:
    return [str(problem) for problem in check_request(version, action, payload)]


def profile(**period: Any) -> Payload:
    """A charging profile of OCPP 2.0.1 with one limit."""
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.5} | period],
    }
    kind = {"chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
    return {"evseId": 0, "chargingProfile": {"id": 1, "stackLevel": 0, **kind, "chargingSchedule": [schedule]}}


LIMIT = "chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].limit"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (profile(limit=16.55), f"{LIMIT} may have one decimal at most."),
        (profile(limit="16"), f"{LIMIT} must be a number."),
        (profile(limit=float("nan")), f"{LIMIT} must be a finite number."),
        (profile(watts=7), f"{LIMIT.removesuffix('limit')}watts is no field of this message."),
        ({"evseId": 0}, "chargingProfile is required."),
        ([], "must be an object: { … }."),
    ],
)
def test_the_path_and_the_rule_are_named(payload: Any, sentence: str) -> None:
    assert said(V201, "SetChargingProfile", payload) == [sentence]


def test_what_is_right_has_no_problem() -> None:
    assert said(V201, "SetChargingProfile", profile()) == []
    assert said(V16, "ClearCache", {}) == []


@pytest.mark.parametrize(
    "text", ["2026-11-22T13:00:00+01:00", "2026-11-22T13:00:00", "soon", "2026-13-22T13:00:00Z", ""]
)
def test_times_are_utc(text: str) -> None:
    told = said(V16, "GetDiagnostics", {"location": "ftp://x", "startTime": text})
    assert told == ["startTime must be a UTC time such as 2026-11-22T13:03:11Z."]


def test_limits_in_words() -> None:
    assert said(V16, "Reset", {"type": "Gentle"}) == ["type must be one of Hard, Soft."]
    assert said(V16, "ChangeConfiguration", {"key": "k" * 51, "value": ""}) == ["key is longer than 50 characters."]
    assert said(V201, "GetVariables", {"getVariableData": []}) == ["getVariableData needs at least 1 entry."]
    assert said(V201, "Heartbeat" * 20, {}) == [f"{('Heartbeat' * 20)[:50]} is no action of OCPP 2.0.1."]


def test_many_problems_are_bounded() -> None:
    assert len(said(V201, "GetVariables", {"getVariableData": [{"x": 1}] * 5000})) == 50
