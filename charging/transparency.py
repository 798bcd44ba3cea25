"""What is signed in a session, as a whole; and the file that the S.A.F.E. transparency software opens. Pure."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from charging.ocmf import BEGIN, ENDS, Reading, Record
from charging.states import ReadingContext

PAGE = re.compile(r"([A-Z]+)(\d{1,18})")
# The registers of OCPP are whole Wh; a meter may tell fractions.
ROUNDING_WH = 5


class Unpacked(NamedTuple):
    """What a station sent, out of its wrappings."""

    text: str
    format: str
    public_key: str


def unpacked(data: str, encoding_method: str = "", public_key: str = "") -> Unpacked:
    """OCMF comes as it is, in base64 (OCPP 2.x), in hex (OCPP 1.6), or in the JSON of the OCA's application note."""
    text = data.strip()
    if text.startswith("{"):
        told = _object(text)
        if "signedMeterData" in told:
            inner = unpacked(_written(told["signedMeterData"]), _written(told.get("encodingMethod")))
            return Unpacked(inner.text, inner.format, public_key or _written(told.get("publicKey")))
    if not text.startswith("OCMF|"):
        text = _plain(text) or text
    return Unpacked(text, "OCMF" if text.startswith("OCMF|") else encoding_method[:50], public_key)


def _written(told: object) -> str:
    """Half pairs and zero bytes, which JSON can name, are no characters."""
    return str(told or "").encode(errors="replace").decode().replace("\0", "?")


def _object(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _plain(text: str) -> str:
    """OCMF behind hex or base64; empty if there is none."""
    compact = "".join(text.split())
    for decode in (bytes.fromhex, _from_base64):
        try:
            plain = decode(compact).decode()
        except ValueError:
            continue
        if plain.startswith("OCMF|"):
            return plain
    return ""


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


@dataclass(frozen=True, slots=True)
class Signed:
    """What verified values tell of a session."""

    begin_wh: Decimal | None = None
    end_wh: Decimal | None = None
    meter_serial: str = ""
    findings: tuple[str, ...] = ()

    @property
    def energy_wh(self) -> Decimal | None:
        if self.begin_wh is None or self.end_wh is None:
            return None
        return self.end_wh - self.begin_wh


def judge(records: Sequence[Record], billed_wh: int | None) -> Signed:
    """Begin and end by the signed values, and what speaks against billing by them. ``billed_wh`` None: it goes on."""
    ordered = sorted(records, key=_order)
    readings = [reading for record in ordered for reading in record.readings]
    begin = next((reading for reading in readings if reading.transaction == BEGIN and _counts(reading)), None)
    end = next(
        (each for each in reversed(readings) if each.transaction in ENDS and _counts(each) and _is_alike(each, begin)),
        None,
    )
    serials = {record.meter_serial for record in records}
    signed = Signed(
        begin_wh=begin.value_wh if begin else None,
        end_wh=end.value_wh if end else None,
        meter_serial=" / ".join(sorted(serials)),
    )
    findings = [*_of_the_whole(ordered, serials, billed_wh is not None, begin, end), *_of_energy(signed, billed_wh)]
    return Signed(signed.begin_wh, signed.end_wh, signed.meter_serial, tuple(dict.fromkeys(findings)))


def _order(record: Record) -> tuple[str, int]:
    found = PAGE.fullmatch(record.pagination)
    return (found[1], int(found[2])) if found else ("", 0)


def _counts(reading: Reading) -> bool:
    return reading.value_wh is not None and reading.is_import


def _is_alike(reading: Reading, begin: Reading | None) -> bool:
    return begin is None or reading.obis == begin.obis


def _of_the_whole(
    records: Sequence[Record], serials: set[str], has_ended: bool, begin: Reading | None, end: Reading | None
) -> Iterable[str]:
    if len(serials) > 1:
        yield "The values are of different meters."
    pages = sorted({_order(record) for record in records})
    if any(kind == before_kind and number != before + 1 for (before_kind, before), (kind, number) in pairwise(pages)):
        yield "Numbers are missing between the values."
    if begin is None:
        yield "No value is marked as the begin."
    if end is None and has_ended:
        yield "No value is marked as the end."
    for reading in filter(None, (begin, end)):
        if not reading.is_good:
            yield "The meter itself marks a value as not to be used."
        if reading.time_status not in {"S", "R"}:
            yield "The meter's clock was not synchronised: its times are informative."


def _of_energy(signed: Signed, billed_wh: int | None) -> Iterable[str]:
    if signed.energy_wh is None or billed_wh is None:
        return
    if abs(signed.energy_wh - billed_wh) > ROUNDING_WH:
        yield f"Signed are {signed.energy_wh / 1000:,.3f} kWh, the session has {billed_wh / 1000:,.3f} kWh."


class Entry(NamedTuple):
    """One value of the file."""

    value: Unpacked
    context: ReadingContext


def transparency_file(transaction_id: int, entries: Iterable[Entry]) -> str:
    """For the transparency software, which checks it without us. Its schema: values.xsd of S.A.F.E."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<values>"]
    for value, context in entries:
        lines.append(f'  <value transactionId="{transaction_id}" context={quoteattr(context.label)}>')
        lines.append(
            f'    <signedData format={quoteattr(value.format)} encoding="plain">{escape(value.text)}</signedData>'
        )
        if value.public_key:
            lines.append(f'    <publicKey encoding="plain">{escape(plain_key(value.public_key))}</publicKey>')
        lines.append("  </value>")
    return "\n".join([*lines, "</values>", ""])


def plain_key(key: str) -> str:
    """As printed on the meter: out of the wrapping of OCPP (``oca:base16:asn1:…``, often in base64)."""
    told = key.strip()
    try:
        inner = _from_base64("".join(told.split())).decode("ascii")
    except ValueError:
        inner = told
    wrapped = inner if inner.lower().startswith("oca:") else told
    return wrapped.rpartition(":")[2] if wrapped.lower().startswith("oca:") else wrapped
