"""Virtual charging stations for OCPP 1.6J, 2.0.1 and 2.1: the demo's fleet, the tests' charger, the load generator.

Written from the specification alone; it shares no code with the CSMS.
"""

from simulator.authorization import Authorization, Token
from simulator.car import Car
from simulator.charger import Charger
from simulator.clock import ManualClock, RunningClock
from simulator.errors import AnswerTimeout, CallError, ConnectionLost, HandshakeRefused, SimulatorError, UnexpectedFrame
from simulator.evse import Evse, EvseSpec
from simulator.faults import Fault, Faults
from simulator.settings import Settings
from simulator.states import ReadingContext, StopReason

__all__ = [
    "AnswerTimeout",
    "Authorization",
    "CallError",
    "Car",
    "Charger",
    "ConnectionLost",
    "Evse",
    "EvseSpec",
    "Fault",
    "Faults",
    "HandshakeRefused",
    "ManualClock",
    "ReadingContext",
    "RunningClock",
    "Settings",
    "SimulatorError",
    "StopReason",
    "Token",
    "UnexpectedFrame",
]
