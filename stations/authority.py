"""Certificates, without the database: an authority for each organization, requests checked and signed, hashes.

The authority's key is of P-256: its signature costs a tenth of RSA's, and every station that knows TLS 1.2 reads it.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

AUTHORITY_VALID = timedelta(days=3650)
STATION_VALID = timedelta(days=397)
# Stations' clocks are not exact.
BACKDATED = timedelta(hours=1)
LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 224


class UnsuitableRequest(Exception):
    """A certificate signing request that is not signed; the text says why."""


class UnsuitableCertificate(Exception):
    """A text that is no certificate."""


class UntrustedCertificate(Exception):
    """No path leads from it to an authority that counts, or it is not for the client's side of TLS."""


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both in PEM."""

    certificate: str
    key: str


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def read_certificate(pem: str) -> x509.Certificate:
    """Raises UnsuitableCertificate."""
    try:
        return x509.load_pem_x509_certificate(pem.strip().encode())
    except ValueError as error:
        raise UnsuitableCertificate("This is no certificate in PEM.") from error


def new_authority(*, organization: str, now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organization[:50]} stations"),
        ]
    )
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(pem_of(certificate), encoded.decode())


def read_request(pem: str) -> x509.CertificateSigningRequest:
    """A request that proves it has the key, and a key that is strong enough. Raises UnsuitableRequest."""
    try:
        request = x509.load_pem_x509_csr(pem.strip().encode())
        proves = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsuitableRequest("It is no certificate signing request in PEM.") from error
    if not proves:
        raise UnsuitableRequest("Its signature does not fit its key.")
    strong = isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA_BITS
    strong = strong or (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= LEAST_EC_BITS)
    if not strong:
        raise UnsuitableRequest(
            f"Its key is weak: RSA of {LEAST_RSA_BITS} or elliptic of {LEAST_EC_BITS} bits at least."
        )
    return request


def check_subject(name: x509.Name, *, organization: str, names: frozenset[str]) -> None:
    """The owner and the station it claims to be of (whitepaper A00.FR.404, A00.FR.405, OCPP 2.x A00.FR.404).

    Raises UnsuitableRequest. ``names``: by which the station may call itself, folded.
    """
    owners = _values(name, NameOID.ORGANIZATION_NAME)
    if [owner.casefold() for owner in owners] != [organization.casefold()]:
        raise UnsuitableRequest(f"Its owner (O) is {', '.join(owners) or 'missing'}, not {organization}.")
    called = _values(name, NameOID.COMMON_NAME)
    if len(called) != 1 or called[0].casefold() not in names:
        raise UnsuitableRequest(f"Its name (CN) is {', '.join(called) or 'missing'}: no name of this station.")


def sign_request(request: x509.CertificateSigningRequest, authority: Pair, *, now: datetime) -> x509.Certificate:
    """Only for the client's side of TLS, and never for longer than the authority itself."""
    issuer = read_certificate(authority.certificate)
    key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("The authority's key is of an elliptic curve.")
    valid = min(STATION_VALID, issuer.not_valid_after_utc - now)
    return (
        _builder(request.subject, issuer.subject, request.public_key(), now, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]


def owner_of(name: x509.Name) -> str:
    return next(iter(_values(name, NameOID.ORGANIZATION_NAME)), "")


def common_name_of(name: x509.Name) -> str:
    return next(iter(_values(name, NameOID.COMMON_NAME)), "")


def key_hash_of(request: x509.CertificateSigningRequest | x509.Certificate) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(request.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()


def fingerprint_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial_of(certificate: x509.Certificate) -> str:
    """Hexadecimal, without leading zeros: as OCPP writes it."""
    return f"{certificate.serial_number:x}"


def normalised_serial(text: str) -> str:
    return text.strip().casefold().lstrip("0") or "0"


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def read_shown(text: str) -> x509.Certificate:
    """As servers and proxies hand a client's certificate over: PEM, percent-encoded PEM, or base64 of DER.

    Raises UnsuitableCertificate.
    """
    plain = unquote_to_bytes(text.strip()).strip()
    try:
        if plain.startswith(b"-----"):
            return x509.load_pem_x509_certificate(plain)
        return x509.load_der_x509_certificate(base64.b64decode(plain.replace(b"\n", b""), validate=True))
    except (ValueError, binascii.Error) as error:
        raise UnsuitableCertificate("This is no certificate.") from error


def check_path(
    certificate: x509.Certificate,
    *,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """By the rules of RFC 5280 §6 (security whitepaper and OCPP 2.x A00.FR.403). Raises UntrustedCertificate."""
    if not anchors:
        raise UntrustedCertificate("There is no authority that could have signed it.")
    policy = PolicyBuilder().store(Store(list(anchors))).time(at)
    # A station's certificate has no host name in it, which the rules for the web would ask for.
    policy = policy.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        policy.build_client_verifier().verify(certificate, list(others))
    except (VerificationError, ValueError) as error:
        raise UntrustedCertificate(str(error)) from error
    if not _is_for_clients(certificate):
        raise UntrustedCertificate("It is not for the client's side of TLS.")


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage


def is_valid_at(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
