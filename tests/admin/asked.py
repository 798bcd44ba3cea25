"""What a page asks about the role of who is there: where two roles get the same answers, it is walked for one of them.

A role reaches a page as answers only: from ``accounts.roles.allows``, or to whether it is a certain role. Here roles of
users are masked: they give these answers, note them, and fail whoever looks at them in another way. That no module
reads roles from the database beside ``User.roles`` is in ``test_permission_matrix.py``.

So a page that asked these questions of one role, and had got the same answers from another, would have gone on to ask
the same and to do the same: as long as both find the same rows (``undoing.py``), of which none is the person's own
(``newcomers`` below).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Never

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.functional import cached_property

import accounts.impersonation
import accounts.models.people
from accounts.models import User
from accounts.roles import Role, allows
from tests import cast
from tests.admin.world import World

# A permission, or the role it is compared to; and what was answered.
Answers = dict[str | Role, bool]


def answer(role: Role, question: str | Role) -> bool:
    return role is question if isinstance(question, Role) else allows(role, question)


def _fits(role: Role, answers: Answers) -> bool:
    return all(answer(role, question) is given for question, given in answers.items())


class MaskedRole:
    """Not a string as Role is, not in any table, and without a name."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, role: Role, answers: Answers) -> None:
        self._role, self._answers = role, answers

    def asked(self, question: str | Role) -> bool:
        return self._answers.setdefault(question, answer(self._role, question))

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Role), f"A role is compared to {other!r}"
        return self.asked(other)

    def __str__(self) -> Never:
        raise AssertionError("A page looks at the role itself. It shall ask what the role allows.")

    __repr__ = __format__ = __str__  # type: ignore[assignment]


class Asked:
    def __init__(self) -> None:
        self._who: int | None = None
        self._answers: Answers = {}
        self._alike: Callable[[Answers], list[Role]] = lambda answers: []

    def apart(self, clients: Mapping[Role, Client], *, is_each: bool = False) -> Iterator[tuple[Role, Client]]:
        """The roles for which a page may be another one than for those before: to be asked for between two steps.

        All of them where rows of theirs are concerned: ``is_each``.
        """
        known: set[Role] = set()
        for role, client in clients.items():
            if role in known and not is_each:
                continue
            self._answers, self._who = {}, int(client.session["_auth_user_id"])
            self._alike = lambda answers, role=role: [  # type: ignore[misc]
                each for each in ([role] if is_each else clients) if _fits(each, answers)
            ]
            yield role, client
            known |= set(self.alike())
            # What one of them was told is shown to nobody, and would be carried on.
            client.cookies.pop("messages", None)
        self._who = None

    def alike(self) -> list[Role]:
        """After a page was asked for: the roles that it would have answered in the same way."""
        return self._alike(self._answers)

    def roles_of(self, user: User) -> dict[int, Any]:
        rows = user.memberships.values_list("organization_id", "role")
        roles = {organization_id: Role(role) for organization_id, role in rows}
        return {pk: MaskedRole(role, self._answers) for pk, role in roles.items()} if user.pk == self._who else roles


def everybody(world: World) -> dict[Role, Client]:
    """Logged in, and known to be: the first page notes the session."""
    return _noted({role: logged_in(user) for role, user in world.staff.items()})


def newcomers(world: World) -> dict[Role, Client]:
    """One more of each role: no row of the world is theirs, and none is about them."""
    organization = world.organization
    emails = {role: f"new-{role}@{world.mark.lower()}.example" for role in Role}
    return _noted({role: logged_in(cast.create_staff(organization, email, role)) for role, email in emails.items()})


def logged_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def _noted(clients: dict[Role, Client]) -> dict[Role, Client]:
    for client in clients.values():
        client.get(reverse("console:shortcuts"))
    return clients


def allows_masked(role: Role | MaskedRole, permission: str) -> bool:
    return role.asked(permission) if isinstance(role, MaskedRole) else allows(role, permission)


def asking(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the fixture ``asked`` is."""
    noted = Asked()
    roles = cached_property(noted.roles_of)
    roles.__set_name__(User, "roles")
    monkeypatch.setattr(User, "roles", roles)
    # Who else had the function would fail: what is masked is in no cache.
    monkeypatch.setattr(accounts.models.people, "allows", allows_masked)
    monkeypatch.setattr(accounts.impersonation, "allows", allows_masked)
    return noted
