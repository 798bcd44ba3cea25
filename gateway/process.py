"""One gateway process: the links it holds, and the tasks that serve all of them."""

import asyncio
import gc
import logging
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from gateway.admission import Entrance
from gateway.ingest import Ingest
from gateway.link import Link
from gateway.measures import Measures
from gateway.outbox import Outbox
from gateway.threads import in_thread
from gateway.wirelog import WireLog
from stations import services
from stations.states import RefusalCause

log = logging.getLogger(__name__)

HOUSEKEEPING_S = services.LEASE.total_seconds() / 3
SEEN_EVERY = 3
DRAIN_S = 5.0
ANSWER_S = 4.0
RESTART_S = 1.0
LAG_EVERY_S = 0.5
RESTART_CODE = 1012
MOST_FAILED_TLS = 4
UNKNOWN_AUTHORITY = "It does not know the authority of our certificate: see the chain in OCPP_TLS_CERTIFICATES."
TLS_PROBLEMS = {
    "unsupported protocol": "It knows no TLS 1.2.",
    "no shared cipher": "It knows none of the cipher suites that OCPP prescribes.",
    "http request": "It speaks without TLS (ws) at the port for TLS (wss).",
    "tls request": "It speaks TLS (wss) at the port without TLS (ws).",
    "wrong version number": "What it sends is no TLS.",
    "tlsv1 alert unknown ca": UNKNOWN_AUTHORITY,
}


