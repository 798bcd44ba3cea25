"""OCPP 2.1 blocks A and M: a request for a certificate has a number; car makers' roots are new."""

from gateway.routing import Call, Facts
from gateway.v21.routes import sends
from gateway.v201 import security
from stations.commands import GetInstalledCertificates, InstallCertificate, SendCertificate
from stations.states import CertificateKind

OEM = {CertificateKind.OEM_ROOT: "OEMRootCertificate"}


@sends(SendCertificate, "CertificateSigned")
def send_certificate_signed(request: SendCertificate, facts: Facts) -> Call:
    """A02.FR.26: the number of the station's request, if it had one."""
    said = security.send_certificate_signed(request, facts)
    return said if request.number is None else Call(said.action, {**said.payload, "requestId": request.number})


@sends(InstallCertificate, "InstallCertificate")
def send_install_certificate(request: InstallCertificate, facts: Facts) -> Call:
    use = security.use_of(request.kind, security.INSTALLED | OEM)
    return Call("InstallCertificate", {"certificateType": use, "certificate": request.certificate})


@sends(GetInstalledCertificates, "GetInstalledCertificateIds")
def send_get_installed_certificates(request: GetInstalledCertificates, facts: Facts) -> Call:
    uses = [security.use_of(kind, security.ASKED | OEM) for kind in request.kinds]
    return Call("GetInstalledCertificateIds", {"certificateType": uses} if uses else {})
