"""What the demo network consists of: plain data."""

from dataclasses import dataclass

from accounts.roles import Role
from stations.states import OcppVersion

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21


@dataclass(frozen=True)
class Model:
    """A charger one can buy in this demo's world."""

    vendor: str
    name: str
    kind: str
    max_power_w: int
    evses: int
    connectors: int = 1
    firmware: str = "1.4.2"


POST = Model("Voltaria", "Post 11", "AC", 11_000, 1)
TWIN = Model("Voltaria", "Twin 22", "AC", 22_000, 2, firmware="2.1.0")
QUAD = Model("Kaimauer", "Quad 22", "AC", 22_000, 4, firmware="5.0.3")
FAST = Model("Ampère & Fils", "Rapide 60", "DC", 60_000, 1, connectors=2, firmware="3.8.1")
HYPER = Model("Ampère & Fils", "Hyper 300", "DC", 300_000, 2, firmware="4.2.0")


@dataclass(frozen=True)
class Station:
    identity: str
    name: str
    version: OcppVersion
    model: Model


@dataclass(frozen=True)
class Site:
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    latitude: str
    longitude: str
    time_zone: str
    grid_limit_w: int
    stations: tuple[Station, ...]


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    role: Role


@dataclass(frozen=True)
class Operator:
    name: str
    slug: str
    time_zone: str
    people: tuple[Person, ...]
    sites: tuple[Site, ...]
    groups: tuple[tuple[str, str], ...]
    drivers: tuple[tuple[str, str | None, int], ...]
    """Name, group, number of cards."""
    receives_unknown_stations: bool = False


def _row(prefix: str, name: str, version: OcppVersion, model: Model, count: int) -> tuple[Station, ...]:
    return tuple(Station(f"{prefix}-{n:02d}", f"{name} {n}", version, model) for n in range(1, count + 1))


HARBOUR = Operator(
    name="Harbour Energy",
    slug="harbour-energy",
    time_zone="Europe/Berlin",
    receives_unknown_stations=True,
    people=(
        Person("owner@harbour.example", "Hanna", "Petersen", Role.OWNER),
        Person("olga@harbour.example", "Olga", "Nowak", Role.OPERATOR),
        Person("support@harbour.example", "Sam", "Okafor", Role.SUPPORT),
        Person("finance@harbour.example", "Fiona", "Lindqvist", Role.FINANCE),
        Person("viewer@harbour.example", "Victor", "Almeida", Role.READ_ONLY),
    ),
    sites=(
        Site("Harbour", "Am Kaiserkai 62", "20457", "Hamburg", "DE", "53.541300", "9.984100", "Europe/Berlin",
             400_000,
             (Station("old_faithful", "Old Faithful", V16, TWIN), Station("modern", "Modern", V201, FAST),
              Station("newest", "Newest", V21, HYPER), *_row("HAM-KAI", "Kaiserkai", V16, QUAD, 2))),
        Site("Central Station", "Invalidenstraße 10", "10557", "Berlin", "DE", "52.525600", "13.369500",
             "Europe/Berlin", 800_000,
             (*_row("BER-HBF", "Hauptbahnhof", V201, HYPER, 3), *_row("BER-PARK", "Garage P1", V16, TWIN, 4))),
        Site("Ferry Terminal", "Terminalvej 5", "9990", "Skagen", "DK", "57.718800", "10.587900",
             "Europe/Copenhagen", 250_000,
             (*_row("SKA-FAST", "Quay", V21, FAST, 2), *_row("SKA-POST", "Lane", V16, POST, 3))),
        Site("Market Hall", "Carrer de Jorge Juan 18", "46004", "València", "ES", "39.468300", "-0.372600",
             "Europe/Madrid", 180_000, _row("VLC-COLON", "Colón", V201, TWIN, 3)),
    ),
    groups=(("City Taxis", "TAXI"), ("Harbour staff", "STAFF")),
    drivers=(
        ("Alice Berger", "STAFF", 2), ("Bob Fischer", "STAFF", 1), ("Carla Ortiz", "TAXI", 1),
        ("Deniz Kaya", "TAXI", 1), ("Erik Sørensen", None, 1), ("Farah Haddad", None, 1),
        ("Grace Mbeki", None, 2), ("Henrik Olsen", "TAXI", 1), ("Ines Marques", None, 1),
        ("Jonas Weber", None, 1), ("Kira Novak", "STAFF", 1), ("Luca Romano", None, 1),
    ),
)  # fmt: skip

CHARLIE = Operator(
    name="Charlie's Chargers",
    slug="charlies-chargers",
    time_zone="Europe/London",
    people=(
        Person("charlie@charlies.example", "Charlie", "Hughes", Role.OWNER),
        Person("operator@charlies.example", "Owen", "Reid", Role.OPERATOR),
    ),
    sites=(
        Site("Mill Lane", "14 Mill Lane", "CB2 1RX", "Cambridge", "GB", "52.202000", "0.116900", "Europe/London",
             60_000, (*_row("CC-MILL", "Mill Lane", V16, TWIN, 2), Station("CC-FAST", "Mill Fast", V201, FAST))),
    ),
    groups=(("Delivery vans", "VANS"),),
    drivers=(("Maya Singh", "VANS", 1), ("Noah Clarke", None, 1), ("Oona Byrne", "VANS", 1)),
)  # fmt: skip

OPERATORS = (HARBOUR, CHARLIE)
