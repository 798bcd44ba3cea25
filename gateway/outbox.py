"""The outbox: claims commands, says them in the station's version, sends them one at a time, takes up the answers."""

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec
import redis
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError

from gateway import schemas
from gateway.errors import CallFailed, ConnectionLost
from gateway.exchange import now
from gateway.limits import check_limits
from gateway.routing import Call, CannotSay, Facts, outcome
from gateway.threads import in_thread
from live.redis import async_client
from stations import services
from stations.commands import RawCall, request_of
from stations.doorbell import bell_of
from stations.models import Command
from stations.states import CommandStatus, OcppVersion, RegistrationStatus
from stations.traits import Trait

if TYPE_CHECKING:
    from gateway.link import Link
    from gateway.process import Gateway

log = logging.getLogger(__name__)

RECONNECT_S = 1
# How long a station that booted before may stay silent after a reconnect until it is taken to be ready.
SETTLE_S = 10
# One whose profile says that it boots late (Trait.BOOTS_LATE) is given so long, whatever it says before.
LATE_BOOT_S = 180
# What a pending station may be asked (OCPP 2.0.1 B02.FR.01; OCPP 1.6 §4.2).
TRIGGERS = frozenset({"TriggerMessage", "ExtendedTriggerMessage"})
WHILE_PENDING = frozenset({"GetVariables", "SetVariables", "GetBaseReport"}) | TRIGGERS
UNSUPPORTED_CODES = frozenset({"NotImplemented", "NotSupported"})


