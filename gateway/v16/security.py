"""The security whitepaper of OCPP 1.6: events, password, certificates (A01 to A04, M03 to M05)."""

from collections.abc import Mapping
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import CertificateUse, GenericStatus, MessageTrigger

from accounts.encryption import decrypt
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.v16.routes import after, on, sends
from stations import services as stations
from stations.commands import (
    PASSWORD,
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    RaiseSecurityProfile,
    RequestCertificate,
    SendCertificate,
    SetPassword,
)
from stations.reports import ReportedCertificate
from stations.states import CertificateKind

KEY = "AuthorizationKey"
PROFILE_KEY = "SecurityProfile"
USES = {
    CertificateKind.SYSTEM_ROOT: CertificateUse.central_system_root_certificate,
    CertificateKind.MANUFACTURER_ROOT: CertificateUse.manufacturer_root_certificate,
}
KINDS = {use: kind for kind, use in USES.items()}


@on("SecurityEventNotification")
async def on_security_event_notification(
    exchange: Exchange, *, type: str, timestamp: str, tech_info: str = "", **_: Any
) -> call_result.SecurityEventNotification:
    """A04."""
    await in_thread(stations.record_security_event)(
        station_id=exchange.station.station_id,
        kind=type,
        info=tech_info,
        at=exchange.parse_time(timestamp),
        received_at=exchange.received_at,
    )
    return call_result.SecurityEventNotification()


@on("SignCertificate")
async def on_sign_certificate(exchange: Exchange, *, csr: str, **_: Any) -> call_result.SignCertificate:
    """A02, A03: answered at once, the certificate follows in a CertificateSigned."""
    is_signed = await in_thread(stations.sign_certificate)(
        station_id=exchange.station.station_id, request_pem=csr, number=None, at=exchange.received_at
    )
    return call_result.SignCertificate(status=GenericStatus.accepted if is_signed else GenericStatus.rejected)


@sends(SetPassword, "ChangeConfiguration")
def send_password(request: SetPassword, facts: Facts) -> Call:
    """A01: the hexadecimal digits of the key; the station uses its bytes."""
    secret = decrypt(request.encrypted_password, purpose=PASSWORD)
    return Call("ChangeConfiguration", {"key": KEY, "value": secret})


@sends(RaiseSecurityProfile, "ChangeConfiguration")
def send_security_profile(request: RaiseSecurityProfile, facts: Facts) -> Call:
    """A05: what the station accepts makes it come back with the new profile."""
    return Call("ChangeConfiguration", {"key": PROFILE_KEY, "value": str(request.profile.value)})


@sends(RequestCertificate, "ExtendedTriggerMessage")
def send_request_certificate(request: RequestCertificate, facts: Facts) -> Call:
    """A02. Without a connector: it is the station's."""
    return Call("ExtendedTriggerMessage", {"requestedMessage": MessageTrigger.sign_charge_point_certificate})


@sends(SendCertificate, "CertificateSigned")
def send_certificate_signed(request: SendCertificate, facts: Facts) -> Call:
    return Call("CertificateSigned", {"certificateChain": request.certificate})


@sends(InstallCertificate, "InstallCertificate")
def send_install_certificate(request: InstallCertificate, facts: Facts) -> Call:
    """M05."""
    return Call("InstallCertificate", {"certificateType": _use(request.kind), "certificate": request.certificate})


@sends(GetInstalledCertificates, "GetInstalledCertificateIds")
def send_get_installed_certificates(request: GetInstalledCertificates, facts: Facts) -> list[Call]:
    """M03: one kind in each."""
    uses = [_use(kind) for kind in request.kinds] or list(USES.values())
    return [Call("GetInstalledCertificateIds", {"certificateType": use}) for use in uses]


@sends(DeleteCertificate, "DeleteCertificate")
def send_delete_certificate(request: DeleteCertificate, facts: Facts) -> Call:
    """M04."""
    return Call("DeleteCertificate", {"certificateHashData": hash_data(request)})


def _use(kind: CertificateKind) -> CertificateUse:
    if kind not in USES:
        raise CannotSay(f"OCPP 1.6 knows no certificate of this kind: {kind.label}.")
    return USES[kind]


def hash_data(request: DeleteCertificate) -> dict[str, str]:
    return {
        "hashAlgorithm": request.hash_algorithm,
        "issuerNameHash": request.issuer_name_hash,
        "issuerKeyHash": request.issuer_key_hash,
        "serialNumber": request.serial_number,
    }


@after("CertificateSigned")
async def after_certificate_signed(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    await in_thread(stations.answer_certificate)(
        station_id=link.admission.station_id,
        certificate_pem=payload["certificateChain"],
        is_accepted=response.get("status") == "Accepted",
    )


@after("InstallCertificate")
async def after_install_certificate(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    if response.get("status") == "Accepted":
        await in_thread(stations.note_installed)(
            station_id=link.admission.station_id,
            kind=KINDS[CertificateUse(payload["certificateType"])],
            certificate_pem=payload["certificate"],
            at=link.last_heard_at,
        )


@after("GetInstalledCertificateIds")
async def after_get_installed_certificates(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """NotFound: it has none of this kind."""
    kind = KINDS[CertificateUse(payload["certificateType"])]
    found = response.get("certificateHashData") or () if response.get("status") == "Accepted" else ()
    await in_thread(stations.record_installed)(
        station_id=link.admission.station_id,
        kinds=[kind],
        reported=[reported(kind, item) for item in found],
        at=link.last_heard_at,
    )


def reported(kind: CertificateKind, item: Mapping[str, Any]) -> ReportedCertificate:
    return ReportedCertificate(
        kind=kind,
        hash_algorithm=item["hashAlgorithm"],
        issuer_name_hash=item["issuerNameHash"],
        issuer_key_hash=item["issuerKeyHash"],
        serial_number=item["serialNumber"],
    )


@after("DeleteCertificate")
async def after_delete_certificate(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """NotFound: it was gone already."""
    if response.get("status") in {"Accepted", "NotFound"}:
        hashes = payload["certificateHashData"]
        await in_thread(stations.note_deleted)(
            station_id=link.admission.station_id,
            hash_algorithm=hashes["hashAlgorithm"],
            issuer_name_hash=hashes["issuerNameHash"],
            serial_number=hashes["serialNumber"],
        )
