"""Stations of one version, and a gateway that does not wait long."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from simulator import Charger
from tests.conftest import MakeCharger
from tests.harness import GatewayUnderTest
from tests.usecases.console import Console
from tests.usecases.quirks import place, quirky, quirky_2

__all__ = ["impatient_gateway", "place", "quirky", "quirky_2", "station_16", "station_201"]


async def _booted(make_charger: MakeCharger, version: str) -> Charger:
    charger = await make_charger(version)
    await charger.connect()
    await charger.boot()
    return charger


@pytest.fixture
async def station_16(make_charger: MakeCharger) -> Charger:
    return await _booted(make_charger, "1.6")


@pytest.fixture
async def station_201(make_charger: MakeCharger) -> Charger:
    return await _booted(make_charger, "2.0.1")


@pytest.fixture
def console(olga: User, settings: Settings) -> Console:
    """Olga's, without the assets, which nobody collected."""
    settings.STATIC_ROOT = None
    return Console(olga)


@pytest.fixture(scope="session")
def impatient_gateway(django_db_setup: None, django_db_blocker: Any, _namespace: None) -> Iterator[GatewayUnderTest]:
    """It gives up a CALL after one second."""
    with django_db_blocker.unblock():
        process = GatewayUnderTest(OCPP_CALL_TIMEOUT_S="1")
    yield process
    assert process.stop() == 0, process.output()[-3000:]
