"""Staff can send any action that is a server's to send, word for word, in the station's version."""

from typing import Any

import pytest

from gateway import schemas
from gateway.not_supported import NOT_SUPPORTED, RAW
from gateway.routing import NOT_SUPPORTING
from gateway.versions import ROUTES
from simulator import Charger
from stations.commands import RawCall
from stations.states import CommandStatus, OcppVersion
from tests.conftest import every_version
from tests.usecases.asking import always, at_rest, outcome_of
from tests.usecases.telling import Payload

Schema = dict[str, Any]


def smallest(schema: Schema, root: Schema) -> Any:
    """The smallest value that fits a schema: what is required and nothing else."""
    if "$ref" in schema:
        return smallest(root["definitions"][schema["$ref"].rsplit("/", 1)[-1]], root)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: smallest(schema["properties"][name], root) for name in schema.get("required", ())}
        case "array":
            return [smallest(schema["items"], root)] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return int(schema.get("minimum", 1))
        case "boolean":
            return True
        case _:
            return "2026-11-22T12:00:00Z" if schema.get("format") == "date-time" else "x"


def smallest_payload(version: str, action: str, *, is_response: bool = False) -> Payload:
    schema = schemas.schema(OcppVersion(version), action, is_response=is_response)
    payload: Payload = smallest(schema, schema)
    assert schemas.first_error(OcppVersion(version), action, payload, is_response=is_response) is None
    return payload


def ours(version: str) -> list[str]:
    known = OcppVersion(version)
    only_raw = {action for action, reason in NOT_SUPPORTED[known].items() if reason == RAW}
    return sorted(only_raw | set(ROUTES[known].said.values()))


@every_version
async def test_every_action_of_ours_goes_out_word_for_word(station: Charger, version: str) -> None:
    """TC_B_18_CSMS, TC_D_08_CSMS, TC_H_17_CSMS, TC_K_08_CSMS, TC_N_25_CSMS, TC_042_2_CSMS, TC_052_CSMS. Rule 20."""
    await at_rest(station)
    assert len(ours(version)) == {"1.6": 26, "2.0.1": 40, "2.1": 55}[version]
    for action in ours(version):
        payload = smallest_payload(version, action)
        answer = smallest_payload(version, action, is_response=True)
        got: list[Payload] = []
        station.on(action, lambda asked, got=got, answer=answer: got.append(asked) or answer)  # type: ignore[misc]
        done = await outcome_of(RawCall(action, payload))
        assert (got, done.response) == ([payload], answer), action
        assert done.status != CommandStatus.LOST
        assert (done.status == CommandStatus.NOT_SUPPORTED) == (answer.get("status") in NOT_SUPPORTING)


@every_version
@pytest.mark.parametrize("action", ["Heartbeat", "BootNotification", "Authorize"])
async def test_what_is_the_stations_to_send_it_refuses(station: Charger, version: str, action: str) -> None:
    """It is valid, so it is sent; the station says no. Rule 16."""
    await at_rest(station)
    done = await outcome_of(RawCall(action, smallest_payload(version, action)))
    assert (done.status, done.error_code) == (CommandStatus.NOT_SUPPORTED, "NotSupported")


@every_version
async def test_an_answer_that_does_not_fit_does_not_stop_the_next(station: Charger, version: str) -> None:
    """Quirks 5 and 48. Rule 12. Rule 20."""
    await at_rest(station)
    action = "GetConfiguration" if version == "1.6" else "GetVariables"
    payload = smallest_payload(version, action)
    strange: list[Payload] = [{}, {"configurationKey": [{}]}, {"getVariableResult": [{"attributeStatus": 5}]}]
    for answer in (*strange, {"configurationKey": "all"}, {"getVariableResult": None}, {"status": ["Accepted"]}):
        station.on(action, always(answer))
        done = await outcome_of(RawCall(action, payload))
        assert done.status in {CommandStatus.ACCEPTED, CommandStatus.REJECTED}
    station.on(action, always(smallest_payload(version, action, is_response=True)))
    assert (await outcome_of(RawCall(action, payload))).status == CommandStatus.ACCEPTED
