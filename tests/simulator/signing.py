"""A manufacturer: a key, its certificate, and signatures of firmware."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@cache
def signing_certificate() -> tuple[str, Callable[[bytes], str]]:
    """The certificate in PEM, and what signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Voltaria firmware")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )

    def sign(content: bytes) -> str:
        return base64.b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()

    return certificate.public_bytes(serialization.Encoding.PEM).decode(), sign
