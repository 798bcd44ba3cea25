"""The conversation with one station: frames in, answers out, our own CALLs (OCPP-J 1.6 §4, 2.0.1 part 4 §4).

Rules kept here: every CALL is answered; one CALL of ours is open at a time; an answer we did not ask for is logged and
dropped; a bad frame ends neither the socket nor the process. This file has the project's one ``except Exception``.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from jsonschema_rs import ValidationError

from gateway import schemas
from gateway.corrections import correct, corrections_of
from gateway.errors import CODES_BY_KEYWORD, CallFailed, CallRefused, ConnectionLost, code_for
from gateway.exchange import Exchange, now
from gateway.not_supported import NOT_SUPPORTED
from gateway.repairs import PayloadMender
from gateway.routing import Routes, arguments, serialise
from gateway.sessions import SessionCache
from gateway.texts import LONGEST_MENDED, loads, read_text
from gateway.threads import in_thread
from gateway.wirelog import LoggedFrame
from stations import services
from stations.models import Direction
from stations.repairs import Repair
from stations.services import Admission
from stations.states import OcppVersion, RegistrationStatus

if TYPE_CHECKING:
    from gateway.process import Gateway

log = logging.getLogger(__name__)

CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND = 2, 3, 4, 5, 6
# Their schemas have no room for a token or a secret, but in customData and in an address.
HARMLESS_ACTIONS = frozenset({"Heartbeat", "MeterValues", "StatusNotification"})
# Named once: Python 3.11 takes its time to find a member of an enumeration, and every frame asks for these.
ACCEPTED, V16, V21, IN, OUT = (
    RegistrationStatus.ACCEPTED,
    OcppVersion.V16,
    OcppVersion.V21,
    Direction.IN,
    Direction.OUT,
)
UNREADABLE_ID = "-1"
LONGEST_ID = 36
ID_OF_A_CALL = re.compile(r'^\W*2\s*,\s*"((?:[^"\\]|\\.){1,255})"')

Send = Callable[[str], Awaitable[None]]
Close = Callable[[int, str], Awaitable[None]]


class Link:
    """One socket of one station."""

    __slots__ = (
        "admission",
        "boot_answered",
        "checks",
        "close_socket",
        "common_name",
        "connection_id",
        "corrections",
        "delivery",
        "expected",
        "gateway",
        "has_spoken",
        "is_booting",
        "is_closed",
        "last_heard_at",
        "log_id",
        "opened_at",
        "pending",
        "registration",
        "repairs_before",
        "routes",
        "send_text",
        "sessions",
        "traits",
        "version",
    )

    def __init__(
        self,
        *,
        admission: Admission,
        routes: Routes,
        connection_id: uuid.UUID,
        gateway: "Gateway",
        send_text: Send,
        close_socket: Close,
        repairs: Sequence[str] = (),
        common_name: str = "",
    ) -> None:
        self.admission = admission
        self.routes = routes
        self.version = routes.version
        self.checks = schemas.validators(routes.version)
        self.connection_id = connection_id
        self.log_id = connection_id.bytes
        self.gateway = gateway
        self.send_text = send_text
        self.close_socket = close_socket
        self.common_name = common_name
        """Of the certificate by which the station came in, if it did."""
        self.registration = admission.registration
        self.repairs_before = repairs
        """Of the handshake, which is no frame: kept on the first that is."""
        self.boot_answered = False
        self.has_spoken = False
        self.is_booting = False
        self.is_closed = False
        self.opened_at = self.last_heard_at = now()
        self.expected: set[str] = set()
        """Messages we asked a pending station for (OCPP 2.0.1 B02.FR.02)."""
        self.pending: dict[str, tuple[str, asyncio.Future[Any]]] = {}
        self.delivery: asyncio.Task[None] | None = None
        self.sessions = SessionCache(admission.station_id, gateway.entrance.sessions.ask)
        self.take_traits(admission.traits)

    def take_traits(self, traits: frozenset[str]) -> None:
        """What the vendor profiles tell of the station; a boot may tell of other hardware."""
        self.traits = traits
        self.corrections = corrections_of(traits, self.version)

    @property
    def has_booted(self) -> bool:
        return self.boot_answered or self.admission.has_booted

    async def receive(self, data: str | bytes) -> None:
        """Take one frame and finish with it: when this returns, its answer is on its way."""
        received_at = self.last_heard_at = now()
        repairs = list(self.repairs_before)
        self.repairs_before = ()
        text = read_text(data, repairs)
        try:
            frame = loads(text, repairs)
        except orjson.JSONDecodeError:
            await self._refuse_unreadable(text, received_at, repairs)
            return
        if not isinstance(frame, list) or not frame:
            await self._refuse_unreadable(text, received_at, repairs)
        elif frame[0] == CALL:
            await self._answer(frame, text, received_at, repairs)
        elif frame[0] in (CALLRESULT, CALLERROR):
            self._take_answer(frame, text, received_at, repairs)
        elif frame[0] in (CALLRESULTERROR, SEND) and self.version == V21:
            self._log(text, received_at, frame, repairs=repairs, action=str(frame[2]) if len(frame) > 2 else "")
        else:
            await self._refuse_type(frame, text, received_at, repairs)

    async def _answer(self, frame: list[Any], text: str, received_at: datetime, repairs: list[str]) -> None:
        """Answer a CALL, whatever it is."""
        began = time.perf_counter()
        message_id = _id_of(frame)
        action = frame[2] if len(frame) > 2 and isinstance(frame[2], str) else ""
        if not isinstance(message_id, str) or not 0 < len(message_id) <= LONGEST_ID:
            repairs.append(Repair.MESSAGE_ID_NOT_TEXT)
        exchange = Exchange(self, action, len(text), received_at, repairs)
        error_code = ""
        try:
            answer: list[Any] = [CALLRESULT, message_id, await self._result(exchange, frame)]
        except CallRefused as refusal:
            error_code = code_for(self.version, refusal.code)
            answer = [CALLERROR, message_id, error_code, refusal.description, refusal.details]
        except Exception as error:
            if not await self.is_orphaned_by(error):
                log.exception("CALL failed", extra={"station_id": self.admission.station_id, "action": action})
            error_code = "InternalError"
            answer = [CALLERROR, message_id, error_code, "The server could not process this message.", {}]
        is_harmless = (
            action in HARMLESS_ACTIONS
            and not error_code
            and not repairs
            and "customData" not in text
            and "@" not in text
        )
        self._log(text, received_at, frame, repairs=repairs, action=action, is_harmless=is_harmless)
        await self._send(answer, action=action, error_code=error_code)
        self._measure(action, error_code, time.perf_counter() - began)
        self.has_spoken = True
        if action == "BootNotification":
            self.is_booting = False
            self.boot_answered |= not error_code
            self.gateway.outbox.greet(self)
        elif self.gateway.outbox.has_work(self):
            self.gateway.outbox.wake(self)

    def _measure(self, action: str, error_code: str, seconds: float) -> None:
        known = action if action in self.routes.handlers else "other"
        self.gateway.measures.answers[self.version][known].add(seconds)
        if error_code:
            self.gateway.measures.errors[self.version, known, error_code] += 1

    async def is_orphaned_by(self, error: Exception) -> bool:
        """Whether an error only says that the station was deleted while we spoke with it; its socket closes soon."""
        if not isinstance(error, IntegrityError | ObjectDoesNotExist):
            return False
        return not await in_thread(services.is_known)(self.admission.station_id)

    async def _result(self, exchange: Exchange, frame: list[Any]) -> Any:
        action = exchange.action
        if not action or len(frame) > 4:
            raise CallRefused("RpcFrameworkError", "A CALL is [2, message id, action, payload].")
        handler = self.routes.handlers.get(action)
        if handler is None:
            if action not in schemas.actions(self.version):
                raise CallRefused("NotImplemented", f"{action[:50]} is no action of {self.version.label}.")
            reason = NOT_SUPPORTED[self.version].get(action, "Only this server sends it.")
            raise CallRefused("NotSupported", f"{action} is not taken: {reason}")
        self._check_registration(action)
        payload = self._payload(exchange, frame[3] if len(frame) > 3 else None)
        if self.corrections:
            correct(self.corrections, payload, exchange.repairs)
        return serialise(await handler(exchange, **arguments(payload)))

    def _check_registration(self, action: str) -> None:
        """Before a boot is accepted nothing else is served (OCPP 2.0.1 B01.FR.10, B02.FR.09, B03.FR.07).

        OCPP 1.6 stations that were never told to wait are served before their boot too: some never boot again.
        """
        if action == "BootNotification" or action in self.expected:
            return
        if self.registration != ACCEPTED:
            raise CallRefused("SecurityError", f"The station's registration is {self.registration.label.lower()}.")
        if self.version != V16 and not self.has_booted:
            raise CallRefused("SecurityError", "Send a BootNotification first.")

    def _payload(self, exchange: Exchange, payload: Any) -> dict[str, Any]:
        """A payload that fits its schema, mended if need be."""
        if payload is None or payload == "":
            exchange.repair(Repair.PAYLOAD_LEFT_OUT)
            payload = {}
        if not isinstance(payload, dict):
            raise CallRefused("FormatViolation", "The payload is not an object.")
        if self.checks[exchange.action].is_valid(payload):
            return payload
        error = self._mend(exchange.action, payload, exchange.received_at, exchange.repairs, exchange.length)
        if error is not None:
            code = CODES_BY_KEYWORD.get(error.kind.name, "FormatViolation")
            raise CallRefused(code, schemas.describe(error), {"path": "/".join(map(str, error.instance_path))})
        return payload

    def _mend(
        self,
        action: str,
        payload: dict[str, Any],
        received_at: datetime,
        repairs: list[str],
        length: int,
        *,
        is_response: bool = False,
    ) -> ValidationError | None:
        """Mend a payload in place; returns what is left that cannot be."""
        if length > LONGEST_MENDED:
            return schemas.first_error(self.version, action, payload, is_response=is_response)
        mender = PayloadMender(self.version, action, payload, received_at=received_at, is_response=is_response)
        error = mender.mend()
        repairs.extend(mender.repairs)
        return error

    async def _refuse_unreadable(self, text: str, received_at: datetime, repairs: list[str]) -> None:
        """OCPP-J 2.0.1 §4.2.3 wants an answer even if the id cannot be read; 1.6 has no rule for that case."""
        match = ID_OF_A_CALL.match(text)
        self._log(text, received_at, None, repairs=repairs, error_code="unreadable")
        if match is None and self.version == V16:
            return
        message_id = match.group(1) if match else UNREADABLE_ID
        code = code_for(self.version, "FormatViolation" if match else "RpcFrameworkError")
        await self._send([CALLERROR, message_id, code, "This is not a valid message.", {}], error_code=code)

    async def _refuse_type(self, frame: list[Any], text: str, received_at: datetime, repairs: list[str]) -> None:
        """Ignored in 1.6 (OCPP-J 1.6 §4.1.3), answered in 2.x (OCPP-J 2.0.1 §4.1.3)."""
        self._log(text, received_at, frame, repairs=repairs, error_code="MessageTypeNotSupported")
        if self.version == V16:
            return
        answer: list[Any] = [CALLERROR, _id_of(frame), "MessageTypeNotSupported", "This message type is not known.", {}]
        await self._send(answer, error_code="MessageTypeNotSupported")

    def _take_answer(self, frame: list[Any], text: str, received_at: datetime, repairs: list[str]) -> None:
        action, future = self.pending.pop(str(_id_of(frame)), ("", None))
        if future is None or future.done():
            pass
        elif frame[0] == CALLERROR:
            code, description, details = (*frame[2:5], "", "", {})[:3]
            future.set_exception(CallFailed(str(code), str(description), details))
        else:
            self._take_result(action, future, frame[2] if len(frame) > 2 else None, received_at, repairs, len(text))
        self._log(text, received_at, frame, repairs=repairs, action=action)

    def _take_result(
        self,
        action: str,
        future: asyncio.Future[Any],
        payload: Any,
        received_at: datetime,
        repairs: list[str],
        length: int,
    ) -> None:
        """An answer that does not fit its schema is mended as a CALL is; what cannot be mended tells nothing."""
        if payload is None or payload == "":
            repairs.append(Repair.PAYLOAD_LEFT_OUT)
            payload = {}
        if not isinstance(payload, dict):
            future.set_exception(CallFailed("FormatViolation", "The station's answer is not an object.", {}))
        elif error := self._mend(action, payload, received_at, repairs, length, is_response=True):
            future.set_exception(CallFailed("FormatViolation", f"The station's answer: {schemas.describe(error)}", {}))
        else:
            future.set_result(payload)

    async def start_call(self, message_id: str, action: str, payload: dict[str, Any]) -> asyncio.Future[Any]:
        """Send a CALL and return the future of its answer: a payload, CallFailed or ConnectionLost.

        Only the outbox calls this, one at a time: a handler that waited here could never read the answer.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.is_closed:
            raise ConnectionLost
        self.pending[message_id] = (action, future)
        await self._send([CALL, message_id, action, payload], action=action)
        return future

    async def _send(self, frame: list[Any], *, action: str = "", error_code: str = "") -> None:
        text = orjson.dumps(frame).decode()
        if self.is_closed:
            return
        await self.send_text(text)
        self._log(
            text,
            now(),
            frame,
            action=action,
            direction=OUT,
            error_code=error_code,
            is_harmless=frame[0] == CALLRESULT and not frame[2],
        )

    def closed(self) -> None:
        """The socket is gone: nobody waits for an answer any more."""
        self.is_closed = True
        for _, future in self.pending.values():
            if not future.done():
                future.set_exception(ConnectionLost())
                future.exception()
        self.pending.clear()

    def _log(
        self,
        text: str,
        at: datetime,
        frame: list[Any] | None,
        *,
        action: str = "",
        repairs: list[str] | None = None,
        direction: Direction = IN,
        error_code: str = "",
        is_harmless: bool = False,
    ) -> None:
        if repairs:
            repairs = list(dict.fromkeys(repairs))
            self.gateway.measures.repairs.update(repairs)
        message_type = frame[0] if frame and type(frame[0]) is int and 0 <= frame[0] < 1000 else None
        if frame and message_type == CALLERROR and not error_code and len(frame) > 2:
            error_code = str(frame[2])
        self.gateway.wirelog.add(
            LoggedFrame(
                self.admission.station_id,
                self.log_id,
                at,
                direction,
                message_type,
                str(_id_of(frame)) if frame else "",
                action,
                text,
                repairs or (),
                error_code,
                is_harmless,
            )
        )


def _id_of(frame: list[Any]) -> str | int | float:
    """The message id as the station wrote it, to be sent back; anything but a text or number is no id."""
    told = frame[1] if len(frame) > 1 else None
    return told if isinstance(told, str | int | float) else UNREADABLE_ID
