"""The device model of the simulated station (OCPP 2.x part 2 appendices: controllers and their variables)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.clock import format_time
from simulator.evse import Evse
from simulator.network import SLOTS
from simulator.v2.availability import status_of

if TYPE_CHECKING:
    from simulator.charger import Charger

Live = Callable[["Charger", Evse | None, int | None], str]
STATUSES = "Available,Occupied,Reserved,Unavailable,Faulted"
POINTS = "ParkingBayOccupancy,EVConnected,Authorized,DataSigned,PowerPathClosed,EnergyTransfer"
MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Power.Offered,Current.Import,Voltage,SoC"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. `setting` binds it to Settings, `live` computes it, else `default` or what was set."""

    component: str
    name: str
    data_type: str = "string"
    default: str = ""
    setting: str | None = None
    live: Live | None = None
    instance: str | None = None
    level: str = "station"
    """Where it exists: "station", "evse" or "connector"."""
    mutability: str = "ReadOnly"
    unit: str | None = None
    values: str | None = None
    maximum: float | None = None
    needs_reboot: bool = False

    @property
    def is_writable(self) -> bool:
        return self.mutability != "ReadOnly"


@dataclass(frozen=True, slots=True)
class Place:
    """A variable at its EVSE and connector."""

    variable: Variable
    evse: Evse | None = None
    connector: int | None = None

    @property
    def key(self) -> str:
        where = f"{self.evse.number if self.evse else ''}:{self.connector or ''}"
        return f"{self.variable.component}[{where}].{self.variable.name}[{self.variable.instance or ''}]"

    def value(self, charger: "Charger") -> str:
        variable = self.variable
        if variable.live:
            return variable.live(charger, self.evse, self.connector)
        if variable.setting:
            value = getattr(charger.settings, variable.setting)
            return str(value).lower() if isinstance(value, bool) else str(value)
        return charger.variables.get(self.key, variable.default)


def _read(component: str, name: str, data_type: str, default: str, unit: str | None = None) -> Variable:
    return Variable(component, name, data_type, default, unit=unit)


def _set(
    component: str, name: str, data_type: str, setting: str, unit: str | None = None, instance: str | None = None
) -> Variable:
    return Variable(component, name, data_type, setting=setting, unit=unit, instance=instance, mutability="ReadWrite")


def _keep(component: str, name: str, data_type: str, default: str, unit: str | None = None) -> Variable:
    return Variable(component, name, data_type, default, unit=unit, mutability="ReadWrite")


def _chosen(component: str, name: str, setting: str, values: str) -> Variable:
    return Variable(component, name, "MemberList", setting=setting, values=values, mutability="ReadWrite")


