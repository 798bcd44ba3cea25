"""Errors on the wire: which code each OCPP version uses, and how domain errors are told to a station."""

from collections.abc import Mapping
from typing import Any

from stations.states import OcppVersion

# OCPP-J 1.6 §4.2.3 table 7 keeps two misspelt codes (errata §5: they will not be corrected);
# OCPP-J 2.0.1 §4.3 table 8 spells them right and adds two.
CODES_16 = {
    "FormatViolation": "FormationViolation",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "RpcFrameworkError": "FormationViolation",
    "MessageTypeNotSupported": "NotSupported",
}

# JSON schema keyword → error code, for a payload that no repair could mend.
CODES_BY_KEYWORD = {
    "required": "OccurrenceConstraintViolation",
    "minItems": "OccurrenceConstraintViolation",
    "maxItems": "OccurrenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "additionalProperties": "FormatViolation",
    "enum": "PropertyConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "minLength": "PropertyConstraintViolation",
    "minimum": "PropertyConstraintViolation",
    "maximum": "PropertyConstraintViolation",
    "multipleOf": "PropertyConstraintViolation",
}


class CallRefused(Exception):
    """A CALL that is answered by a CALLERROR. ``code`` is OCPP 2.x's spelling."""

    def __init__(self, code: str, description: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description[:255]
        self.details = dict(details or {})


class CallFailed(Exception):
    """Our CALL was answered by a CALLERROR."""

    def __init__(self, code: str, description: str, details: Any) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = details


class ConnectionLost(Exception):
    """The socket closed before our CALL was answered."""


def code_for(version: OcppVersion, code: str) -> str:
    """The spelling of an error code in this version."""
    return CODES_16.get(code, code) if version == OcppVersion.V16 else code
