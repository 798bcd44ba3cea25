"""Chargers nobody entered: adopted by staff, expected, or taken by an organization's rule. The real socket decides."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, Organization, User
from accounts.roles import Role
from simulator import Charger
from stations import services
from stations.errors import CannotAdopt, StationExists
from stations.models import ChargingStation, EnrolmentPolicy, ExpectedStation, RejectedConnection, Site
from stations.states import EnrolmentMode, ExpectedBy, RefusalCause, RefusalHandling, RegistrationStatus
from tests import cast
from tests.conftest import SECRET, MakeCharger
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic

Knock = Callable[..., Coroutine[Any, Any, int]]


@pytest.fixture
def knock(door: Door) -> Knock:
    """The status of a handshake with this identity and password."""

    async def ask(identity: str, password: str = SECRET, **options: Any) -> int:
        answer = await door(f"/ocpp/{identity}", authorization=basic(identity, password), **options)
        return int(answer.status)

    return ask


def policy(organization: Organization, **fields: Any) -> EnrolmentPolicy:
    return EnrolmentPolicy.objects.create(organization=organization, **fields)


async def test_a_refused_charger_is_adopted_and_connects(
    make_charger: MakeCharger, knock: Knock, harbour: Site, olga: User
) -> None:
    assert [await knock("newcomer"), await knock("NEWCOMER")] == [404, 404]
    refusal = await RejectedConnection.objects.select_related("organization").aget(identity="newcomer")
    assert len(refusal.tries_at) == 1
    adoption = await sync_to_async(services.adopt_station)(
        refusal=refusal, organization=harbour.organization, site=harbour, name="New", ocpp_version=None, by=olga
    )
    charger: Charger = await make_charger("2.0.1", "newcomer", is_known=False, password=adoption.secret)
    await charger.connect()
    await charger.boot()
    assert await ChargingStation.objects.online().filter(identity="newcomer", site=harbour).aexists()
    handled = [row.handling async for row in RejectedConnection.objects.all()]
    assert handled == [RefusalHandling.ADOPTED] * 2
    event = await AuditEvent.objects.aget(action="station adopted")
    assert (event.actor_id, adoption.secret in str(event.details)) == (olga.pk, False)
    with pytest.raises(StationExists):
        await sync_to_async(services.adopt_station)(
            refusal=refusal, organization=harbour.organization, site=None, ocpp_version=None, by=olga
        )


async def test_what_has_no_usable_identity_is_not_adopted(door: Door, harbour: Site, olga: User) -> None:
    for target in ("/ocpp/a:b", "/ocpp/" + "x" * 60, "/elsewhere"):
        await door(target)
    async for refusal in RejectedConnection.objects.all():
        with pytest.raises(CannotAdopt):
            await sync_to_async(services.adopt_station)(
                refusal=refusal, organization=harbour.organization, site=None, ocpp_version=None, by=olga
            )
    assert not await ChargingStation.objects.aexists()


async def test_an_adopted_charger_that_is_refused_again_is_in_the_inbox_again(knock: Knock, harbour: Site) -> None:
    await knock("newcomer")
    await RejectedConnection.objects.aupdate(handling=RefusalHandling.ADOPTED)
    await knock("newcomer")
    refusal = await RejectedConnection.objects.aget()
    assert (refusal.handling, refusal.count, len(refusal.tries_at)) == (RefusalHandling.OPEN, 2, 2)
    await RejectedConnection.objects.aupdate(handling=RefusalHandling.DISMISSED)
    for _ in range(60):
        await knock("newcomer")
    refusal = await RejectedConnection.objects.aget()
    assert (refusal.handling, refusal.count, len(refusal.tries_at)) == (RefusalHandling.DISMISSED, 62, 50)
    assert refusal.tries_at == sorted(refusal.tries_at, reverse=True)


async def test_an_expected_charger_comes_in_with_the_password_it_has(
    make_charger: MakeCharger, knock: Knock, harbour: Site
) -> None:
    """From then on that password is the station's: nobody else connects in its name."""
    expected = await ExpectedStation.objects.acreate(organization=harbour.organization, value="NEW-7", site=harbour)
    charger: Charger = await make_charger("1.6", "new-7", is_known=False)
    await charger.connect()
    assert (await charger.boot())["status"] == "Accepted"
    station = await ChargingStation.objects.aget()
    assert (station.site_id, station.organization_id) == (harbour.pk, harbour.organization_id)
    await expected.arefresh_from_db()
    assert (expected.station_id, expected.used_at is None) == (station.pk, False)
    assert await knock("NEW-7", "somebody-elses-password") == 401


