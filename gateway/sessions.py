"""The running sessions of a connected station, so that a meter value is placed without a query."""

from collections.abc import Awaitable, Callable

from charging.reports import OngoingSession, Outcome

AskSessions = Callable[[int], Awaitable[list[OngoingSession]]]
"""The running sessions of a station, from the database."""


class SessionCache:
    """Filled at first need, then kept by what the station reports. PostgreSQL stays the truth."""

    __slots__ = ("ask", "by_transaction", "station_id")

    def __init__(self, station_id: int, ask: AskSessions) -> None:
        self.station_id = station_id
        self.ask = ask
        self.by_transaction: dict[str, OngoingSession] | None = None

    async def load(self) -> dict[str, OngoingSession]:
        if self.by_transaction is None:
            sessions = await self.ask(self.station_id)
            self.by_transaction = {session.transaction_id: session for session in sessions}
        return self.by_transaction

    async def get(self, transaction_id: str) -> OngoingSession | None:
        return (await self.load()).get(transaction_id)

    async def at_evse(self, evse_number: int) -> OngoingSession | None:
        """The one session at this EVSE; None if there is none, or more than one: never a guess."""
        here = await self._at_evse(evse_number)
        if len(here) > 1:
            # Staff may have ended the older one meanwhile.
            self.forget()
            here = await self._at_evse(evse_number)
        return here[0] if len(here) == 1 else None

    async def _at_evse(self, evse_number: int) -> list[OngoingSession]:
        return [session for session in (await self.load()).values() if session.evse_number == evse_number]

    def take(self, outcome: Outcome) -> None:
        """Follow what became of a start, an update or an end."""
        if self.by_transaction is None or outcome.session is None:
            return
        if outcome.is_ended:
            self.by_transaction.pop(outcome.session.transaction_id, None)
        else:
            self.by_transaction[outcome.session.transaction_id] = outcome.session

    def forget(self) -> None:
        self.by_transaction = None
