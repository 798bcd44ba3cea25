"""May this token charge here? OCPP 1.6 §4.1, OCPP 2.0.1 block C."""

from datetime import timedelta

import pytest
from django.utils import timezone

from drivers.models import AuthorizationPurpose, AuthorizationRecord, Driver, IdToken
from drivers.states import AuthorizationStatus
from simulator import Charger
from tests.conftest import Person, every_version
from tests.usecases.telling import VERSIONS_2, Payload, id_token

every_2_x = pytest.mark.parametrize("version", VERSIONS_2)


async def ask(station: Charger, uid: str, type_: str = "ISO14443") -> Payload:
    """The answer to an Authorize: idTagInfo or idTokenInfo."""
    if station.version == "1.6":
        answer = await station.call("Authorize", {"idTag": uid})
    else:
        answer = await station.call("Authorize", {"idToken": id_token(uid, type_)})
    info: Payload = answer.get("idTagInfo") or answer["idTokenInfo"]
    return info


async def newest_record() -> AuthorizationRecord:
    record = await AuthorizationRecord.objects.order_by("-pk").afirst()
    assert record is not None
    return record


@every_version
async def test_C01_a_good_card_is_accepted(station: Charger, alice: Person, version: str) -> None:
    """TC_003_CSMS, TC_E_04_CSMS."""
    assert (await ask(station, alice.uid))["status"] == "Accepted"
    record = await newest_record()
    assert (record.status, record.purpose) == (AuthorizationStatus.ACCEPTED, AuthorizationPurpose.AUTHORIZE)
    assert (record.token_id, record.reason) == (alice.card.pk, "Token is valid")
    assert alice.uid not in record.presented


@every_version
async def test_C01_a_blocked_card_is_refused(station: Charger, alice: Person, version: str) -> None:
    """TC_023_3_CSMS, TC_C_06_CSMS."""
    await IdToken.objects.aupdate(is_blocked=True)
    assert (await ask(station, alice.uid))["status"] == "Blocked"
    assert (await newest_record()).reason == "Token is blocked"


@every_version
async def test_a_card_of_an_inactive_driver_is_blocked(station: Charger, alice: Person, version: str) -> None:
    await Driver.objects.aupdate(is_active=False)
    assert (await ask(station, alice.uid))["status"] == "Blocked"
    assert (await newest_record()).reason == "Driver is inactive"


@every_version
async def test_C01_an_expired_card_is_refused(station: Charger, alice: Person, version: str) -> None:
    """TC_023_2_CSMS, TC_C_07_CSMS. The date is told, so that the station forgets the card."""
    expired_at = timezone.now() - timedelta(days=2)
    await IdToken.objects.aupdate(expires_at=expired_at)
    info = await ask(station, alice.uid)
    told = info.get("expiryDate") or info["cacheExpiryDateTime"]
    assert (info["status"], told) == ("Expired", f"{expired_at:%Y-%m-%dT%H:%M:%S}Z")
    assert (await newest_record()).status == AuthorizationStatus.EXPIRED


@every_version
async def test_C01_a_card_nobody_knows_is_refused(station: Charger, version: str) -> None:
    """TC_023_1_CSMS, TC_C_02_CSMS: Invalid in 1.6, Unknown in 2.x."""
    assert (await ask(station, "DEADBEEF"))["status"] == ("Invalid" if version == "1.6" else "Unknown")
    record = await newest_record()
    assert (record.status, record.token_id) == (AuthorizationStatus.UNKNOWN, None)
    assert record.reason == "No such token in Harbour Energy"


@every_version
async def test_the_neighbours_card_opens_nothing_here(station: Charger, charlie: Person, version: str) -> None:
    """Charlie's card is good, but not at Harbour Energy: and nothing of it is told."""
    info = await ask(station, charlie.uid)
    assert info == {"status": "Invalid" if version == "1.6" else "Unknown"}
    assert (await newest_record()).token_id is None


@every_version
async def test_a_token_is_compared_without_regard_to_case(station: Charger, alice: Person, version: str) -> None:
    """Rule 24."""
    for spelling in (alice.uid.lower(), alice.uid.upper(), alice.uid.swapcase()):
        assert (await ask(station, spelling))["status"] == "Accepted"


@every_version
async def test_C09_a_group_is_told(station: Charger, alice: Person, bob: Person, version: str) -> None:
    """TC_C_39_CSMS, TC_053_CSMS. Rule 25."""
    for person in (alice, bob):
        info = await ask(station, person.uid)
        group = info.get("parentIdTag") or info["groupIdToken"]["idToken"]
        assert (info["status"], group) == ("Accepted", "GROUP-AB")


@every_version
async def test_a_groups_id_is_no_card(station: Charger, alice: Person, bob: Person, version: str) -> None:
    """Rule 25: a token is not compared with the group's id."""
    assert (await ask(station, "GROUP-AB"))["status"] in {"Invalid", "Unknown"}


@every_version
async def test_an_empty_token_is_invalid(station: Charger, version: str) -> None:
    """Quirk 87."""
    assert (await ask(station, ""))["status"] == "Invalid"
    assert (await newest_record()).reason == "Empty token"


@every_2_x
async def test_C02_where_no_authorization_is_needed_the_empty_token_is_good(station: Charger, version: str) -> None:
    """C02.FR.02. Rule 73."""
    assert (await ask(station, "", "NoAuthorization"))["status"] == "Accepted"


@every_2_x
async def test_the_type_belongs_to_the_token(station: Charger, alice: Person, version: str) -> None:
    """Two kinds of RFID are read alike in the field; a key code is something else. Rule 24."""
    assert (await ask(station, alice.uid, "ISO15693"))["status"] == "Accepted"
    assert (await ask(station, alice.uid, "KeyCode"))["status"] == "Unknown"


async def test_1_6_has_no_types(station_16: Charger, alice: Person) -> None:
    """An eMAID or an app's token is looked up whatever its type."""
    await IdToken.objects.aupdate(type="Central")
    assert (await ask(station_16, alice.uid))["status"] == "Accepted"


async def test_a_tag_longer_than_allowed_is_taken_as_it_is(station_16: Charger, alice: Person) -> None:
    """Quirk 85: 21 characters. It is not cut to somebody else's tag."""
    assert (await ask(station_16, f"{alice.uid}0123456789ABCDEF"))["status"] == "Invalid"


@every_version
async def test_a_card_presented_at_a_start_is_judged_again(station: Charger, alice: Person, version: str) -> None:
    """TC_007_CSMS, TC_C_08_CSMS, TC_C_20_CSMS. What a station remembers may be stale. Rule 39. Rule 73."""
    assert (await ask(station, alice.uid))["status"] == "Accepted"
    await IdToken.objects.aupdate(is_blocked=True)
    station.authorizes_before_start = False
    station.settings.stops_on_invalid_id = False
    await station.start_charging(alice.uid)
    record = await newest_record()
    assert (record.purpose, record.status) == (AuthorizationPurpose.START, AuthorizationStatus.BLOCKED)


@every_version
async def test_energy_before_the_refusal_counts(station: Charger, alice: Person, version: str) -> None:
    """TC_037_3_CSMS, TC_E_16_CSMS: refused at its start, the station ends it as DeAuthorized. Rule 39. Rule 77."""
    await IdToken.objects.aupdate(is_blocked=True)
    station.authorizes_before_start = False
    await station.start_charging(alice.uid)
    await station.settle()
    session = await alice.card.sessions.aget()
    assert (session.stop_reason, session.authorization_status) == ("DeAuthorized", AuthorizationStatus.BLOCKED)
