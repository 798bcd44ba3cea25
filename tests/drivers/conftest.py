"""The cast in a transaction that is rolled back."""

import pytest

from stations.models import ChargingStation, Site
from tests import cast


@pytest.fixture
def committed(db: None) -> None:
    """Instead of the one that commits."""


@pytest.fixture
def old_faithful(harbour: Site) -> ChargingStation:
    return cast.create_station(harbour, "old_faithful")
