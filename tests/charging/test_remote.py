"""Starting and stopping from afar (OCPP 1.6 §5.11, §5.12; OCPP 2.0.1 F01 to F03)."""

import pytest

from accounts.models import User
from charging import services
from charging.commands import RemoteStart, RemoteStop
from charging.errors import SessionAlreadyEnded, TokenRefused
from charging.models import Session
from drivers.models import AuthorizationPurpose, AuthorizationRecord, IdToken
from stations.commands import request_of
from stations.models import Command
from tests.charging.station import ReportingStation
from tests.conftest import Person


def test_a_remote_start_is_a_command_with_a_number_of_its_own(
    modern: ReportingStation, alice: Person, bob: Person, olga: User
) -> None:
    card = IdToken.objects.get(pk=alice.card.pk)
    commands = [
        services.remote_start(station=modern.row, evse_number=number, token=card, by=olga) for number in (1, None)
    ]
    first, second = [request_of(command) for command in commands]
    assert (first.token, first.token_type, first.evse_number, first.group_id) == (
        alice.uid,
        "ISO14443",
        1,
        "GROUP-AB",
    )
    assert isinstance(first, RemoteStart)
    assert 0 < first.remote_start_id < second.remote_start_id < 2**31
    assert {command.requested_by for command in commands} == {olga}
    assert AuthorizationRecord.objects.filter(purpose=AuthorizationPurpose.REMOTE).count() == 2


def test_a_token_that_may_not_charge_there_is_not_sent(
    modern: ReportingStation, alice: Person, charlie: Person, olga: User
) -> None:
    IdToken.objects.filter(pk=alice.card.pk).update(is_blocked=True)
    for person in (alice, charlie):
        with pytest.raises(TokenRefused):
            services.remote_start(station=modern.row, token=person.card, by=olga)
    assert not Command.objects.exists()


def test_a_remote_stop_names_the_stations_transaction(modern: ReportingStation, alice: Person, olga: User) -> None:
    modern.start(uid=alice.uid, transaction_id="theirs")
    command = services.remote_stop(session=Session.objects.get(), by=olga)
    assert request_of(command) == RemoteStop(transaction_id="theirs")


def test_an_ended_session_cannot_be_stopped(old_faithful: ReportingStation, alice: Person, olga: User) -> None:
    session = old_faithful.start(uid=alice.uid).session
    assert session is not None
    old_faithful.end(session.transaction_id, 10, 2_000)
    with pytest.raises(SessionAlreadyEnded):
        services.remote_stop(session=Session.objects.get(), by=olga)
    assert not Command.objects.exists()
