"""A gateway's statements are prepared; what the schema may do meanwhile."""

from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from simulator import Charger
from tests.conftest import Person

# More than threads and statements until one is prepared.
OFTEN = 30
CHANGE = "ALTER TABLE drivers_idtoken ALTER COLUMN label TYPE varchar({length})"


def change_schema(length: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CHANGE.format(length=length))


@pytest.fixture
def length(alice: Person) -> Iterator[int]:
    """Of the label of a token: as it is now, and again afterwards."""
    length = alice.card._meta.get_field("label").max_length
    assert length is not None
    yield length
    change_schema(length)


@pytest.mark.parametrize("version", ["1.6"])
async def test_a_migration_beside_a_running_gateway_costs_no_answer(
    station: Charger, alice: Person, length: int, version: str
) -> None:
    """PostgreSQL refuses plans whose result is another now (0A000)."""
    authorize = ("Authorize", {"idTag": alice.uid})
    before = [(await station.call(*authorize))["idTagInfo"]["status"] for _ in range(OFTEN)]
    await sync_to_async(change_schema)(length + 1)
    after = [(await station.call(*authorize))["idTagInfo"]["status"] for _ in range(OFTEN)]
    assert before + after == ["Accepted"] * 2 * OFTEN
