"""Which states stations, connectors and commands can be in, and which moves are allowed."""

from django.db import models


class OcppVersion(models.TextChoices):
    V16 = "1.6", "OCPP 1.6J"
    V201 = "2.0.1", "OCPP 2.0.1"
    V21 = "2.1", "OCPP 2.1"


class UnnamedVersion(models.TextChoices):
    """What is spoken with a station that names no OCPP version; every value of OcppVersion is one of these."""

    V16 = "1.6", "OCPP 1.6J"
    V201 = "2.0.1", "OCPP 2.0.1"
    V21 = "2.1", "OCPP 2.1"
    REFUSED = "refused", "None: it is refused"


class RegistrationStatus(models.TextChoices):
    """The answer to a BootNotification (OCPP 1.6 §4.2, OCPP 2.0.1 B01–B03)."""

    ACCEPTED = "accepted", "Accepted"
    PENDING = "pending", "Pending"
    REJECTED = "rejected", "Rejected"


class SecurityProfile(models.IntegerChoices):
    """OCPP 1.6 security whitepaper §3; OCPP 2.0.1 A00."""

    NONE = 0, "0: no password, no TLS"
    BASIC = 1, "1: password"
    TLS = 2, "2: TLS and password"
    MUTUAL_TLS = 3, "3: TLS with client certificate"


class ConnectorStatus(models.TextChoices):
    """One vocabulary for all versions. OCPP 2.x says only Occupied; its transactions tell which kind."""

    UNKNOWN = "unknown", "Unknown"
    AVAILABLE = "available", "Available"
    PREPARING = "preparing", "Preparing"
    CHARGING = "charging", "Charging"
    SUSPENDED_EV = "suspended_ev", "Suspended by car"
    SUSPENDED_EVSE = "suspended_evse", "Suspended by station"
    FINISHING = "finishing", "Finishing"
    RESERVED = "reserved", "Reserved"
    UNAVAILABLE = "unavailable", "Unavailable"
    FAULTED = "faulted", "Faulted"


OCCUPIED_STATUSES = frozenset(
    {
        ConnectorStatus.PREPARING,
        ConnectorStatus.CHARGING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.FINISHING,
    }
)


def occupied_status(current: ConnectorStatus) -> ConnectorStatus:
    """What a bare Occupied (OCPP 2.x) means: the occupied state we know of, else Preparing."""
    return current if current in OCCUPIED_STATUSES else ConnectorStatus.PREPARING


class CommandStatus(models.TextChoices):
    """The life of a command, see ``COMMAND_MOVES``."""

    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    NOT_SUPPORTED = "not_supported", "Not supported"
    TIMED_OUT = "timed_out", "Timed out"
    LOST = "lost", "Lost"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"


COMMAND_MOVES: dict[CommandStatus, frozenset[CommandStatus]] = {
    CommandStatus.QUEUED: frozenset(
        {CommandStatus.SENT, CommandStatus.NOT_SUPPORTED, CommandStatus.EXPIRED, CommandStatus.CANCELLED}
    ),
    CommandStatus.SENT: frozenset(
        {
            CommandStatus.ACCEPTED,
            CommandStatus.REJECTED,
            CommandStatus.NOT_SUPPORTED,
            CommandStatus.TIMED_OUT,
            CommandStatus.LOST,
        }
    ),
    # An answer that comes after all is better news than none.
    CommandStatus.TIMED_OUT: frozenset({CommandStatus.ACCEPTED, CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED}),
    # So is one that was on its way into the database when the station came back on another socket.
    CommandStatus.LOST: frozenset({CommandStatus.ACCEPTED, CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED}),
    CommandStatus.ACCEPTED: frozenset(),
    CommandStatus.REJECTED: frozenset(),
    CommandStatus.NOT_SUPPORTED: frozenset(),
    CommandStatus.EXPIRED: frozenset(),
    CommandStatus.CANCELLED: frozenset(),
}

# A command that ended so did not do what somebody wanted.
FAILED_COMMAND_STATUSES = frozenset(
    {
        CommandStatus.REJECTED,
        CommandStatus.NOT_SUPPORTED,
        CommandStatus.TIMED_OUT,
        CommandStatus.LOST,
        CommandStatus.EXPIRED,
    }
)
OPEN_COMMAND_STATUSES = frozenset({CommandStatus.QUEUED, CommandStatus.SENT})


class ChangeResult(models.TextChoices):
    """What a station said to one value it was asked to take."""

    ACCEPTED = "accepted", "Accepted"
    REBOOT_REQUIRED = "reboot_required", "After a reboot"
    REJECTED = "rejected", "Rejected"
    NOT_SUPPORTED = "not_supported", "Not supported"
    UNKNOWN = "unknown", "Unknown to the station"


class CertificateKind(models.TextChoices):
    """What a station uses a certificate for (1.6 security whitepaper CertificateUse, OCPP 2.x)."""

    SYSTEM_ROOT = "system_root", "Root of this server"
    MANUFACTURER_ROOT = "manufacturer_root", "Root of the manufacturer"
    V2G_ROOT = "v2g_root", "V2G root"
    MO_ROOT = "mo_root", "Root of mobility operators"
    OEM_ROOT = "oem_root", "Root of car makers"
    V2G_CHAIN = "v2g_chain", "V2G chain of the station"


