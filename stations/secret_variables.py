"""What is never shown in full: variables that hold a secret, and tokens, which are personal data."""

import re
from typing import Any

from stations.models import Variable
from stations.models.variable import Mutability

# OCPP 1.6 security whitepaper §3, OCPP 2.0.1 part 2 appendix (SecurityCtrlr), and common vendor keys.
SECRET_NAMES = frozenset({"authorizationkey", "basicauthpassword", "identitykey", "vpnpassword", "apnpassword"})

MASK = "••••"
SHOWN = 4
VALUES = frozenset({"value", "attributeValue"})
# As an object ({"idToken": …, "type": …}) these hold the token one level deeper, under idToken.
TOKENS = frozenset(
    {
        *("token", "id_tag", "parent_id_tag", "id_token", "group_id", "emaid"),
        *("idTag", "parentIdTag", "idToken", "groupIdToken", "additionalIdToken", "customerIdentifier"),
    }
)

# Of files: with a user's password in them, or made here for one station (firmware/addresses.py).
ADDRESSES = frozenset({"location", "remoteLocation"})
PASSWORD_IN_ADDRESS = re.compile(r"(://)[^/\s\"\\@]{1,200}@")
SECRET_IN_ADDRESS = re.compile(r"(/files/)[A-Za-z0-9_-]{43}")


def is_secret(name: str) -> bool:
    return name.casefold() in SECRET_NAMES or "password" in name.casefold()


def shown_value(variable: Variable) -> str:
    if variable.mutability == Mutability.WRITE_ONLY or is_secret(variable.name):
        return MASK if variable.value else ""
    return variable.value


def without_secrets(told: Any) -> Any:
    """A request or payload with the values of secret variables masked, and of tokens all but the end."""
    if isinstance(told, list):
        return [without_secrets(item) for item in told]
    if not isinstance(told, dict):
        return told
    names_secret = is_secret(_variable_named(told))
    return {
        name: _shown(name, value, is_hidden=is_secret(name) or (names_secret and name in VALUES))
        for name, value in told.items()
    }


def holds_masked(told: Any) -> bool:
    """Whether something in it was masked before."""
    if isinstance(told, list):
        return any(map(holds_masked, told))
    if isinstance(told, dict):
        return any(map(holds_masked, told.values()))
    return isinstance(told, str) and MASK in told


def _shown(name: str, value: Any, *, is_hidden: bool) -> Any:
    if not isinstance(value, str) or not value:
        return without_secrets(value)
    if is_hidden:
        return MASK
    if name in TOKENS:
        return MASK + (value.removeprefix(MASK)[-SHOWN:] if len(value) > SHOWN + 1 else "")
    if name in ADDRESSES:
        return SECRET_IN_ADDRESS.sub(rf"\1{MASK}", PASSWORD_IN_ADDRESS.sub(rf"\1{MASK}@", value))
    return value


def _variable_named(told: dict[str, Any]) -> str:
    """OCPP 1.6 has a key, OCPP 2.x and our requests a variable with a name."""
    variable = told.get("variable")
    return str(variable.get("name", "") if isinstance(variable, dict) else told.get("key", ""))
