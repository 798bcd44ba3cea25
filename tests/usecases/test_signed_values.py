"""Signed meter values from the socket to the verdict on the session: both transports of the standard."""

import base64
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from charging.models import Session, SignatureReport, SignedReading
from charging.services import check_signatures
from charging.states import SignatureVerdict
from stations.commands import GetVariables
from stations.models import MeterKey
from tests import cast
from tests.charging.test_ocmf import READINGS, der, payload, signed
from tests.usecases.quirks import Quirky, event, minute, stamp

VERIFIED, WRONG, NO_KEY = SignatureVerdict.VERIFIED, SignatureVerdict.WRONG, SignatureVerdict.NO_KEY


@pytest.fixture(scope="module")
def meter() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def printed(meter: ec.EllipticCurvePrivateKey) -> str:
    return der(meter).hex().upper()


def ocmf(meter: ec.EllipticCurvePrivateKey, **changes: Any) -> str:
    """1.000 to 3.500 kWh in one container."""
    return signed(payload(*READINGS, **changes), meter)


async def charge(quirky: Quirky, *values: str, stop: int = 3500, begin: int = 0) -> Session:
    """A session of 2.5 kWh whose stop brings these signed values."""
    transaction_id = await quirky.start(1000, minute(begin))
    data = [
        {
            "timestamp": stamp(minute(30 + number)),
            "sampledValue": [{"value": value, "format": "SignedData", "context": "Transaction.End"}],
        }
        for number, value in enumerate(values)
    ]
    await quirky.stop(transaction_id, stop, minute(60), transactionData=data)
    return await quirky.session(transaction_id=str(transaction_id))


async def report_of(session: Session) -> SignatureReport:
    await sync_to_async(check_signatures)()
    return await SignatureReport.objects.aget(session=session)


