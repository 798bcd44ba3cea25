"""A station tells its EVSEs and connectors (OCPP 2.0.1 B07; OCPP 1.6 §4.9, §9.1.21), and Olga takes them over."""

from asgiref.sync import sync_to_async
from django.test import override_settings

from accounts.models import User
from simulator import EvseSpec
from stations.models import Connector, Evse
from tests.admin.filling import fields_of
from tests.admin.test_isolation import logged_in
from tests.conftest import MakeCharger, every_version
from tests.usecases.asking import at_rest

# OCPP 1.6 knows connectors without EVSEs, and says nothing of their kind.
EXPECTED = {
    "1.6": [(1, 1, "Unknown", "", None), (2, 1, "Unknown", "", None)],
    "2.0.1": [(1, 1, "cCCS2", "dc", 150_000), (1, 2, "cCCS2", "dc", 150_000), (2, 1, "sType2", "ac_3", 22_000)],
}
EXPECTED["2.1"] = EXPECTED["2.0.1"]


@every_version
async def test_what_a_station_reports_becomes_what_is_known_of_it(
    make_charger: MakeCharger, olga: User, version: str
) -> None:
    two = EvseSpec(connectors=1 if version == "1.6" else 2, max_power_w=150_000, kind="DC")
    charger = await make_charger(version, evses=[two, EvseSpec()])
    await charger.connect()
    await charger.boot()
    await at_rest(charger)
    await Evse.objects.all().adelete()
    assert await sync_to_async(take_over)(olga) == EXPECTED[version]


def take_over(olga: User) -> list[tuple[int, int, str, str, int | None]]:
    with override_settings(STATIC_ROOT=None):
        client = logged_in(olga)
        station = olga.memberships.get().organization.stations.get()
        url = f"/admin/stations/chargingstation/{station.pk}/evses/"
        shown = fields_of(client.get(f"{url}?reported=1").content.decode(), "hardware")
        assert not Evse.objects.exists()
        assert client.post(url, shown).status_code == 302
    rows = Connector.objects.select_related("evse").order_by("evse__number", "number")
    return [(row.evse.number, row.number, row.type, row.power_type, row.evse.max_power_w) for row in rows]
