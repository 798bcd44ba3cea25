"""Staff at the console, in a test that also lets a station answer: each request in a thread of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from simulator import Charger
from stations.models import ChargingStation, Command


class Console:
    """What somebody sees and does; ``refusals`` are the errors of the last form."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client(headers={"host": "localhost"})
        self.is_logged_in = False
        self.refusals: dict[str, list[str]] = {}

    async def sends(self, station: Charger, form: str, **fields: Any) -> Command | None:
        """Fill in a form of the station page and send it; the command, or None where the form refuses."""
        pk = await ChargingStation.objects.values_list("pk", flat=True).aget(identity=station.identity)
        command: Command | None = await self.in_thread(self._send, reverse("console:command", args=[pk, form]), fields)
        return command

    async def page(self, name: str, *args: Any, **query: Any) -> str:
        """The text of a page, a part or a list."""
        return str(await self.in_thread(self._get, reverse(name, args=args), query))

    async def station_part(self, station: Charger, part: str) -> str:
        pk = await ChargingStation.objects.values_list("pk", flat=True).aget(identity=station.identity)
        return await self.page("console:station_part", pk, part)

    async def posts(self, name: str, *args: Any, **fields: Any) -> Any:
        return await self.in_thread(self._post, reverse(name, args=args), fields)

    def _send(self, url: str, fields: dict[str, Any]) -> Command | None:
        """The page of a station keeps the token against forgery in a header: a form without fields sends nothing."""
        answer = self.client.post(url, {name: value for name, value in fields.items() if value is not None})
        assert answer.status_code == 200, answer.status_code
        if "command" in answer.context:
            self.refusals = {}
            return Command.objects.get(pk=answer.context["command"].pk)
        self.refusals = {name: list(errors) for name, errors in answer.context["form"].errors.items()}
        return None

    def _post(self, url: str, fields: dict[str, Any]) -> Any:
        """A browser sends a token with every form, also with one that has no fields."""
        told = {name: value for name, value in fields.items() if value is not None}
        return self.client.post(url, {"csrfmiddlewaretoken": "of a browser", **told})

    def _get(self, url: str, query: dict[str, Any]) -> str:
        answer = self.client.get(url, query)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content.decode()

    async def in_thread(self, ask: Callable[..., Any], *args: Any) -> Any:
        """As the web process answers: in a thread whose connection ends with it. Her session is open."""

        def asked() -> Any:
            try:
                if not self.is_logged_in:
                    self.client.force_login(self.user)
                    self.is_logged_in = True
                return ask(*args)
            finally:
                connection.close()

        return await asyncio.to_thread(asked)
