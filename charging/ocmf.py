"""Signed meter values in the Open Charge Metering Format: reading them and checking their signature.

Pure: no database, no clock. The format is that of OCMF 1.0 to 1.4. The signature is checked over the bytes as they
came, never over JSON written anew: ``1.10`` and ``1.1`` are two texts. Curves: all of the specification but
secp192k1, which the ``cryptography`` package does not have.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp256k1": ec.SECP256K1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "brainpool256r1": ec.BrainpoolP256R1,
    "brainpool384r1": ec.BrainpoolP384R1,
}
DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"
LARGEST = 200_000
SIGNED_VALUE = re.compile(r"OCMF\|([^|]*)\|([^|]*)", re.DOTALL)
# The shortest key there is has 48 bytes: so many digits are no accident.
HEX_BYTES = re.compile(rb"(?:[0-9A-Fa-f]{2}){48,}")
HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[,.](\d+))?\s*([+-]\d{4}|Z)(?:\s+([UISR]))?")
# Group C of the OBIS code: imported energy of the meter, of the device, of the transaction (OCMF table 25).
IMPORTED = frozenset({"1", "01", "B0", "B1", "B2", "B3"})
INHERITED = ("TM", "TX", "RI", "RU", "RT", "EF", "ST")
BEGIN = "B"
ENDS = frozenset({"E", "L", "R", "A", "P"})
# No meter has counted so far.
LARGEST_WH, SMALLEST_WH = Decimal(10) ** 15, Decimal("0.0001")
MOST_DIGITS = 15
# Zero bytes and half pairs: no text that is kept may hold them.
NO_CHARACTER = re.compile(r"\\u(?:0000|[dD][89a-fA-F]..)")
PER_WH = {"WH": Decimal(1), "KWH": Decimal(1000), "MWH": Decimal(1_000_000)}


class Unreadable(ValueError):
    """It is no OCMF, or broken; the text says how."""


class NotCheckable(ValueError):
    """It can be read, and its signature cannot be checked here: another algorithm or curve."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of RD; what it left out is that of the one before it."""

    at: datetime | None
    time_status: str
    """U unknown, I informative, S synchronised, R relative."""
    transaction: str
    """B begin, C charging, X exception, E L R A P ends, T tariff change."""
    value_wh: Decimal | None
    obis: str
    is_good: bool

    @property
    def is_import(self) -> bool:
        group = self.obis.rpartition(":")[2].partition(".")[0].upper()
        return not self.obis or group in IMPORTED


@dataclass(frozen=True, slots=True)
class Record:
    """A signed value, read."""

    payload: bytes
    told: Mapping[str, Any]
    readings: tuple[Reading, ...]
    algorithm: str
    signature: bytes

    @property
    def meter_serial(self) -> str:
        return str(self.told.get("MS") or self.told.get("GS") or "")

    @property
    def pagination(self) -> str:
        return str(self.told.get("PG") or "")


def parse(text: str) -> Record:
    """Raises Unreadable."""
    found = SIGNED_VALUE.fullmatch(text.strip()) if len(text) <= LARGEST else None
    if found is None:
        raise Unreadable("It is no OCMF: header, payload and signature between bars.")
    told, signed = _object(found[1], "payload"), _object(found[2], "signature")
    return Record(
        payload=found[1].encode(),
        told=told,
        readings=tuple(_readings(told.get("RD"))),
        algorithm=str(signed.get("SA") or DEFAULT_ALGORITHM),
        signature=_signature(signed),
    )


def _object(text: str, what: str) -> dict[str, Any]:
    if NO_CHARACTER.search(text):
        raise Unreadable(f"Its {what} has characters that are none.")
    try:
        told = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"Its {what} is no JSON.") from error
    if not isinstance(told, dict):
        raise Unreadable(f"Its {what} is no object.")
    return told


def _signature(signed: Mapping[str, Any]) -> bytes:
    data = str(signed.get("SD") or "")
    try:
        told = base64.b64decode(data, validate=True) if signed.get("SE") == "base64" else bytes.fromhex(data)
    except ValueError as error:
        raise Unreadable("Its signature cannot be decoded.") from error
    if not told:
        raise Unreadable("It has no signature.")
    return told