def _availability(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    if evse is None:
        return "Available"
    return status_of(evse, connector or evse.connector or 1)


def _problem(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    places = [evse] if evse else charger.evse_list
    return "true" if any(place.fault for place in places) else "false"


def _phases(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    """None is direct current."""
    places = [evse] if evse else charger.evse_list
    return str(max(0 if place.spec.is_dc else place.spec.phases for place in places))


def _connector_type(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    return "cCCS2" if evse and evse.spec.is_dc else "sType2"


def _power(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    return f"{evse.power_w:.1f}" if evse else "0"


def _priority(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    return ",".join(map(str, charger.network.order))


def _active_slot(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    return str(charger.network.order[0])


def _security_profile(charger: "Charger", evse: Evse | None, connector: int | None) -> str:
    return str(charger.network.access.security_profile)


VARIABLES: tuple[Variable, ...] = (
    Variable("ChargingStation", "AvailabilityState", "OptionList", live=_availability, values=STATUSES),
    _read("ChargingStation", "Available", "boolean", "true"),
    Variable("ChargingStation", "Problem", "boolean", live=_problem),
    Variable("ChargingStation", "SupplyPhases", "integer", live=_phases),
    Variable("ChargingStation", "Model", live=lambda charger, _evse, _connector: charger.model),
    Variable("ChargingStation", "VendorName", live=lambda charger, _evse, _connector: charger.vendor),
    Variable("ChargingStation", "SerialNumber", live=lambda charger, _evse, _connector: charger.serial_number),
    Variable("ChargingStation", "FirmwareVersion", live=lambda charger, _evse, _connector: charger.firmware_version),
    Variable("EVSE", "AvailabilityState", "OptionList", live=_availability, values=STATUSES, level="evse"),
    Variable("EVSE", "Available", "boolean", "true", level="evse"),
    Variable("EVSE", "Problem", "boolean", live=_problem, level="evse"),
    Variable("EVSE", "SupplyPhases", "integer", live=_phases, level="evse"),
    Variable("EVSE", "Power", "decimal", live=_power, level="evse", unit="W"),
    Variable("EVSE", "AllowReset", "boolean", "true", level="evse"),
    Variable("Connector", "AvailabilityState", "OptionList", live=_availability, values=STATUSES, level="connector"),
    Variable("Connector", "Available", "boolean", "true", level="connector"),
    Variable("Connector", "ConnectorType", live=_connector_type, level="connector"),
    Variable("Connector", "SupplyPhases", "integer", live=_phases, level="connector"),
    _set("OCPPCommCtrlr", "HeartbeatInterval", "integer", "heartbeat_interval_s", "s"),
    _set("OCPPCommCtrlr", "OfflineThreshold", "integer", "offline_threshold_s", "s"),
    _set("OCPPCommCtrlr", "MessageAttempts", "integer", "message_attempts", None, "TransactionEvent"),
    _set("OCPPCommCtrlr", "MessageAttemptInterval", "integer", "message_retry_interval_s", "s", "TransactionEvent"),
    Variable("OCPPCommCtrlr", "MessageTimeout", "integer", "30", instance="Default", unit="s"),
    _set("OCPPCommCtrlr", "WebSocketPingInterval", "integer", "websocket_ping_interval_s", "s"),
    _set("OCPPCommCtrlr", "ResetRetries", "integer", "reset_retries"),
    Variable(
        "OCPPCommCtrlr",
        "NetworkConfigurationPriority",
        "SequenceList",
        live=_priority,
        mutability="ReadWrite",
        values=",".join(map(str, SLOTS)),
    ),
    Variable("OCPPCommCtrlr", "ActiveNetworkProfile", "integer", live=_active_slot),
    _keep("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "integer", "3"),
    _keep("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "integer", "5", "s"),
    _keep("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "integer", "5"),
    _keep("OCPPCommCtrlr", "RetryBackOffRandomRange", "integer", "5", "s"),
    _keep("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "boolean", "true"),
    Variable("OCPPCommCtrlr", "FileTransferProtocols", "MemberList", "HTTPS,FTP", values="HTTPS,HTTP,FTP,SFTP"),
    _read("AuthCtrlr", "Enabled", "boolean", "true"),
    _set("AuthCtrlr", "AuthorizeRemoteStart", "boolean", "authorizes_remote_starts"),
    _set("AuthCtrlr", "LocalAuthorizeOffline", "boolean", "authorizes_offline_locally"),
    _set("AuthCtrlr", "LocalPreAuthorize", "boolean", "preauthorizes_locally"),
    _set("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "boolean", "allows_unknown_offline"),
    _read("AuthCacheCtrlr", "Available", "boolean", "true"),
    _set("AuthCacheCtrlr", "Enabled", "boolean", "uses_cache"),
    _keep("AuthCacheCtrlr", "LifeTime", "integer", "86400", "s"),
    _read("LocalAuthListCtrlr", "Available", "boolean", "true"),
    _set("LocalAuthListCtrlr", "Enabled", "boolean", "uses_local_list"),
    Variable(
        "LocalAuthListCtrlr",
        "Entries",
        "integer",
        live=lambda charger, _evse, _connector: str(len(charger.memory.local_list.entries)),
        maximum=1000,
    ),
    _read("LocalAuthListCtrlr", "ItemsPerMessage", "integer", "100"),
    _read("LocalAuthListCtrlr", "BytesPerMessage", "integer", "65536"),
    _set("TxCtrlr", "EVConnectionTimeOut", "integer", "connection_timeout_s", "s"),
    _set("TxCtrlr", "StopTxOnEVSideDisconnect", "boolean", "stops_on_ev_disconnect"),
    _set("TxCtrlr", "StopTxOnInvalidId", "boolean", "stops_on_invalid_id"),
    _chosen("TxCtrlr", "TxStartPoint", "tx_start_point", POINTS),
    _chosen("TxCtrlr", "TxStopPoint", "tx_stop_point", POINTS),
    _keep("TxCtrlr", "MaxEnergyOnInvalidId", "integer", "0", "Wh"),
    _read("SampledDataCtrlr", "Available", "boolean", "true"),
    _read("SampledDataCtrlr", "Enabled", "boolean", "true"),
    _set("SampledDataCtrlr", "TxUpdatedInterval", "integer", "sample_interval_s", "s"),
    _chosen("SampledDataCtrlr", "TxUpdatedMeasurands", "sampled_measurands", MEASURANDS),
    _chosen("SampledDataCtrlr", "TxStartedMeasurands", "started_measurands", MEASURANDS),
    _chosen("SampledDataCtrlr", "TxEndedMeasurands", "ended_measurands", MEASURANDS),
    _read("AlignedDataCtrlr", "Available", "boolean", "true"),
    _set("AlignedDataCtrlr", "Interval", "integer", "aligned_interval_s", "s"),
    _chosen("AlignedDataCtrlr", "Measurands", "aligned_measurands", MEASURANDS),
    Variable("DeviceDataCtrlr", "ItemsPerMessage", "integer", "50", instance="GetVariables"),
    Variable("DeviceDataCtrlr", "ItemsPerMessage", "integer", "50", instance="SetVariables"),
    Variable("DeviceDataCtrlr", "ItemsPerMessage", "integer", "50", instance="GetReport"),
    Variable("DeviceDataCtrlr", "BytesPerMessage", "integer", "65536", instance="GetVariables"),
    Variable("SecurityCtrlr", "BasicAuthPassword", setting="basic_auth_password", mutability="WriteOnly"),
    Variable("SecurityCtrlr", "Identity", live=lambda charger, _evse, _connector: charger.identity),
    Variable("SecurityCtrlr", "SecurityProfile", "integer", live=_security_profile),
    _keep("SecurityCtrlr", "OrganizationName", "string", "Nordlicht"),
    Variable("ClockCtrlr", "DateTime", "dateTime", live=lambda charger, _e, _c: format_time(charger.clock.now())),
    Variable("ClockCtrlr", "TimeSource", "SequenceList", "Heartbeat", mutability="ReadWrite", values="Heartbeat,NTP"),
    _keep("ClockCtrlr", "TimeZone", "string", "Europe/Berlin"),
    _read("SmartChargingCtrlr", "Available", "boolean", "true"),
    _read("SmartChargingCtrlr", "Enabled", "boolean", "true"),
    _read("SmartChargingCtrlr", "ProfileStackLevel", "integer", "10"),
    Variable("SmartChargingCtrlr", "RateUnit", "MemberList", "A,W", values="A,W"),
    _read("SmartChargingCtrlr", "PeriodsPerSchedule", "integer", "24"),
    Variable("SmartChargingCtrlr", "Entries", "integer", "0", instance="ChargingProfiles", maximum=20),
    _keep("SmartChargingCtrlr", "LimitChangeSignificance", "decimal", "1", "Percent"),
    _read("ReservationCtrlr", "Available", "boolean", "true"),
    Variable("ReservationCtrlr", "NonEvseSpecific", "boolean", setting="reserves_any_evse"),
    _read("MonitoringCtrlr", "Available", "boolean", "false"),
    _read("DisplayMessageCtrlr", "Available", "boolean", "false"),
    Variable("TariffCostCtrlr", "Available", "boolean", "false", instance="Tariff"),
)


def places(charger: "Charger") -> Iterator[Place]:
    """Every variable of this station at every EVSE and connector where it exists."""
    for variable in VARIABLES:
        if variable.level == "station":
            yield Place(variable)
            continue
        for evse in charger.evse_list:
            if variable.level == "evse":
                yield Place(variable, evse)
            else:
                yield from (Place(variable, evse, number) for number in range(1, evse.spec.connectors + 1))
