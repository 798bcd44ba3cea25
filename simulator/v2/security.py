"""OCPP 2.x A02, M03 to M05: certificates."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.security import security_event

if TYPE_CHECKING:
    from simulator.charger import Charger

USE = "ChargingStationCertificate"


async def sign_certificate(charger: "Charger") -> None:
    payload: Payload = {"csr": charger.wallet.request(charger.serial_number), "certificateType": USE}
    if charger.version == "2.1":
        payload["requestId"] = charger.next_event_id()
    await charger.tell("SignCertificate", payload)


def certificate_signed(charger: "Charger", payload: Payload) -> Payload:
    if charger.wallet.take(payload["certificateChain"]):
        return {"status": "Accepted"}
    charger.afterwards(lambda: charger.told(security_event(charger, "InvalidChargingStationCertificate")))
    return {"status": "Rejected"}


def install_certificate(charger: "Charger", payload: Payload) -> Payload:
    if charger.wallet.trust(payload["certificateType"], payload["certificate"]):
        return {"status": "Accepted"}
    charger.afterwards(lambda: charger.told(security_event(charger, "InvalidCsmsCertificate")))
    return {"status": "Rejected"}


def get_installed_certificate_ids(charger: "Charger", payload: Payload) -> Payload:
    wallet, asked = charger.wallet, payload.get("certificateType")
    chains = [
        {"certificateType": use, "certificateHashData": wallet.hash_data(each)}
        for use, each in wallet.trusted
        if asked is None or use in asked
    ]
    return {"status": "Accepted", "certificateHashDataChain": chains} if chains else {"status": "NotFound"}


def delete_certificate(charger: "Charger", payload: Payload) -> Payload:
    return {"status": "Accepted" if charger.wallet.forget(payload["certificateHashData"]) else "NotFound"}


HANDLERS: dict[str, Handler] = {
    "CertificateSigned": certificate_signed,
    "InstallCertificate": install_certificate,
    "GetInstalledCertificateIds": get_installed_certificate_ids,
    "DeleteCertificate": delete_certificate,
}
