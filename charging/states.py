"""States of sessions and reservations, and kinds of anomalies."""

from django.db import models


class SessionStatus(models.TextChoices):
    """OCPP 2.0.1 ChargingStateEnumType, and the end."""

    PREPARING = "preparing", "Preparing"
    CHARGING = "charging", "Charging"
    SUSPENDED_EV = "suspended_ev", "Suspended by car"
    SUSPENDED_EVSE = "suspended_evse", "Suspended by station"
    IDLE = "idle", "Idle"
    ENDED = "ended", "Ended"


class AnomalyKind(models.TextChoices):
    ORPHAN_STOP = "orphan_stop", "Stop without a start"
    MISSING_START = "missing_start", "Start not received"
    MISSING_STOP = "missing_stop", "Stop not received"
    UNKNOWN_TRANSACTION = "unknown_transaction", "Readings of an unknown transaction"
    REGISTER_DECREASE = "register_decrease", "Meter went backwards"
    REGISTER_JUMP = "register_jump", "Meter jumped"
    MISSING_REGISTER = "missing_register", "No meter reading"
    CLOCK_SKEW = "clock_skew", "Clock is wrong"
    OVERLAP = "overlap", "Overlapping sessions"
    SEQUENCE_GAP = "sequence_gap", "Messages missing"
    CONFLICTING_STOP = "conflicting_stop", "Second, different stop"
    REFUSED_ENERGY = "refused_energy", "Energy without authorization"
    RESERVED_FOR_ANOTHER = "reserved_for_another", "Reserved for somebody else"
    UNREPORTED_START = "unreported_start", "Charging without a start"
    REUSED_ID = "reused_id", "Transaction id used again"


# These say nothing against a session's energy, time or person.
HARMLESS_ANOMALIES = frozenset({AnomalyKind.RESERVED_FOR_ANOTHER})


class AnomalyStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Repair accepted"
    CORRECTED = "corrected", "Corrected by hand"
    DISMISSED = "dismissed", "Dismissed"
    RESOLVED = "resolved", "Resolved by itself"


class ReservationStatus(models.TextChoices):
    """What became of a reservation, see ``RESERVATION_MOVES``."""

    REQUESTED = "requested", "Asked for"
    ACTIVE = "active", "Reserved"
    UNCONFIRMED = "unconfirmed", "Not confirmed"
    REFUSED = "refused", "Refused"
    USED = "used", "Used"
    NO_SHOW = "no_show", "Nobody came"
    CANCELLED = "cancelled", "Cancelled"
    REMOVED = "removed", "Ended by the station"


_ENDS = frozenset(
    {ReservationStatus.USED, ReservationStatus.NO_SHOW, ReservationStatus.CANCELLED, ReservationStatus.REMOVED}
)
RESERVATION_MOVES: dict[ReservationStatus, frozenset[ReservationStatus]] = {
    # A start or an end may overtake the answer on its way into the database.
    ReservationStatus.REQUESTED: _ENDS
    | {ReservationStatus.ACTIVE, ReservationStatus.UNCONFIRMED, ReservationStatus.REFUSED},
    ReservationStatus.ACTIVE: _ENDS,
    # The station did not answer: it may keep the place or not.
    ReservationStatus.UNCONFIRMED: _ENDS | {ReservationStatus.ACTIVE, ReservationStatus.REFUSED},
    ReservationStatus.REFUSED: frozenset(),
    ReservationStatus.USED: frozenset(),
    # The start of a station that was offline comes after the time is over.
    ReservationStatus.NO_SHOW: frozenset({ReservationStatus.USED}),
    ReservationStatus.CANCELLED: frozenset(),
    ReservationStatus.REMOVED: frozenset({ReservationStatus.USED}),
}
OPEN_RESERVATION_STATUSES = frozenset(
    {ReservationStatus.REQUESTED, ReservationStatus.ACTIVE, ReservationStatus.UNCONFIRMED}
)


class SignatureVerdict(models.TextChoices):
    """Of a signed value, and of all of a session: the worst of them, or MIXED where they differ and none is wrong."""

    VERIFIED = "verified", "Verified"
    WRONG = "wrong", "Wrong signature"
    NO_KEY = "no_key", "No public key"
    UNREADABLE = "unreadable", "Unreadable"
    NOT_CHECKABLE = "not_checkable", "Format not checked"
    MIXED = "mixed", "Partly verified"


class KeySource(models.TextChoices):
    """Where a public key came from; a key that comes with the value proves only that both are of one hand."""

    STAFF = "staff", "Entered by staff"
    STATION = "station", "The station's configuration"
    VALUE = "value", "Sent with the value"


