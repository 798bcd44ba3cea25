"""A root that signs servers through an intermediate, as public authorities do."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

WHERE_ISSUER_IS = "http://authority.example/intermediate.crt"
SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class PublicAuthority:
    """PEM of each certificate, and the server's key."""

    root: bytes
    intermediate: bytes
    server: bytes
    key: bytes

    def write(self, directory: Path, *parts: bytes) -> tuple[str, str]:
        """Certificate file with these parts, and key file."""
        certificate, key = directory / "public.crt", directory / "public.key"
        certificate.write_bytes(b"".join(parts))
        key.write_bytes(self.key)
        return str(certificate), str(key)


def public_authority(*, days: int = 30) -> PublicAuthority:
    """``days`` until the intermediate is over."""
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    server_key = rsa.generate_private_key(65537, 2048)
    root = _signed("Example Root", root_key, "Example Root", root_key, is_authority=True)
    middle = _signed("Example Intermediate", middle_key, "Example Root", root_key, is_authority=True, days=days)
    server = _signed("localhost", server_key, "Example Intermediate", middle_key, is_authority=False)
    key = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return PublicAuthority(
        root.public_bytes(Encoding.PEM), middle.public_bytes(Encoding.PEM), server.public_bytes(Encoding.PEM), key
    )


def _signed(
    subject: str, key: Key, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, is_authority: bool, days: int = 30
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if is_authority:
        return builder.add_extension(SIGNS_CERTIFICATES, critical=True).sign(issuer_key, hashes.SHA256())
    place = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(WHERE_ISSUER_IS)
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityInformationAccess([place]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
