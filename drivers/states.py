"""Kinds of tokens and the answers to "may this token charge here?"."""

from django.db import models


class TokenType(models.TextChoices):
    """OCPP 2.0.1 IdTokenEnumType. OCPP 1.6 knows no types: its tags are looked up whatever their type."""

    ISO14443 = "ISO14443", "RFID card (ISO 14443)"
    ISO15693 = "ISO15693", "RFID card (ISO 15693)"
    CENTRAL = "Central", "App or back office"
    EMAID = "eMAID", "Contract (eMAID)"
    KEY_CODE = "KeyCode", "Key code"
    LOCAL = "Local", "Issued by the station"
    MAC_ADDRESS = "MacAddress", "MAC address"
    NO_AUTHORIZATION = "NoAuthorization", "No authorization"
    DIRECT_PAYMENT = "DirectPayment", "Paid directly"
    VIN = "VIN", "Vehicle (VIN)"
    OTHER = "Other", "Other"


RFID_TYPES = frozenset({TokenType.ISO14443, TokenType.ISO15693})


class AuthorizationStatus(models.TextChoices):
    """OCPP 2.0.1 AuthorizationStatusEnumType; OCPP 1.6 has five of them."""

    ACCEPTED = "Accepted", "Accepted"
    BLOCKED = "Blocked", "Blocked"
    CONCURRENT = "ConcurrentTx", "Already charging elsewhere"
    EXPIRED = "Expired", "Expired"
    INVALID = "Invalid", "Invalid"
    NO_CREDIT = "NoCredit", "No credit"
    NOT_ALLOWED_TYPE = "NotAllowedTypeEVSE", "Not for this type of EVSE"
    NOT_HERE = "NotAtThisLocation", "Not at this location"
    NOT_NOW = "NotAtThisTime", "Not at this time"
    UNKNOWN = "Unknown", "Unknown"


class ListAnswer(models.TextChoices):
    """What a station says to a local list (OCPP 1.6 §7.47 UpdateStatus; 2.x has no NotSupported)."""

    ACCEPTED = "Accepted", "Accepted"
    FAILED = "Failed", "Failed"
    NOT_SUPPORTED = "NotSupported", "Not supported"
    VERSION_MISMATCH = "VersionMismatch", "Version mismatch"
