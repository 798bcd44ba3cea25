"""The cast in a transaction that is rolled back: these tests need no second process."""

import pytest

from stations.models import Site
from tests import cast
from tests.charging.station import ReportingStation


@pytest.fixture
def committed(db: None) -> None:
    """Instead of the one that commits."""


@pytest.fixture
def old_faithful(harbour: Site) -> ReportingStation:
    """OCPP 1.6."""
    return ReportingStation(cast.create_station(harbour, "old_faithful", ocpp_version="1.6"))


@pytest.fixture
def modern(harbour: Site) -> ReportingStation:
    """OCPP 2.0.1."""
    return ReportingStation(cast.create_station(harbour, "modern", ocpp_version="2.0.1"))
