"""`python -m simulator`: see docs/simulator.md."""

import argparse
import asyncio
import gc
import random
import signal
import sys
from pathlib import Path

import msgspec
import orjson
import uvloop

from simulator.charger import Charger
from simulator.clock import RunningClock
from simulator.console import Console, standard_input
from simulator.events import print_event
from simulator.evse import EvseSpec
from simulator.fleet import Fleet
from simulator.load import LoadPlan, run_load
from simulator.network import client_context
from simulator.roster import Roster, made_up_roster, make_member, read_roster
from simulator.scenario import UnknownScenario, load_scenario

SUMMARY_EVERY_S = 30.0


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(uvloop.run(options.run(options)))
    except (UnknownScenario, msgspec.ValidationError, msgspec.DecodeError, OSError, ValueError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    modes = parser.add_subparsers(required=True)
    _add_fleet(modes.add_parser("fleet", help="a living network"))
    _add_load(modes.add_parser("load", help="a load generator"))
    _add_charger(modes.add_parser("charger", help="one charger, driven by words on standard input"))
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="the CSMS, without the identity: ws://127.0.0.1:9000/ocpp")
    parser.add_argument("--ca-file", help="PEM: whom to trust as the CSMS at a wss:// address")
    parser.add_argument("--password", help="Basic auth password of every charger that has none of its own")
    parser.add_argument("--quiet", action="store_true", help="no line for each event")


def _add_fleet(parser: argparse.ArgumentParser) -> None:
    _add_target(parser)
    parser.add_argument("--fleet", type=Path, help="JSON or TOML file that lists the chargers")
    parser.add_argument("--scenario", default="demo", help="built-in name or TOML file (default: demo)")
    parser.add_argument("--prefix", default="SIM", help="identities of made-up chargers begin so")
    parser.add_argument("--count", type=int, default=10, help="how many made-up chargers, without --fleet")
    parser.add_argument("--version", default="mix", help="1.6, 2.0.1, 2.1 or mix")
    parser.add_argument("--seconds", type=float, help="stop after so long; otherwise on Ctrl-C or SIGTERM")
    parser.set_defaults(run=_run_fleet)


def _add_load(parser: argparse.ArgumentParser) -> None:
    _add_target(parser)
    parser.add_argument("--identities-from", type=Path, help="a fleet file, or one identity in each line")
    parser.add_argument("--prefix", default="LOAD")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--version", default="1.6", choices=["1.6", "2.0.1", "2.1"])
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between messages; 0 is a closed loop")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--with-transactions", action="store_true", help="start a transaction first on each")
    parser.set_defaults(run=_run_load)


def _add_charger(parser: argparse.ArgumentParser) -> None:
    _add_target(parser)
    parser.add_argument("--identity", required=True)
    parser.add_argument("--version", default="1.6", choices=["1.6", "2.0.1", "2.1"])
    parser.add_argument("--evses", type=int, default=1)
    parser.add_argument("--dc", action="store_true", help="150 kW DC instead of 22 kW AC")
    parser.add_argument("--password-is-hex", action="store_true", help="send the password's bytes (1.6 hex key)")
    parser.add_argument("--certificate", type=Path, help="PEM: its own certificate, shown at a wss:// address")
    parser.add_argument("--key", type=Path, help="PEM: the key of its certificate")
    parser.add_argument("--interactive", action="store_true", help="accepted for clarity; it always is")
    parser.set_defaults(run=_run_charger)


async def _run_fleet(options: argparse.Namespace) -> int:
    scenario = load_scenario(options.scenario)
    roster = _roster(options)
    members = [
        make_member(entry, roster, url=options.url, scenario=scenario, ca_file=options.ca_file)
        for entry in roster.chargers
    ]
    if not options.quiet:
        for member in members:
            member.charger.on_event = print_event
    stopping = _stop_event()
    fleet = Fleet(members, scenario)
    print_event("fleet", "ready", {"chargers": len(members)})
    starting = asyncio.create_task(fleet.start())
    try:
        async with asyncio.timeout(options.seconds):
            await _report_until(stopping, fleet)
    except TimeoutError:
        pass
    starting.cancel()
    await fleet.stop()
    print_event("fleet", "stopped", fleet.summary())
    return 0


async def _report_until(stopping: asyncio.Event, fleet: Fleet) -> None:
    """A line about the whole now and then."""
    while True:
        try:
            async with asyncio.timeout(SUMMARY_EVERY_S):
                await stopping.wait()
                return
        except TimeoutError:
            print_event("fleet", "summary", fleet.summary())


async def _run_load(options: argparse.Namespace) -> int:
    passwords: dict[str, str] = {}
    if options.identities_from:
        identities, passwords = _identities(options.identities_from, options.version)
    else:
        identities = tuple(f"{options.prefix}{number:05d}" for number in range(1, options.count + 1))
    gc.set_threshold(50_000, 50, 1000)
    plan = LoadPlan(
        url=options.url,
        tls=client_context(options.ca_file) if options.url.startswith("wss:") else None,
        identities=identities,
        version=options.version,
        password=options.password,
        passwords=passwords,
        interval_s=options.interval,
        seconds=options.seconds,
        with_transactions=options.with_transactions,
    )
    tally = await run_load(plan)
    figures = tally.figures() | {"stations": len(identities), "version": options.version}
    if not options.quiet:
        sys.stdout.writelines(f"{name:>20}  {value}\n" for name, value in figures.items())
    sys.stdout.write(orjson.dumps(figures).decode() + "\n")
    return 0 if not tally.failed_connections and tally.latencies_ms else 1


async def _run_charger(options: argparse.Namespace) -> int:
    spec = EvseSpec(kind="DC", max_power_w=150_000) if options.dc else EvseSpec()
    is_hex = options.password_is_hex and options.password
    charger = Charger(
        url=options.url,
        identity=options.identity,
        version=options.version,
        ca_file=options.ca_file,
        password=bytes.fromhex(options.password) if is_hex else options.password,
        evses=[spec] * options.evses,
        clock=RunningClock(),
        syncs_clock=True,
        keep_frames=0,
        rng=random.Random(),
        on_event=None if options.quiet else print_event,
    )
    if options.certificate and options.key:
        charger.wallet.load(options.certificate.read_text(), options.key.read_text())
    running = asyncio.create_task(Console(charger).run(await standard_input()))
    stopping = asyncio.create_task(_stop_event().wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    stopping.cancel()
    await asyncio.gather(running, stopping, return_exceptions=True)
    return 0


def _roster(options: argparse.Namespace) -> Roster:
    if options.fleet:
        return read_roster(options.fleet)
    return made_up_roster(
        prefix=options.prefix, count=options.count, version=options.version, password=options.password
    )


def _identities(path: Path, version: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Identities and passwords: of a fleet file those of the version, of a plain text file each line."""
    if path.suffix not in {".json", ".toml"}:
        lines = path.read_text(encoding="utf-8").split()
        return tuple(lines), {}
    roster = read_roster(path)
    chosen = [entry for entry in roster.chargers if entry.version == version]
    passwords = {entry.identity: entry.password or roster.password for entry in chosen}
    return tuple(passwords), {identity: secret for identity, secret in passwords.items() if secret}


def _stop_event() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


if __name__ == "__main__":
    sys.exit(main())
