"""What doors tell about charging: typed, in base units, free of any OCPP version."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from charging.states import Location, Measurand, Phase, ReadingContext, SessionStatus
from drivers.tokens import Authorization, PresentedToken


class Sample(NamedTuple):
    """One value in the base unit of its measurand (``charging.states.UNITS``)."""

    at: datetime
    measurand: Measurand
    value: float
    phase: Phase = Phase.TOTAL
    location: Location = Location.OUTLET
    context: ReadingContext = ReadingContext.PERIODIC


class SignedSample(NamedTuple):
    """A signed value, byte for byte."""

    at: datetime
    context: ReadingContext
    data: str
    encoding_method: str = ""
    signing_method: str = ""
    public_key: str = ""


class Samples(NamedTuple):
    plain: tuple[Sample, ...] = ()
    signed: tuple[SignedSample, ...] = ()


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where a TransactionEvent stands in its station's sequence (OCPP 2.0.1 §1.3.2)."""

    sequence_number: int
    type: str
    trigger: str
    at: datetime
    is_offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReport:
    """A StartTransaction, or a TransactionEvent(Started). ``transaction_id`` None: OCPP 1.6, we name it."""

    station_id: int
    at: datetime
    received_at: datetime
    time_text: str | None = None
    """The time as the station wrote it; needed where it cannot be read and ``at`` is our own."""
    transaction_id: str | None = None
    evse_number: int | None = None
    connector_number: int | None = None
    token: PresentedToken | None = None
    meter_wh: int | None = None
    status: SessionStatus = SessionStatus.PREPARING
    reservation_id: int | None = None
    remote_start_id: int | None = None
    is_offline: bool = False
    samples: Samples = field(default_factory=Samples)
    place: EventPlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """A TransactionEvent(Updated) that changes more than readings."""

    station_id: int
    transaction_id: str
    at: datetime
    received_at: datetime
    evse_number: int | None = None
    connector_number: int | None = None
    token: PresentedToken | None = None
    status: SessionStatus | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    is_offline: bool = False
    samples: Samples = field(default_factory=Samples)
    place: EventPlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReport:
    """A StopTransaction, or a TransactionEvent(Ended).

    ``transaction_id`` None: the station did not know it (OCPP 1.6 ids 0 and -1).
    """

    station_id: int
    transaction_id: str | None
    at: datetime
    received_at: datetime
    time_text: str | None = None
    evse_number: int | None = None
    connector_number: int | None = None
    token: PresentedToken | None = None
    meter_wh: int | None = None
    reason: str = "Local"
    is_offline: bool = False
    samples: Samples = field(default_factory=Samples)
    place: EventPlace | None = None
    uses_our_ids: bool = False


class ReadingBatch(NamedTuple):
    """The readings of one message. ``evse_number`` 0 is the station's own meter."""

    station_id: int
    evse_number: int
    session_id: int | None
    samples: Samples
    received_at: datetime
    place: EventPlace | None = None


@dataclass(frozen=True, slots=True)
class OngoingSession:
    """What a gateway remembers of a running session to place readings without a query."""

    session_id: int
    transaction_id: str
    evse_number: int | None
    started_at: datetime
    status: SessionStatus


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report. ``session`` None: it could not be placed and waits in the review queue."""

    session: OngoingSession | None
    authorization: Authorization | None = None
    is_ended: bool = False
    energy_wh: int = 0