class Gateway:
    """The state of this process. PostgreSQL and Redis hold everything that must outlive it."""

    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self.links: dict[int, Link] = {}
        self.measures = Measures()
        self.entrance = Entrance(take_back=self._take_back)
        self.ingest = Ingest()
        self.wirelog = WireLog()
        self.outbox = Outbox(self)
        self.is_draining = False
        self.lease_renewed_at = time.monotonic()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._seen: dict[int, datetime] = {}
        self._failed_tls = 0

    @property
    def is_ready(self) -> bool:
        """Takes chargers: not about to end, and the database answered not long ago."""
        return not self.is_draining and time.monotonic() - self.lease_renewed_at < services.LEASE.total_seconds()

    async def start(self) -> None:
        """Register, then start the tasks. What is alive now is not looked at by the garbage collector any more."""
        await in_thread(services.start_gateway)(self.id)
        for work in (
            self.ingest.run,
            self.wirelog.run,
            self.outbox.listen,
            self.outbox.look,
            self._keep_house,
            self._watch_the_loop,
        ):
            self.spawn(self._run_for_ever(work))
        gc.collect()
        gc.freeze()
        # Each full collection walks every connection's objects: with the default p99 at 8 000 chargers is 1 s.
        gc.set_threshold(50_000, 50, 1000)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run beside everything else; an error in it is logged, and ends nothing but it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def _run_for_ever(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Work without which stations are not served is begun again after a mistake of ours."""
        while True:
            await asyncio.wait([self.spawn(work())])
            await asyncio.sleep(RESTART_S)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work failed", exc_info=error)

    def note_failed_tls(self, address: str, problem: str) -> None:
        """Who finds no common way to speak TLS tells no identity: its address must do. A few at a time are kept."""
        self.measures.refusals[RefusalCause.TLS_FAILED] += 1
        log.info("TLS handshake failed", extra={"address": address, "problem": problem})
        if self._failed_tls < MOST_FAILED_TLS:
            self._failed_tls += 1
            self.spawn(self._keep_failed_tls(address, problem))

    async def _keep_failed_tls(self, address: str, problem: str) -> None:
        try:
            await in_thread(services.refuse_connection)(
                cause=RefusalCause.TLS_FAILED,
                identity="",
                station=None,
                address=address,
                path="",
                subprotocols=(),
                headers={},
                detail=TLS_PROBLEMS.get(problem, problem),
            )
        finally:
            self._failed_tls -= 1

    def add(self, link: Link) -> Link | None:
        """Make this the station's link; returns the one it replaces."""
        replaced = self.links.get(link.admission.station_id)
        self.links[link.admission.station_id] = link
        return replaced

    def remove(self, link: Link) -> None:
        if self.links.get(link.admission.station_id) is link:
            del self.links[link.admission.station_id]

    async def _keep_house(self) -> None:
        """Renew the lease, note who was heard of, wake those who settled after a reconnect."""
        round_number = 0
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            round_number += 1
            had_run_out = await in_thread(services.renew_lease)(self.id)
            self.lease_renewed_at = time.monotonic()
            if had_run_out or round_number % SEEN_EVERY == 0:
                await self._close_orphans()
            if round_number % SEEN_EVERY == 0:
                await self._note_seen()
            for link in list(self.links.values()):
                if self.outbox.has_work(link):
                    self.outbox.wake(link)

    async def _watch_the_loop(self) -> None:
        """How late a timer rings: what every station waits in addition."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.measures.loop_lag_s.add(max(0.0, loop.time() - due))

    async def _note_seen(self) -> None:
        heard = {
            station_id: link.last_heard_at
            for station_id, link in self.links.items()
            if self._seen.get(station_id) != link.last_heard_at
        }
        self._seen = {station_id: link.last_heard_at for station_id, link in self.links.items()}
        await in_thread(services.record_seen)(heard)

    async def _close_orphans(self) -> None:
        """What is closed in the database must not stay open here: a lease ran out, or a bell was not heard."""
        held = {link.connection_id: link for link in self.links.values()}
        closed = await in_thread(services.which_are_closed)(list(held))
        await self._dismiss([held[connection_id] for connection_id in closed], "please reconnect")

    def _take_back(self, opening: services.Opening) -> None:
        """A charger that gave up while the database was slow must not leave a connection without a socket."""
        self.spawn(self.entrance.closings.ask(services.Closing(opening.connection_id, "charger gave up")))

    async def drain(self) -> None:
        """Before an orderly end: take nobody new, close all with jitter, write what is left, give the lease back."""
        self.is_draining = True
        await self._dismiss(list(self.links.values()), "server restarts")
        deadline = asyncio.get_running_loop().time() + DRAIN_S
        while self.links and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        await self.wirelog.flush()
        await in_thread(services.end_gateway)(self.id)
        for task in list(self._tasks):
            task.cancel()

    async def _dismiss(self, links: Sequence[Link], reason: str) -> None:
        """Send stations away, so that they do not all come back in the same moment."""
        pause_s = min(DRAIN_S, len(links) * 0.002)
        await asyncio.gather(*(self._dismiss_one(link, reason, random.uniform(0, pause_s)) for link in links))  # noqa: S311

    async def _dismiss_one(self, link: Link, reason: str, after_s: float) -> None:
        """A station that was asked something may answer first: its command would be lost with the socket."""
        await asyncio.sleep(after_s)
        if self.is_draining and link.delivery is not None and not link.delivery.done():
            await asyncio.wait([link.delivery], timeout=ANSWER_S)
        await link.close_socket(RESTART_CODE, reason)


def heartbeat_interval_s(wanted_s: int) -> int:
    """The heartbeat interval a station is told: a silent one is given up after three, whatever is configured."""
    longest_s: int = settings.OCPP_IDLE_LIMIT_S // 3
    return max(10, min(wanted_s, longest_s))


_gateway: Gateway | None = None
_starting: asyncio.Lock | None = None


def running_gateway() -> Gateway | None:
    """This process's gateway, if it was started."""
    return _gateway


async def gateway() -> Gateway:
    """This process's gateway, started at the first call."""
    global _gateway, _starting
    if _gateway is None:
        _starting = _starting or asyncio.Lock()
        async with _starting:
            if _gateway is None:
                started = Gateway()
                await started.start()
                _gateway = started
    return _gateway
