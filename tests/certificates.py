"""Certificates of stations, good and bad, and who signs them."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from accounts.encryption import decrypt
from simulator.certificates import Wallet
from stations import authority, services
from stations.authority import Pair
from stations.models import ChargingStation, StationCertificate
from stations.services.certificates import PURPOSE
from stations.states import SigningStatus


def issued_to(station: ChargingStation, name: str = "") -> tuple[Wallet, StationCertificate]:
    """Signed by us at the station's request, and taken by it."""
    wallet = Wallet(owner=station.organization.name)
    request = wallet.request(name or station.identity)
    assert services.sign_certificate(station_id=station.pk, request_pem=request, number=None, at=timezone.now())
    row = StationCertificate.objects.filter(station=station).latest("pk")
    StationCertificate.objects.filter(pk=row.pk).update(status=SigningStatus.ACCEPTED)
    row.refresh_from_db()
    assert wallet.take(row.certificate)
    return wallet, row


def own_pair(station: ChargingStation) -> Pair:
    """The authority of the station's organization, with its key."""
    own = services.authority_of(station.organization)
    return Pair(own.certificate, decrypt(own.key_encrypted, purpose=PURPOSE))


def signed_by(pair: Pair, *, owner: str, name: str, at: datetime | None = None) -> Wallet:
    """Behind our back: it is in no table of ours."""
    wallet = Wallet(owner=owner)
    request = authority.read_request(wallet.request(name))
    certificate = authority.sign_request(request, pair, now=at or timezone.now())
    assert wallet.take(authority.pem_of(certificate))
    return wallet


def self_signed(*, owner: str, name: str) -> Wallet:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [(NameOID.ORGANIZATION_NAME, owner), (NameOID.COMMON_NAME, name)]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    wallet = Wallet(owner=owner)
    wallet.key, wallet.chain = key, authority.pem_of(certificate)
    return wallet
