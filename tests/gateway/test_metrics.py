"""What Prometheus reads from a gateway (docs/metrics.md)."""

import urllib.error
import urllib.request
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from prometheus_client.parser import text_string_to_metric_families

from stations.commands import ClearCache
from tests.conftest import MakeCharger, every_version
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic
from tests.gateway.polling import eventually
from tests.harness import GatewayUnderTest
from tests.usecases.asking import at_rest, outcome_of
from tests.usecases.telling import Telling

Sample = tuple[str, tuple[tuple[str, str], ...]]


def ask(gateway: GatewayUnderTest, **headers: str) -> tuple[int, str]:
    address = f"http://127.0.0.1:{gateway.port}/metrics"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def samples(gateway: GatewayUnderTest) -> dict[Sample, float]:
    status, text = await sync_to_async(ask)(gateway)
    assert status == 200
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in found}


async def before_anything(gateway: GatewayUnderTest) -> dict[Sample, float]:
    """Once the stations of an earlier test have left, whose last frames would be counted otherwise."""
    assert await eventually(lambda: _nobody_is_connected(gateway))
    return await samples(gateway)


async def _nobody_is_connected(gateway: GatewayUnderTest) -> bool:
    return not any(value for (name, _), value in (await samples(gateway)).items() if name == "csms_gateway_connections")


def key(name: str, **labels: Any) -> Sample:
    return f"csms_gateway_{name}", tuple(sorted(labels.items()))


@every_version
async def test_a_charging_car_is_counted(
    quiet_gateway: GatewayUnderTest, make_charger: MakeCharger, alice: Any, version: str
) -> None:
    before = await before_anything(quiet_gateway)
    station = await make_charger(version)
    await station.connect()
    await station.boot()
    await at_rest(station)
    telling = Telling(station, alice.uid)
    await telling.start(1000)
    await telling.read(1200, 5)
    await outcome_of(ClearCache())
    after = await samples(quiet_gateway)

    assert after[key("connections", version=version)] == 1
    hot = "MeterValues" if version == "1.6" else "TransactionEvent"
    for action in ("BootNotification", hot):
        count = key("answer_seconds_count", version=version, action=action)
        assert after[count] > before.get(count, 0)
    ended = key("commands_total", version=version, action="ClearCache", status="accepted")
    assert after[ended] == before.get(ended, 0) + 1
    commits, records = key("commit_records_count"), key("commit_records_sum")
    assert after[commits] > before[commits]
    assert after[records] > before[records]

    async def has_looked_at_the_loop() -> bool:
        return (await samples(quiet_gateway))[key("loop_lag_seconds_count")] > 0

    assert await eventually(has_looked_at_the_loop)


async def test_what_went_wrong_is_counted(
    quiet_gateway: GatewayUnderTest, make_charger: MakeCharger, door: Door
) -> None:
    """Bounded in its labels, whatever a charger invents."""
    before = await before_anything(quiet_gateway)
    station = await make_charger("1.6")
    await station.connect()
    await station.boot()
    for action in ("Invented", "InventedToo"):
        await station.send_text(f'[2,"x-{action}","{action}",{{}}]')
    await station.send_text('[2,"no-payload","Heartbeat",""]')
    await station.call("Heartbeat", {})
    await door(authorization=basic("old_faithful", "wrong"))
    after = await samples(quiet_gateway)
    # Others had their errors from this gateway before.
    errors = {
        dict(labels)["action"]: after[name, labels] - before.get((name, labels), 0)
        for name, labels in after
        if name == "csms_gateway_errors_total" and after[name, labels] != before.get((name, labels), 0)
    }
    assert errors == {"other": 2}
    for name, labels in (("repairs", {"repair": "payload_left_out"}), ("refusals", {"cause": "wrong_password"})):
        counted = key(f"{name}_total", **labels)
        assert after[counted] == before.get(counted, 0) + 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"X-Forwarded-For": "192.0.2.7"}, 403)],
    ids=["this machine", "a guest of the proxy"],
)
def test_who_may_read_without_a_token(quiet_gateway: GatewayUnderTest, headers: dict[str, str], status: int) -> None:
    assert ask(quiet_gateway, **headers)[0] == status
