"""The stage: a real database and a real gateway for each worker, the cast, and the judge of every frame."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.models import Organization, User
from accounts.roles import Role
from csms.embedded.certificates import server_files
from drivers.models import Driver, IdToken
from simulator import Charger, EvseSpec, ManualClock
from stations.models import ChargingStation, Site
from stations.secrets import hash_secret
from tests import cast
from tests.cleaning import empty_tables
from tests.database import make_test_database
from tests.gateway.authorities import public_authority
from tests.harness import GatewayUnderTest, Judge
from tests.web import WebUnderTest

# With the firmware that simulated chargers say they have.
HERE_BEFORE = {"booted_at": datetime(2026, 11, 20, tzinfo=UTC), "firmware_version": "1.4.2"}
VERSIONS = ("1.6", "2.0.1", "2.1")
NAMES = {"1.6": "old_faithful", "2.0.1": "modern", "2.1": "newest"}
SECRET = "correct-horse-battery"

PROXY_SECRET = "only-the-proxy-knows-this"
BEHIND_PROXY = {
    "OCPP_TRUSTED_PROXIES": "127.0.0.0/8",
    "OCPP_PROXY_SECRET": PROXY_SECRET,
    "OCPP_TLS_HANDSHAKE_S": "3",
}

first_boot = pytest.mark.first_boot
every_version = pytest.mark.parametrize("version", VERSIONS)

MakeCharger = Callable[..., Awaitable[Charger]]


def pytest_collection_finish() -> None:
    """What was collected stays, and need not be searched for garbage again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> None:
    """The worker's test database, also for tests that commit and therefore carry no django_db mark.

    It is not dropped: the servers of a test run end with it.
    """
    with django_db_blocker.unblock():
        make_test_database()


@pytest.fixture(scope="session", autouse=True)
def _namespace() -> None:
    """Workers share one Valkey and must not hear each other."""
    from django.conf import settings

    settings.REDIS_NAMESPACE = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> None:
    """People's passwords are hashed as they are in earnest, but not for a quarter of a second each."""
    Argon2PasswordHasher.time_cost = Argon2PasswordHasher.parallelism = 1
    Argon2PasswordHasher.memory_cost = 8


@pytest.fixture(scope="session")
def gateway(django_db_setup: None, django_db_blocker: Any, _namespace: None) -> Iterator[GatewayUnderTest]:
    """One gateway process for the whole session of a worker, with TLS, and with a proxy that it believes.

    Its RSA certificate comes from an intermediate authority; the other, as in a trial, from a root.
    """
    with tempfile.TemporaryDirectory(prefix="tls") as directory:
        files, public = server_files(Path(directory)), public_authority()
        certificate, key = public.write(Path(directory), public.server, public.intermediate)
        by_two = {
            "OCPP_TLS_CERTIFICATES": f"{files.certificates[0]},{certificate}",
            "OCPP_TLS_KEYS": f"{files.keys[0]},{key}",
        }
        with django_db_blocker.unblock():
            process = GatewayUnderTest("--tls-port", "0", "--legacy-tls-port", "0", **by_two | BEHIND_PROXY)
        both = Path(directory, "both.crt")
        both.write_bytes(files.authority.read_bytes() + public.root)
        process.ca_file, process.public_root = str(both), public.root.decode()
        yield process
        assert process.stop() == 0, process.output()[-3000:]


@pytest.fixture(scope="session")
def web(django_db_setup: None, django_db_blocker: Any, _namespace: None) -> Iterator[WebUnderTest]:
    """One web process for the whole session of a worker."""
    with django_db_blocker.unblock():
        process = WebUnderTest()
    yield process
    process.stop()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database in which everything is committed, because other processes work on it; emptied afterwards."""
    with django_db_blocker.unblock():
        yield
        empty_tables()


@pytest.fixture
def harbour(committed: None) -> Site:
    """The site of Harbour Energy, where everything happens."""
    organization = cast.create_organization("Harbour Energy", receives_unknown_stations=True)
    return cast.create_site(organization, "Harbour")


@pytest.fixture
def harbour_energy(harbour: Site) -> Organization:
    return harbour.organization


@pytest.fixture
def olga(harbour: Site) -> User:
    """Staff of Harbour Energy."""
    return cast.create_staff(harbour.organization, "olga@harbour.example", Role.OPERATOR)


@dataclass(frozen=True)
class Person:
    """A driver with a card."""

    driver: Driver
    card: IdToken

    @property
    def uid(self) -> str:
        return self.card.value


@pytest.fixture
def alice(harbour: Site) -> Person:
    """Drives and pays."""
    return _person(harbour.organization, "Alice", "04A1B2C3D4E5F6")


@pytest.fixture
def bob(harbour: Site, alice: Person) -> Person:
    """In Alice's group."""
    group = cast.create_token_group(harbour.organization, "Alice and Bob", "GROUP-AB")
    IdToken.objects.filter(pk=alice.card.pk).update(group=group)
    return _person(harbour.organization, "Bob", "04B0B0B0B0B0B0", group=group)


@pytest.fixture
def charlie(committed: None) -> Person:
    """The neighbour: must never see anything of Harbour Energy's, and his card opens nothing there."""
    return _person(cast.create_organization("Charlie's Chargers"), "Charlie", "04CCCCCCCCCCCC")


def _person(organization: Organization, name: str, uid: str, **token: Any) -> Person:
    driver = cast.create_driver(organization, name)
    return Person(driver, cast.create_token(organization, uid, driver=driver, **token))


def add_station(site: Site, identity: str, **fields: Any) -> ChargingStation:
    """A station in the database, with the password SECRET."""
    return ChargingStation.objects.create(
        organization=site.organization, site=site, identity=identity, secret_hash=hash_secret(SECRET), **fields
    )


@pytest.fixture
async def make_charger(gateway: GatewayUnderTest, harbour: Site) -> AsyncIterator[MakeCharger]:
    """Creates chargers, known to the server unless ``is_known=False``; each frame they get is judged.

    One that ``was_here`` is not asked for its variables when it boots.
    """
    chargers: list[tuple[Charger, Judge]] = []

    async def make(
        version: str = "1.6", identity: str = "", *, is_known: bool = True, was_here: bool = False, **options: Any
    ) -> Charger:
        identity = identity or NAMES[version]
        if is_known:
            await sync_to_async(add_station)(harbour, identity, **(HERE_BEFORE if was_here else {}))
        options.setdefault("evses", [EvseSpec(), EvseSpec()])
        # Tests advance the station's clock by hand; it must not overtake ours.
        options.setdefault("clock", ManualClock(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)))
        judge = Judge(version, options.pop("call_timeout_s", 60))
        options.setdefault("on_event", judge.notice)
        charger = Charger(
            url=options.pop("url", gateway.url),
            identity=identity,
            version=version,
            password=options.pop("password", SECRET),
            **options,
        )
        charger.observe(judge.watch)
        chargers.append((charger, judge))
        return charger

    yield make
    for charger, _ in chargers:
        await charger.close()
    assert [violation for _, judge in chargers for violation in judge.violations] == []


@pytest.fixture
async def station(request: pytest.FixtureRequest, make_charger: MakeCharger, version: str) -> Charger:
    """Connected and booted, in the version of the test; as on every other day, unless it is its ``first_boot``."""
    charger = await make_charger(version, was_here=request.node.get_closest_marker("first_boot") is None)
    await charger.connect()
    await charger.boot()
    return charger
