"""Whether a firmware is the manufacturer's, as a station finds out (security whitepaper L01.FR.04)."""

import base64

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def is_certificate(pem: str) -> bool:
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return False
    return True


def is_genuine(content: bytes, signature: str, pem: str) -> bool:
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(base64.b64decode(signature), content, PSS(MGF1(SHA256()), PSS.AUTO), SHA256())
        elif isinstance(key, EllipticCurvePublicKey):
            key.verify(base64.b64decode(signature), content, ECDSA(SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
