"""One transaction as the charger keeps it."""

from dataclasses import dataclass, field
from datetime import datetime

from simulator.authorization import Token
from simulator.meter import Reading
from simulator.states import ChargingState, StopReason


@dataclass(slots=True, eq=False)
class Transaction:
    """`id` is None in 1.6 until the CSMS has answered the StartTransaction."""

    id: int | str | None
    evse: int
    connector: int
    started_at: datetime
    sampled_at: datetime
    """When the last periodic sample was due."""
    meter_start_wh: int
    token: Token | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    seq_no: int = 0
    charging_seconds: float = 0.0
    reported_state: ChargingState | None = None
    stop_reason: StopReason | None = None
    is_refused: bool = False
    """The CSMS answered the start with a token status other than Accepted."""
    is_energised: bool = False
    """The contactor is closed: from the first answer to the start (or its failure) to the stop."""
    begin_readings: list[Reading] = field(default_factory=list)

    def next_seq_no(self) -> int:
        number = self.seq_no
        self.seq_no += 1
        return number
