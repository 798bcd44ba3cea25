"""What Prometheus reads from a web process, who may, and the dashboard that shows it."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from gateway import metrics
from gateway.process import Gateway
from tests.admin.world import build

DASHBOARD = Path(__file__).parent.parent.parent / "docker" / "grafana.json"
NAME = re.compile(r"\bcsms_[a-z_]+")


def figures(client: Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


@pytest.mark.django_db
def test_the_whole_installation_is_told(client: Client) -> None:
    empty = figures(client)
    assert (empty["csms_stations"], empty["csms_commands_open"], empty["csms_commands_oldest_seconds"]) == (0, 0, 0)
    build("Harbour Energy", "Harbour")
    told = figures(client)
    assert told["csms_stations"] == 1
    assert told["csms_anomalies_open"] == 1
    assert told["csms_sessions_running"] == 1
    assert told["csms_commands_open"] == 1
    assert told["csms_commands_oldest_seconds"] > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("a-long-token", {}, 403),
        ("a-long-token", {"Authorization": "Bearer another"}, 403),
        ("a-long-token", {"Authorization": "Bearer a-long-token", "X-Forwarded-For": "192.0.2.7"}, 200),
    ],
    ids=["this machine", "through the proxy", "no token", "wrong token", "token"],
)
def test_who_may_read(client: Client, settings: Settings, token: str, headers: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers=headers).status_code == status


@pytest.mark.django_db
def test_the_dashboard_shows_all_that_is_told_and_asks_for_nothing_else(client: Client) -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in NAME.findall(target["expr"])}
    pages = (metrics.page(Gateway()).decode(), client.get("/metrics").content.decode())
    told = {name for page in pages for family in text_string_to_metric_families(page) for name in _names(family)}
    assert asked - told == set()
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    families = {family.name for page in pages for family in text_string_to_metric_families(page)}
    ours = {name for name in families if name.startswith("csms_")}
    assert {name for name in ours if name not in shown and f"{name}_total" not in shown} == set()


def _names(family: object) -> set[str]:
    name, kind = family.name, family.type  # type: ignore[attr-defined]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {f"{name}{ending}" for ending in endings.get(kind, ("",))}
