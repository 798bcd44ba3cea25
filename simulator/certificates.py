"""A station's own key and certificate, and those it trusts: the same in 1.6 and 2.x but for the words."""

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from simulator.connection import Payload


@dataclass(slots=True)
class Wallet:
    """Keys and certificates of one charger."""

    owner: str = "Nordlicht"
    """The operator's name, as configured (CpoName, OrganizationName)."""
    requested_key: ec.EllipticCurvePrivateKey | None = None
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None
    chain: str = ""
    trusted: list[tuple[str, x509.Certificate]] = field(default_factory=list)
    """With what each is for, in the words of the version."""
    hash_algorithm: str = "SHA256"

    def load(self, chain: str, key: str) -> None:
        """As the manufacturer puts them in, both in PEM."""
        read = load_pem_private_key(key.encode(), password=None)
        if not isinstance(read, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError("The key must be of RSA or of an elliptic curve.")
        self.key, self.chain = read, chain

    def request(self, common_name: str) -> str:
        """A signing request with a new key."""
        self.requested_key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.owner),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self.requested_key, hashes.SHA256())
        return request.public_bytes(Encoding.PEM).decode()

    def take(self, chain: str) -> bool:
        """Whether it is the certificate of the key that was asked for."""
        try:
            certificate = x509.load_pem_x509_certificates(chain.encode())[0]
        except ValueError:
            return False
        if self.requested_key is None or _public(certificate.public_key()) != _public(self.requested_key.public_key()):
            return False
        self.key, self.chain, self.requested_key = self.requested_key, chain, None
        return True

    def key_pem(self) -> str:
        if self.key is None:
            raise ValueError("This charger has no certificate yet.")
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def trust(self, use: str, pem: str) -> bool:
        try:
            self.trusted.append((use, x509.load_pem_x509_certificate(pem.encode())))
        except ValueError:
            return False
        return True

    def hash_data(self, certificate: x509.Certificate) -> Payload:
        """Of the issuer, which of a root is itself (RFC 6960)."""
        algorithm = self.hash_algorithm.lower()
        return {
            "hashAlgorithm": self.hash_algorithm,
            "issuerNameHash": hashlib.new(algorithm, certificate.issuer.public_bytes()).hexdigest(),
            "issuerKeyHash": hashlib.new(algorithm, _key_bits(certificate)).hexdigest(),
            "serialNumber": f"{certificate.serial_number:x}",
        }

    def forget(self, wanted: Payload) -> bool:
        for place, (_, certificate) in enumerate(self.trusted):
            if self.hash_data(certificate) == wanted:
                del self.trusted[place]
                return True
        return False


def _public(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The contents of the bit string alone (RFC 6960 §4.1.1)."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
