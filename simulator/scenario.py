"""What a scenario file may say; every field is described in docs/simulator.md."""

import random
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec

from simulator.car import Car
from simulator.faults import Fault
from simulator.settings import Settings

DAY_S = 86_400
BUSY_BY_HOUR = (2, 1, 1, 1, 2, 4, 8, 12, 14, 12, 10, 10, 11, 11, 10, 10, 12, 14, 14, 12, 9, 7, 5, 3)


class Visits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How drivers come and go. Times and rates are those of real life; `speed` shortens them."""

    per_evse_per_day: float = 6.0
    busy_at_start_share: float = 0.5
    """EVSEs whose first driver comes within `first_within_s` (real seconds) of the start."""
    first_within_s: float = 60.0
    follows_hours: bool = False
    """True makes days busy and nights quiet (by the UTC hour)."""
    taps_first_share: float = 0.3
    unplugs_only_share: float = 0.25
    """Drivers that just pull the cable instead of tapping again."""
    remote_only_share: float = 0.05
    """Drivers that plug in and wait for the app to start."""
    unknown_card_share: float = 0.04
    longest_stay_s: float = 14_400
    patience_s: float = 120
    """How long a driver waits for the charging to start, at real speed."""


class CarKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    capacity_wh: float
    ac_max_w: float = 11_000
    ac_phases: int = 3
    dc_max_w: float = 100_000
    weight: float = 1.0
    arrives_percent: tuple[float, float] = (10.0, 60.0)
    target_percent: tuple[float, float] = (80.0, 100.0)


class Disturbances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rates for each charger and day of real life; durations in seconds of real life."""

    hardware_faults_per_day: float = 0.0
    hardware_fault_s: tuple[float, float] = (300, 3_600)
    outages_per_day: float = 0.0
    outage_s: tuple[float, float] = (60, 1_800)
    reboots_per_day: float = 0.0
    misbehaviours_per_day: float = 0.0
    misbehaviours: tuple[Fault, ...] = ()
    """Momentary faults, one of which happens at each occasion."""
    lasting_faults: dict[str, float] = msgspec.field(default_factory=dict)
    """Fault name to the share of the chargers that have it all the time."""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    speed: float = 1.0
    """How many times faster than life drivers come and go. Cars then need as many times less energy,
    so that power, time and energy still agree; timestamps stay true."""
    boot_spread_s: float = 5.0
    visits: Visits = Visits()
    disturbances: Disturbances = Disturbances()
    cars: tuple[CarKind, ...] = (CarKind("compact", 52_000),)
    settings: dict[str, int | bool | str] = msgspec.field(default_factory=dict)

    def new_settings(self) -> Settings:
        return Settings(**self.settings)  # type: ignore[arg-type]

    def gap_s(self, chance: random.Random, hour: int) -> float:
        """Until the next driver comes to an EVSE, in real seconds."""
        rate_per_s = self.visits.per_evse_per_day / DAY_S * self.speed
        if self.visits.follows_hours:
            rate_per_s *= BUSY_BY_HOUR[hour] * len(BUSY_BY_HOUR) / sum(BUSY_BY_HOUR)
        return chance.expovariate(rate_per_s) if rate_per_s > 0 else DAY_S

    def first_gap_s(self, chance: random.Random, hour: int) -> float:
        """Like `gap_s`, for the first driver."""
        if chance.random() < self.visits.busy_at_start_share:
            return chance.uniform(0, self.visits.first_within_s)
        return self.gap_s(chance, hour)

    def next_s(self, per_day: float, chance: random.Random) -> float:
        """Until the next occasion of something rare, in real seconds."""
        return chance.expovariate(per_day / DAY_S * self.speed)

    def shortened_s(self, bounds: tuple[float, float], chance: random.Random) -> float:
        return chance.uniform(*bounds) / self.speed

    def new_car(self, chance: random.Random) -> Car:
        (kind,) = chance.choices(self.cars, weights=[kind.weight for kind in self.cars])
        return Car(
            capacity_wh=kind.capacity_wh / self.speed,
            soc_percent=chance.uniform(*kind.arrives_percent),
            ac_max_w=kind.ac_max_w,
            ac_phases=kind.ac_phases,
            dc_max_w=kind.dc_max_w,
            target_percent=chance.uniform(*kind.target_percent),
        )


class UnknownScenario(ValueError):
    """There is neither a file nor a built-in scenario of that name."""


def built_in_scenarios() -> list[str]:
    folder = files("simulator") / "scenarios"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_scenario(name: str) -> Scenario:
    """A path to a TOML file, or the name of a built-in scenario. Errors name the wrong field."""
    path = Path(name)
    if name in built_in_scenarios():
        text = (files("simulator") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    elif path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        raise UnknownScenario(f"no scenario {name!r}; built in are {', '.join(built_in_scenarios())}")
    scenario = msgspec.convert(tomllib.loads(text), Scenario)
    scenario.new_settings()
    for fault in scenario.disturbances.lasting_faults:
        Fault(fault)
    return scenario