async def test_16_with_the_key_of_the_note(quirky: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    """OCA application note: JSON in the value, with the key in it. Byte for byte in the database. Defect 16."""
    await quirky.connect()
    container = {
        "signedMeterData": base64.b64encode(ocmf(meter).encode()).decode(),
        "signingMethod": "",
        "encodingMethod": "OCMF",
        "publicKey": base64.b64encode(f"oca:base16:asn1:{printed(meter)}".encode()).decode(),
    }
    session = await charge(quirky, json.dumps(container))
    row = await SignedReading.objects.aget(session=session)
    assert (row.data, row.verdict) == (json.dumps(container), "")
    report = await report_of(session)
    assert (report.verdict, report.findings, report.is_final) == (VERIFIED, [], True)
    assert report.energy_wh == 2500
    assert (await SignedReading.objects.aget(pk=row.pk)).key_source == "value"


async def test_201_with_the_key_in_the_value(quirky_2: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    await quirky_2.connect()
    value = {
        "signedMeterData": base64.b64encode(ocmf(meter).encode()).decode(),
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": base64.b64encode(printed(meter).encode()).decode(),
    }
    sampled = {"value": 3500, "context": "Transaction.End", "signedMeterValue": value}
    await quirky_2.call("TransactionEvent", event("Started", "ts", 0, 1000, minute(0), evse={"id": 1}))
    values = [{"timestamp": stamp(minute(60)), "sampledValue": [sampled]}]
    await quirky_2.call("TransactionEvent", event("Ended", "ts", 1, None, minute(60), meterValue=values))
    report = await report_of(await quirky_2.session())
    assert (report.verdict, report.findings) == (VERIFIED, [])
    assert [report.begin_wh, report.end_wh] == [1000, 3500]


async def test_the_key_of_the_stations_configuration(quirky: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    await quirky.connect()
    await quirky.rest()
    keys = [{"key": "MeterPublicKey1", "readonly": True, "value": printed(meter)}]
    await quirky.outcome(GetVariables(), {"configurationKey": keys})
    session = await charge(quirky, ocmf(meter))
    assert (await report_of(session)).verdict == VERIFIED
    assert (await SignedReading.objects.aget(session=session)).key_source == "station"


async def test_without_a_key_until_staff_enter_one(
    quirky: Quirky, meter: ec.EllipticCurvePrivateKey, settings: Settings
) -> None:
    """Through the admin; what was not checked, or by another key, is checked again."""
    settings.STATIC_ROOT = None
    await quirky.connect()
    session = await charge(quirky, ocmf(meter))
    assert (await report_of(session)).verdict == NO_KEY
    station = await quirky.row()

    def enter(public_key: str) -> int:
        client = Client(headers={"host": "localhost"})
        client.force_login(olga)
        fields = {"station": station.pk, "public_key": public_key, "note": "type plate"}
        return client.post(reverse("admin:stations_meterkey_add"), fields).status_code

    olga: User = await sync_to_async(cast.create_staff)(
        quirky.place.site.organization, "olga@signed.example", Role.OPERATOR
    )
    assert await sync_to_async(enter)("this is no key") == 200
    assert await sync_to_async(enter)(printed(ec.generate_private_key(ec.SECP256R1()))) == 302
    assert (await report_of(session)).verdict == WRONG
    await MeterKey.objects.filter(station=station).adelete()
    assert await sync_to_async(enter)(printed(meter)) == 302
    assert (await report_of(session)).verdict == VERIFIED
    assert (await SignedReading.objects.aget(session=session)).key_source == "staff"

    def seen() -> tuple[str, str]:
        client = Client(headers={"host": "localhost"})
        client.force_login(olga)
        page = client.get(reverse("console:session", args=[session.pk])).content.decode()
        return page, client.get(reverse("console:session_transparency", args=[session.pk])).content.decode()

    page, file = await sync_to_async(seen)()
    assert "Verified" in page
    assert printed(meter) in file
    assert "OCMF|" in file


# The values of a session; the verdict on all of them.
VERDICTS: dict[str, tuple[list[Any], SignatureVerdict]] = {
    "changed": (['"RV": 3.5', '"RV": 3.6'], WRONG),
    "not OCMF": (["OCMF", "EDL40"], SignatureVerdict.NOT_CHECKABLE),
    "broken": (['"RD"', '"R"'], SignatureVerdict.UNREADABLE),
}


@pytest.mark.parametrize("case", VERDICTS)
async def test_verdicts(quirky: Quirky, meter: ec.EllipticCurvePrivateKey, case: str) -> None:
    (old, new), verdict = VERDICTS[case]
    await quirky.connect()
    await MeterKey.objects.acreate(station=await quirky.row(), public_key=printed(meter))
    session = await charge(quirky, ocmf(meter).replace(old, new, 1))
    report = await report_of(session)
    assert report.verdict == verdict
    assert report.energy_wh is None


async def test_one_true_and_one_that_cannot_be_checked(quirky: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    await quirky.connect()
    await MeterKey.objects.acreate(station=await quirky.row(), public_key=printed(meter))
    session = await charge(quirky, ocmf(meter), "1B1B1B1B01010101")
    report = await report_of(session)
    assert report.verdict == SignatureVerdict.MIXED
    assert report.energy_wh == 2500


async def test_what_is_billed_differs_from_what_is_signed(quirky: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    await quirky.connect()
    await MeterKey.objects.acreate(station=await quirky.row(), public_key=printed(meter))
    session = await charge(quirky, ocmf(meter), stop=4000)
    report = await report_of(session)
    assert report.verdict == VERIFIED
    assert report.findings == ["Signed are 2.500 kWh, the session has 3.000 kWh."]


async def test_a_value_is_kept_and_checked_once(quirky: Quirky, meter: ec.EllipticCurvePrivateKey) -> None:
    await quirky.connect()
    await MeterKey.objects.acreate(station=await quirky.row(), public_key=printed(meter))
    transaction_id = await quirky.start(1000, minute(0))
    begin = signed(payload(READINGS[0]), meter)
    for _ in range(2):
        await quirky.read(transaction_id, {"value": begin, "format": "SignedData", "context": "Transaction.Begin"})
    session = await quirky.session()
    report = await report_of(session)
    assert (report.verdict, report.findings, report.is_final) == (VERIFIED, [], False)
    await quirky.stop(transaction_id, 3500, minute(60))
    assert await SignedReading.objects.filter(session=session).acount() == 1
    assert (await report_of(session)).findings == ["No value is marked as the end."]


ODD_READINGS: list[dict[str, Any]] = [
    {"RV": 10**30},
    {"RV": "1e999999"},
    {"RV": "1e-999999"},
    {"RV": "-1e15", "RU": "Wh"},
]
ODD_PAYLOADS: list[dict[str, Any]] = [
    *({"RD": [READINGS[0] | odd, READINGS[1] | odd]} for odd in ODD_READINGS),
    {"MS": "M\x001"},
    {"MS": "M\ud8001"},
    {"PG": "T" + "9" * 5000},
    {"RD": "none"},
]


@pytest.mark.parametrize("number", range(len(ODD_PAYLOADS)))
async def test_no_signed_value_keeps_the_others_from_being_checked(
    quirky: Quirky, meter: ec.EllipticCurvePrivateKey, number: int
) -> None:
    """A meter signs what nobody can count with or keep, in each way a station may wrap it."""
    await quirky.connect()
    await sync_to_async(MeterKey.objects.create)(station=await quirky.row(), evse_number=1, public_key=printed(meter))
    odd = ocmf(meter, **ODD_PAYLOADS[number])
    plain = {"signedMeterData": odd, "encodingMethod": "OCMF", "publicKey": printed(meter)}
    halved = {"signedMeterData": "OCMF|\ud800|{}", "publicKey": "-----BEGIN\ud800", "encodingMethod": "\x00"}
    await charge(quirky, odd, json.dumps(plain), json.dumps(halved))
    session = await charge(quirky, ocmf(meter), begin=1)
    assert (await report_of(session)).verdict == VERIFIED
    assert not await SignedReading.objects.filter(verdict="").aexists()
