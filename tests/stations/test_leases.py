"""A gateway's lease, without a gateway."""

import uuid

import pytest

from stations import services
from stations.models import GatewayProcess

pytestmark = pytest.mark.django_db


def test_a_gateway_whose_row_is_gone_registers_anew() -> None:
    """Or no station could connect to it until somebody restarts it."""
    gateway_id = uuid.uuid4()
    services.start_gateway(gateway_id)
    assert not services.renew_lease(gateway_id)
    GatewayProcess.objects.filter(pk=gateway_id).delete()
    assert services.renew_lease(gateway_id)
    assert GatewayProcess.objects.get(pk=gateway_id).is_alive
