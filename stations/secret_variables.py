"""Variables that hold a secret: never shown, never set by a plain command."""

from stations.models import Variable
from stations.models.variable import Mutability

# OCPP 1.6 security whitepaper §3, OCPP 2.0.1 part 2 appendix (SecurityCtrlr), and common vendor keys.
SECRET_NAMES = frozenset({"authorizationkey", "basicauthpassword", "identitykey", "vpnpassword", "apnpassword"})


def is_secret(name: str) -> bool:
    return name.casefold() in SECRET_NAMES or "password" in name.casefold()


def shown_value(variable: Variable) -> str:
    if variable.mutability == Mutability.WRITE_ONLY or is_secret(variable.name):
        return "••••" if variable.value else ""
    return variable.value