class Outbox:
    """Delivers the commands of the stations connected here."""

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway
        self.called_for: set[int] = set()
        """Stations that have commands but were not ready when the bell rang."""

    def has_work(self, link: "Link") -> bool:
        return link.admission.station_id in self.called_for

    def greet(self, link: "Link") -> None:
        """Look for commands of a station that came. Nearly always there are none, and asked together that is cheap."""
        self.gateway.spawn(self._look_for(link))

    async def _look_for(self, link: "Link") -> None:
        if await self.gateway.entrance.commands.ask(link.admission.station_id) or self.has_work(link):
            self.wake(link)

    def wake(self, link: "Link") -> None:
        """Look for commands of this station now, or as soon as it is ready."""
        self.called_for.add(link.admission.station_id)
        if not self._is_ready(link) or (link.delivery is not None and not link.delivery.done()):
            return
        self.called_for.discard(link.admission.station_id)
        link.delivery = self.gateway.spawn(self._while_it_exists(link, self._deliver(link)))

    def _is_ready(self, link: "Link") -> bool:
        """A boot is answered before anything is sent; a station that does not boot again is served all the same."""
        if link.is_closed or link.is_booting or link.registration == RegistrationStatus.REJECTED:
            return False
        if self.gateway.is_draining:
            # Another gateway sends it, when the station has come back.
            return False
        if link.boot_answered:
            return True
        open_s = (now() - link.opened_at).total_seconds()
        if Trait.BOOTS_LATE in link.traits:
            return link.admission.has_booted and open_s >= LATE_BOOT_S
        has_settled = link.has_spoken or open_s >= SETTLE_S
        return link.admission.has_booted and has_settled

    async def _while_it_exists(self, link: "Link", work: Coroutine[Any, Any, None]) -> None:
        """A station may be deleted while we ask it something: then its answer has no place, and that is no fault."""
        try:
            await work
        except (IntegrityError, ObjectDoesNotExist) as error:
            if not await link.is_orphaned_by(error):
                raise

    async def _deliver(self, link: "Link") -> None:
        while self._is_ready(link):
            self.called_for.discard(link.admission.station_id)
            kinds = WHILE_PENDING if link.registration == RegistrationStatus.PENDING else None
            command = await in_thread(services.claim_command)(link.connection_id, kinds=kinds)
            if command is None:
                break
            # Whatever becomes of it, the next one is looked for.
            self.called_for.add(link.admission.station_id)
            await self._send(link, command)
        else:
            self.called_for.add(link.admission.station_id)
        if self.has_work(link) and not link.is_closed:
            asyncio.get_running_loop().call_soon(self.wake, link)

    async def _send(self, link: "Link", command: Command) -> None:
        """Send one command and finish its row. A broken connection leaves it to close_connection: lost."""
        try:
            calls = await self._translate(link, command)
        except CannotSay as refusal:
            await self._finish(link, command, status=CommandStatus.NOT_SUPPORTED, detail=str(refusal))
            return
        payloads = [call.payload for call in calls]
        message_ids = [str(uuid.uuid4()) for _ in calls]
        await in_thread(services.note_sent)(
            command,
            message_id=message_ids[0],
            action=calls[0].action,
            payload=payloads[0] if len(payloads) == 1 else payloads,
        )
        whole = command if len(calls) == 1 else None
        responses: list[dict[str, Any]] = []
        ending: dict[str, Any]
        try:
            for call, message_id in zip(calls, message_ids, strict=True):
                if call.is_next_step and _judged(responses)["status"] != CommandStatus.ACCEPTED:
                    break
                responses.append(await self._call(link, whole, call, message_id))
        except CallFailed as error:
            status = CommandStatus.NOT_SUPPORTED if error.code in UNSUPPORTED_CODES else CommandStatus.REJECTED
            ending = {"status": status, "error_code": error.code, "detail": f"{error.code}: {error.description}"}
        except TimeoutError:
            ending = {"status": CommandStatus.TIMED_OUT}
        except ConnectionLost:
            ending = {"status": CommandStatus.LOST}
        else:
            ending = _judged(responses)
        await self._take_up(link, command, calls, responses, ending)

    async def _call(self, link: "Link", whole: Command | None, call: Call, message_id: str) -> dict[str, Any]:
        """``whole``: the command that an answer after the time-out would finish; None if it is one of several."""
        if call.action in TRIGGERS:
            link.expected.add(str(call.payload.get("requestedMessage")))
        if call.action == "GetBaseReport":
            link.expected.add("NotifyReport")
        future = await link.start_call(message_id, call.action, call.payload)
        done, _ = await asyncio.wait([future], timeout=settings.OCPP_CALL_TIMEOUT_S)
        if not done:
            future.add_done_callback(lambda late: self._take_late_answer(link, whole, call, late))
            raise TimeoutError
        try:
            response: dict[str, Any] = future.result()
        finally:
            # An error's frames would hold it, and with it the payload until the next collection of garbage.
            del future, done
        return response

    def _take_late_answer(
        self, link: "Link", whole: Command | None, call: Call, answer: "asyncio.Future[dict[str, Any]]"
    ) -> None:
        """An answer after the time-out still tells what happened."""
        if answer.cancelled() or answer.exception() is not None:
            return
        response = answer.result()
        taking_up = self._take_up(link, whole, [call], [response], _judged([response]))
        link.gateway.spawn(self._while_it_exists(link, taking_up))

    async def _take_up(
        self,
        link: "Link",
        command: Command | None,
        calls: list[Call],
        responses: list[dict[str, Any]],
        ending: dict[str, Any],
    ) -> None:
        """What the answers tell is kept before the command ends; whatever goes wrong there, it ends."""
        try:
            for call, response in zip(calls, responses, strict=False):
                effect = link.routes.effects.get(call.action)
                if effect is not None:
                    await effect(link, call.payload, response)
        finally:
            if command is not None:
                await self._finish(link, command, **ending)

    async def _finish(self, link: "Link", command: Command, **ending: Any) -> None:
        self.gateway.measures.commands[link.version, command.kind, ending["status"]] += 1
        await in_thread(services.finish_command)(command.pk, **ending)

    async def _translate(self, link: "Link", command: Command) -> list[Call]:
        """The command in the words of the station's version, valid by the official schema. Raises CannotSay."""
        try:
            wanted = request_of(command)
        except (msgspec.ValidationError, KeyError) as error:
            raise CannotSay(f"The request cannot be read by this release: {error}") from error
        if isinstance(wanted, RawCall):
            calls = [Call(wanted.action, wanted.payload)]
        else:
            sender = link.routes.senders.get(type(wanted))
            if sender is None:
                raise CannotSay(f"{link.version.label} has no message for this.")
            limits = await in_thread(services.items_per_message)(link.admission.station_id)
            said = sender(wanted, Facts(command.pk % 2**31, limits, link.traits))
            calls = said if isinstance(said, list) else [said]
        for call in calls:
            _check(link.version, call)
            check_limits(call, link.traits)
        return calls

    async def look(self) -> None:
        """Find queued commands without a bell, in case one was not heard."""
        while True:
            await asyncio.sleep(settings.OCPP_LOOK_INTERVAL_S)
            for station_id in await in_thread(services.stations_with_commands)(self.gateway.id):
                if link := self.gateway.links.get(station_id):
                    self.wake(link)

    async def listen(self) -> None:
        """Hear the doorbell: ``ring <station> …`` or ``close <station> <connection>``."""
        while True:
            try:
                async with async_client() as client, client.pubsub(ignore_subscribe_messages=True) as bell:
                    await bell.subscribe(bell_of(self.gateway.id))
                    async for message in bell.listen():
                        await self._hear(message["data"].decode())
            except redis.RedisError as error:
                log.warning("doorbell is away, trying again", extra={"error": str(error)})
                await asyncio.sleep(RECONNECT_S)

    async def _hear(self, message: str) -> None:
        verb, station_id, *rest = message.split(" ")
        if verb == "ring":
            for each in (station_id, *rest):
                if link := self.gateway.links.get(int(each)):
                    self.wake(link)
            return
        link = self.gateway.links.get(int(station_id))
        if link is not None and verb == "close" and rest == [str(link.connection_id)]:
            await link.close_socket(1000, "closed by the server")


def _judged(responses: list[dict[str, Any]]) -> dict[str, Any]:
    """How a command ends that was answered: by the worst of its answers."""
    outcomes = [outcome(response) for response in responses]
    status, detail = max(outcomes, key=lambda result: result[0] != CommandStatus.ACCEPTED)
    return {"status": status, "detail": detail, "response": responses[0] if len(responses) == 1 else responses}


def _check(version: OcppVersion, call: Call) -> None:
    """We are strict in what we send."""
    if call.action not in schemas.actions(version):
        raise CannotSay(f"{call.action[:50]} is no action of {version.label}.")
    error = schemas.first_error(version, call.action, call.payload)
    if error is not None:
        raise CannotSay(f"The payload does not fit the schema: {schemas.describe(error)}"[:400])
