"""One WebSocket to a CSMS: frames out and in, one open CALL at a time (OCPP-J 1.6 §4, 2.x part 4 §4)."""

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode, Frame, Opcode
from websockets.typing import Subprotocol

from simulator.errors import AnswerTimeout, CallError, ConnectionLost, HandshakeRefused

Payload = dict[str, Any]
Direction = str
"""Either "in" (from the CSMS) or "out"."""
FrameObserver = Callable[[Direction, str], None]
CallReceiver = Callable[["Connection", str, str, Payload], None]
SentNote = Callable[[str, str, str], None]
"""Gets action, message id and text of a CALL just before it is sent."""

CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND = 2, 3, 4, 5, 6
MAX_FRAME_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Address:
    """Where and as whom a charger connects."""

    url: str
    """The CSMS endpoint; the identity is appended as the last path segment, percent-encoded."""
    identity: str
    username: str | None = None
    """Basic auth user name; the identity unless a test wants a wrong one."""
    password: str | bytes | None = None
    """None sends no Authorization header (security profile 0)."""
    subprotocols: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    ping_interval_s: float | None = None

    @property
    def full_url(self) -> str:
        return f"{self.url.rstrip('/')}/{quote(self.identity, safe='')}"

    def headers(self) -> dict[str, str]:
        if self.password is None:
            return {}
        secret = self.password.encode() if isinstance(self.password, str) else self.password
        user = self.identity if self.username is None else self.username
        return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()}


class Connection:
    """Made by `open_connection`. `on_call` gets each CALL of the CSMS."""

    __slots__ = (
        "_observe",
        "_on_call",
        "_on_closed",
        "_on_unclaimed",
        "_pending",
        "_reader",
        "_socket",
        "_turn",
        "is_abandoned",
    )

    def __init__(
        self,
        socket: ClientConnection,
        *,
        observe: FrameObserver,
        on_call: CallReceiver,
        on_unclaimed: Callable[[str], None],
        on_closed: Callable[["Connection"], None],
    ) -> None:
        self._socket = socket
        self._observe = observe
        self._on_call = on_call
        self._on_unclaimed = on_unclaimed
        self._on_closed = on_closed
        self._pending: dict[str, asyncio.Future[Payload]] = {}
        self._turn = asyncio.Lock()
        self.is_abandoned = False
        self._reader = asyncio.create_task(self._read())

    @property
    def subprotocol(self) -> str | None:
        return self._socket.subprotocol

    @property
    def close_code(self) -> int:
        return self._socket.close_code or CloseCode.ABNORMAL_CLOSURE

    @property
    def close_reason(self) -> str:
        return self._socket.close_reason or ""

    async def call(self, message_id: str, action: str, payload: Payload, timeout_s: float, note: SentNote) -> Payload:
        """Send a CALL when the previous one is answered, and wait for the answer."""
        text = orjson.dumps([CALL, message_id, action, payload]).decode()
        async with self._turn:
            note(action, message_id, text)
            return await self.exchange(message_id, text, timeout_s)

    async def exchange(self, message_id: str, text: str, timeout_s: float) -> Payload:
        """Send this text now, without waiting for a turn, and wait for the answer to `message_id`."""
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self._pending[message_id] = answer
        try:
            await self.send_text(text)
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            raise AnswerTimeout(f"no answer within {timeout_s:g} s") from None
        finally:
            self._pending.pop(message_id, None)

    async def answer(self, message_id: str, payload: Payload) -> None:
        await self.send_text(orjson.dumps([CALL_RESULT, message_id, payload]).decode())

    async def answer_error(self, message_id: str, error: CallError) -> None:
        frame = [CALL_ERROR, message_id, error.code, error.description[:255], error.details]
        await self.send_text(orjson.dumps(frame).decode())

    async def send_text(self, text: str) -> None:
        if self.is_abandoned:
            self._observe("out", text)
            return
        try:
            await self._socket.send(text)
        except ConnectionClosed as closed:
            raise self._lost() from closed
        self._observe("out", text)

    async def ping(self) -> None:
        """Send a WebSocket ping and wait for its pong."""
        await (await self._socket.ping())

    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        await self._socket.close(code, reason)
        await self._finish_reader()

    async def drop(self) -> None:
        """Cut the TCP connection without a closing handshake."""
        self._socket.transport.abort()
        await self._finish_reader()

    def abandon(self) -> None:
        """Half-open: the socket stays, but nothing is read from it or sent over it any more."""
        self.is_abandoned = True
        self._socket.transport.pause_reading()
        self._fail_pending()

    def mute_pongs(self) -> None:
        """Never answer a ping of the CSMS from now on."""
        protocol = self._socket.protocol
        send_frame = protocol.send_frame

        def send_all_but_pongs(frame: Frame) -> None:
            if frame.opcode is not Opcode.PONG:
                send_frame(frame)

        protocol.send_frame = send_all_but_pongs  # type: ignore[method-assign]

    def _lost(self) -> ConnectionLost:
        return ConnectionLost(self.close_code, self.close_reason)

    async def _finish_reader(self) -> None:
        if self.is_abandoned:
            self._reader.cancel()
        if asyncio.current_task() is not self._reader:
            await asyncio.wait([self._reader])

    async def _read(self) -> None:
        try:
            while True:
                message = await self._socket.recv()
                text = message if isinstance(message, str) else message.decode(errors="replace")
                self._observe("in", text)
                self._receive(text)
        except ConnectionClosed:
            pass
        finally:
            self._fail_pending()
            self._on_closed(self)

    def _fail_pending(self) -> None:
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(self._lost())

    def _receive(self, text: str) -> None:
        match _parse(text):
            case [2, str(message_id), str(action), dict(payload)]:
                self._on_call(self, message_id, action, payload)
            case [3, str(message_id), dict(payload)] if self._is_open(message_id):
                self._pending[message_id].set_result(payload)
            case [4, str(message_id), str(code), str(description), dict(details)] if self._is_open(message_id):
                self._pending[message_id].set_exception(CallError(code, description, details))
            case _:
                self._on_unclaimed(text)

    def _is_open(self, message_id: str) -> bool:
        answer = self._pending.get(message_id)
        return answer is not None and not answer.done()


def _parse(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


async def open_connection(
    address: Address,
    *,
    observe: FrameObserver,
    on_call: CallReceiver,
    on_unclaimed: Callable[[str], None],
    on_closed: Callable[[Connection], None],
) -> Connection:
    """Connect and upgrade; HandshakeRefused for an HTTP answer, ConnectionLost when there is no answer at all."""
    try:
        socket = await connect(
            address.full_url,
            subprotocols=[Subprotocol(name) for name in address.subprotocols] or None,
            additional_headers=address.headers(),
            compression=None,
            proxy=None,
            ssl=address.tls,
            ping_interval=address.ping_interval_s,
            close_timeout=3,
            max_size=MAX_FRAME_BYTES,
        )
    except InvalidStatus as refused:
        response = refused.response
        raise HandshakeRefused(
            response.status_code, dict(response.headers.raw_items()), bytes(response.body)
        ) from refused
    except (OSError, InvalidHandshake, TimeoutError) as error:
        raise ConnectionLost(reason=str(error)) from error
    return Connection(socket, observe=observe, on_call=on_call, on_unclaimed=on_unclaimed, on_closed=on_closed)
