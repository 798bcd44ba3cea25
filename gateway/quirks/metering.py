"""Quirks 99 to 116."""

from charging.states import AnomalyKind
from gateway.quirks.quirk import Quirk
from stations.repairs import Repair
from stations.traits import Trait

QUIRKS = (
    Quirk(
        99,
        "Registers that count from the session here and from the meter's making there",
        "Told apart by the readings; a vendor profile where they cannot tell",
        (AnomalyKind.REGISTER_JUMP, Trait.SESSION_REGISTER),
    ),
    Quirk(
        100,
        "Registers that are reset or exchanged",
        "What climbs before and after is added up; never negative",
        (AnomalyKind.REGISTER_DECREASE, AnomalyKind.REGISTER_JUMP),
    ),
    Quirk(101, "No start register, or 0", "The readings tell", (AnomalyKind.REGISTER_JUMP, Repair.REQUIRED_MISSING)),
    Quirk(102, "Signed data among the values", "Kept byte for byte, no number", (Repair.SIGNED_DATA_MISPLACED,)),
    Quirk(103, "An empty value", "Left out; the others count", (Repair.VALUE_UNREADABLE,)),
    Quirk(104, "No unit, no measurand, no context", "The specification's defaults"),
    Quirk(
        105,
        "kWh without a unit, decimal commas",
        "A vendor profile tells; commas are read as points",
        (Repair.UNIT_ASSUMED, Repair.DECIMAL_COMMA, Trait.KWH_WITHOUT_UNIT),
    ),
    Quirk(106, "Energy by phase, or of one phase", "Added up where there is no total"),
    Quirk(107, "Voltage of phase N alone", "Kept as it is told"),
    Quirk(108, "Currents tagged L1-N", "Kept as they are told"),
    Quirk(109, "The phase in the name of the measurand", "Taken apart", (Repair.MEASURAND_NOTATION,)),
    Quirk(110, "Phases and total disagree", "The total counts"),
    Quirk(111, "No power", "The curve shows the mean power between registers"),
    Quirk(112, "Power stays up when nothing flows", "Zero while the station shows that it gives none"),
    Quirk(113, "Sends no readings unless asked", "A vendor profile tells: asked every minute", (Trait.NEEDS_POLLING,)),
    Quirk(
        114, "Many measurands make it reboot", "A vendor profile tells: at most four are set", (Trait.FEW_MEASURANDS,)
    ),
    Quirk(115, "Floods of clock-aligned values", "Read more slowly; each value is kept once"),
    Quirk(116, "Clock-aligned values outside of a transaction", "Kept, and nobody's"),
)
