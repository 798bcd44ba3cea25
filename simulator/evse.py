"""One EVSE: what is plugged in, who may charge, what flows."""

from dataclasses import dataclass, field
from datetime import datetime

from simulator.authorization import Authorization, Token
from simulator.car import Car
from simulator.meter import Electrical, Meter
from simulator.states import ChargingState, ConnectorStatus, TxPoint
from simulator.transaction import Transaction

MINIMUM_CURRENT_A = 6.0
"""Below this an AC EVSE cannot offer anything (IEC 61851-1): it suspends."""
NOMINAL_V = 230.0


@dataclass(frozen=True, slots=True)
class EvseSpec:
    """`connectors` are alternatives of one EVSE; only one of them charges at a time."""

    connectors: int = 1
    max_power_w: float = 22_000
    phases: int = 3
    kind: str = "AC"

    @property
    def is_dc(self) -> bool:
        return self.kind.upper() == "DC"


@dataclass(frozen=True, slots=True)
class Reservation:
    id: int
    token: Token
    group: str | None
    expires_at: datetime
    is_for_any_evse: bool = False
    """Held here, but good for whichever EVSE its token comes to."""


@dataclass(slots=True, eq=False)
class Evse:
    number: int
    spec: EvseSpec
    meter: Meter = field(default_factory=Meter)
    car: Car | None = None
    connector: int = 0
    """The connector in use, 0 while nothing is plugged in."""
    token: Token | None = None
    """Who may charge here now."""
    authorization: Authorization | None = None
    authorized_at: datetime | None = None
    remote_start_id: int | None = None
    transaction: Transaction | None = None
    reservation: Reservation | None = None
    fault: str | None = None
    """A 1.6 error code such as GroundFailure while the EVSE is faulted."""
    is_operative: bool = True
    becomes_operative: bool | None = None
    """A ChangeAvailability that waits for the end of the transaction."""
    resets_when_idle: bool = False
    is_finishing: bool = False
    """The transaction is over and the cable still in."""
    limit_w: float | None = None
    reported: dict[int, str] = field(default_factory=dict)
    """Connector number to the status the CSMS was last told."""
    conditions: frozenset[TxPoint] = frozenset()

    @property
    def meter_wh(self) -> int:
        return self.meter.register_wh

    @property
    def transaction_id(self) -> int | str | None:
        return self.transaction.id if self.transaction else None

    @property
    def is_plugged(self) -> bool:
        return self.car is not None

    @property
    def phases(self) -> int:
        """Phases in use: 0 for DC, else what both the EVSE and the car have."""
        if self.spec.is_dc:
            return 0
        return min(self.spec.phases, self.car.ac_phases) if self.car else self.spec.phases

    @property
    def offered_w(self) -> float:
        """What the EVSE offers: hardware and profile limit; 0 when the limit is below what a cable can carry."""
        if self.spec.is_dc:
            return self.spec.max_power_w if self.limit_w is None else min(self.spec.max_power_w, self.limit_w)
        share_w = self.spec.max_power_w * self.phases / self.spec.phases
        offered_w = share_w if self.limit_w is None else min(share_w, self.limit_w)
        return offered_w if offered_w >= MINIMUM_CURRENT_A * NOMINAL_V * self.phases else 0.0

    @property
    def is_energised(self) -> bool:
        return bool(self.transaction and self.transaction.is_energised and self.car and self.token and not self.fault)

    @property
    def power_w(self) -> float:
        if not self.is_energised or self.car is None:
            return 0.0
        return self.car.power_w(offered_w=self.offered_w, is_dc=self.spec.is_dc)

    @property
    def charging_state(self) -> ChargingState:
        if not self.is_plugged:
            return ChargingState.IDLE
        if not self.is_energised:
            return ChargingState.EV_CONNECTED
        if self.offered_w <= 0:
            return ChargingState.SUSPENDED_EVSE
        return ChargingState.CHARGING if self.power_w > 0 else ChargingState.SUSPENDED_EV

    @property
    def status(self) -> ConnectorStatus:
        """The 1.6 status of the connector in use (or of the first one)."""
        if self.fault:
            return ConnectorStatus.FAULTED
        if self.transaction and self.is_energised:
            return ConnectorStatus(self.charging_state.value)
        if not self.is_operative:
            return ConnectorStatus.UNAVAILABLE
        if self.is_finishing:
            return ConnectorStatus.FINISHING
        if self.is_plugged or self.token:
            return ConnectorStatus.PREPARING
        return ConnectorStatus.RESERVED if self.reservation else ConnectorStatus.AVAILABLE

    def change_availability(self, *, is_operative: bool) -> bool:
        """True when it has to wait for the end of the transaction (Scheduled)."""
        if self.transaction and not is_operative:
            self.becomes_operative = False
            return True
        self.is_operative, self.becomes_operative = is_operative, None
        return False

    def flow(self) -> Electrical:
        soc = self.car.soc_percent if self.car and self.spec.is_dc else None
        volt = 350 + (soc or 0) * 0.9
        return Electrical(self.power_w, self.offered_w, self.phases, soc, volt)

    def charge(self, seconds: float) -> None:
        """Let the energy of so many seconds flow."""
        if not self.is_energised or self.car is None or self.transaction is None:
            return
        if self.power_w > 0:
            self.transaction.charging_seconds += seconds
        taken = self.car.take(offered_w=self.offered_w, is_dc=self.spec.is_dc, seconds=seconds)
        self.meter.add(taken)

    def present_conditions(self) -> frozenset[TxPoint]:
        """Which of the TxStartPoint conditions hold."""
        holds = set()
        if self.is_plugged:
            holds |= {TxPoint.EV_CONNECTED, TxPoint.PARKING_BAY_OCCUPANCY}
        if self.token:
            holds |= {TxPoint.AUTHORIZED, TxPoint.DATA_SIGNED}
        if self.is_plugged and self.token:
            holds |= {TxPoint.POWER_PATH_CLOSED}
            if self.offered_w > 0 and self.car and not self.car.is_full:
                holds |= {TxPoint.ENERGY_TRANSFER}
        return frozenset(holds)
