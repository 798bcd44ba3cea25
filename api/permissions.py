"""What a view needs: Django's permission for its model and verb, of roles or of scopes."""

from typing import Any

from django.db.models import Model
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.principals import Program, principal_of
from api.scopes import scope_for

VERBS = {"GET": "view", "HEAD": "view", "OPTIONS": "view", "POST": "add", "PUT": "change", "PATCH": "change"}


def needed(view: Any, method: str) -> str:
    """``stations.view_site``; an action that is no plain reading or writing says in ``permission`` what it needs."""
    named: dict[str, str] = getattr(view, "permissions", {})
    action = getattr(view, "action", None) or ""
    if action in named:
        return named[action]
    model = view.queryset.model
    return f"{model._meta.app_label}.{VERBS.get(method, 'delete')}_{model._meta.model_name}"


class AsGranted(BasePermission):
    """Refuses what neither role nor scope grants; a neighbour's row was not found before anybody asks here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = principal_of(request)
        if not principal.is_authenticated:
            return False
        permission = needed(view, request.method or "GET")
        if not principal.has_perm(permission):
            refuse(principal, permission)
        return True

    def has_object_permission(self, request: Request, view: Any, obj: Model) -> bool:
        require(request, needed(view, request.method or "GET"), obj)
        return True


def require(request: Request, permission: str, row: Model) -> None:
    principal = principal_of(request)
    if not principal.has_perm(permission, row):
        refuse(principal, permission)


def refuse(principal: Any, permission: str) -> None:
    scope = scope_for(permission)
    if isinstance(principal, Program) and scope is not None:
        raise PermissionDenied(f"This needs the scope {scope}.")
    raise PermissionDenied("Your role does not allow this.")
