"""May this token charge here? (OCPP 1.6 §4.2, OCPP 2.0.1 C01 to C09, standards 24, 25, 73, 75)"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from drivers.masking import mask
from drivers.models import AuthorizationPurpose, AuthorizationRecord, IdToken
from drivers.services import authorize
from drivers.states import AuthorizationStatus, TokenType
from drivers.tokens import Authorization, PresentedToken
from stations.models import ChargingStation
from tests import cast
from tests.conftest import Person

ACCEPTED, UNKNOWN = AuthorizationStatus.ACCEPTED, AuthorizationStatus.UNKNOWN


def present(station: ChargingStation, uid: str, type_: str = "", at: datetime | None = None) -> Authorization:
    return authorize(
        station_id=station.pk,
        token=PresentedToken(uid, type_),
        purpose=AuthorizationPurpose.AUTHORIZE,
        evse_number=2,
        at=at,
    )


def test_a_card_of_the_organization_is_accepted_with_all_a_station_needs(
    old_faithful: ChargingStation, alice: Person, bob: Person
) -> None:
    until = timezone.now() + timedelta(days=30)
    IdToken.objects.filter(pk=alice.card.pk).update(expires_at=until)
    answer = present(old_faithful, alice.uid)
    assert answer == Authorization(
        ACCEPTED,
        "Token is valid",
        token_id=alice.card.pk,
        driver_id=alice.driver.pk,
        group_id="GROUP-AB",
        expires_at=until,
    )


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.swapcase, "  {} ".format])
def test_case_and_blanks_do_not_matter(old_faithful: ChargingStation, alice: Person, spelling: object) -> None:
    assert callable(spelling)
    assert present(old_faithful, spelling(alice.uid)).is_accepted


@pytest.mark.parametrize("padding", ["\x00", "\x10\x0e", "\r\n"])
def test_control_characters_of_a_reader_do_not_matter(
    old_faithful: ChargingStation, alice: Person, padding: str
) -> None:
    assert present(old_faithful, alice.uid + padding).is_accepted
    assert present(old_faithful, padding).status == AuthorizationStatus.INVALID


def test_the_neighbours_card_is_unknown(old_faithful: ChargingStation, charlie: Person) -> None:
    answer = present(old_faithful, charlie.uid)
    assert (answer.status, answer.reason) == (UNKNOWN, "No such token in Harbour Energy")
    assert (answer.token_id, answer.driver_id) == (None, None)


def test_the_same_value_at_two_organizations_is_two_tokens(
    old_faithful: ChargingStation, alice: Person, charlie: Person
) -> None:
    cast.create_token(charlie.driver.organization, alice.uid, driver=charlie.driver)
    assert present(old_faithful, alice.uid).driver_id == alice.driver.pk


@pytest.mark.parametrize(
    ("kept", "presented", "status"),
    [
        (TokenType.ISO14443, "", ACCEPTED),
        (TokenType.EMAID, "", ACCEPTED),
        (TokenType.ISO14443, "ISO14443", ACCEPTED),
        (TokenType.ISO14443, "ISO15693", ACCEPTED),
        (TokenType.ISO15693, "ISO14443", ACCEPTED),
        (TokenType.ISO14443, "eMAID", UNKNOWN),
        (TokenType.EMAID, "ISO14443", UNKNOWN),
        (TokenType.CENTRAL, "Central", ACCEPTED),
        (TokenType.ISO14443, "Central", UNKNOWN),
    ],
)
def test_types_must_fit_except_that_readers_confuse_cards(
    old_faithful: ChargingStation, alice: Person, kept: TokenType, presented: str, status: AuthorizationStatus
) -> None:
    IdToken.objects.update(type=kept)
    assert present(old_faithful, alice.uid, presented).status == status


def test_of_several_types_the_very_one_counts_and_for_1_6_the_card(
    old_faithful: ChargingStation, alice: Person
) -> None:
    organization = old_faithful.organization
    app = cast.create_token(organization, alice.uid, type=TokenType.CENTRAL)
    other = cast.create_token(organization, alice.uid, type=TokenType.ISO15693)
    found = {type_: present(old_faithful, alice.uid, type_).token_id for type_ in ("", "Central", "ISO15693")}
    assert found == {"": alice.card.pk, "Central": app.pk, "ISO15693": other.pk}


def test_a_blocked_token(old_faithful: ChargingStation, alice: Person) -> None:
    IdToken.objects.update(is_blocked=True)
    answer = present(old_faithful, alice.uid)
    assert (answer.status, answer.reason, answer.token_id) == (
        AuthorizationStatus.BLOCKED,
        "Token is blocked",
        alice.card.pk,
    )


def test_a_token_of_an_inactive_driver(old_faithful: ChargingStation, alice: Person) -> None:
    alice.driver.is_active = False
    alice.driver.save()
    answer = present(old_faithful, alice.uid)
    assert (answer.status, answer.reason) == (AuthorizationStatus.BLOCKED, "Driver is inactive")


def test_a_token_expires_at_its_time(old_faithful: ChargingStation, alice: Person) -> None:
    IdToken.objects.update(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = present(old_faithful, alice.uid)
    assert (answer.status, answer.reason) == (AuthorizationStatus.EXPIRED, "Expired on 2026-01-01")
    assert present(old_faithful, alice.uid, at=datetime(2025, 12, 31, tzinfo=UTC)).is_accepted


@pytest.mark.parametrize(
    ("value", "type_", "status"),
    [
        ("", "", AuthorizationStatus.INVALID),
        ("   ", "ISO14443", AuthorizationStatus.INVALID),
        ("", "NoAuthorization", ACCEPTED),
        ("x", "NoAuthorization", UNKNOWN),
    ],
)
def test_an_empty_token(old_faithful: ChargingStation, value: str, type_: str, status: AuthorizationStatus) -> None:
    """C02.FR.02: NoAuthorization has no value, and is accepted."""
    assert present(old_faithful, value, type_).status == status


def test_every_decision_is_recorded_masked(old_faithful: ChargingStation, alice: Person) -> None:
    present(old_faithful, alice.uid, "ISO14443")
    record = AuthorizationRecord.objects.get()
    assert (record.station, record.evse_number, record.token, record.organization) == (
        old_faithful,
        2,
        alice.card,
        old_faithful.organization,
    )
    assert (record.status, record.reason, record.purpose, record.type) == (
        ACCEPTED,
        "Token is valid",
        AuthorizationPurpose.AUTHORIZE,
        "ISO14443",
    )
    assert record.presented == mask(alice.uid) == "••••E5F6"


def test_values_that_are_too_long_are_answered(old_faithful: ChargingStation) -> None:
    assert present(old_faithful, "x" * 5_000, "y" * 500).status == UNKNOWN


def test_records_are_seen_by_the_organization_only(
    old_faithful: ChargingStation, alice: Person, olga: User, charlie: Person
) -> None:
    neighbour = cast.create_staff(charlie.driver.organization, "ned@neighbour.example", Role.OWNER)
    present(old_faithful, alice.uid)
    present(old_faithful, charlie.uid)
    assert AuthorizationRecord.objects.visible_to(olga).count() == 2
    assert not AuthorizationRecord.objects.visible_to(neighbour).exists()


def test_a_decision_costs_three_queries(old_faithful: ChargingStation, alice: Person, bob: Person) -> None:
    with CaptureQueriesContext(connection) as queries:
        present(old_faithful, alice.uid)
    assert len(queries) == 3


def nobody(station: ChargingStation, token: PresentedToken, evse_number: int | None, at: datetime) -> None:
    """An authorizer that has nothing to say."""


def partner(station: ChargingStation, token: PresentedToken, evse_number: int | None, at: datetime) -> Authorization:
    """An authorizer for roaming cards, one of which it does not know."""
    if token.value == "LOST":
        return Authorization(UNKNOWN, "Nordlicht does not know it")
    return Authorization(ACCEPTED, f"Nordlicht allows it at EVSE {evse_number}")


@pytest.mark.parametrize(
    ("uid", "reason"),
    [("ROAMING", "Nordlicht allows it at EVSE 2"), ("LOST", "Nordlicht does not know it"), (None, "Token is blocked")],
)
def test_the_first_answer_that_is_not_unknown_counts(
    old_faithful: ChargingStation, alice: Person, settings: Settings, uid: str | None, reason: str
) -> None:
    IdToken.objects.update(is_blocked=True)
    here = "tests.drivers.test_authorize"
    settings.AUTHORIZERS = [f"{here}.nobody", "drivers.authorizers.local_token", f"{here}.partner"]
    assert present(old_faithful, uid or alice.uid).reason == reason