class Measurand(models.IntegerChoices):
    """What a reading measures; stored narrow. The unit of each is in ``UNITS``."""

    ENERGY_IMPORT_REGISTER = 1, "Energy.Active.Import.Register"
    ENERGY_EXPORT_REGISTER = 2, "Energy.Active.Export.Register"
    ENERGY_IMPORT_INTERVAL = 3, "Energy.Active.Import.Interval"
    ENERGY_EXPORT_INTERVAL = 4, "Energy.Active.Export.Interval"
    REACTIVE_IMPORT_REGISTER = 5, "Energy.Reactive.Import.Register"
    REACTIVE_EXPORT_REGISTER = 6, "Energy.Reactive.Export.Register"
    REACTIVE_IMPORT_INTERVAL = 7, "Energy.Reactive.Import.Interval"
    REACTIVE_EXPORT_INTERVAL = 8, "Energy.Reactive.Export.Interval"
    ENERGY_NET = 9, "Energy.Active.Net"
    POWER_IMPORT = 10, "Power.Active.Import"
    POWER_EXPORT = 11, "Power.Active.Export"
    POWER_OFFERED = 12, "Power.Offered"
    POWER_FACTOR = 13, "Power.Factor"
    REACTIVE_POWER_IMPORT = 14, "Power.Reactive.Import"
    REACTIVE_POWER_EXPORT = 15, "Power.Reactive.Export"
    CURRENT_IMPORT = 20, "Current.Import"
    CURRENT_EXPORT = 21, "Current.Export"
    CURRENT_OFFERED = 22, "Current.Offered"
    VOLTAGE = 23, "Voltage"
    FREQUENCY = 24, "Frequency"
    SOC = 25, "SoC"
    TEMPERATURE = 26, "Temperature"
    RPM = 27, "RPM"
    OTHER = 99, "Other"


UNITS: dict[Measurand, str] = {
    Measurand.ENERGY_IMPORT_REGISTER: "Wh",
    Measurand.ENERGY_EXPORT_REGISTER: "Wh",
    Measurand.ENERGY_IMPORT_INTERVAL: "Wh",
    Measurand.ENERGY_EXPORT_INTERVAL: "Wh",
    Measurand.ENERGY_NET: "Wh",
    Measurand.REACTIVE_IMPORT_REGISTER: "varh",
    Measurand.REACTIVE_EXPORT_REGISTER: "varh",
    Measurand.REACTIVE_IMPORT_INTERVAL: "varh",
    Measurand.REACTIVE_EXPORT_INTERVAL: "varh",
    Measurand.POWER_IMPORT: "W",
    Measurand.POWER_EXPORT: "W",
    Measurand.POWER_OFFERED: "W",
    Measurand.POWER_FACTOR: "",
    Measurand.REACTIVE_POWER_IMPORT: "var",
    Measurand.REACTIVE_POWER_EXPORT: "var",
    Measurand.CURRENT_IMPORT: "A",
    Measurand.CURRENT_EXPORT: "A",
    Measurand.CURRENT_OFFERED: "A",
    Measurand.VOLTAGE: "V",
    Measurand.FREQUENCY: "Hz",
    Measurand.SOC: "%",
    Measurand.TEMPERATURE: "°C",
    Measurand.RPM: "rpm",
    Measurand.OTHER: "",
}


class Phase(models.IntegerChoices):
    """TOTAL is what OCPP means when it names no phase."""

    TOTAL = 0, "total"
    L1 = 1, "L1"
    L2 = 2, "L2"
    L3 = 3, "L3"
    N = 4, "N"
    L1_N = 5, "L1-N"
    L2_N = 6, "L2-N"
    L3_N = 7, "L3-N"
    L1_L2 = 8, "L1-L2"
    L2_L3 = 9, "L2-L3"
    L3_L1 = 10, "L3-L1"


class ReadingContext(models.IntegerChoices):
    PERIODIC = 0, "Sample.Periodic"
    CLOCK = 1, "Sample.Clock"
    BEGIN = 2, "Transaction.Begin"
    END = 3, "Transaction.End"
    INTERRUPTION_BEGIN = 4, "Interruption.Begin"
    INTERRUPTION_END = 5, "Interruption.End"
    TRIGGER = 6, "Trigger"
    OTHER = 7, "Other"


class Location(models.IntegerChoices):
    OUTLET = 0, "Outlet"
    INLET = 1, "Inlet"
    BODY = 2, "Body"
    CABLE = 3, "Cable"
    EV = 4, "EV"
    UPSTREAM = 5, "Upstream"
