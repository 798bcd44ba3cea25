"""Whether a file of OCPP_TLS_CERTIFICATES leads to a root: chargers do not fetch what is missing (quirk 15)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import AuthorityInformationAccessOID


def chain_problems(path: Path) -> list[str]:
    """What a strict charger would not like about the chain; nothing of a file that cannot be read."""
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []
    return [f"{path}: {problem}" for problem in (*_disorder(chain), *_over(chain), *_end(chain[-1]))]


def _disorder(chain: Sequence[x509.Certificate]) -> Iterator[str]:
    for number, (issued, issuer) in enumerate(pairwise(chain), start=1):
        if not _is_issued_by(issued, issuer):
            yield (
                f"certificate {number + 1} did not issue certificate {number}. "
                "Put the server's own certificate first, then the one that issued it, and so on."
            )


def _is_issued_by(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _over(chain: Sequence[x509.Certificate]) -> Iterator[str]:
    now = datetime.now(UTC)
    for number, certificate in enumerate(chain, start=1):
        until = certificate.not_valid_after_utc
        if until < now:
            yield f"certificate {number} is over since {until:%Y-%m-%d}. Put a valid one there."


def _end(last: x509.Certificate) -> Iterator[str]:
    """One that says where to fetch its issuer's certificate has a public authority; those sign by an intermediate.

    What an authority signed may be the last: its issuer is the root, which chargers have.
    """
    if _is_authority(last) or not (addresses := _addresses_of_issuer(last)):
        return
    yield (
        "the chain is incomplete: the certificate of "
        f"{last.issuer.rfc4514_string()}, which issued the last one, is missing, and chargers do not fetch it. "
        f"Append it in PEM to the file (it is at {addresses[0]})."
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _addresses_of_issuer(certificate: x509.Certificate) -> list[str]:
    try:
        told = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [
        str(each.access_location.value)
        for each in told
        if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    ]
