"""The virtual charger: what tests, scenarios and the console drive."""

import asyncio
import itertools
import random
import ssl
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from simulator.answering import Answering, Effect, Override
from simulator.authorization import Authorization, Memory, Token
from simulator.car import Car
from simulator.certificates import Wallet
from simulator.clock import Clock, ManualClock, parse_time
from simulator.connection import Address, FrameObserver, Payload
from simulator.dialect import Dialect
from simulator.errors import AnswerTimeout, CallError, ConnectionLost, SimulatorError
from simulator.evse import Evse, EvseSpec
from simulator.faults import Fault, Faults
from simulator.flow import Flow
from simulator.misbehaviour import misbehave
from simulator.network import Network
from simulator.profiles import ProfileStore
from simulator.settings import Settings
from simulator.states import ReadingContext, Registration, StopReason, Trigger, Version
from simulator.timekeeper import Timekeeper
from simulator.transaction_queue import TransactionQueue
from simulator.transfers import UploadStyle
from simulator.v2.dialect import Dialect2
from simulator.v16.dialect import Dialect16
from simulator.wire import Wire

EventSink = Callable[[str, str, dict[str, Any]], None]
"""Gets (identity, event name, fields) of everything worth a line."""
READY_POLL_S = 0.2
OWN_BOOT_RETRY_S = 30
"""Used when a Pending or Rejected answer leaves the wait to the station (interval 0)."""


