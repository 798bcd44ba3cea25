"""Every action without a handler of ours, with the reason. Handlers and this table together are the whole of OCPP.

Staff can send any CSMS-initiated action of a station's version as a raw call; ``RAW`` marks those that have no form
of their own.
"""

from stations.states import OcppVersion

RAW = "No request of ours yet: can be sent as a raw call."
NEEDS_CERTIFICATES = "This server does not ask the OCSP responders of Plug & Charge."
NEEDS_PLUG_AND_CHARGE = "This server is not connected to a Plug & Charge ecosystem."
NEEDS_SMART_CHARGING = "This server does not plan charging schedules."
NEEDS_PAYMENT = "This server does not settle payments."
NEEDS_STREAMS = "This server takes no periodic event streams."
NEEDS_BATTERY_SWAP = "This server does not manage battery swapping."
UNCONFIRMED = "A SEND is never answered; it is kept in the wire log."

# Every message of 1.6 and of its security whitepaper is taken or sent.
V16: dict[str, str] = {}

V201: dict[str, str] = dict.fromkeys(
    (
        "ClearDisplayMessage",
        "ClearVariableMonitoring",
        "CostUpdated",
        "CustomerInformation",
        "GetDisplayMessages",
        "GetMonitoringReport",
        "GetReport",
        "GetTransactionStatus",
        "PublishFirmware",
        "SetDisplayMessage",
        "SetMonitoringBase",
        "SetMonitoringLevel",
        "SetVariableMonitoring",
        "UnpublishFirmware",
    ),
    RAW,
) | {
    "GetCertificateStatus": NEEDS_CERTIFICATES,
    "Get15118EVCertificate": NEEDS_PLUG_AND_CHARGE,
    "NotifyEVChargingNeeds": NEEDS_SMART_CHARGING,
    "NotifyEVChargingSchedule": NEEDS_SMART_CHARGING,
}

V21: dict[str, str] = (
    V201
    | dict.fromkeys(
        (
            "AFRRSignal",
            "AdjustPeriodicEventStream",
            "ChangeTransactionTariff",
            "ClearDERControl",
            "ClearTariffs",
            "GetDERControl",
            "GetPeriodicEventStream",
            "GetTariffs",
            "NotifyAllowedEnergyTransfer",
            "NotifyWebPaymentStarted",
            "RequestBatterySwap",
            "SetDERControl",
            "SetDefaultTariff",
            "UpdateDynamicSchedule",
            "UsePriorityCharging",
        ),
        RAW,
    )
    | {
        "BatterySwap": NEEDS_BATTERY_SWAP,
        "GetCertificateChainStatus": NEEDS_CERTIFICATES,
        "OpenPeriodicEventStream": NEEDS_STREAMS,
        "ClosePeriodicEventStream": NEEDS_STREAMS,
        "NotifyPeriodicEventStream": UNCONFIRMED,
        "NotifySettlement": NEEDS_PAYMENT,
        "VatNumberValidation": NEEDS_PAYMENT,
        "PullDynamicScheduleUpdate": NEEDS_SMART_CHARGING,
    }
)

NOT_SUPPORTED: dict[OcppVersion, dict[str, str]] = {OcppVersion.V16: V16, OcppVersion.V201: V201, OcppVersion.V21: V21}
