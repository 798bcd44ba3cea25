"""What a CSMS may configure on a charger, in one neutral form.

The 1.6 configuration keys and the 2.x variables are two views of the same attributes.
"""

from dataclasses import dataclass

DEFAULT_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC"


@dataclass(slots=True)
class Settings:
    heartbeat_interval_s: int = 300
    sample_interval_s: int = 60
    aligned_interval_s: int = 0
    sampled_measurands: str = DEFAULT_MEASURANDS
    aligned_measurands: str = "Energy.Active.Import.Register,Power.Active.Import"
    started_measurands: str = "Energy.Active.Import.Register"
    ended_measurands: str = "Energy.Active.Import.Register"
    stop_measurands: str = ""
    """1.6 StopTxnSampledData: empty means a StopTransaction without transactionData."""
    connection_timeout_s: int = 60
    stops_on_invalid_id: bool = True
    stops_on_ev_disconnect: bool = True
    authorizes_remote_starts: bool = False
    preauthorizes_locally: bool = False
    authorizes_offline_locally: bool = True
    allows_unknown_offline: bool = True
    uses_cache: bool = True
    uses_local_list: bool = True
    reserves_any_evse: bool = True
    message_attempts: int = 3
    message_retry_interval_s: int = 60
    offline_threshold_s: int = 60
    tx_start_point: str = "PowerPathClosed"
    tx_stop_point: str = "EVConnected,Authorized"
    websocket_ping_interval_s: int = 60
    reset_retries: int = 1
    light_intensity: int = 80
    basic_auth_password: str = ""
    """Set by the CSMS (1.6 AuthorizationKey, 2.x BasicAuthPassword); used from the next connection on."""
