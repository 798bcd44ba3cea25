"""The server certificates of an embedded start: made once, by an authority of their own, and anew before they end.

For a trial on one machine. Chargers in the field need certificates of an authority that they know.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

AUTHORITY_VALID = timedelta(days=3650)
SERVER_VALID = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(hours=1)


@dataclass(frozen=True)
class ServerFiles:
    """What the gateway needs, and `authority`, which chargers are to trust."""

    authority: Path
    certificates: tuple[Path, Path]
    keys: tuple[Path, Path]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "OCPP_TLS_CERTIFICATES": ",".join(map(str, self.certificates)),
            "OCPP_TLS_KEYS": ",".join(map(str, self.keys)),
        }


def own_names() -> tuple[str, ...]:
    """The first one becomes the common name."""
    return tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", socket.gethostname())))


def server_files(directory: Path, names: Sequence[str] = ()) -> ServerFiles:
    """An ECDSA and an RSA certificate for these names: chargers know suites of one or the other (A00.FR.318)."""
    names = names or own_names()
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    kinds = ("ecdsa", "rsa")
    files = ServerFiles(
        authority=directory / "authority.crt",
        certificates=(directory / "ecdsa.crt", directory / "rsa.crt"),
        keys=(directory / "ecdsa.key", directory / "rsa.key"),
    )
    issuer, issuer_key = _authority(files.authority, directory / "authority.key")
    for kind, certificate, key in zip(kinds, files.certificates, files.keys, strict=True):
        if not _is_good(certificate, key, names, issuer):
            made_key = _new_key(kind)
            _write(key, _pem_of_key(made_key))
            _write(certificate, _signed(made_key, names, issuer, issuer_key))
    return files


def _authority(certificate: Path, key: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    known = _read(certificate)
    if known is not None and key.exists() and not _is_nearly_over(known):
        read = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if isinstance(read, ec.EllipticCurvePrivateKey):
            return known, read
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CSMS on {socket.gethostname()}"[:64])])
    signed = (
        _builder(name, name, made, AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(made, hashes.SHA256())
    )
    _write(key, _pem_of_key(made))
    _write(certificate, signed.public_bytes(serialization.Encoding.PEM))
    return signed, made


def _signed(key: Key, names: Sequence[str], issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _builder(subject, issuer.subject, key, SERVER_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, valid: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """A key of RSA also decrypts what the suites without ECDHE send it."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_good(certificate: Path, key: Path, names: Sequence[str], issuer: x509.Certificate) -> bool:
    known = _read(certificate)
    if known is None or not key.exists() or _is_nearly_over(known) or known.issuer != issuer.subject:
        return False
    alternatives = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_general(name) for name in names} == set(alternatives)


def _is_nearly_over(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc - datetime.now(UTC) < RENEWED_BEFORE


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _new_key(kind: str) -> Key:
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)


def _pem_of_key(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by nobody else."""
    made = path.with_suffix(f".{os.getpid()}")
    made.touch(mode=0o600)
    made.write_bytes(content)
    made.replace(path)
