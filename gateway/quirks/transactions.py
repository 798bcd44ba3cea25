"""Quirks 70 to 98."""

from charging.states import AnomalyKind
from gateway.quirks.quirk import Quirk
from stations.repairs import Repair
from stations.traits import Trait

QUIRKS = (
    Quirk(
        70,
        "Stops of transaction 0 or -1",
        "Placed where only one session can be meant, else into the review queue",
        (Repair.TRANSACTION_ID_NONE, AnomalyKind.ORPHAN_STOP),
    ),
    Quirk(71, "Readings of transaction 0", "The session at the connector", (Repair.TRANSACTION_ID_NONE,)),
    Quirk(
        72,
        "Transaction 9223372036854775807",
        "No session of ours: confirmed, and shown",
        (AnomalyKind.ORPHAN_STOP, AnomalyKind.UNKNOWN_TRANSACTION),
    ),
    Quirk(73, "Negative transactions", "As none", (Repair.TRANSACTION_ID_NONE,)),
    Quirk(74, "Reservation 0 for none", "None", (Repair.RESERVATION_ID_NONE,)),
    Quirk(75, "Starts repeated", "Known by place, token, time and meter: the same answer"),
    Quirk(76, "Stops repeated", "Confirmed again; the first counts", (AnomalyKind.CONFLICTING_STOP,)),
    Quirk(77, "Only the stop arrives", "It waits for its start", (AnomalyKind.ORPHAN_STOP, AnomalyKind.MISSING_START)),
    Quirk(
        78,
        "No start after an accepted remote start",
        "A connector that charges for ten minutes without a session is shown",
        (AnomalyKind.UNREPORTED_START,),
    ),
    Quirk(
        79,
        "No stop",
        "Seen by the connector's state, by the next start, or by a day of silence; ends at its last reading",
        (AnomalyKind.MISSING_STOP,),
    ),
    Quirk(80, "Available in the middle of a session", "The session goes on; after ten minutes staff look at it"),
    Quirk(
        81,
        "Preparing after a reboot, never Available",
        "The next start shows the missing stop",
        (AnomalyKind.MISSING_STOP,),
    ),
    Quirk(82, "Readings before the start or after the stop", "Kept, and counted for nobody else"),
    Quirk(83, "Readings of a transaction that is not ours", "Kept, and shown once", (AnomalyKind.UNKNOWN_TRANSACTION,)),
    Quirk(
        84,
        "Garbage behind the token",
        "Taken off. We issue no tokens of our own yet; what staff enter for 1.6 is refused beyond 20 characters",
        (Repair.TOKEN_CLEANED,),
    ),
    Quirk(85, "Tokens longer than allowed", "Judged as they are", (Repair.TOKEN_TOO_LONG,)),
    Quirk(86, "HardReset as token of a stop", "The session stays that of the card it began with"),
    Quirk(87, "An empty token in a stop", "As none"),
    Quirk(88, "Takes only hexadecimal tokens", "A vendor profile tells; others are not sent", (Trait.HEX_TOKENS,)),
    Quirk(89, "A reason in free text", "Other", (Repair.UNKNOWN_REASON,)),
    Quirk(
        90,
        "Tells no start of a card on the spot",
        "A connector that charges for ten minutes without a session is shown",
        (AnomalyKind.UNREPORTED_START,),
    ),
    Quirk(91, "A start without an Authorize", "The card is judged at the start"),
    Quirk(92, "No remote start while it is finishing", "Its refusal is the outcome, beside the connector's state"),
    Quirk(93, "Wants a connector in remote starts", "A vendor profile tells: connector 1", (Trait.WANTS_CONNECTOR,)),
    Quirk(94, "Answers Scheduled", "Accepted"),
    Quirk(95, "A card nobody knows has charged offline", "Its energy is kept", (AnomalyKind.REFUSED_ENERGY,)),
    Quirk(96, "Replays days later, among what happens now", "The station's times count; old states say nothing of now"),
    Quirk(97, "No energy for hours", "Goes on until its stop: a full car may stay"),
    Quirk(98, "Crashes between a start and its answer", "The repeated start gets the same id; a stop with 0 finds it"),
)
