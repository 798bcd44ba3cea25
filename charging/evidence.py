"""A stop that could not be placed, as JSON and back: what the station said, its token masked."""

from datetime import datetime
from typing import Any

from charging.models import SessionAnomaly
from charging.readings import Point, marked_register, registers
from charging.reports import EndReport, Sample, Samples, SignedSample
from charging.states import Location, Measurand, Phase, ReadingContext
from drivers.masking import mask
from drivers.models import IdToken, token_key
from drivers.tokens import Authorization, PresentedToken

# A station's thinned transaction data is some hundred values; more would only swell the row.
KEPT_SAMPLES = 2000


def evidence_of(report: EndReport, authorization: Authorization | None) -> dict[str, Any]:
    """``token_id`` is what a repair needs of the token: nothing when we do not know it."""
    read = registers(report.samples.plain)
    begin = _begin(report, read)
    return {
        "transaction_id": report.transaction_id,
        "ended_at": report.at.isoformat(),
        "received_at": report.received_at.isoformat(),
        "time_text": report.time_text,
        "meter_stop_wh": report.meter_wh,
        "reason": report.reason,
        "evse_number": report.evse_number,
        "is_offline": report.is_offline,
        "token": mask(token_key(report.token.value).upper()) if report.token else "",
        "token_id": authorization.token_id if authorization else None,
        "authorization": authorization.status if authorization else "",
        "begin_at": begin.at.isoformat() if begin else None,
        "meter_start_wh": round(begin.value) if begin else None,
        "samples": [_packed(sample) for sample in report.samples.plain[:KEPT_SAMPLES]],
        "signed": [[signed.at.isoformat(), int(signed.context), *signed[2:]] for signed in report.samples.signed],
    }


def _begin(report: EndReport, read: list[Point]) -> Point | None:
    """The register marked as the begin, else the first one if there is more than one to tell energy from."""
    begin = marked_register(report.samples.plain, ReadingContext.BEGIN)
    if begin is not None:
        return begin
    return read[0] if len(read) > 1 or (read and report.meter_wh is not None) else None


def report_of(anomaly: SessionAnomaly) -> EndReport:
    """The stop again. The token is there if it is one of ours."""
    told = anomaly.evidence
    token = IdToken.objects.filter(pk=told["token_id"]).first() if told["token_id"] else None
    return EndReport(
        station_id=anomaly.station_id,
        transaction_id=told["transaction_id"],
        at=datetime.fromisoformat(told["ended_at"]),
        received_at=datetime.fromisoformat(told["received_at"]),
        time_text=told.get("time_text"),
        evse_number=told["evse_number"],
        token=PresentedToken(token.value) if token else None,
        meter_wh=told["meter_stop_wh"],
        reason=told["reason"],
        is_offline=told["is_offline"],
        samples=Samples(
            plain=tuple(_unpacked(packed) for packed in told["samples"]),
            signed=tuple(_unpacked_signed(packed) for packed in told["signed"]),
        ),
        uses_our_ids=True,
    )


def _packed(sample: Sample) -> list[Any]:
    return [
        sample.at.isoformat(),
        *map(int, (sample.measurand, sample.phase, sample.location, sample.context)),
        sample.value,
    ]


def _unpacked(packed: list[Any]) -> Sample:
    at, measurand, phase, location, context, value = packed
    return Sample(
        datetime.fromisoformat(at),
        Measurand(measurand),
        value,
        Phase(phase),
        Location(location),
        ReadingContext(context),
    )


def _unpacked_signed(packed: list[Any]) -> SignedSample:
    at, context, data, encoding_method, signing_method, public_key = packed
    at = datetime.fromisoformat(at)
    return SignedSample(at, ReadingContext(context), data, encoding_method, signing_method, public_key)
