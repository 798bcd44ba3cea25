"""Whether a firmware's signature is the one of its certificate: what a station will find out, before it is asked."""

import base64
import binascii
from collections.abc import Callable, Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

SHA256 = hashes.SHA256()


class NotReadable(ValueError):
    """A certificate or signature that is none; the text says what it should be."""


def certificate_of(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.strip().encode())
    except ValueError as error:
        raise NotReadable("This is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----.") from error


def signature_of(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotReadable("This is not Base64.") from error


def is_genuine(*, parts: Iterable[bytes], signature: str, certificate: str) -> bool:
    """RSA-PSS or ECDSA over the whole file with SHA-256 (security whitepaper L01.FR.04); of old tools also PKCS #1."""
    digest = hashes.Hash(SHA256)
    for part in parts:
        digest.update(part)
    key, signed, hashed = certificate_of(certificate).public_key(), signature_of(signature), digest.finalize()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _holds(lambda: key.verify(signed, hashed, ec.ECDSA(Prehashed(SHA256))))
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotReadable("The certificate's key is neither RSA nor of an elliptic curve.")
    pss = padding.PSS(padding.MGF1(SHA256), padding.PSS.AUTO)
    return any(
        _holds(lambda padded=padded: key.verify(signed, hashed, padded, Prehashed(SHA256)))  # type: ignore[misc]
        for padded in (pss, padding.PKCS1v15())
    )


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True
