"""Which OCPP version is spoken: the client's first that we know, echoed once (standards §7.1 rules 3 and 4)."""

from asgiref.sync import sync_to_async

from accounts.models import Organization
from stations.models import ChargingStation, RejectedConnection, Site, StationConnection
from stations.states import OcppVersion, RefusalCause, UnnamedVersion
from tests.conftest import SECRET, add_station
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic

GOOD = basic("old_faithful", SECRET)

OFFERS = {
    # offered → (echoed, spoken)
    "ocpp1.6": ("ocpp1.6", OcppVersion.V16),
    "ocpp2.0.1": ("ocpp2.0.1", OcppVersion.V201),
    "ocpp2.1": ("ocpp2.1", OcppVersion.V21),
    "ocpp1.6j": ("ocpp1.6j", OcppVersion.V16),
    "OCPP1.6": ("OCPP1.6", OcppVersion.V16),
    "ocpp1.6, ocpp2.0.1": ("ocpp1.6", OcppVersion.V16),
    "ocpp2.0.1,ocpp1.6": ("ocpp2.0.1", OcppVersion.V201),
    "ocpp2.1, ocpp2.0.1, ocpp1.6": ("ocpp2.1", OcppVersion.V21),
    "ocpp2.0, ocpp1.5, ocpp1.6": ("ocpp1.6", OcppVersion.V16),
    "mqtt , ocpp2.0.1 ": ("ocpp2.0.1", OcppVersion.V201),
    None: (None, OcppVersion.V16),
}


async def test_the_first_known_version_is_echoed_once(harbour: Site, door: Door) -> None:
    """A header that came twice would fail in ``knock``."""
    await sync_to_async(add_station)(harbour, "old_faithful")
    heard = {}
    for offer in OFFERS:
        answer = await door(authorization=GOOD, subprotocols=offer)
        assert answer.status == 101
        newest = await StationConnection.objects.order_by("-opened_at").afirst()
        assert newest is not None
        heard[offer] = (answer.subprotocol, newest.ocpp_version)
    assert heard == OFFERS


async def test_only_unknown_versions(harbour: Site, door: Door) -> None:
    await sync_to_async(add_station)(harbour, "old_faithful")
    offers = ["ocpp2.0", "ocpp", "ocpp1.6 ocpp2.0.1", "ocpp%001.6", "x" * 3000]
    for offer in offers:
        answer = await door(authorization=GOOD, subprotocols=offer)
        assert (answer.status, answer.subprotocol) == (101, None)
        assert await answer.close_code() == 1002
    row = await RejectedConnection.objects.aget()
    assert (row.cause, row.count) == (RefusalCause.NO_COMMON_VERSION, len(offers))


async def test_no_version_is_refused_where_the_organization_wants_one(harbour: Site, door: Door) -> None:
    await Organization.objects.filter(pk=harbour.organization_id).aupdate(accepts_missing_subprotocol=False)
    await sync_to_async(add_station)(harbour, "old_faithful")
    answer = await door(authorization=GOOD, subprotocols=None)
    assert (answer.status, answer.subprotocol) == (101, None)
    assert await answer.close_code() == 1002
    row = await RejectedConnection.objects.aget()
    assert (row.cause, row.subprotocols) == (RefusalCause.NO_COMMON_VERSION, "")


async def test_what_a_station_without_a_version_speaks_is_its_own_rule(harbour: Site, door: Door) -> None:
    """It goes before the organization's, both ways; a station that names a version is not asked."""
    station = await sync_to_async(add_station)(harbour, "old_faithful")
    heard: dict[tuple[bool, str], str | None] = {}
    for accepts in (True, False):
        await Organization.objects.filter(pk=harbour.organization_id).aupdate(accepts_missing_subprotocol=accepts)
        for rule in UnnamedVersion.values:
            await ChargingStation.objects.filter(pk=station.pk).aupdate(unnamed_version=rule)
            answer = await door(authorization=GOOD, subprotocols=None)
            assert (answer.status, answer.subprotocol) == (101, None)
            if rule == UnnamedVersion.REFUSED:
                assert await answer.close_code() == 1002
                continue
            newest = await StationConnection.objects.order_by("-opened_at").afirst()
            assert newest is not None
            heard[accepts, rule] = newest.ocpp_version
    assert heard == {(accepts, version.value): version for accepts in (True, False) for version in OcppVersion}
    refusal = await RejectedConnection.objects.aget()
    assert (refusal.cause, refusal.count) == (RefusalCause.NO_COMMON_VERSION, 2)
    assert "form" in refusal.advice
    answer = await door(authorization=GOOD, subprotocols="ocpp2.1")
    assert answer.subprotocol == "ocpp2.1"


async def test_the_version_belongs_to_the_connection(harbour: Site, door: Door) -> None:
    """Some probe with 1.6 and come back with 2.0.1 (quirks A4)."""
    await sync_to_async(add_station)(harbour, "old_faithful")
    await door(authorization=GOOD, subprotocols="ocpp1.6")
    await door(authorization=GOOD, subprotocols="ocpp2.0.1")
    spoken = [row.ocpp_version async for row in StationConnection.objects.order_by("opened_at")]
    assert spoken == [OcppVersion.V16, OcppVersion.V201]
