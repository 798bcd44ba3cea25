"""Who calls: a program with scopes in one organization, or staff with their roles. Views ask both the same."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db.models import Model
from rest_framework.request import Request

from accounts.models import Organization, User, organization_of
from api.scopes import granted


@dataclass(frozen=True)
class Program:
    """A key or an OAuth2 client. Answers what ``visible_to`` and the views ask of a user."""

    caller: str
    """``key:<id>`` or ``client:<id>``."""
    name: str
    organization: Organization
    scopes: tuple[str, ...]
    person: User | None
    """Who made it: what it does is done in their name."""

    is_authenticated = True
    is_active = True
    is_superuser = False
    is_staff = False

    @property
    def pk(self) -> str:
        """For those who only want to tell callers apart."""
        return self.caller

    @cached_property
    def organization_ids(self) -> list[int]:
        return [self.organization.pk]

    def organizations_allowing(self, permission: str) -> list[int]:
        return self.organization_ids if granted(self.scopes, permission) else []

    def has_perm(self, permission: str, row: Model | None = None) -> bool:
        allowing = self.organizations_allowing(permission)
        return bool(allowing) if row is None or row.pk is None else organization_of(row) in allowing


Principal = Program | User


def principal_of(request: Request) -> Principal:
    return cast(Principal, request.user)


def person_of(principal: Principal) -> User | None:
    """Whose name stands in the audit trail and beside a command."""
    return principal.person if isinstance(principal, Program) else principal


def caller_of(principal: Principal) -> str:
    return principal.caller if isinstance(principal, Program) else f"user:{principal.pk}"


def trace_of(principal: Principal) -> dict[str, Any]:
    """For the details of an audit event: which key it was, or that it was the person themselves."""
    return {"via": principal.name} if isinstance(principal, Program) else {"via": "API"}
