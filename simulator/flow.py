"""What happens at an EVSE: plug, token, transaction, status. The same for every version.

State changes are made before the first await, so that a remote command and a driver cannot both
start, or both stop, the same transaction.
"""

from typing import TYPE_CHECKING

from simulator.authorization import Authorization, Token, in_same_group
from simulator.car import Car
from simulator.evse import Evse
from simulator.limits import apply_limit
from simulator.states import ReadingContext, StopReason, Trigger
from simulator.transaction import Transaction
from simulator.transaction_queue import TransactionMessage

if TYPE_CHECKING:
    from simulator.charger import Charger

INVALID = Authorization("Invalid")


class Flow:
    __slots__ = ("_charger",)

    def __init__(self, charger: "Charger") -> None:
        self._charger = charger

    async def plug_in(self, evse: Evse, connector: int, car: Car) -> None:
        if evse.is_plugged:
            raise ValueError(f"EVSE {evse.number} is occupied")
        self._charger.time.catch_up()
        evse.car, evse.connector, evse.is_finishing = car, connector, False
        self._charger.emit("plugged_in", evse=evse.number, connector=connector)
        await self.changed(evse, Trigger.CABLE_PLUGGED_IN)

    async def unplug(self, evse: Evse) -> None:
        if not evse.is_plugged:
            raise ValueError(f"nothing is plugged in at EVSE {evse.number}")
        self._charger.time.catch_up()
        evse.car, evse.connector, evse.is_finishing = None, 0, False
        self._charger.emit("unplugged", evse=evse.number)
        if evse.transaction and evse.transaction.stop_reason is None:
            evse.transaction.stop_reason = StopReason.EV_DISCONNECTED
        await self.changed(evse, Trigger.EV_COMMUNICATION_LOST)

    async def tap(self, evse: Evse, token: Token) -> Authorization:
        """Present a card: it starts, or ends what it (or its group) started."""
        if evse.token:
            return await self._tap_to_stop(evse, evse.token, token)
        is_asked = self._charger.authorizes_before_start
        authorization = await self.authorize(token) if is_asked else Authorization("Accepted")
        self._charger.emit("tapped", evse=evse.number, token=token, status=authorization.status)
        if not authorization.is_accepted or evse.token or not self._is_free_for(evse, token, authorization):
            return authorization
        await self.permit(evse, token, authorization, Trigger.AUTHORIZED)
        return authorization

    async def permit(self, evse: Evse, token: Token, authorization: Authorization, trigger: Trigger) -> None:
        """This token may charge at this EVSE from now on."""
        self._charger.time.catch_up()
        evse.token, evse.authorization = token, authorization
        evse.authorized_at = self._charger.clock.now()
        await self.changed(evse, trigger)

    async def stop(self, evse: Evse, reason: StopReason, trigger: Trigger, token: Token | None = None) -> None:
        """Withdraw the permission; whether this ends the transaction is up to the TxStopPoint."""
        self._charger.time.catch_up()
        evse.token = evse.authorization = evse.authorized_at = None
        if evse.transaction and evse.transaction.stop_reason is None:
            evse.transaction.stop_reason = reason
        await self.changed(evse, trigger, token)

    async def end(self, evse: Evse, reason: StopReason, trigger: Trigger) -> None:
        """End the transaction whatever the TxStopPoint says: reset, fault, unlock, power loss."""
        if evse.transaction:
            self._charger.time.catch_up()
            evse.transaction.stop_reason = reason
            await self._end(evse, evse.transaction, trigger, None)

    async def restart(self, evse: Evse) -> None:
        """One EVSE resets alone: no boot, the socket stays (OCPP 2.0.1 B11, B12)."""
        await self.end(evse, StopReason.IMMEDIATE_RESET, Trigger.RESET_COMMAND)
        was_operative, evse.is_operative = evse.is_operative, False
        await self.report_status(evse)
        evse.is_operative = was_operative
        await self.report_status(evse)

    async def authorize(self, token: Token) -> Authorization:
        """Ask the CSMS, or decide locally where settings or the lack of a connection demand it."""
        charger, settings = self._charger, self._charger.settings
        known = charger.memory.find(token, use_cache=settings.uses_cache, use_list=settings.uses_local_list)
        is_known_good = known is not None and known.is_valid(charger.clock.now())
        if known and is_known_good and settings.preauthorizes_locally:
            return known
        if charger.is_ready:
            answer = await charger.tell(*charger.dialect.authorize(token))
            info = charger.dialect.authorization_in(answer) if answer else None
            return self._learn(token, charger.dialect.read_authorization(info)) if info else INVALID
        if known:
            return known if is_known_good and settings.authorizes_offline_locally else INVALID
        return Authorization("Accepted") if settings.allows_unknown_offline else INVALID

    async def changed(self, evse: Evse, trigger: Trigger, token: Token | None = None) -> None:
        """Compare what holds at this EVSE with what held before, and send what follows."""
        self._charger.woken.set()
        before, evse.conditions = evse.conditions, evse.present_conditions()
        gained, lost = evse.conditions - before, before - evse.conditions
        dialect = self._charger.dialect
        if evse.transaction is None:
            if gained & dialect.start_points() and self._may_start(evse):
                await self._begin(evse, trigger)
            else:
                await self.report_status(evse)
        elif lost & dialect.stop_points():
            await self._end(evse, evse.transaction, trigger, token)
        else:
            await self.report_status(evse)
            await self._update(evse, evse.transaction, trigger, token)

    async def report_charging_state(self, evse: Evse) -> None:
        """Tell the CSMS when the energy flow of a transaction started, paused or resumed."""
        transaction = evse.transaction
        if transaction is None or evse.charging_state == transaction.reported_state:
            return
        transaction.reported_state = evse.charging_state
        self._charger.emit("charging_state", evse=evse.number, state=evse.charging_state.value)
        await self._put(self._charger.dialect.updated(evse, transaction, Trigger.CHARGING_STATE_CHANGED, None))
        await self.report_status(evse)

    async def report_status(self, evse: Evse, *, even_unchanged: bool = False) -> None:
        """Send the status of each connector that changed since it was last sent."""
        charger = self._charger
        if evse.fault or not evse.is_operative:
            await self.end_reservation(evse, "Removed")
        for connector in range(1, evse.spec.connectors + 1):
            status = charger.dialect.status(evse, connector)
            if not charger.is_ready or (evse.reported.get(connector) == status and not even_unchanged):
                continue
            evse.reported[connector] = status
            charger.emit("status", evse=evse.number, connector=connector, status=status)
            for action, payload in charger.dialect.status_messages(evse, connector, status):
                if await charger.tell(action, payload) is None:
                    evse.reported.pop(connector, None)

    async def end_reservation(self, evse: Evse, status: str) -> None:
        """Not by being used: OCPP 1.6 §5.13, 2.x H01.FR.16, FR.17, H04."""
        reservation, evse.reservation = evse.reservation, None
        for action, payload in self._charger.dialect.reservation_ended(reservation.id, status) if reservation else []:
            await self._charger.tell(action, payload)

    async def stop_refused(self, evse: Evse, transaction: Transaction) -> None:
        """The CSMS refused the token of a transaction that is under way."""
        if evse.transaction is not transaction:
            return
        self._charger.emit("token_refused", evse=evse.number, transaction=transaction.id)
        if self._charger.settings.stops_on_invalid_id:
            await self.stop(evse, StopReason.DEAUTHORIZED, Trigger.DEAUTHORIZED)

    def _learn(self, token: Token, authorization: Authorization) -> Authorization:
        if self._charger.settings.uses_cache:
            self._charger.memory.remember(token, authorization)
        return authorization

    async def _tap_to_stop(self, evse: Evse, owner: Token, token: Token) -> Authorization:
        if token.key == owner.key:
            self._charger.emit("tapped", evse=evse.number, token=token, status="stop")
            await self.stop(evse, StopReason.LOCAL, Trigger.STOP_AUTHORIZED, token)
            return Authorization("Accepted")
        authorization = await self.authorize(token)
        self._charger.emit("tapped", evse=evse.number, token=token, status=authorization.status)
        mine = evse.authorization or INVALID
        if authorization.is_accepted and evse.token and in_same_group(authorization, mine):
            await self.stop(evse, StopReason.LOCAL, Trigger.STOP_AUTHORIZED, token)
        return authorization

    def _is_free_for(self, evse: Evse, token: Token, authorization: Authorization) -> bool:
        reservation = evse.reservation
        if reservation is None or reservation.token.key == token.key:
            return True
        group = authorization.group
        return group is not None and reservation.group is not None and group.casefold() == reservation.group.casefold()

    def _take_reservation(self, evse: Evse) -> int | None:
        """The id of the reservation that a transaction at this EVSE uses up."""
        token = evse.token
        if token is None:
            return None
        elsewhere = (
            place
            for place in self._charger.evse_list
            if place.reservation and place.reservation.is_for_any_evse and place.reservation.token.key == token.key
        )
        holder = evse if evse.reservation else next(elsewhere, None)
        if holder is None or holder.reservation is None:
            return None
        reservation, holder.reservation = holder.reservation, None
        return reservation.id

    def _may_start(self, evse: Evse) -> bool:
        return evse.is_operative and not evse.fault

    async def _begin(self, evse: Evse, trigger: Trigger) -> None:
        charger = self._charger
        transaction = Transaction(
            id=charger.dialect.new_transaction_id(),
            evse=evse.number,
            connector=evse.connector or 1,
            started_at=charger.clock.now(),
            sampled_at=charger.clock.now(),
            meter_start_wh=evse.meter_wh,
            token=evse.token,
            remote_start_id=evse.remote_start_id,
            reservation_id=self._take_reservation(evse),
        )
        evse.transaction, evse.remote_start_id = transaction, None
        apply_limit(charger, evse)
        transaction.begin_readings = evse.meter.readings(evse.flow(), charger.settings.started_measurands)
        transaction.reported_state = evse.charging_state
        await self.report_status(evse)
        charger.emit("transaction_started", evse=evse.number, meter_wh=evse.meter_wh)
        await self._put(charger.dialect.started(evse, transaction, trigger))
        await self._energise(evse, transaction)

    async def _energise(self, evse: Evse, transaction: Transaction) -> None:
        if transaction.is_refused and self._charger.settings.stops_on_invalid_id:
            await self.stop_refused(evse, transaction)
        if evse.transaction is transaction:
            self._charger.time.catch_up()
            transaction.is_energised = True
            await self.report_charging_state(evse)
            await self.report_status(evse)

    async def _update(self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None) -> None:
        if trigger in {Trigger.AUTHORIZED, Trigger.REMOTE_START}:
            transaction.token = token = evse.token
        if evse.connector:
            transaction.connector = evse.connector
        transaction.reported_state = evse.charging_state
        await self._put(self._charger.dialect.updated(evse, transaction, trigger, token))
        if transaction.is_refused and evse.token:
            await self.stop_refused(evse, transaction)
        await self.report_charging_state(evse)

    async def _end(self, evse: Evse, transaction: Transaction, trigger: Trigger, token: Token | None) -> None:
        charger = self._charger
        message = charger.dialect.ended(evse, transaction, trigger, token)
        evse.transaction = evse.token = evse.authorization = evse.authorized_at = None
        evse.conditions = evse.present_conditions()
        evse.is_finishing = evse.is_plugged
        charger.profiles.end_transaction(evse.number)
        apply_limit(charger, evse)
        if evse.becomes_operative is not None:
            evse.is_operative, evse.becomes_operative = evse.becomes_operative, None
        energy_wh = evse.meter_wh - transaction.meter_start_wh
        charger.emit("transaction_ended", evse=evse.number, transaction=transaction.id, energy_wh=energy_wh)
        await charger.queue.put(message)
        await self.report_status(evse)
        charger.transaction_ended(evse)

    async def sample(self, evse: Evse, context: ReadingContext, measurands: str) -> None:
        """Send one set of values: with the transaction when there is one, else as plain MeterValues."""
        charger = self._charger
        charger.time.catch_up()
        readings = evse.meter.readings(evse.flow(), measurands)
        at = charger.clock.now()
        if not readings:
            return
        if evse.transaction:
            await charger.queue.put(charger.dialect.sampled(evse.transaction, readings, context, at))
        elif charger.is_ready:
            await charger.tell(*charger.dialect.meter_values(evse.number, readings, context, at))

    async def _put(self, message: TransactionMessage | None) -> None:
        if message:
            await self._charger.queue.put(message)
