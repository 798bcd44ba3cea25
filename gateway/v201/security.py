"""OCPP 2.0.1 block A: password, certificate of the station, security events; M03 to M05: certificates it trusts."""

from collections.abc import Iterator, Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import (
    CertificateSigningUseEnumType,
    GenericStatusEnumType,
    GetCertificateIdUseEnumType,
    InstallCertificateUseEnumType,
    MessageTriggerEnumType,
    OCPPTransportEnumType,
    OCPPVersionEnumType,
    ResetEnumType,
)

from accounts.encryption import decrypt
from gateway.exchange import Exchange
from gateway.link import Link
from gateway.routing import Call, CannotSay, Facts
from gateway.threads import in_thread
from gateway.v201.routes import after, on, sends
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
from stations.repairs import Repair
from stations.reports import ReportedCertificate
from stations.states import CertificateKind

VARIABLE = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
PRIORITY = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
# What the specification proposes to begin with.
MESSAGE_TIMEOUT_S = 30
LARGEST_NUMBER = 2**31
OURS = CertificateSigningUseEnumType.charging_station_certificate
INSTALLED: dict[CertificateKind, str] = {
    CertificateKind.SYSTEM_ROOT: InstallCertificateUseEnumType.csms_root_certificate,
    CertificateKind.MANUFACTURER_ROOT: InstallCertificateUseEnumType.manufacturer_root_certificate,
    CertificateKind.V2G_ROOT: InstallCertificateUseEnumType.v2g_root_certificate,
    CertificateKind.MO_ROOT: InstallCertificateUseEnumType.mo_root_certificate,
}
ASKED: dict[CertificateKind, str] = {
    **INSTALLED,
    CertificateKind.V2G_CHAIN: GetCertificateIdUseEnumType.v2g_certificate_chain,
}
# OCPP 2.1 has one more.
KINDS: dict[str, CertificateKind] = {
    **{str(use): kind for kind, use in ASKED.items()},
    "OEMRootCertificate": CertificateKind.OEM_ROOT,
}


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
async def on_sign_certificate(
    exchange: Exchange, *, csr: str, certificate_type: str = OURS, request_id: int | None = None, **_: Any
) -> call_result.SignCertificate:
    """A02, A03: answered at once, the certificate follows in a CertificateSigned. V2G needs another authority."""
    is_signed = certificate_type == OURS and await in_thread(stations.sign_certificate)(
        station_id=exchange.station.station_id,
        request_pem=csr,
        number=_kept_number(exchange, request_id),
        at=exchange.received_at,
    )
    words = GenericStatusEnumType
    return call_result.SignCertificate(status=words.accepted if is_signed else words.rejected)


def _kept_number(exchange: Exchange, request_id: int | None) -> int | None:
    """A02 of 2.1. What is more than 32 bits cannot be kept, and is not sent back."""
    if request_id is None or abs(request_id) < LARGEST_NUMBER:
        return request_id
    exchange.repair(Repair.NUMBER_TOO_LARGE)
    return None


@sends(SetPassword, "SetVariables")
def send_password(request: SetPassword, facts: Facts) -> Call:
    """A01."""
    secret = decrypt(request.encrypted_password, purpose=PASSWORD)
    return Call("SetVariables", {"setVariableData": [{**VARIABLE, "attributeValue": secret}]})


@sends(RaiseSecurityProfile, "SetNetworkProfile")
def send_network_profile(request: RaiseSecurityProfile, facts: Facts) -> list[Call]:
    """A05, B09, B10: a profile in a slot of its own, its turn before the others, then a reset when nobody charges."""
    connection = {
        "ocppVersion": OCPPVersionEnumType.ocpp20,
        "ocppTransport": OCPPTransportEnumType.json,
        "ocppCsmsUrl": request.url,
        "messageTimeout": MESSAGE_TIMEOUT_S,
        "securityProfile": request.profile.value,
        "ocppInterface": request.interface,
    }
    turn = {**PRIORITY, "attributeValue": request.priority}
    return [
        Call("SetNetworkProfile", {"configurationSlot": request.slot, "connectionData": connection}),
        Call("SetVariables", {"setVariableData": [turn]}, is_next_step=True),
        Call("Reset", {"type": ResetEnumType.on_idle}, is_next_step=True),
    ]


@sends(RequestCertificate, "TriggerMessage")
def send_request_certificate(request: RequestCertificate, facts: Facts) -> Call:
    """A02."""
    return Call("TriggerMessage", {"requestedMessage": MessageTriggerEnumType.sign_charging_station_certificate})


@sends(SendCertificate, "CertificateSigned")
def send_certificate_signed(request: SendCertificate, facts: Facts) -> Call:
    return Call("CertificateSigned", {"certificateChain": request.certificate, "certificateType": OURS})


@sends(InstallCertificate, "InstallCertificate")
def send_install_certificate(request: InstallCertificate, facts: Facts) -> Call:
    """M05."""
    use = use_of(request.kind, INSTALLED)
    return Call("InstallCertificate", {"certificateType": use, "certificate": request.certificate})


@sends(GetInstalledCertificates, "GetInstalledCertificateIds")
def send_get_installed_certificates(request: GetInstalledCertificates, facts: Facts) -> Call:
    """M03."""
    uses = [use_of(kind, ASKED) for kind in request.kinds]
    return Call("GetInstalledCertificateIds", {"certificateType": uses} if uses else {})


@sends(DeleteCertificate, "DeleteCertificate")
def send_delete_certificate(request: DeleteCertificate, facts: Facts) -> Call:
    """M04."""
    hashes = {
        "hashAlgorithm": request.hash_algorithm,
        "issuerNameHash": request.issuer_name_hash,
        "issuerKeyHash": request.issuer_key_hash,
        "serialNumber": request.serial_number,
    }
    return Call("DeleteCertificate", {"certificateHashData": hashes})


def use_of(kind: CertificateKind, words: Mapping[CertificateKind, str]) -> str:
    if kind not in words:
        raise CannotSay(f"This version knows no certificate of this kind: {kind.label}.")
    return words[kind]


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
            kind=KINDS[str(payload["certificateType"])],
            certificate_pem=payload["certificate"],
            at=link.last_heard_at,
        )


@after("GetInstalledCertificateIds")
async def after_get_installed_certificates(link: Link, payload: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """NotFound: it has none of these kinds."""
    asked = [KINDS[str(use)] for use in payload.get("certificateType") or KINDS]
    chains = response.get("certificateHashDataChain") or () if response.get("status") == "Accepted" else ()
    await in_thread(stations.record_installed)(
        station_id=link.admission.station_id,
        kinds=asked,
        reported=[each for chain in chains for each in _reported(chain)],
        at=link.last_heard_at,
    )


def _reported(chain: Mapping[str, Any]) -> Iterator[ReportedCertificate]:
    """Of a kind that we know."""
    kind = KINDS.get(str(chain["certificateType"]))
    if kind is None:
        return
    for place, item in enumerate((chain["certificateHashData"], *(chain.get("childCertificateHashData") or ()))):
        yield ReportedCertificate(
            kind=kind,
            hash_algorithm=item["hashAlgorithm"],
            issuer_name_hash=item["issuerNameHash"],
            issuer_key_hash=item["issuerKeyHash"],
            serial_number=item["serialNumber"],
            is_below=place > 0,
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
