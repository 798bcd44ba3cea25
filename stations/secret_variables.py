"""Variables that hold a secret: never shown, never set by a plain command."""

from typing import Any

from stations.models import Variable
from stations.models.variable import Mutability

# OCPP 1.6 security whitepaper §3, OCPP 2.0.1 part 2 appendix (SecurityCtrlr), and common vendor keys.
SECRET_NAMES = frozenset({"authorizationkey", "basicauthpassword", "identitykey", "vpnpassword", "apnpassword"})


MASK = "••••"
VALUES = frozenset({"value", "attributeValue"})


def is_secret(name: str) -> bool:
    return name.casefold() in SECRET_NAMES or "password" in name.casefold()


def shown_value(variable: Variable) -> str:
    if variable.mutability == Mutability.WRITE_ONLY or is_secret(variable.name):
        return MASK if variable.value else ""
    return variable.value


def without_secrets(told: Any) -> Any:
    """A request or payload with the values of secret variables masked."""
    if isinstance(told, list):
        return [without_secrets(item) for item in told]
    if not isinstance(told, dict):
        return told
    names_secret = is_secret(_variable_named(told))
    return {
        name: MASK
        if isinstance(value, str) and (is_secret(name) or (names_secret and name in VALUES))
        else without_secrets(value)
        for name, value in told.items()
    }


def _variable_named(told: dict[str, Any]) -> str:
    """OCPP 1.6 has a key, OCPP 2.x and our requests a variable with a name."""
    variable = told.get("variable")
    return str(variable.get("name", "") if isinstance(variable, dict) else told.get("key", ""))