async def test_who_is_not_expected_or_proves_nothing_waits_in_the_inbox(
    door: Door, knock: Knock, harbour: Site
) -> None:
    await ExpectedStation.objects.acreate(
        organization=harbour.organization, by=ExpectedBy.PREFIX, value="HAM-", site=harbour
    )
    assert await knock("BER-1") == 404
    assert await knock("HAM-1", "short") == 404
    assert (await door("/ocpp/HAM-1")).status == 404
    assert (await door("/ocpp/HAM-1", authorization=basic("admin", SECRET))).status == 404
    assert await knock("HAM-1", subprotocols="ocpp9.9") == 404
    assert not await ChargingStation.objects.aexists()
    assert await knock("ham-1") == 101


@pytest.mark.parametrize("mode", EnrolmentMode)
async def test_the_rule_for_unknown_chargers(knock: Knock, harbour: Site, mode: EnrolmentMode) -> None:
    await sync_to_async(policy)(harbour.organization, mode=mode, identity_patterns=["ham-*"], most_per_hour=2)
    answers = [await knock(identity) for identity in ("HAM-1", "BER-1", "HAM-2", "HAM-3")]
    assert answers == ([404] * 4 if mode == EnrolmentMode.OFF else [101, 404, 101, 404])
    registrations = {station.registration async for station in ChargingStation.objects.all()}
    assert registrations == ({mode.value} if mode != EnrolmentMode.OFF else set())
    assert await RejectedConnection.objects.filter(cause=RefusalCause.UNKNOWN_IDENTITY).aexists()


async def test_a_pending_charger_with_an_expected_serial_number_is_accepted(
    make_charger: MakeCharger, harbour: Site
) -> None:
    await sync_to_async(policy)(harbour.organization, mode=EnrolmentMode.PENDING, identity_patterns=["*"])
    charger: Charger = await make_charger("2.0.1", "serial-one", is_known=False, serial_number="SN-0815")
    await charger.connect()
    assert (await charger.boot())["status"] == "Pending"
    await ExpectedStation.objects.acreate(
        organization=harbour.organization, by=ExpectedBy.SERIAL, value="sn-0815", site=harbour
    )
    assert (await charger.boot())["status"] == "Accepted"
    station = await ChargingStation.objects.aget()
    assert (station.registration, station.site_id) == (RegistrationStatus.ACCEPTED, harbour.pk)


async def test_a_neighbour_catches_no_charger_by_patterns(knock: Knock, harbour: Site) -> None:
    """Only the key of an organization, or the receiver of unknown stations, decides whose a charger is."""
    neighbour = await sync_to_async(cast.create_organization)("Charlie's Chargers")
    await ExpectedStation.objects.acreate(organization=neighbour, by=ExpectedBy.PREFIX, value="H")
    theirs = await sync_to_async(policy)(neighbour, mode=EnrolmentMode.ACCEPTED, identity_patterns=["*"])
    assert await knock("HAM-1") == 404
    charlie = await sync_to_async(cast.create_staff)(neighbour, "charlie@charlies.example", Role.OWNER)
    key = await sync_to_async(services.set_enrolment_key)(policy=theirs, by=charlie)
    assert await knock("HAM-1", key) == 101
    assert (await ChargingStation.objects.aget()).organization_id == neighbour.pk
    assert key not in str([event.details async for event in AuditEvent.objects.all()])
