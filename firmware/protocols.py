"""By which protocol a station sends and fetches files: what is known of its model, else what it told."""

from urllib.parse import urlsplit

from firmware.errors import NoCommonProtocol
from firmware.models import FileLocation
from stations.abilities import Ability, told
from stations.models import ChargingStation
from stations.traits import Trait

PROTOCOLS = Ability("SupportedFileTransferProtocols", "OCPPCommCtrlr", "FileTransferProtocols")
# With and without TLS is one: which of both, the address of the operator decides.
FAMILIES = {"http": "http", "https": "http", "ftp": "ftp", "ftps": "ftp", "sftp": "sftp"}
OF_TRAITS = {Trait.FTP_ONLY: frozenset({"ftp", "sftp"}), Trait.HTTP_ONLY: frozenset({"http"})}
WORDS = {"http": "HTTP", "ftp": "FTP", "sftp": "SFTP"}


def known_of(station: ChargingStation) -> frozenset[str] | None:
    """What a vendor profile says of the model, which counts more than what the station says; None: nothing."""
    return next((families for trait, families in OF_TRAITS.items() if trait in station.traits), None)


def told_by(station: ChargingStation) -> frozenset[str] | None:
    words = told(station, (PROTOCOLS,)).get(PROTOCOLS, "").split(",")
    return frozenset(FAMILIES[word.strip().lower()] for word in words if word.strip().lower() in FAMILIES) or None


def check_protocol(station: ChargingStation, address: str) -> None:
    """Raises NoCommonProtocol where the model is known not to take it. What a station lists is not held against it."""
    taken, family = known_of(station), FAMILIES.get(urlsplit(address).scheme.lower(), "")
    if taken is not None and family not in taken:
        words = " or ".join(sorted(WORDS[each] for each in taken))
        raise NoCommonProtocol(f"This model takes files by {words} only: its vendor profile says so.")


def location_for(station: ChargingStation) -> FileLocation | None:
    """Where a station that does not take HTTP puts its files: the operator's first server of a kind that it takes."""
    taken = known_of(station) or told_by(station)
    if taken is None or "http" in taken:
        return None
    locations = FileLocation.objects.filter(organization=station.organization_id).order_by("pk")
    return next((each for each in locations if FAMILIES.get(urlsplit(each.address).scheme.lower()) in taken), None)
