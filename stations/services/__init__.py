"""Every change of state of the hardware side: connections, boots, statuses, variables, commands."""

from stations.services.adoption import (
    Adoption,
    adopt_station,
    dismiss_refusal,
    reopen_refusal,
    why_not_adoptable,
)
from stations.services.batches import (
    CannotRepeat,
    CannotSendToAll,
    cancel_batch,
    retry_batch,
    send_to_many,
    versions_of,
)
from stations.services.certificates import (
    answer_certificate,
    authority_of,
    delete_certificate,
    note_deleted,
    note_installed,
    record_installed,
    sign_certificate,
)
from stations.services.client_certificates import ShownCertificate, is_certificate_of, judge_certificate
from stations.services.commands import (
    cancel_command,
    claim_command,
    expire_commands,
    finish_command,
    have_commands,
    note_sent,
    stations_with_commands,
)
from stations.services.configuration import change_variables
from stations.services.connections import (
    Admission,
    Closing,
    NoLongerWelcome,
    Opening,
    StationDisabled,
    close_connections,
    disconnect_station,
    find_stations,
    is_known,
    open_connections,
    record_seen,
    which_are_closed,
)
from stations.services.deletion import delete_stations
from stations.services.each import Question, ask_each
from stations.services.editing import save_station
from stations.services.enrolment import enrol_station, remove_enrolment_key, set_enrolment_key
from stations.services.gateways import (
    LEASE,
    close_abandoned_connections,
    end_gateway,
    renew_lease,
    start_gateway,
)
from stations.services.hardware import known_parts, save_parts
from stations.services.mending import Mended, count_repairs
from stations.services.notes import add_note, delete_note
from stations.services.passwords import change_password, is_password_of, set_station_password, settle_password
from stations.services.profiles import (
    delete_profile,
    load_shipped_profiles,
    profiles_of,
    refresh_traits,
    save_profile,
)
from stations.services.provisioning import (
    Boot,
    Registered,
    items_per_message,
    record_boots,
    record_values,
    record_variables,
)
from stations.services.refusals import delete_old_refusals, refuse_connection
from stations.services.retention import roll_frames
from stations.services.revocation import revoke_certificate
from stations.services.security import mark_security_events_seen, note_forged_headers, record_security_event
from stations.services.security_profiles import (
    free_slot,
    knows_root,
    raise_security_profile,
    slots_in_order,
    why_not_raisable,
)
from stations.services.status import record_statuses
from stations.services.trouble import measure_trouble

__all__ = [
    "LEASE",
    "Admission",
    "Adoption",
    "Boot",
    "CannotRepeat",
    "CannotSendToAll",
    "Closing",
    "Mended",
    "NoLongerWelcome",
    "Opening",
    "Question",
    "Registered",
    "ShownCertificate",
    "StationDisabled",
    "add_note",
    "adopt_station",
    "answer_certificate",
    "ask_each",
    "authority_of",
    "cancel_batch",
    "cancel_command",
    "change_password",
    "change_variables",
    "claim_command",
    "close_abandoned_connections",
    "close_connections",
    "count_repairs",
    "delete_certificate",
    "delete_note",
    "delete_old_refusals",
    "delete_profile",
    "delete_stations",
    "disconnect_station",
    "dismiss_refusal",
    "end_gateway",
    "enrol_station",
    "expire_commands",
    "find_stations",
    "finish_command",
    "free_slot",
    "have_commands",
    "is_certificate_of",
    "is_known",
    "is_password_of",
    "items_per_message",
    "judge_certificate",
    "known_parts",
    "knows_root",
    "load_shipped_profiles",
    "mark_security_events_seen",
    "measure_trouble",
    "note_deleted",
    "note_forged_headers",
    "note_installed",
    "note_sent",
    "open_connections",
    "profiles_of",
    "raise_security_profile",
    "record_boots",
    "record_installed",
    "record_security_event",
    "record_seen",
    "record_statuses",
    "record_values",
    "record_variables",
    "refresh_traits",
    "refuse_connection",
    "remove_enrolment_key",
    "renew_lease",
    "reopen_refusal",
    "retry_batch",
    "revoke_certificate",
    "roll_frames",
    "save_parts",
    "save_profile",
    "save_station",
    "send_to_many",
    "set_enrolment_key",
    "set_station_password",
    "settle_password",
    "sign_certificate",
    "slots_in_order",
    "start_gateway",
    "stations_with_commands",
    "versions_of",
    "which_are_closed",
    "why_not_adoptable",
    "why_not_raisable",
]
