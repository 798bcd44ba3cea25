"""Whether a text can be the value of a variable: by the type, the limits and the choices that are known of it."""

import re
from datetime import datetime

from stations.models import Variable
from stations.models.variable import Mutability
from stations.problems import plain
from stations.secret_variables import is_secret

BOOLEAN, INTEGER, DECIMAL, LIST = "boolean", "integer", "decimal", "MemberList"
NUMBERS = {INTEGER: re.compile(r"[+-]?[0-9]{1,15}"), DECIMAL: re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")}
LONGEST = {True: 500, False: 2500}
"""By whether it is an OCPP 1.6 key (ChangeConfiguration), or a variable (SetVariables)."""

# OCPP 1.6 §9: stations do not tell types; the standard has them.
STANDARD_KEYS: dict[str, str] = dict.fromkeys(
    (
        *("AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "AuthorizeRemoteTxRequests"),
        *("LocalAuthorizeOffline", "LocalPreAuthorize", "StopTransactionOnEVSideDisconnect"),
        *("StopTransactionOnInvalidId", "UnlockConnectorOnEVSideDisconnect", "LocalAuthListEnabled"),
        *("AdditionalRootCertificateCheck",),
    ),
    BOOLEAN,
) | dict.fromkeys(
    (
        *("BlinkRepeat", "ClockAlignedDataInterval", "ConnectionTimeOut", "HeartbeatInterval", "LightIntensity"),
        *("MaxEnergyOnInvalidId", "MeterValueSampleInterval", "MinimumStatusDuration", "ResetRetries"),
        *("TransactionMessageAttempts", "TransactionMessageRetryInterval", "WebSocketPingInterval"),
        *("CertSigningRepeatTimes", "CertSigningWaitMinimum"),
    ),
    INTEGER,
)


def type_of(variable: Variable) -> str:
    return variable.data_type or (STANDARD_KEYS.get(variable.name, "") if not variable.component else "")


def choices_of(variable: Variable) -> list[str]:
    """The values one of which it takes; empty for anything else."""
    if type_of(variable) == BOOLEAN:
        return ["true", "false"]
    if type_of(variable) == "OptionList":
        return _listed(variable.values_list)
    return []


def problem_with(variable: Variable, text: str) -> str:
    """Why it cannot be set to this, in a sentence; empty when it can."""
    if is_secret(variable.name):
        return "Passwords are not set this way: use “New password” on the station page."
    if variable.mutability == Mutability.READ_ONLY:
        return "The station allows only to read this."
    if len(text) > LONGEST[not variable.component]:
        return f"Longer than {LONGEST[not variable.component]} characters."
    kind = type_of(variable)
    if kind in {INTEGER, DECIMAL}:
        return _problem_of_number(variable, text, kind)
    if kind == "dateTime":
        return "" if _is_time(text) else "Write a time with its zone, such as 2026-11-22T14:03:00Z."
    if (choices := choices_of(variable)) and text.casefold() not in map(str.casefold, choices):
        return f"One of {', '.join(choices)}."
    return _problem_of_text(variable, text, kind)


def _problem_of_number(variable: Variable, text: str, kind: str) -> str:
    if not NUMBERS[kind].fullmatch(text):
        return "Write a whole number." if kind == INTEGER else "Write a number, with a point before the decimals."
    value = float(text)
    if variable.min_limit is not None and value < variable.min_limit:
        return f"At least {plain(variable.min_limit)}."
    if variable.max_limit is not None and value > variable.max_limit:
        return f"At most {plain(variable.max_limit)}."
    return ""


def _problem_of_text(variable: Variable, text: str, kind: str) -> str:
    if variable.max_limit is not None and len(text) > variable.max_limit:
        return f"At most {plain(variable.max_limit)} characters."
    allowed = _listed(variable.values_list)
    if kind in {LIST, "SequenceList"} and allowed:
        strange = [item for item in _listed(text) if item not in allowed]
        return f"{strange[0][:50]} is none of {', '.join(allowed)}." if strange else ""
    return ""


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