@dataclass(kw_only=True, slots=True, eq=False)
class Charger:
    """One charging station.

    By itself it only answers the CSMS, with the effects; `advance` lets time pass.
    A `Runner` drives it by the wall clock instead.
    """

    url: str
    identity: str
    version: str = "1.6"
    password: str | bytes | None = None
    """Bytes go into the Basic header as they are (1.6 hex keys: `bytes.fromhex(key)`)."""
    evses: Sequence[EvseSpec] = (EvseSpec(),)
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=ManualClock)
    vendor: str = "Voltaria"
    model: str = "Twin 22"
    serial_number: str = ""
    firmware_version: str = "1.4.2"
    token_type: str = "ISO14443"  # noqa: S105
    username: str | None = None
    subprotocols: Sequence[str] | None = None
    """What to offer; by default the one of the version. An empty sequence offers none."""
    tls: ssl.SSLContext | None = None
    """Instead of what `ca_file` and the certificates it has lead to."""
    ca_file: str | None = None
    """Whom to trust as the CSMS, beside the roots it is sent."""
    secure_url: str = ""
    """Where it goes by TLS when it is told to (1.6 SecurityProfile); by default the same address with wss."""
    ping_interval_s: float | None = None
    answer_timeout_s: float = 30.0
    reboot_s: float = 0.0
    """How long the station is dark after a reset."""
    job_step_s: float = 0.0
    """Pause between the steps of an upload or a firmware update."""
    upload_style: UploadStyle = UploadStyle.PUT_APPENDED
    syncs_clock: bool = False
    """Set the clock from the answers to BootNotification and Heartbeat."""
    authorizes_before_start: bool = True
    """False starts on a tap without an Authorize, as some stations do."""
    availability_reports: str = "status"
    """2.x: "status" sends StatusNotification, "event" NotifyEvent(AvailabilityState), "both" both."""
    faults: Faults = field(default_factory=Faults)
    on_event: EventSink | None = None
    is_driven: bool = False
    """A Runner keeps the connection: after a reset or a loss it connects and boots, not the charger itself."""
    keep_frames: int = 200
    """How many unclaimed frames and received commands are kept for the test to look at."""
    woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Set when something happened that may bring the next due moment forward."""
    rng: random.Random = field(default_factory=random.Random)

    registration: Registration | None = field(default=None, init=False)
    boot_reason: str = field(default="PowerUp", init=False)
    boot_retry_s: float | None = field(default=None, init=False)
    """How long to wait before the next BootNotification; None once accepted."""
    reset_when_idle: bool = field(default=False, init=False)
    update_number: int = field(default=0, init=False)
    is_updating: bool = field(default=False, init=False)
    wallet: Wallet = field(default_factory=Wallet)
    network: Network = field(init=False)
    firmware_notice: tuple[str, Payload] | None = field(default=None, init=False)
    """What was told last of an update that is not through."""
    upload_number: int = field(default=0, init=False)
    is_uploading: bool = field(default=False, init=False)
    is_rebooting: bool = field(default=False, init=False)
    offline_since: datetime | None = field(default=None, init=False)
    memory: Memory = field(default_factory=Memory, init=False)
    profiles: ProfileStore = field(default_factory=ProfileStore, init=False)
    variables: dict[str, str] = field(default_factory=dict, init=False)
    """Values the CSMS configured that have no effect of their own, by key or by component and variable."""
    evse_list: list[Evse] = field(init=False)
    dialect: Dialect = field(init=False)
    queue: TransactionQueue = field(init=False)
    flow: Flow = field(init=False)
    time: Timekeeper = field(init=False)
    wire: Wire = field(init=False)
    answering: Answering = field(init=False)
    _event_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), init=False)

    def __post_init__(self) -> None:
        version = Version(self.version.removeprefix("ocpp"))
        self.version = version.value
        self.serial_number = self.serial_number or f"SN-{self.identity}"[:25]
        self.evse_list = [Evse(number, spec) for number, spec in enumerate(self.evses, start=1)]
        self.network = Network(self)
        self.time = Timekeeper(self)
        self.flow = Flow(self)
        self.answering = Answering(self)
        self.wire = Wire(
            faults=self.faults,
            timeout_s=self.answer_timeout_s,
            keep_frames=self.keep_frames,
            on_command=self.answering.receive,
            on_lost=self._lost,
        )
        self.queue = TransactionQueue(self.call, lambda: self.is_ready)
        self.queue.on_drop = lambda message: self.emit("message_dropped", action=message.action)
        self.queue.reorders = lambda: self.faults.strikes(Fault.REORDER)
        self.settings_changed()
        self.dialect = Dialect16(self) if version is Version.V16 else Dialect2(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Connection

    @property
    def address(self) -> Address:
        configured: str | bytes = self.settings.basic_auth_password
        if self.version == "1.6" and is_hex_key(self.settings.basic_auth_password):
            configured = bytes.fromhex(self.settings.basic_auth_password)
        offered = (f"ocpp{self.version}",) if self.subprotocols is None else tuple(self.subprotocols)
        return Address(
            url=self.network.access.url,
            identity=self.identity,
            username=self.username,
            password=None if self.network.shows_certificate else configured or self.password,
            subprotocols=offered,
            tls=self.network.tls_context(),
            ping_interval_s=self.ping_interval_s,
        )

    @property
    def subprotocol(self) -> str | None:
        """What the CSMS chose, None when it chose nothing."""
        return self.wire.subprotocol

    @property
    def is_connected(self) -> bool:
        return self.wire.is_open

    @property
    def is_ready(self) -> bool:
        """Connected and accepted: may send anything."""
        return self.wire.is_open and self.registration is Registration.ACCEPTED and not self.is_rebooting

    async def connect(self) -> None:
        """Raises HandshakeRefused or ConnectionLost. Sends nothing by itself."""
        try:
            await self.wire.open(self.address)
        except SimulatorError:
            self.network.failed()
            raise
        self.network.connected()
        self.offline_since = None
        self.woken.set()
        self.emit("connected", subprotocol=self.subprotocol)

    async def close(self, code: int = 1000) -> None:
        """Close the socket orderly and stop everything that is under way."""
        self.queue.close()
        self.answering.close()
        await self.wire.close(code)
        await self.wire.drop_abandoned()

    async def go_offline(self, *, cleanly: bool = False) -> None:
        """Lose the connection, by default without a closing handshake. What happens from now on is queued."""
        self.offline_since = self.clock.now()
        await (self.wire.close() if cleanly else self.wire.drop())
        self.emit("offline")

    async def come_online(self) -> None:
        """Connect again (without a BootNotification, OCPP-J 1.6 §5.4), report status, replay the queue."""
        offline_since = self.offline_since
        await self.connect()
        self.queue.reset_retry()
        if not self.is_ready:
            return
        offline_s = (self.clock.now() - offline_since).total_seconds() if offline_since else 0
        for evse in self.evse_list:
            await self.flow.report_status(evse, even_unchanged=offline_s > self.settings.offline_threshold_s)
        await self.drain()

    async def reconnect(self) -> None:
        """Close orderly and come back at once, as after a change of the password."""
        await self.go_offline(cleanly=True)
        if not self.is_driven:
            await self.come_online()

    async def reconnect_or_fall_back(self) -> None:
        """Come back with a new security profile, or with the old one if the CSMS does not take the new (A05.FR.08)."""
        try:
            await self.reconnect()
        except SimulatorError:
            await self.come_online()

    async def until_ready(self) -> None:
        """Wait for a Runner to bring the station back."""
        while not self.is_ready:
            await asyncio.sleep(READY_POLL_S)

    async def wait_closed(self, timeout_s: float = 5.0) -> None:
        """Wait until the CSMS (or the network) has closed the connection."""
        await self.wire.wait_closed(timeout_s)

    # Frames

    async def call(self, action: str, payload: Payload, timeout_s: float | None = None) -> Payload:
        """Send any CALL and return the answer; CallError, AnswerTimeout or ConnectionLost otherwise."""
        self.time.spoke()
        return await self.wire.call(action, payload, timeout_s)

    async def tell(self, action: str, payload: Payload) -> Payload | None:
        """A call whose failure is an event, not an exception: a station goes on without the answer."""
        try:
            return await self.call(action, payload)
        except (CallError, AnswerTimeout, ConnectionLost) as error:
            self.emit("call_failed", action=action, error=str(error))
            return None

    async def told(self, message: tuple[str, Payload]) -> None:
        """As an effect of a command."""
        await self.tell(*message)

    async def send_text(self, text: str) -> None:
        """Send this text as a frame, whatever it is."""
        await self.wire.send_text(text)

    async def receive_frame(self, timeout_s: float = 5.0) -> str:
        """The next frame of the CSMS that is neither a CALL nor the answer to one of our calls."""
        return await self.wire.receive_frame(timeout_s)

    async def receive_nothing(self, seconds: float) -> None:
        """Raise UnexpectedFrame when any frame arrives within so many real seconds."""
        await self.wire.receive_nothing(seconds)

    def observe(self, callback: FrameObserver) -> None:
        """`callback("in" | "out", text)` for every frame of every connection, from now on."""
        self.wire.observe(callback)

    async def repeat_last(self, action: str, *, new_id: bool = False) -> Payload:
        """Send the last CALL of this action again and return the answer."""
        return await self.wire.repeat_last(action, new_id=new_id)

    # Commands of the CSMS

    def on(self, action: str, answer: Override | None) -> None:
        """Answer this command differently; a callable that returns None never answers. None restores."""
        self.answering.override(action, answer)

    def default_answer(self, action: str, payload: Payload) -> Payload:
        """What the charger would answer, for use inside an override; registers the effects."""
        return self.answering.default_answer(action, payload)

    async def wait_for_call(self, action: str, timeout_s: float = 5.0) -> Payload:
        """The payload of the next such command, after it was answered. See `settle` for its effects."""
        return await self.answering.wait_for(action, timeout_s)

    async def settle(self) -> None:
        """Wait until commands, their effects and the messages they cause are through."""
        await self.answering.settle()
        await self.queue.drained()

    def afterwards(self, effect: Effect) -> None:
        self.answering.afterwards(effect)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        self.answering.spawn(work)

    # Life of the station

    async def boot(self, reason: str | None = None) -> Payload:
        """BootNotification and, when accepted, the status of everything. Returns the answer."""
        action, payload = self.dialect.boot(reason or self.boot_reason)
        answer = await self.call(action, payload)
        self.registration = Registration(answer["status"])
        interval_s = int(answer.get("interval") or 0)
        self.emit("booted", status=answer["status"], interval=interval_s)
        if self.registration is not Registration.ACCEPTED:
            self.boot_retry_s = interval_s or OWN_BOOT_RETRY_S
            return answer
        self.boot_retry_s, self.boot_reason = None, "PowerUp"
        if interval_s:
            self.settings.heartbeat_interval_s = interval_s
        self._sync_clock(answer)
        await self.report_everything()
        await self.drain()
        return answer

    async def boot_until_accepted(self) -> None:
        """Boot, wait as long as the CSMS says, and again."""
        while self.registration is not Registration.ACCEPTED:
            if self.boot_retry_s is not None:
                await asyncio.sleep(self.boot_retry_s)
            await self.boot()

    async def report_everything(self) -> None:
        """The status of the station and of each connector, as after a boot."""
        for action, payload in self.dialect.station_status():
            await self.tell(action, payload)
        for evse in self.evse_list:
            await self.flow.report_status(evse, even_unchanged=True)

    async def drain(self) -> None:
        """Send the queued transaction messages now."""
        self.queue.reset_retry()
        self.queue.kick()
        await self.queue.drained()

    async def heartbeat(self) -> None:
        answer = await self.tell("Heartbeat", {})
        if answer:
            self._sync_clock(answer)

    async def reboot(
        self,
        *,
        reason: str = "RemoteReset",
        stop_reason: StopReason = StopReason.REBOOT,
        tells_first: bool = True,
    ) -> None:
        """End what runs, go dark, come back and boot. A hard reset tells of the stopped transactions afterwards."""
        self.is_rebooting = not tells_first
        for evse in self.evse_list:
            await self.flow.end(evse, stop_reason, Trigger.RESET_COMMAND)
        if tells_first:
            await self.drain()
        self.is_rebooting, self.reset_when_idle = True, False
        self.registration, self.boot_reason = None, reason
        self.network.rebooted()
        self.emit("rebooting", reason=reason)
        await self.wire.close()
        await asyncio.sleep(self.reboot_s)
        self.is_rebooting = False
        if not self.is_driven:
            await self._connect_or_fall_back()
            await self.boot()

    async def _connect_or_fall_back(self) -> None:
        is_new = self.network.tried is not None
        try:
            await self.connect()
        except SimulatorError:
            if not is_new:
                raise
            await self.connect()

    def transaction_ended(self, evse: Evse) -> None:
        """Called by the flow: a scheduled reset waits for the last transaction."""
        if evse.resets_when_idle:
            evse.resets_when_idle = False
            self.spawn(self.flow.restart(evse))
        if self.reset_when_idle and not any(evse.transaction for evse in self.evse_list):
            self.reset_when_idle = False
            self.spawn(self.reboot(reason="ScheduledReset"))

    # Drivers and time

    def evse(self, number: int) -> Evse:
        """EVSE by its OCPP number, from 1. In 1.6 it is the connector id."""
        if not 1 <= number <= len(self.evse_list):
            raise ValueError(f"{self.identity} has no EVSE {number}")
        return self.evse_list[number - 1]

    async def plug_in(self, *, evse: int = 1, connector: int = 1, car: Car | None = None) -> None:
        await self.flow.plug_in(self.evse(evse), connector, car or Car())

    async def unplug(self, *, evse: int = 1) -> None:
        await self.flow.unplug(self.evse(evse))

    async def tap(self, token: str | Token, *, evse: int = 1) -> Authorization:
        """Present a card: authorizes, starts when the cable is in, stops what the same card started."""
        return await self.flow.tap(self.evse(evse), self.token(token))

    async def start_charging(self, token: str | Token, *, evse: int = 1, car: Car | None = None) -> None:
        """Plug in and tap: the usual session."""
        await self.plug_in(evse=evse, car=car)
        await self.tap(token, evse=evse)

    async def stop_charging(self, *, evse: int = 1, reason: StopReason = StopReason.LOCAL) -> None:
        """Stop without a card: the button of the station."""
        await self.flow.stop(self.evse(evse), reason, Trigger.STOP_AUTHORIZED)

    async def meter_values(self, *, evse: int = 1, context: ReadingContext = ReadingContext.PERIODIC) -> None:
        """Send one sample now."""
        await self.flow.sample(self.evse(evse), context, self.settings.sampled_measurands)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass on the manual clock: energy flows, what falls due is sent, nobody sleeps."""
        await self.time.run_until(self.clock.now() + timedelta(seconds=seconds))

    async def set_fault(self, *, evse: int = 1, error_code: str = "GroundFailure") -> None:
        """A hardware fault (a 1.6 error code); it ends a running transaction."""
        place = self.evse(evse)
        self.time.catch_up()
        place.fault = error_code
        self.emit("fault", evse=evse, error=error_code)
        await self.flow.end(place, StopReason.OTHER, Trigger.ABNORMAL_CONDITION)
        await self.flow.report_status(place)

    async def clear_fault(self, *, evse: int = 1) -> None:
        place = self.evse(evse)
        place.fault = None
        self.emit("fault_cleared", evse=evse)
        await self.flow.report_status(place)

    async def inject(self, fault: Fault) -> None:
        """Let a momentary fault happen, or switch a lasting one on."""
        self.emit("inject", fault=fault.value)
        await misbehave(self, fault)

    async def abandon_connection(self) -> None:
        """Leave the socket open and dead, as behind a lost mobile link; `connect` then makes a second one."""
        self.offline_since = self.clock.now()
        await self.wire.abandon()

    # Used by the parts of the charger

    def timestamp(self, at: datetime | None = None) -> str:
        return self.faults.timestamp(at or self.clock.now())

    def next_event_id(self) -> int:
        return next(self._event_ids)

    def token(self, value: str | Token) -> Token:
        return value if isinstance(value, Token) else Token(value, self.token_type)

    def emit(self, event: str, **fields: object) -> None:
        if self.on_event:
            self.on_event(self.identity, event, fields)

    def settings_changed(self) -> None:
        """Called after the CSMS configured something: some parts keep a copy."""
        self.woken.set()
        self.queue.max_attempts = self.settings.message_attempts
        self.queue.retry_interval_s = self.settings.message_retry_interval_s

    def _sync_clock(self, answer: Payload) -> None:
        if self.syncs_clock and isinstance(answer.get("currentTime"), str):
            self.time.catch_up()
            self.clock.set(parse_time(answer["currentTime"]))
            self.time.shifted()

    def _lost(self, code: int, reason: str) -> None:
        self.offline_since = self.clock.now()
        self.emit("connection_lost", code=code, reason=reason)


def is_hex_key(text: str) -> bool:
    """The 1.6 AuthorizationKey comes as hex digits of raw bytes (security whitepaper A00)."""
    return len(text) in range(32, 41, 2) and all(character in "0123456789abcdefABCDEF" for character in text)
