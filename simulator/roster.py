"""Which chargers a fleet has: from a file, or made up by number."""

import random
import zlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from simulator.charger import Charger
from simulator.clock import RunningClock
from simulator.evse import EvseSpec
from simulator.faults import Fault, Faults
from simulator.scenario import Scenario

VERSIONS = ("1.6", "2.0.1", "2.1")
REGISTER_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class EvseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    connectors: int = 1
    max_power_w: float = 22_000
    kind: str = "AC"
    phases: int = 3

    def spec(self) -> EvseSpec:
        return EvseSpec(self.connectors, self.max_power_w, self.phases, self.kind)


class ChargerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identity: str
    version: str = "1.6"
    password: str | None = None
    password_is_hex: bool = False
    """The password is the hex form of the raw bytes that go into Basic auth (1.6 AuthorizationKey)."""
    evses: tuple[EvseEntry, ...] = (EvseEntry(),)
    tokens: tuple[str, ...] = ()
    vendor: str = "Voltaria"
    model: str = ""
    serial_number: str = ""
    firmware_version: str = "1.4.2"
    availability_reports: str = "status"
    faults: tuple[Fault, ...] = ()


class Roster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chargers: tuple[ChargerEntry, ...]
    tokens: tuple[str, ...] = ()
    """For the chargers that name none of their own."""
    password: str | None = None


class Member(msgspec.Struct, frozen=True):
    """A charger with what its drivers need."""

    charger: Charger
    tokens: tuple[str, ...]
    lasting_faults: tuple[Fault, ...]


def read_roster(path: Path) -> Roster:
    """JSON or TOML by the suffix; errors name the wrong field."""
    content = path.read_bytes()
    if path.suffix == ".toml":
        return msgspec.toml.decode(content, type=Roster)
    return msgspec.json.decode(content, type=Roster)


def made_up_roster(*, prefix: str, count: int, version: str, password: str | None) -> Roster:
    """`version` is one of the versions or "mix"; every tenth charger is a DC one."""
    return Roster(
        chargers=tuple(
            ChargerEntry(
                identity=f"{prefix}{number:05d}",
                version=VERSIONS[number % len(VERSIONS)] if version == "mix" else version,
                password=password,
                evses=(EvseEntry(max_power_w=150_000, kind="DC"),) if number % 10 == 0 else (EvseEntry(),),
            )
            for number in range(1, count + 1)
        )
    )


def make_member(
    entry: ChargerEntry, roster: Roster, *, url: str, scenario: Scenario, ca_file: str | None = None
) -> Member:
    chance = random.Random(zlib.crc32(entry.identity.encode()))
    lasting = list(entry.faults) + [
        Fault(name) for name, share in scenario.disturbances.lasting_faults.items() if chance.random() < share
    ]
    charger = Charger(
        url=url,
        ca_file=ca_file,
        identity=entry.identity,
        version=entry.version,
        password=_secret(entry, roster),
        evses=[evse.spec() for evse in entry.evses],
        settings=scenario.new_settings(),
        clock=RunningClock(),
        vendor=entry.vendor,
        model=entry.model or _model(entry),
        serial_number=entry.serial_number,
        firmware_version=entry.firmware_version,
        availability_reports=entry.availability_reports,
        faults=Faults(set(lasting)),
        reboot_s=3.0,
        job_step_s=4.0,
        syncs_clock=True,
        keep_frames=0,
        rng=random.Random(),
    )
    for evse in charger.evse_list:
        evse.meter.energy_wh = first_register_wh(evse.spec, chance, datetime.now(UTC))
    return Member(charger, entry.tokens or roster.tokens or ("04A2B3C4D5E6F7",), tuple(lasting))


def first_register_wh(spec: EvseSpec, chance: random.Random, at: datetime) -> float:
    """A lifetime register that is never lower after a restart: it grows with the calendar at full power."""
    hours = (at - REGISTER_EPOCH).total_seconds() / 3600
    return float(int(chance.uniform(1e6, 9e6) + max(0.0, hours) * spec.max_power_w))


def _secret(entry: ChargerEntry, roster: Roster) -> str | bytes | None:
    password = entry.password or roster.password
    return bytes.fromhex(password) if password and entry.password_is_hex else password


def _model(entry: ChargerEntry) -> str:
    return "Rapid 150" if entry.evses[0].kind.upper() == "DC" else "Twin 22"