class SigningStatus(models.TextChoices):
    """What became of a station's request for a certificate."""

    REFUSED = "refused", "Not signed"
    SIGNED = "signed", "Signed"
    ACCEPTED = "accepted", "Taken by the station"
    REJECTED = "rejected", "Refused by the station"
    REPLACED = "replaced", "Replaced by a newer one"
    REVOKED = "revoked", "Revoked"


# With one of these a station does not come in any more.
ENDED_SIGNING_STATUSES = frozenset({SigningStatus.REFUSED, SigningStatus.REPLACED, SigningStatus.REVOKED})


class RefusalCause(models.TextChoices):
    """Why a handshake was refused; what to do about each is in ``REFUSAL_ADVICE``."""

    UNKNOWN_IDENTITY = "unknown_identity", "Unknown identity"
    STATION_DISABLED = "station_disabled", "Station is disabled"
    NO_CREDENTIALS = "no_credentials", "No password sent"
    WRONG_PASSWORD = "wrong_password", "Wrong password"
    NO_PASSWORD_SET = "no_password_set", "No password set here"
    USERNAME_DIFFERS = "username_differs", "User name is not the identity"
    PROFILE_TOO_LOW = "profile_too_low", "Security profile too low"
    NO_CERTIFICATE = "no_certificate", "No client certificate sent"
    CERTIFICATE_UNTRUSTED = "cert_untrusted", "Certificate of an unknown authority"
    CERTIFICATE_EXPIRED = "cert_expired", "Certificate not valid now"
    CERTIFICATE_OF_ANOTHER = "cert_of_another", "Certificate names another"
    CERTIFICATE_REVOKED = "cert_revoked", "Certificate revoked or replaced"
    TLS_FAILED = "tls_failed", "TLS handshake failed"
    NO_COMMON_VERSION = "no_common_version", "No common OCPP version"
    BAD_PATH = "bad_path", "Path is not /ocpp/<identity>"


RENEW = (
    "lower the station's profile to 2, let it connect with its password, and renew its certificate on the station page."
)

REFUSAL_ADVICE: dict[RefusalCause, str] = {
    RefusalCause.UNKNOWN_IDENTITY: "Create a station with this identity, or correct the identity in the charger.",
    RefusalCause.STATION_DISABLED: "Enable the station if it should be in service.",
    RefusalCause.NO_CREDENTIALS: "Enter the station's password in the charger, or allow security profile 0 "
    "for both the organization and the station.",
    RefusalCause.WRONG_PASSWORD: "Enter the station's password in the charger, or set a new one on the station page.",
    RefusalCause.NO_PASSWORD_SET: "Set a password on the station page and enter it in the charger.",
    RefusalCause.USERNAME_DIFFERS: "The charger must send its identity as the user name of Basic authentication.",
    RefusalCause.PROFILE_TOO_LOW: "The charger must connect as its security profile says: 2 and 3 by TLS (wss). It "
    "once did, or somebody set it so. If the charger was reset or exchanged, lower the profile on the station's form.",
    RefusalCause.NO_CERTIFICATE: f"The charger must show its certificate. If it lost it: {RENEW}",
    RefusalCause.CERTIFICATE_UNTRUSTED: f"Its certificate must be signed by your own authority: {RENEW}",
    RefusalCause.CERTIFICATE_EXPIRED: f"The charger needs a new certificate: {RENEW}",
    RefusalCause.CERTIFICATE_OF_ANOTHER: "The certificate must name your organization (O) and the station's serial "
    f"number or identity (CN). If the hardware was exchanged: {RENEW}",
    RefusalCause.CERTIFICATE_REVOKED: f"The charger must use its newest certificate. If it lost it: {RENEW}",
    RefusalCause.TLS_FAILED: "Charger and server found no common way to speak TLS. The charger needs TLS 1.2, and must "
    "use wss only at the port for TLS. For old chargers there can be a port of its own: OCPP_LEGACY_TLS_PORT.",
    RefusalCause.NO_COMMON_VERSION: (
        "Set the charger to OCPP 1.6J, 2.0.1 or 2.1. If it cannot name one, choose on its form which it speaks."
    ),
    RefusalCause.BAD_PATH: "Set the charger's server address to wss://<this server>/ocpp/ followed by its identity.",
}


class RefusalHandling(models.TextChoices):
    """What staff made of a refused connection."""

    OPEN = "open", "Open"
    ADOPTED = "adopted", "Adopted"
    DISMISSED = "dismissed", "Dismissed"


class EnrolmentMode(models.TextChoices):
    """What becomes of an unknown charger whose organization is certain and whose identity fits."""

    OFF = "off", "Off: it waits in the inbox"
    PENDING = "pending", "Enrol it; its registration is pending until staff accept it"
    ACCEPTED = "accepted", "Enrol it and accept it"


class ExpectedBy(models.TextChoices):
    """What is known of a charger before it first connects."""

    IDENTITY = "identity", "Identity"
    PREFIX = "prefix", "Identity begins with"
    SERIAL = "serial", "Serial number"
