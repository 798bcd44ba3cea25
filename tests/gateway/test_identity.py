"""Who knocks: the identity in the request's address, in every form seen in the field (quirks A6 to A10)."""

from asgiref.sync import sync_to_async

from stations.models import RejectedConnection, Site, StationConnection
from stations.states import RefusalCause
from tests.conftest import SECRET, add_station
from tests.gateway.conftest import Door
from tests.gateway.knocking import basic

LONGEST = "L" * 48
FORMS = {
    # how it is written in the request → the identity in the database
    "/ocpp/CP-001": "CP-001",
    "/ocpp/CP_001.a": "CP_001.a",
    "/ocpp/CP%20001": "CP 001",
    "/ocpp/CP%7C001": "CP|001",
    "/ocpp/CP%2F001": "CP/001",
    "/ocpp/%43%50%30%30%31": "CP001",
    "/ocpp/L%C3%A4den": "Läden",
    "/ocpp/cp001": "CP001",
    "/ocpp/CP001/": "CP001",
    "/ocpp//CP001//": "CP001",
    "/ocpp/CP001?token=x": "CP001",
    "/ocpp/CP001/SERIAL-7": "SERIAL-7",
    "/ocpp?cid=CP001": "CP001",
    "/ocpp/?CID=CP001": "CP001",
    f"/ocpp/{LONGEST}": LONGEST,
}


async def test_the_identity_is_found_in_every_form(harbour: Site, door: Door) -> None:
    for identity in set(FORMS.values()):
        await sync_to_async(add_station)(harbour, identity)
    found = {}
    for target, identity in FORMS.items():
        answer = await door(target, authorization=basic(identity, SECRET))
        assert answer.status == 101, target
        newest = await StationConnection.objects.select_related("station").order_by("-opened_at").afirst()
        assert newest is not None
        found[target] = newest.station.identity
    assert found == FORMS


NOBODY = {
    "/": (RefusalCause.BAD_PATH, ""),
    "/ocpp": (RefusalCause.BAD_PATH, ""),
    "/ocpp/": (RefusalCause.BAD_PATH, ""),
    "/ocppCP001": (RefusalCause.BAD_PATH, ""),
    "/OCPP/CP001": (RefusalCause.BAD_PATH, ""),
    "/ocpp/%20": (RefusalCause.BAD_PATH, ""),
    "/ocpp/%00": (RefusalCause.UNKNOWN_IDENTITY, "\ufffd"),
    "/ocpp/CP%00001": (RefusalCause.UNKNOWN_IDENTITY, "CP\ufffd001"),
    "/ocpp?cid=%00": (RefusalCause.UNKNOWN_IDENTITY, "\ufffd"),
    "/ocpp/CP:001": (RefusalCause.UNKNOWN_IDENTITY, "CP:001"),
    "/ocpp/CP%FF001": (RefusalCause.UNKNOWN_IDENTITY, "CP\ufffd001"),
    "/ocpp/%ED%A0%80": (RefusalCause.UNKNOWN_IDENTITY, "\ufffd\ufffd\ufffd"),
    "/ocpp/..%2F..%2Fetc": (RefusalCause.UNKNOWN_IDENTITY, "../../etc"),
    "/ocpp/" + "x" * 10_000: (RefusalCause.UNKNOWN_IDENTITY, "x" * 255),
    "/ocpp/" + "%F0%9F%94%8C" * 300: (RefusalCause.UNKNOWN_IDENTITY, "🔌" * 255),
    "/ocpp/'%3B%20DROP%20TABLE%20x": (RefusalCause.UNKNOWN_IDENTITY, "'; DROP TABLE x"),
}


async def test_who_cannot_be_known_is_told_404_and_shown_to_staff(harbour: Site, door: Door) -> None:
    shown = {}
    for target in NOBODY:
        answer = await door(target, authorization=basic("CP001", SECRET))
        assert answer.status == 404, target
        row = await RejectedConnection.objects.order_by("-last_at").afirst()
        assert row is not None
        shown[target] = (row.cause, row.identity)
        assert row.path == target.partition("?")[0][:500]
    assert shown == NOBODY


async def test_a_path_that_is_no_text_is_a_bad_request(harbour: Site, door: Door) -> None:
    assert (await door("/ocpp/Läden", authorization=basic("x", SECRET))).status == 400
    assert (await door(b"/ocpp/\xff", authorization=basic("x", SECRET))).status == 400


async def test_the_user_name_is_the_identity_whatever_its_case(harbour: Site, door: Door) -> None:
    """Rule 2: identity and Basic user name are equal. A charger that changes its case is the same charger."""
    await sync_to_async(add_station)(harbour, "CP001")
    assert (await door("/ocpp/cp001", authorization=basic("CP001", SECRET))).status == 101
    assert (await door("/ocpp/CP001", authorization=basic("cp001", SECRET))).status == 101
    assert (await door("/ocpp/CP001", authorization=basic("CP002", SECRET))).status == 401
    assert (await door("/ocpp/CP001", authorization=basic("", SECRET))).status == 401
