"""Every action a server may send, for people: its block, what it does, and what it may cost a driver who charges."""

from dataclasses import dataclass

from gateway.versions import actions_of_ours
from stations.states import OcppVersion


@dataclass(frozen=True)
class Action:
    name: str
    block: str
    does: str
    danger: str = ""
    """What will happen to running sessions or to the station's reach; empty for what is harmless."""

    @property
    def versions(self) -> list[OcppVersion]:
        return [version for version in OcppVersion if self.name in actions_of_ours(version)]


BLOCKS: dict[str, dict[str, str]] = {
    "Remote control": {
        "RemoteStartTransaction": "Starts charging for a token, with a charging profile if wanted.",
        "RemoteStopTransaction": "Ends the session with this transaction id.",
        "RequestStartTransaction": "Starts charging for a token, with a charging profile if wanted.",
        "RequestStopTransaction": "Ends the session with this transaction id.",
        "UnlockConnector": "Opens the cable lock of a connector.",
        "TriggerMessage": "Asks the station to send a message now.",
        "ExtendedTriggerMessage": "Asks for a message now, also for those of the security extension.",
        "GetTransactionStatus": "Asks whether a transaction runs and whether messages wait to be sent.",
        "UsePriorityCharging": "Lets a session charge first, or no longer.",
    },
    "Availability": {
        "ChangeAvailability": "Puts an EVSE or the station in or out of service.",
        "Reset": "Restarts the station or, in 2.x, one EVSE.",
    },
    "Reservation": {
        "ReserveNow": "Keeps an EVSE free for a token until a time.",
        "CancelReservation": "Gives a reserved EVSE free again.",
    },
    "Configuration": {
        "GetConfiguration": "Reads configuration keys; without names all of them.",
        "ChangeConfiguration": "Sets one configuration key.",
        "GetVariables": "Reads variables of the device model.",
        "SetVariables": "Sets variables of the device model.",
        "GetBaseReport": "Asks for all variables, or for those that can be configured.",
        "GetReport": "Asks for the variables of chosen components.",
        "SetNetworkProfile": "Stores how the station reaches a server.",
    },
    "Authorization": {
        "ClearCache": "Makes the station forget the tokens it saw accepted.",
        "GetLocalListVersion": "Asks for the version of the station's own list of tokens.",
        "SendLocalList": "Replaces or updates the station's own list of tokens.",
        "CustomerInformation": "Asks what the station knows of a customer, or has it forgotten.",
    },
    "Smart charging": {
        "SetChargingProfile": "Gives the station a schedule of limits.",
        "ClearChargingProfile": "Removes charging profiles, chosen by id or by what they are for.",
        "GetChargingProfiles": "Asks for the charging profiles the station holds.",
        "GetCompositeSchedule": "Asks for the limits that result from all profiles together.",
        "UpdateDynamicSchedule": "Sets new limits in a dynamic profile.",
        "NotifyAllowedEnergyTransfer": "Tells which kinds of energy transfer a session may use.",
        "AFRRSignal": "Passes on a signal of the grid operator for balancing.",
    },
    "Grid support (DER)": {
        "GetDERControl": "Asks for the settings that support the grid.",
        "SetDERControl": "Sets how the station supports the grid.",
        "ClearDERControl": "Removes settings that support the grid.",
    },
    "Firmware": {
        "UpdateFirmware": "Has the station download and install firmware.",
        "SignedUpdateFirmware": "Has the station install firmware whose signature it checks.",
        "PublishFirmware": "Has a local controller offer firmware to its stations.",
        "UnpublishFirmware": "Ends that offer.",
    },
    "Diagnostics": {
        "GetDiagnostics": "Has the station upload its diagnostics to an address.",
        "GetLog": "Has the station upload a log to an address.",
        "SetMonitoringBase": "Chooses which monitors are active.",
        "SetMonitoringLevel": "Sets from which severity on events are reported.",
        "SetVariableMonitoring": "Sets monitors on variables.",
        "ClearVariableMonitoring": "Removes monitors.",
        "GetMonitoringReport": "Asks for the monitors that are set.",
        "GetPeriodicEventStream": "Asks which event streams are open.",
        "AdjustPeriodicEventStream": "Changes how often an event stream reports.",
    },
    "Security": {
        "CertificateSigned": "Brings a certificate the station asked for.",
        "InstallCertificate": "Installs a root certificate.",
        "DeleteCertificate": "Removes a certificate.",
        "GetInstalledCertificateIds": "Asks which root certificates are installed.",
    },
    "Display and tariffs": {
        "SetDisplayMessage": "Shows a message on the station's display.",
        "GetDisplayMessages": "Asks which messages are set.",
        "ClearDisplayMessage": "Removes a message.",
        "CostUpdated": "Shows a driver the cost of the running session.",
        "SetDefaultTariff": "Sets the tariff for drivers without one of their own.",
        "GetTariffs": "Asks for the tariffs the station holds.",
        "ClearTariffs": "Removes tariffs.",
        "ChangeTransactionTariff": "Gives a running session another tariff.",
        "NotifyWebPaymentStarted": "Tells the station that somebody pays for an EVSE on the web.",
    },
    "Vendor and battery swap": {
        "DataTransfer": "Sends a message of the vendor's own.",
        "RequestBatterySwap": "Asks a swap station to change a battery.",
    },
}

ENDS_IT = "The session ends; its driver pays for what was charged."
RESTARTS = "The station restarts after the download; running sessions end or hold it up."
DANGERS: dict[str, str] = {
    "RemoteStopTransaction": ENDS_IT,
    "RequestStopTransaction": ENDS_IT,
    "UnlockConnector": "A session at that connector may end.",
    "ChangeAvailability": "Out of service: running sessions end first, then nobody can charge there.",
    "Reset": "A restart ends running sessions; soft ones wait for them where the station can.",
    "SetNetworkProfile": "A wrong profile can cut the station off until somebody visits it. Running sessions go on.",
    "ClearChargingProfile": "Running sessions may at once draw more power than the grid connection allows.",
    "ClearDERControl": "Running sessions that feed into the grid lose these limits at once.",
    "UpdateFirmware": RESTARTS,
    "SignedUpdateFirmware": RESTARTS,
    "CertificateSigned": "The station connects anew with it. Sessions go on, offline for a moment.",
    "DeleteCertificate": "Without its root certificate the station may refuse this server, or cars. Sessions go on.",
    "ClearTariffs": "Sessions that start from now on have no price at the station.",
    "ChangeTransactionTariff": "The driver of that session pays another price from now on.",
}

ACTIONS: dict[str, Action] = {
    name: Action(name, block, does, DANGERS.get(name, ""))
    for block, actions in BLOCKS.items()
    for name, does in actions.items()
}


def menu(versions: list[OcppVersion]) -> list[tuple[str, list[Action]]]:
    """What can be sent to stations of these versions, by functional block."""
    known = frozenset[str]().union(*(actions_of_ours(version) for version in versions))
    blocks = ((block, [ACTIONS[name] for name in actions if name in known]) for block, actions in BLOCKS.items())
    return [(block, actions) for block, actions in blocks if actions]
