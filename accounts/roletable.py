"""What each role may do, as people read it: by object and verb, made from accounts/roles.py and the admin."""

from typing import Any, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.utils.text import capfirst

from accounts.console.tenants import TenantAdmin
from accounts.roles import PERMISSIONS, Role, allows

VERBS = {"view": "see", "add": "add", "change": "change", "delete": "delete"}
SPECIAL_VERBS = {"command": "send commands", "resolve": "decide", "reveal": "export in full", "download": "download"}


class Row(NamedTuple):
    """One kind of object, and the verbs each role has for it."""

    app: str
    thing: str
    verbs: dict[Role, list[str]]


def rows() -> list[Row]:
    """Only what the pages offer: an owner's permission to change a message leads nowhere, because nobody can."""
    found = [
        Row(str(apps.get_app_config(model._meta.app_label).verbose_name), _thing(model), _verbs(model, model_admin))
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, TenantAdmin) and _verbs(model, model_admin)[Role.OWNER]
    ]
    return sorted(found)


def _thing(model: type[Model]) -> str:
    return capfirst(str(model._meta.verbose_name_plural))


def _verbs(model: type[Model], model_admin: Any) -> dict[Role, list[str]]:
    name = f"{model._meta.app_label}.%s_{model._meta.model_name}"
    wanted = {verb: VERBS[verb] for verb in model_admin.verbs} | {
        verb: SPECIAL_VERBS.get(verb, verb) for verb in _special_verbs(model)
    }
    return {role: [word for verb, word in wanted.items() if allows(role, name % verb)] for role in Role}


def _special_verbs(model: type[Model]) -> list[str]:
    """Those of the table in accounts/roles.py that Django has no name for."""
    found = []
    for pattern in sorted({pattern for patterns in PERMISSIONS.values() for pattern in patterns if "*" not in pattern}):
        app, _, rest = pattern.partition(".")
        verb, _, name = rest.partition("_")
        if (app, name) == (model._meta.app_label, model._meta.model_name) and verb not in VERBS:
            found.append(verb)
    return found
