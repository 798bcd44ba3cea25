"""The shape of an entry."""

from dataclasses import dataclass

from charging.states import AnomalyKind
from stations.repairs import Repair
from stations.states import RefusalCause
from stations.traits import Trait

Answer = Repair | Trait | AnomalyKind | RefusalCause


@dataclass(frozen=True, slots=True)
class Quirk:
    """``by``: what is named on the frame, at the station or in the review queue. ``rule``: what else answers it."""

    number: int
    what: str
    rule: str
    by: tuple[Answer, ...] = ()
    missing: str = ""
    """What of it is not answered yet, and why. Without a rule nothing of it is, and no test can prove it."""