def _readings(entries: Any) -> Iterable[Reading]:
    if not isinstance(entries, list):
        raise Unreadable("It has no readings.")
    before: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise Unreadable("A reading is no object.")
        before = {name: entry.get(name, before.get(name)) for name in INHERITED} | {"RV": entry.get("RV")}
        at, time_status = _time(before["TM"])
        yield Reading(
            at=at,
            time_status=time_status,
            transaction=str(before["TX"] or ""),
            value_wh=_value_wh(before["RV"], before["RU"]),
            obis=str(before["RI"] or ""),
            is_good=before["ST"] in (None, "G") and not before["EF"],
        )


def _time(text: Any) -> tuple[datetime | None, str]:
    """``2018-07-24T13:22:04,000+0200 S``."""
    found = TIME.fullmatch(str(text or "").strip())
    if found is None:
        return None, ""
    day, fraction, offset, time_status = found.groups()
    try:
        return datetime.fromisoformat(f"{day}.{(fraction or '0')[:6]:0<6}{offset}"), time_status or ""
    except ValueError:
        return None, ""


def _value_wh(value: Any, unit: Any) -> Decimal | None:
    factor = PER_WH.get(str(unit or "kWh").upper())
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    # Looked at before it is multiplied: Decimal raises an error at a million digits.
    if factor is None or not number.is_finite() or number.adjusted() > MOST_DIGITS:
        return None
    value_wh = (number * factor).quantize(SMALLEST_WH)
    return value_wh if abs(value_wh) < LARGEST_WH else None


def key_of(text: str, algorithm: str = DEFAULT_ALGORITHM) -> ec.EllipticCurvePublicKey:
    """A public key as meters tell it: DER or a point, in hex or base64, PEM, or as OCPP wraps it.

    ``algorithm`` names the curve of a bare point. Raises Unreadable, or NotCheckable for a curve that is not here.
    """
    told = text.strip()
    if told.startswith("-----BEGIN"):
        return _loaded(told.encode(), load_pem_public_key)
    if told.lower().startswith("oca:"):
        return key_of(told.rpartition(":")[2], algorithm)
    raw = _decoded(re.sub(r"[\s:]", "", told))
    if raw.lower().startswith(b"oca:") or HEX_BYTES.fullmatch(raw):
        return key_of(raw.decode("ascii", errors="replace"), algorithm)
    if raw[:1] == b"\x30" and len(raw) != 2 * _size(curve_of(algorithm)):
        return _loaded(raw, load_der_public_key)
    return _point(raw, curve_of(algorithm))


def _decoded(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if HEX.fullmatch(text) else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unreadable("The public key is neither hexadecimal nor base64.") from error


def _loaded(raw: bytes, load: Any) -> ec.EllipticCurvePublicKey:
    try:
        key = load(raw)
    except UnsupportedAlgorithm as error:
        raise NotCheckable("The public key is on a curve that cannot be checked here.") from error
    except ValueError as error:
        raise Unreadable("The public key cannot be read.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise NotCheckable("The public key is none of an elliptic curve.")
    return key


def _point(raw: bytes, curve: ec.EllipticCurve) -> ec.EllipticCurvePublicKey:
    whole = b"\x04" + raw if len(raw) == 2 * _size(curve) else raw
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, whole)
    except ValueError as error:
        raise Unreadable("The public key is no point of its curve.") from error


def _size(curve: ec.EllipticCurve) -> int:
    """Bytes of one coordinate."""
    return (curve.key_size + 7) // 8


def curve_of(algorithm: str) -> ec.EllipticCurve:
    """``ECDSA-secp256r1-SHA256``. Raises NotCheckable."""
    kind, _, rest = algorithm.partition("-")
    name, _, digest = rest.partition("-")
    curve = CURVES.get(name.lower().replace("brainpoolp", "brainpool"))
    if kind.upper() != "ECDSA" or digest.upper() not in {"SHA256", ""} or curve is None:
        raise NotCheckable(f"Signatures by {algorithm[:40]} cannot be checked here.")
    return curve()


def is_signed_by(record: Record, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether the signature is that of this key over the payload as it came. Raises NotCheckable."""
    curve_of(record.algorithm)
    for signature in _forms(record.signature, key.curve):
        try:
            key.verify(signature, record.payload, ec.ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return True
    return False


def _forms(signature: bytes, curve: ec.EllipticCurve) -> Iterable[bytes]:
    """As it is, DER; and some meters write the two numbers behind each other."""
    yield signature
    half = _size(curve)
    if len(signature) == 2 * half:
        yield encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
