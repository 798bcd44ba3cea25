"""Signed meter values: the files of the S.A.F.E. transparency software, all curves we have, and everything broken."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from charging.ocmf import CURVES, NotCheckable, Unreadable, curve_of, is_signed_by, key_of, parse
from charging.states import ReadingContext
from charging.transparency import Entry, Unpacked, judge, plain_key, transparency_file, unpacked

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "ocmf"
EXPECTED: list[dict[str, Any]] = json.loads((VECTORS / "expected_results.json").read_text())
READINGS: list[dict[str, Any]] = [
    {
        "TM": "2026-11-22T12:00:00,000+0100 S",
        "TX": "B",
        "RV": 1.00,
        "RI": "1-b:1.8.0",
        "RU": "kWh",
        "EF": "",
        "ST": "G",
    },
    {"TM": "2026-11-22T13:00:00,000+0100 S", "TX": "E", "RV": 3.50},
]


def values_of(name: str) -> list[tuple[Unpacked, str]]:
    tree = ElementTree.parse(VECTORS / name)  # noqa: S314 - files of our own
    found = []
    for value in tree.getroot().iter("value"):
        data, key = value.findtext("signedData") or "", value.findtext("publicKey") or ""
        found.append((unpacked(data, value.find("signedData").get("format") or ""), key))  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: str(expected["file"]))
def test_the_files_of_the_transparency_software(expected: dict[str, Any]) -> None:
    verified = failed = 0
    for value, key in values_of(expected["file"]):
        if value.format != "OCMF":
            continue
        record = parse(value.text)
        if is_signed_by(record, key_of(key, record.algorithm)):
            verified += 1
        else:
            failed += 1
    assert (verified, failed) == (expected["verified"], expected["failed"])


def payload(*readings: dict[str, Any], **changes: Any) -> str:
    told = {"FV": "1.0", "GS": "G1", "MS": "M1", "PG": "T1", "RD": list(readings or READINGS)}
    return json.dumps(told | changes)


def signed(
    text: str, key: ec.EllipticCurvePrivateKey, algorithm: str = "", *, raw: bool = False, code: str = "hex"
) -> str:
    signature = key.sign(text.encode(), ec.ECDSA(SHA256()))
    if raw:
        size = (key.curve.key_size + 7) // 8
        signature = b"".join(number.to_bytes(size) for number in decode_dss_signature(signature))
    told = {"SD": signature.hex() if code == "hex" else base64.b64encode(signature).decode()}
    told |= {"SA": algorithm} if algorithm else {}
    told |= {"SE": code} if code != "hex" else {}
    return f"OCMF|{text}|{json.dumps(told)}"


def der(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.fixture(scope="module")
def meter() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("raw", [False, True], ids=["der", "two numbers"])
def test_every_curve_that_we_have(name: str, raw: bool) -> None:
    algorithm = f"ECDSA-{name}-SHA256"
    key = ec.generate_private_key(CURVES[name]())
    record = parse(signed(payload(), key, algorithm, raw=raw, code="base64"))
    assert is_signed_by(record, key_of(point(key).hex(), algorithm))
    other = ec.generate_private_key(CURVES[name]())
    assert not is_signed_by(record, key_of(point(other).hex(), algorithm))


@pytest.mark.parametrize("algorithm", ["ECDSA-secp192k1-SHA256", "RSA-2048-SHA256", "ECDSA-secp256r1-SHA1", "none"])
def test_what_we_do_not_have_is_said(algorithm: str, meter: ec.EllipticCurvePrivateKey) -> None:
    with pytest.raises(NotCheckable):
        curve_of(algorithm)
    with pytest.raises(NotCheckable):
        is_signed_by(parse(signed(payload(), meter, algorithm)), meter.public_key())


def test_public_keys_in_all_their_wrappings(meter: ec.EllipticCurvePrivateKey) -> None:
    told = der(meter).hex()
    forms = [
        told,
        told.upper(),
        " ".join(re.findall("..", told)) + "\n",
        base64.b64encode(der(meter)).decode(),
        point(meter).hex(),
        point(meter)[1:].hex(),
        base64.b64encode(point(meter)).decode(),
        meter.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        base64.b64encode(told.encode()).decode(),
        f"oca:base16:asn1:{told}",
        base64.b64encode(f"oca:base16:asn1:{told}".encode()).decode(),
        base64.b64encode(f"oca:base64:asn1:{base64.b64encode(der(meter)).decode()}".encode()).decode(),
    ]
    assert [key_of(form).public_numbers() for form in forms] == [meter.public_key().public_numbers()] * len(forms)


@pytest.mark.parametrize("text", ["", "xyz", "00", "04" + "00" * 64, "30" * 40, "-----BEGIN PUBLIC KEY-----\nx"])
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(Unreadable):
        key_of(text)


def test_a_key_that_is_no_elliptic_one_cannot_be_used() -> None:
    rsa = "305c300d06092a864886f70d0101010500034b003048024100" + "c1" * 64 + "0203010001"
    with pytest.raises(NotCheckable):
        key_of(rsa)


def test_every_byte_of_the_payload_counts(meter: ec.EllipticCurvePrivateKey) -> None:
    """Also where the JSON means the same: 1.0 and 1.00 are two texts."""
    text = signed(payload(), meter)
    assert is_signed_by(parse(text), meter.public_key())
    for old, new in (('"RV": 1.0', '"RV": 1.00'), ('"M1"', '"M2"'), ('"FV": "1.0"', '"FV":"1.0"')):
        assert old in text
        assert not is_signed_by(parse(text.replace(old, new, 1)), meter.public_key())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OCMF",
        "OCMF|{}",
        "OCMF|{}|{}",
        "OCMF|[]|{}",
        "OCMF|{|}|{}",
        'OCMF|{"RD":[]}|{"SD":"zz"}',
        'OCMF|{"RD":{}}|{"SD":"00"}',
        'OCMF|{"RD":[1]}|{"SD":"00"}',
        'OCMF|{"RD":[]}|{"SD":"="," SE":"base64"}',
        "OCMF|" + "[" * 5000 + "|{}",
        "EDL|{}|{}",
        "OCMF|" + "x" * 300_000,
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


def test_readings_inherit_and_odd_ones_mean_nothing(meter: ec.EllipticCurvePrivateKey) -> None:
    odd: list[dict[str, Any]] = [
        {"TM": "yesterday", "RV": "many"},
        {"RV": "       9.038", "RU": "kWh"},
        {"RV": 7, "RU": "V"},
    ]
    record = parse(signed(payload(*READINGS, *odd), meter))
    assert [reading.value_wh for reading in record.readings] == [1000, 3500, None, 9038, None]
    assert record.readings[1].obis == "1-b:1.8.0"
    assert [reading.at is None for reading in record.readings] == [False, False, True, True, True]


def test_begin_and_end_in_two_records_are_compared_with_what_is_billed(meter: ec.EllipticCurvePrivateKey) -> None:
    begin = parse(signed(payload(READINGS[0], PG="T7"), meter))
    end = parse(signed(payload({**READINGS[0], "TX": "E", "RV": 3.5}, PG="T8"), meter))
    told = judge([end, begin], billed_wh=2500)
    assert [told.begin_wh, told.end_wh, told.energy_wh] == [1000, 3500, 2500]
    assert (told.meter_serial, told.findings) == ("M1", ())
    assert judge([begin], billed_wh=None).findings == ()


def test_findings(meter: ec.EllipticCurvePrivateKey) -> None:
    begin = parse(signed(payload({**READINGS[0], "ST": "T"}, PG="T7"), meter))
    end = parse(
        signed(
            payload({**READINGS[0], "TX": "E", "TM": "2026-11-22T12:00:00,000+0100 U", "RV": 9}, PG="T9", MS="M2"),
            meter,
        )
    )
    findings = " ".join(judge([begin, end], billed_wh=2500).findings)
    for sign in ("different meters", "Numbers are missing", "not to be used", "not synchronised", "8.000 kWh"):
        assert sign in findings
    assert "marked as the end" in " ".join(judge([begin], billed_wh=1).findings)
    assert "marked as the begin" in " ".join(judge([end], billed_wh=1).findings)


def test_exported_energy_is_not_what_is_billed(meter: ec.EllipticCurvePrivateKey) -> None:
    export = [{**READINGS[0], "RI": "1-0:2.8.0", "RV": 5}, {"TX": "E", "RV": 6}]
    told = judge([parse(signed(payload(*export), meter))], billed_wh=0)
    assert told.energy_wh is None


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex().upper(),
    "the note's JSON": lambda text: json.dumps(
        {
            "signedMeterData": base64.b64encode(text.encode()).decode(),
            "signingMethod": "",
            "encodingMethod": "OCMF",
            "publicKey": "KEY",
        }
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_wrappings_of_ocpp(wrapping: str, meter: ec.EllipticCurvePrivateKey) -> None:
    text = signed(payload(), meter)
    value = unpacked(WRAPPINGS[wrapping](text))
    assert (value.text, value.format) == (text, "OCMF")
    assert value.public_key == ("KEY" if wrapping == "the note's JSON" else "")


@pytest.mark.parametrize("data", ["", "1B1B1B1B", "<xml/>", "{", "[]", '{"signedMeterData": 7}', "\x00\ud7ff"])
def test_other_formats_stay_as_they_are(data: str) -> None:
    assert unpacked(data, "EDL").format in {"EDL", ""}


def test_the_file_holds_what_the_transparency_software_needs(meter: ec.EllipticCurvePrivateKey) -> None:
    text, key = (
        signed(payload(ID="<&>"), meter),
        base64.b64encode(f"oca:base16:asn1:{der(meter).hex()}".encode()).decode(),
    )
    file = transparency_file(42, [Entry(Unpacked(text, "OCMF", key), ReadingContext.END)])
    [value] = ElementTree.fromstring(file).iter("value")  # noqa: S314
    assert value.attrib == {"transactionId": "42", "context": "Transaction.End"}
    data, told = value.find("signedData"), value.find("publicKey")
    assert data is not None
    assert told is not None
    assert (data.text, data.attrib) == (text, {"format": "OCMF", "encoding": "plain"})
    assert told.text == der(meter).hex() == plain_key(key)
