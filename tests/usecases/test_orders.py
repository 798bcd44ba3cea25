"""One session's messages in every order they can arrive in. The energy is right, whatever the order.

start 1000 Wh ── 1200 Wh ── 1400 Wh ── stop 1500 Wh
"""

import itertools

import pytest
from asgiref.sync import sync_to_async

from charging.models import Session, SessionAnomaly
from charging.states import AnomalyStatus
from simulator import Charger
from stations.models import Site
from tests import cast
from tests.conftest import every_version
from tests.usecases.telling import VERSIONS_2, Message, Telling

ORDERS = list(itertools.permutations(range(4)))
ENERGY_WH = 500


def _messages(telling: Telling) -> list[Message]:
    return [
        telling.start_message(1000),
        telling.reading_message(1200, 10),
        telling.reading_message(1400, 20),
        telling.stop_message(1500, 30, **({"idTag": telling.uid} if telling.version == "1.6" else {})),
    ]


def _with_id(message: Message, transaction_id: str) -> Message:
    """OCPP 1.6: the id the station knows by now; -1 while its start has no answer (errata, rule 41)."""
    action, payload = message
    return action, payload | ({"transactionId": int(transaction_id)} if "transactionId" in payload else {})


async def _say(telling: Telling, messages: list[Message]) -> None:
    for message in messages:
        said = _with_id(message, telling.transaction_id) if telling.version == "1.6" else message
        answer = await telling.charger.call(*said)
        telling.transaction_id = str(answer.get("transactionId", telling.transaction_id))


@every_version
async def test_every_order_ends_in_the_same_session(station: Charger, harbour: Site, version: str) -> None:
    """Everything is sent once more at the end, too. Rule 41. Rule 43. Rule 68. Rule 69."""
    for number, order in enumerate(ORDERS, start=1):
        uid = f"04{number:012X}"
        token = await sync_to_async(cast.create_token)(harbour.organization, uid)
        telling = Telling(station, uid, evse=number, transaction_id="-1" if version == "1.6" else f"order-{number}")
        messages = _messages(telling)
        await _say(telling, [messages[index] for index in order])
        await _say(telling, messages)
        session = await Session.objects.aget(token=token)
        found = (session.is_ongoing, session.energy_wh, session.evse_number)
        assert found == (False, ENERGY_WH, number), order
        open_anomalies = SessionAnomaly.objects.filter(session=session, status=AnomalyStatus.OPEN)
        assert [row.kind async for row in open_anomalies] == [], order
    assert await Session.objects.acount() == len(ORDERS)


@pytest.mark.parametrize("version", VERSIONS_2)
async def test_any_message_may_be_lost(station: Charger, harbour: Site, version: str) -> None:
    """What is lost is told to staff, and no energy is invented. Rule 69."""
    for lost in range(4):
        uid = f"04{lost:012X}"
        await sync_to_async(cast.create_token)(harbour.organization, uid)
        telling = Telling(station, uid, evse=lost + 1, transaction_id=f"lost-{lost}")
        messages = _messages(telling)
        await _say(telling, messages[:lost] + messages[lost + 1 :])
        session = await Session.objects.aget(transaction_id=telling.transaction_id)
        assert session.energy_wh <= ENERGY_WH
        kinds = {row.kind async for row in SessionAnomaly.objects.filter(session=session)}
        if lost == 3:
            assert (session.is_ongoing, session.energy_wh) == (True, 400)
        else:
            assert (session.is_ongoing, kinds) == (False, {"missing_start"} if lost == 0 else {"sequence_gap"})
