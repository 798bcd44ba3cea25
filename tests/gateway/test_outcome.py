"""What a station's answer means for the command."""

from typing import Any

import pytest

from gateway.routing import outcome
from stations.states import CommandStatus

ACCEPTED, REJECTED, NOT_SUPPORTED = CommandStatus.ACCEPTED, CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED


def item(status: str) -> dict[str, Any]:
    return {"attributeStatus": status, "variable": {"name": "Interval"}, "component": {"name": "Clock"}}


ANSWERS: list[tuple[dict[str, Any], CommandStatus, str]] = [
    ({}, ACCEPTED, "The station answered."),
    ({"status": "Accepted"}, ACCEPTED, "The station answered Accepted."),
    ({"status": "Scheduled"}, ACCEPTED, "The station answered Scheduled."),
    ({"status": "Unlocked"}, ACCEPTED, "The station answered Unlocked."),
    ({"status": "RebootRequired"}, ACCEPTED, "The station answered RebootRequired."),
    ({"status": "Rejected"}, REJECTED, "The station answered Rejected."),
    ({"status": "UnlockFailed"}, REJECTED, "The station answered UnlockFailed."),
    ({"status": "NotSupported"}, NOT_SUPPORTED, "The station answered NotSupported."),
    ({"status": "NotImplemented"}, NOT_SUPPORTED, "The station answered NotImplemented."),
    ({"status": "UnknownVendorId"}, NOT_SUPPORTED, "The station answered UnknownVendorId."),
    (
        {"status": "Rejected", "statusInfo": {"reasonCode": "Busy"}},
        REJECTED,
        "The station answered Rejected. Reason: Busy.",
    ),
    ({"setVariableResult": [item("Accepted")]}, ACCEPTED, "The station answered Accepted."),
    (
        {"setVariableResult": [item("Accepted"), item("RebootRequired")]},
        ACCEPTED,
        "The station answered Accepted, RebootRequired.",
    ),
    ({"getVariableResult": [item("UnknownVariable")]}, REJECTED, "The station refused Interval: UnknownVariable."),
    ({"getVariableResult": []}, REJECTED, "The station answered without any result."),
]


@pytest.mark.parametrize(("response", "status", "sentence"), ANSWERS)
def test_outcome(response: dict[str, Any], status: CommandStatus, sentence: str) -> None:
    assert outcome(response) == (status, sentence)
