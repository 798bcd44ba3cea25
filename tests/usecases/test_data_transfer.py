"""DataTransfer, both ways: OCPP 1.6 §4.3, §5.7, OCPP 2.0.1 P01, P02."""

from typing import Any

import pytest

from simulator import Charger
from stations.commands import DataTransfer
from stations.states import CommandStatus
from tests.conftest import every_version
from tests.usecases.asking import at_rest, outcome_of


@every_version
async def test_P02_an_unknown_vendor_is_a_status_and_no_error(station: Charger, version: str) -> None:
    """TC_064_CSMS, TC_P_02_CSMS. Rule 55."""
    for payload in ({"vendorId": "org.example"}, {"vendorId": "org.example", "messageId": "greet", "data": "hi"}):
        assert (await station.call("DataTransfer", payload))["status"] == "UnknownVendorId"


@every_version
@pytest.mark.parametrize("data", [{"a": [1, "zwei"]}, 5, '{"a": "\\"<b>&"}', "x" * 20_000])
async def test_any_data_is_answered(station: Charger, version: str, data: Any) -> None:
    """Quirk 56: 1.6 allows text only, and stations send objects."""
    answer = await station.call("DataTransfer", {"vendorId": "org.example", "data": data})
    assert answer["status"] == "UnknownVendorId"


@every_version
async def test_P01_data_for_the_station(station: Charger, version: str) -> None:
    """What comes back is kept as it is; nothing is escaped on the way. Defect 16."""
    await at_rest(station)
    data = '{"text": "<b>&amp;\\"é€"}'
    done = await outcome_of(DataTransfer("Voltaria", "echo", data))
    assert (done.status, done.response) == (CommandStatus.ACCEPTED, {"status": "Accepted", "data": data})


@every_version
async def test_P01_a_vendor_or_message_the_station_does_not_know(station: Charger, version: str) -> None:
    """Rule 55."""
    await at_rest(station)
    for wanted, status in (
        (DataTransfer("Somebody"), "UnknownVendorId"),
        (DataTransfer("Voltaria", "sing"), "UnknownMessageId"),
    ):
        done = await outcome_of(wanted)
        assert (done.status, done.response) == (CommandStatus.NOT_SUPPORTED, {"status": status})
        assert done.detail == f"The station answered {status}."
