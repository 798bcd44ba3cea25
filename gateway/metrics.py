"""``/metrics`` of a gateway, in Prometheus' words."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from gateway import database
from gateway.measures import Histogram

if TYPE_CHECKING:
    from gateway.process import Gateway


class _GatewayCollector:
    """Reads the numbers when it is asked; nothing is copied before."""

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway

    def collect(self) -> Iterator[Metric]:
        yield from self._now()
        yield from self._since_start()

    def _now(self) -> Iterator[Metric]:
        gateway = self.gateway
        versions = Counter(link.version.value for link in gateway.links.values())
        yield _gauge("connections", "Stations connected", ("version",), (((name,), n) for name, n in versions.items()))
        yield _gauge("ready", "1 while new stations are taken", (), [((), gateway.is_ready)])
        queues = {
            "ingest": len(gateway.ingest.waiting),
            "wire_log": len(gateway.wirelog.frames),
            "commands": len(gateway.outbox.called_for),
            "calls": sum(len(link.pending) for link in gateway.links.values()),
            "entrance": gateway.entrance.waiting,
        }
        said = "Waiting: messages for a commit, frames for the log, stations with commands, CALLs for an answer, boots"
        yield _gauge("queue", said, ("queue",), (((name,), length) for name, length in queues.items()))

    def _since_start(self) -> Iterator[Metric]:
        measures, ingest = self.gateway.measures, self.gateway.ingest
        answers = (
            ((version, action), seconds) for version, of in measures.answers.items() for action, seconds in of.items()
        )
        yield _histogram("answer_seconds", "From a CALL's arrival to its answer", ("version", "action"), answers)
        yield _counter("errors", "CALLERRORs sent", ("version", "action", "code"), measures.errors.items())
        yield _counter(
            "repairs", "What was mended", ("repair",), (((name,), n) for name, n in measures.repairs.items())
        )
        refusals = (((cause,), n) for cause, n in measures.refusals.items())
        yield _counter("refusals", "Handshakes refused", ("cause",), refusals)
        yield _counter("commands", "Commands ended", ("version", "action", "status"), measures.commands.items())
        yield _histogram("commit_seconds", "Duration of a group commit", (), [((), ingest.commit_s)])
        yield _histogram("commit_records", "Messages in a group commit", (), [((), ingest.batch_records)])
        yield _histogram("loop_lag_seconds", "How late the event loop runs", (), [((), measures.loop_lag_s)])
        waited = (((reason,), n) for reason, n in database.waits.items())
        yield _counter("database_waits", "What could not be stored and is tried again", ("reason",), waited)
        yield _counter("frames_dropped", "Frames not logged, too many waited", (), [((), self.gateway.wirelog.dropped)])


Labels = tuple[str, ...]


def _gauge(name: str, says: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(f"csms_gateway_{name}", says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _counter(name: str, says: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Metric:
    family = CounterMetricFamily(f"csms_gateway_{name}", says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _histogram(name: str, says: str, labels: Labels, values: Iterable[tuple[Labels, Histogram]]) -> Metric:
    family = HistogramMetricFamily(f"csms_gateway_{name}", says, labels=labels)
    for key, histogram in values:
        family.add_metric(key, histogram.buckets(), histogram.total)
    return family


def page(gateway: "Gateway") -> bytes:
    """The page, with what the client library knows of the process itself."""
    registry = CollectorRegistry()
    registry.register(_GatewayCollector(gateway))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return generate_latest(registry)
