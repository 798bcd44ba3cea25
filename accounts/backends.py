"""Permissions follow from roles: the table in accounts/roles.py, asked per organization."""

from typing import Any

from axes.backends import AxesBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User, organization_of


class RoleBackend(AxesBackend):  # type: ignore[misc]
    """Logs in by e-mail, unless too many tries failed; grants ``app.verb_model`` when a membership's role does.

    Without an object the question is "anywhere?"; with one it is "in the organization of this row?".
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> AbstractBaseUser | None:
        """Raises PermissionDenied while the address is locked out; without a request there is no address."""
        if request is not None:
            super().authenticate(request, username, password, **kwargs)
        return ModelBackend.authenticate(self, request, username, password, **kwargs)

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        allowing = user_obj.organizations_allowing(perm)
        if obj is None or obj.pk is None:
            return bool(allowing)
        return organization_of(obj) in allowing

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and bool(user_obj.roles)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Empty: roles are patterns, asked one permission at a time."""
        return set()
