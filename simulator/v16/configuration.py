"""OCPP 1.6 §5.3 ChangeConfiguration, §5.6 DataTransfer, §5.8 GetConfiguration, §9 configuration keys."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler

if TYPE_CHECKING:
    from simulator.charger import Charger

PROFILE = "SecurityProfile"
PROFILES = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"


@dataclass(frozen=True, slots=True)
class Key:
    """`setting` names the attribute of Settings that the key shows; without one the value is just kept."""

    name: str
    setting: str | None = None
    default: str = ""
    is_readonly: bool = False
    kind: type = str
    needs_reboot: bool = False
    is_writeonly: bool = False


def _fixed(name: str, value: str) -> Key:
    return Key(name, default=value, is_readonly=True)


KEYS = {
    key.name.casefold(): key
    for key in (
        Key("AllowOfflineTxForUnknownId", "allows_unknown_offline", kind=bool),
        Key("AuthorizationCacheEnabled", "uses_cache", kind=bool),
        Key("AuthorizeRemoteTxRequests", "authorizes_remote_starts", kind=bool),
        Key("BlinkRepeat", default="3", kind=int),
        Key("ClockAlignedDataInterval", "aligned_interval_s", kind=int),
        Key("ConnectionTimeOut", "connection_timeout_s", kind=int),
        Key("ConnectorPhaseRotation", default="0.RST,1.RST"),
        _fixed("ConnectorPhaseRotationMaxLength", "8"),
        _fixed("GetConfigurationMaxKeys", "50"),
        Key("HeartbeatInterval", "heartbeat_interval_s", kind=int),
        Key("LightIntensity", "light_intensity", kind=int),
        Key("LocalAuthorizeOffline", "authorizes_offline_locally", kind=bool),
        Key("LocalPreAuthorize", "preauthorizes_locally", kind=bool),
        Key("MaxEnergyOnInvalidId", default="0", kind=int),
        Key("MeterValuesAlignedData", "aligned_measurands"),
        _fixed("MeterValuesAlignedDataMaxLength", "8"),
        Key("MeterValuesSampledData", "sampled_measurands"),
        _fixed("MeterValuesSampledDataMaxLength", "8"),
        Key("MeterValueSampleInterval", "sample_interval_s", kind=int),
        Key("MinimumStatusDuration", default="0", kind=int),
        _fixed("NumberOfConnectors", ""),
        Key("ResetRetries", "reset_retries", kind=int),
        Key("StopTransactionOnEVSideDisconnect", "stops_on_ev_disconnect", kind=bool),
        Key("StopTransactionOnInvalidId", "stops_on_invalid_id", kind=bool),
        Key("StopTxnAlignedData"),
        _fixed("StopTxnAlignedDataMaxLength", "8"),
        Key("StopTxnSampledData", "stop_measurands"),
        _fixed("StopTxnSampledDataMaxLength", "8"),
        _fixed("SupportedFeatureProfiles", PROFILES),
        Key("TransactionMessageAttempts", "message_attempts", kind=int),
        Key("TransactionMessageRetryInterval", "message_retry_interval_s", kind=int),
        Key("UnlockConnectorOnEVSideDisconnect", default="true", kind=bool),
        Key("WebSocketPingInterval", "websocket_ping_interval_s", kind=int, needs_reboot=True),
        Key("LocalAuthListEnabled", "uses_local_list", kind=bool),
        _fixed("LocalAuthListMaxLength", "1000"),
        _fixed("SendLocalListMaxLength", "100"),
        Key("ReserveConnectorZeroSupported", "reserves_any_evse", is_readonly=True, kind=bool),
        _fixed("ChargeProfileMaxStackLevel", "10"),
        _fixed("ChargingScheduleAllowedChargingRateUnit", "Current,Power"),
        _fixed("ChargingScheduleMaxPeriods", "24"),
        _fixed("MaxChargingProfilesInstalled", "20"),
        _fixed("SupportedFileTransferProtocols", "FTP,HTTP,HTTPS"),
        Key("AuthorizationKey", "basic_auth_password", is_writeonly=True),
        Key("SecurityProfile", kind=int),
        Key("CpoName", default="Nordlicht"),
    )
}


def get_configuration(charger: "Charger", payload: Payload) -> Payload:
    asked = payload.get("key") or [key.name for key in KEYS.values()]
    known = [KEYS[name.casefold()] for name in asked if _is_readable(name)]
    unknown = [name for name in asked if not _is_readable(name)]
    answer: Payload = {"configurationKey": [_shown(charger, key) for key in known if not key.is_writeonly]}
    if payload.get("key") and unknown:
        answer["unknownKey"] = unknown
    return answer


def change_configuration(charger: "Charger", payload: Payload) -> Payload:
    key = KEYS.get(payload["key"].casefold())
    if key is None:
        return {"status": "NotSupported"}
    if key.name == PROFILE:
        return _change_profile(charger, payload["value"])
    if key.is_readonly or not _assign(charger, key, payload["value"]):
        return {"status": "Rejected"}
    charger.settings_changed()
    if key.is_writeonly:
        charger.afterwards(charger.reconnect)
    return {"status": "RebootRequired" if key.needs_reboot else "Accepted"}


def _change_profile(charger: "Charger", text: str) -> Payload:
    """Security whitepaper A05."""
    if not text.isdecimal() or not charger.network.take_profile(int(text)):
        return {"status": "Rejected"}
    charger.afterwards(charger.reconnect_or_fall_back)
    return {"status": "Accepted"}


def data_transfer(charger: "Charger", payload: Payload) -> Payload:
    """Answers only its own vendor; "echo" returns the data."""
    if payload["vendorId"] != charger.vendor:
        return {"status": "UnknownVendorId"}
    if payload.get("messageId") not in {None, "echo"}:
        return {"status": "UnknownMessageId"}
    return {"status": "Accepted", **({"data": payload["data"]} if "data" in payload else {})}


def _is_readable(name: str) -> bool:
    """The key of the Basic auth is never returned (1.6 J errata §3.12)."""
    return name.casefold() in KEYS and not KEYS[name.casefold()].is_writeonly


def _shown(charger: "Charger", key: Key) -> Payload:
    return {"key": key.name, "readonly": key.is_readonly, "value": _value(charger, key)}


def _value(charger: "Charger", key: Key) -> str:
    if key.name == "NumberOfConnectors":
        return str(len(charger.evse_list))
    if key.name == PROFILE:
        return str(charger.network.access.security_profile)
    if key.setting is None:
        return charger.variables.get(key.name, key.default)
    value = getattr(charger.settings, key.setting)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _assign(charger: "Charger", key: Key, text: str) -> bool:
    value = parse_value(text, key.kind)
    if value is None:
        return False
    if key.setting:
        setattr(charger.settings, key.setting, value)
    else:
        charger.variables[key.name] = text
    return True


def parse_value(text: str, kind: type) -> str | int | bool | None:
    """None when the text is no value of that kind; numbers are never negative."""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if kind is int:
        return int(text) if text.isdecimal() else None
    return text


HANDLERS: dict[str, Handler] = {
    "GetConfiguration": get_configuration,
    "ChangeConfiguration": change_configuration,
    "DataTransfer": data_transfer,
}
