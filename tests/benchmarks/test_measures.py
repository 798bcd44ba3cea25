"""``make bench`` in small: that each measure runs, that what was answered is stored, and which figures it tells."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.__main__ import MEASURES, measure
from benchmarks.chargers import prepare
from benchmarks.crew import Crew, NotServed
from benchmarks.ledger import Ledger
from benchmarks.options import Options
from benchmarks.sockets import Charger
from tests.harness import GatewayUnderTest, environment

FIGURES = {
    "steady": {"steady_chargers", "steady_as_chargers", "steady_p99_ms", "steady_messages_per_s"},
    "loop": {
        "messages_per_s",
        "p99_ms",
        "cpu_us_per_message",
        "share_of_bare_server",
        "ratio_to_answering",
        "ratio_to_naive",
        "ratio_to_bare",
        "ratio_to_copy",
    },
    "storm": {"storm_s", "storm_10000_s", "storm_refusals", "kib_per_connection", "remote_start_p99_ms"},
    "actions": {"cpu_us_heartbeat", "cpu_us_stop_transaction", "cpu_us_transaction_event_updated"},
    "gateways": {"two_gateways_speedup"},
}


@pytest.fixture(autouse=True)
def _servers_of_this_worker(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def test_every_measure_is_tried_here() -> None:
    assert FIGURES.keys() == MEASURES.keys()


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_runs_and_ends_with_its_figures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails by itself when something was refused, or answered and not stored."""
    failed = measure([name], Options(quick=True))
    said = capsys.readouterr().out
    assert not failed, said
    figures = json.loads(said.splitlines()[-1])
    assert figures.keys() >= FIGURES[name]
    assert figures.get("storm_10000_s") is None, "forty chargers are no storm of ten thousand"


def test_an_answer_that_is_not_stored_fails_the_run() -> None:
    ledger = Ledger()
    with pytest.raises(NotServed, match="1 messages were answered, of whose values 0 are stored"):
        ledger.check_readings(1)


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew(1) as crew:
        yield crew


def test_a_refused_handshake_fails_the_run(crew: Crew, gateway: GatewayUnderTest) -> None:
    with pytest.raises(NotServed, match="404"):
        crew.connect([Charger("NOBODY", "1.6", "1", "04A1")], gateway.port)


def test_a_refused_message_fails_the_run(crew: Crew, gateway: GatewayUnderTest) -> None:
    """OCPP 1.6 knows no TransactionEvent."""
    crew.connect(prepare(1), gateway.port)
    with pytest.raises(NotServed, match="NotImplemented"):
        crew.times("TransactionEvent Updated", 1)


def test_the_page_of_results_ends_with_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "RESULTS.md"
    monkeypatch.setattr(results, "PAGE", page)
    results.write_results("make bench", "a table", {"steady_chargers": 3})
    text = page.read_text()
    assert "a table" in text
    assert "PostgreSQL" in text
    assert json.loads(text.split("```json\n")[1].split("```")[0]) == {"steady_chargers": 3}
