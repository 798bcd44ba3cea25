"""What each role may do. One table; the permission backend, the admin and the documentation read it."""

from fnmatch import fnmatchcase
from functools import lru_cache

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    OPERATOR = "operator", "Operator"
    SUPPORT = "support", "Support"
    FINANCE = "finance", "Finance"
    READ_ONLY = "read_only", "Read only"


# Patterns over Django's permission names, "app.verb_model".
PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.OWNER: ("*",),
    Role.OPERATOR: (
        "*.view_*",
        "stations.add_*",
        "stations.change_*",
        "stations.delete_site",
        "stations.delete_expectedstation",
        "stations.delete_stationnote",
        "stations.delete_opening*",
        "stations.command_chargingstation",
        "stations.resolve_securityevent",
        "drivers.*",
        "drivers.reveal_idtoken",
        "drivers.reveal_driver",
        "firmware.*",
        "charging.reveal_session",
        "charging.resolve_sessionanomaly",
    ),
    Role.SUPPORT: (
        "*.view_*",
        "accounts.add_impersonation",
        "stations.add_stationnote",
        "stations.resolve_securityevent",
        "firmware.download_logfile",
        "stations.command_chargingstation",
        "drivers.add_*",
        "drivers.change_*",
        "charging.resolve_sessionanomaly",
    ),
    Role.FINANCE: ("*.view_*", "drivers.change_driver"),
    Role.READ_ONLY: ("*.view_*",),
}

# Never reached through a role: these change who may do what, or what was recorded.
RESERVED = (
    *("accounts.add_organization", "accounts.delete_organization", "accounts.delete_user"),
    *("*.delete_auditevent", "*.change_auditevent"),
)


# No pattern of another role reaches these: a key may do what its scopes say, whoever holds it.
OWNERS_ONLY = ("api.*_apikey", "api.*_oauthclient", "api.*_webhookendpoint", "api.*_webhookdelivery")


@lru_cache(maxsize=4096)
def allows(role: Role, permission: str) -> bool:
    """Whether the role grants Django's permission ``app.verb_model``. A page asks a hundred times."""
    if any(fnmatchcase(permission, pattern) for pattern in RESERVED):
        return False
    if role != Role.OWNER and any(fnmatchcase(permission, pattern) for pattern in OWNERS_ONLY):
        return False
    return any(fnmatchcase(permission, pattern) for pattern in PERMISSIONS[role])
