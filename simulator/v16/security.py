"""The certificates of the OCPP 1.6 security whitepaper: A02, M03 to M05."""

from typing import TYPE_CHECKING

from simulator.connection import Payload
from simulator.dialect import Handler
from simulator.security import security_event

if TYPE_CHECKING:
    from simulator.charger import Charger


async def sign_certificate(charger: "Charger") -> None:
    await charger.tell("SignCertificate", {"csr": charger.wallet.request(charger.serial_number)})


def certificate_signed(charger: "Charger", payload: Payload) -> Payload:
    if charger.wallet.take(payload["certificateChain"]):
        return {"status": "Accepted"}
    charger.afterwards(lambda: charger.told(security_event(charger, "InvalidChargePointCertificate")))
    return {"status": "Rejected"}


def install_certificate(charger: "Charger", payload: Payload) -> Payload:
    if charger.wallet.trust(payload["certificateType"], payload["certificate"]):
        return {"status": "Accepted"}
    charger.afterwards(lambda: charger.told(security_event(charger, "InvalidCentralSystemCertificate")))
    return {"status": "Rejected"}


def get_installed_certificate_ids(charger: "Charger", payload: Payload) -> Payload:
    wallet = charger.wallet
    found = [wallet.hash_data(each) for use, each in wallet.trusted if use == payload["certificateType"]]
    return {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}


def delete_certificate(charger: "Charger", payload: Payload) -> Payload:
    return {"status": "Accepted" if charger.wallet.forget(payload["certificateHashData"]) else "NotFound"}


HANDLERS: dict[str, Handler] = {
    "CertificateSigned": certificate_signed,
    "InstallCertificate": install_certificate,
    "GetInstalledCertificateIds": get_installed_certificate_ids,
    "DeleteCertificate": delete_certificate,
}
