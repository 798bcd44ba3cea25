"""What a key may be given. One table; the permission check, the admin, OAuth2 and the document read it."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from oauth2_provider.scopes import BaseScopes


class Scope(models.TextChoices):
    NETWORK_READ = "network:read", "See the organization, its sites, stations, EVSEs and variables"
    NETWORK_WRITE = "network:write", "Add and change sites and stations"
    SESSIONS_READ = "sessions:read", "See sessions and their readings"
    DRIVERS_READ = "drivers:read", "See drivers and their tokens, masked"
    DRIVERS_WRITE = "drivers:write", "Add and change drivers and tokens"
    COMMANDS_READ = "commands:read", "See commands and their outcome"
    COMMANDS_SEND = "commands:send", "Send commands to stations, and cancel them"
    ANOMALIES_READ = "anomalies:read", "See anomalies"
    ANOMALIES_RESOLVE = "anomalies:resolve", "Accept or dismiss anomalies"
    EVENTS_READ = "events:read", "See what happened, as webhooks tell it"


# Django's permission names, which the views ask for.
GRANTS: dict[Scope, frozenset[str]] = {
    Scope.NETWORK_READ: frozenset(
        {
            *("accounts.view_organization", "stations.view_site", "stations.view_chargingstation"),
            *("stations.view_evse", "stations.view_variable"),
        }
    ),
    Scope.NETWORK_WRITE: frozenset(
        {
            *("stations.add_site", "stations.change_site"),
            *("stations.add_chargingstation", "stations.change_chargingstation"),
        }
    ),
    Scope.SESSIONS_READ: frozenset({"charging.view_session", "charging.view_meterreading"}),
    Scope.DRIVERS_READ: frozenset({"drivers.view_driver", "drivers.view_idtoken"}),
    Scope.DRIVERS_WRITE: frozenset(
        {"drivers.add_driver", "drivers.change_driver", "drivers.add_idtoken", "drivers.change_idtoken"}
    ),
    Scope.COMMANDS_READ: frozenset({"stations.view_command"}),
    Scope.COMMANDS_SEND: frozenset({"stations.command_chargingstation"}),
    Scope.ANOMALIES_READ: frozenset({"charging.view_sessionanomaly"}),
    Scope.ANOMALIES_RESOLVE: frozenset({"charging.resolve_sessionanomaly"}),
    Scope.EVENTS_READ: frozenset({"api.view_event"}),
}


def granted(scopes: Iterable[str], permission: str) -> bool:
    """Whether one of the scopes grants Django's permission. A scope this release does not know grants nothing."""
    known = set(Scope.values)
    return any(permission in GRANTS[Scope(scope)] for scope in scopes if scope in known)


def scope_for(permission: str) -> Scope | None:
    """The scope that grants the permission, for the document and for refusals."""
    return next((scope for scope, permissions in GRANTS.items() if permission in permissions), None)


class ClientScopes(BaseScopes):
    """An OAuth2 client asks for scopes of its own; without asking it gets all of them."""

    def get_all_scopes(self) -> dict[str, str]:
        return {str(value): str(label) for value, label in Scope.choices}

    def get_available_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return list(application.scopes) if application else list(Scope.values)

    def get_default_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application)
