"""One charger driven by words on standard input."""

import asyncio
import shlex
import sys
from collections.abc import Awaitable, Callable

from simulator.charger import Charger
from simulator.errors import SimulatorError
from simulator.faults import Fault
from simulator.runner import Runner

HELP = """commands (EVSE is 1 when left out):
  plug [EVSE]             put the cable in
  tap TOKEN [EVSE]        present a card: starts, or stops what it started
  unplug [EVSE]           pull the cable out
  stop [EVSE]             the stop button
  fault CODE [EVSE]       hardware fault, e.g. GroundFailure
  clear [EVSE]            the fault is gone
  meter [EVSE]            send one sample now
  inject FAULT            misbehave: drop_connection, half_open, truncated_json, flood, no_pong ...
  offline | online        lose the network, get it back
  reboot                  power cycle
  status                  what is going on
  help | quit
"""
Words = list[str]


class Console:
    def __init__(self, charger: Charger) -> None:
        self._charger = charger
        self._runner = Runner(charger)
        self._commands: dict[str, Callable[[Words], Awaitable[None]]] = {
            "plug": lambda words: charger.plug_in(evse=_evse(words, 0)),
            "tap": self._tap,
            "unplug": lambda words: charger.unplug(evse=_evse(words, 0)),
            "stop": lambda words: charger.stop_charging(evse=_evse(words, 0)),
            "fault": lambda words: charger.set_fault(evse=_evse(words, 1), error_code=words[0]),
            "clear": lambda words: charger.clear_fault(evse=_evse(words, 0)),
            "meter": lambda words: charger.meter_values(evse=_evse(words, 0)),
            "inject": lambda words: charger.inject(Fault(words[0])),
            "offline": lambda words: self._runner.hold_offline(),
            "online": self._online,
            "reboot": lambda words: charger.reboot(reason="PowerUp"),
            "status": self._status,
            "help": self._help,
        }

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Until `quit` or the end of the input."""
        self._runner.start()
        try:
            while line := await lines.readline():
                words = shlex.split(line.decode())
                if words[:1] == ["quit"]:
                    break
                if words:
                    await self.obey(words)
        finally:
            await self._runner.stop()

    async def obey(self, words: Words) -> None:
        command = self._commands.get(words[0])
        if command is None:
            _say(f"unknown command {words[0]!r}; try help")
            return
        try:
            await command(words[1:])
        except (SimulatorError, ValueError, IndexError) as error:
            _say(f"failed: {error}")

    async def _tap(self, words: Words) -> None:
        authorization = await self._charger.tap(words[0], evse=_evse(words, 1))
        _say(f"answer: {authorization.status}")

    async def _online(self, words: Words) -> None:
        self._runner.release()

    async def _status(self, words: Words) -> None:
        charger = self._charger
        _say(f"connected={charger.is_connected} registration={charger.registration} queued={len(charger.queue)}")
        for evse in charger.evse_list:
            charger.time.catch_up()
            soc = f" soc_percent={evse.car.soc_percent:.1f}" if evse.car else ""
            _say(
                f"evse={evse.number} status={evse.status} transaction={evse.transaction_id} "
                f"meter_wh={evse.meter_wh} power_w={evse.power_w:.0f}{soc}"
            )

    async def _help(self, words: Words) -> None:
        _say(HELP)


async def standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _evse(words: Words, position: int) -> int:
    return int(words[position]) if len(words) > position else 1


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()
