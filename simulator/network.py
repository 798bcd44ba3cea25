"""How a charger reaches its CSMS: security profile, network profiles, and what TLS needs (2.x A05, B09, B10)."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from simulator.charger import Charger

NO_PROFILE, BASIC, TLS, MUTUAL_TLS = range(4)
ROOTS = frozenset({"CentralSystemRootCertificate", "CSMSRootCertificate"})
SLOTS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Access:
    """One way to the CSMS."""

    url: str
    security_profile: int


@dataclass(slots=True)
class Network:
    """What was proved to work stays until something new was: a new way that fails is left again (1.6 A05.FR.08)."""

    charger: "Charger"
    slots: dict[int, Access] = field(default_factory=dict)
    """Network profiles that were set; slot 1 is the way the charger was made with."""
    order: tuple[int, ...] = SLOTS[:1]
    proven: Access | None = None
    tried: Access | None = None

    @property
    def made_with(self) -> Access:
        """Also when its first certificate comes later."""
        charger = self.charger
        if not charger.url.startswith("wss:"):
            return Access(charger.url, BASIC)
        has_password = bool(charger.password or charger.settings.basic_auth_password)
        return Access(charger.url, MUTUAL_TLS if charger.wallet.chain and not has_password else TLS)

    @property
    def access(self) -> Access:
        return self.tried or self.proven or self.made_with

    @property
    def shows_certificate(self) -> bool:
        return self.access.security_profile == MUTUAL_TLS and bool(self.charger.wallet.chain)

    def connected(self) -> None:
        """A05.FR.06: what is less secure is forgotten."""
        if self.tried is None:
            return
        self.proven, self.tried = self.tried, None
        lowest = self.proven.security_profile
        self.order = tuple(slot for slot in self.order if self._slot(slot).security_profile >= lowest)
        self.slots = {slot: access for slot, access in self.slots.items() if access.security_profile >= lowest}

    def failed(self) -> None:
        if self.tried is not None:
            self.charger.emit("profile_failed", profile=self.tried.security_profile)
        self.tried = None

    def take_profile(self, wanted: int) -> bool:
        """1.6 A05: whether the prerequisites of a higher profile are met; it is tried at the next connection."""
        if wanted <= self.access.security_profile or not self._is_possible(wanted):
            return False
        url = self.access.url
        if wanted >= TLS and not url.startswith("wss:"):
            url = self.charger.secure_url or url.replace("ws:", "wss:", 1)
        self.tried = Access(url, wanted)
        return True

    def set_slot(self, slot: int, access: Access) -> bool:
        """B09. Never the one in use, and never a lower profile."""
        if slot not in SLOTS or slot == self.order[0] or access.security_profile < self.access.security_profile:
            return False
        self.slots[slot] = access
        return True

    def set_order(self, order: tuple[int, ...]) -> bool:
        """B10, A05.FR.02 to FR.04. It counts after a reboot."""
        known = {*self.slots, *self.order}
        if not order or not known.issuperset(order) or not self._is_possible(self._slot(order[0]).security_profile):
            return False
        self.order = order
        return True

    def rebooted(self) -> None:
        first = self._slot(self.order[0])
        if first != self.access:
            self.tried = first

    def _slot(self, slot: int) -> Access:
        return self.slots.get(slot, self.made_with)

    def _is_possible(self, profile: int) -> bool:
        charger = self.charger
        has_root = bool(charger.ca_file or charger.tls or any(use in ROOTS for use, _ in charger.wallet.trusted))
        if profile in {BASIC, TLS} and not (charger.settings.basic_auth_password or charger.password):
            return False
        return (profile < TLS or has_root) and (profile < MUTUAL_TLS or bool(charger.wallet.chain))

    def tls_context(self) -> ssl.SSLContext | None:
        """Trusts the charger's CA file and the roots it was sent."""
        if not self.access.url.startswith("wss:"):
            return None
        charger = self.charger
        context = charger.tls or client_context(charger.ca_file)
        for use, certificate in charger.wallet.trusted:
            if use in ROOTS:
                context.load_verify_locations(cadata=certificate.public_bytes(Encoding.PEM).decode())
        if self.shows_certificate:
            with _file(charger.wallet.chain) as chain, _file(charger.wallet.key_pem()) as key:
                context.load_cert_chain(chain, key)
        return context


def client_context(ca_file: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


@contextlib.contextmanager
def _file(text: str) -> Iterator[Path]:
    """The ssl module reads keys from files only."""
    with NamedTemporaryFile("w", suffix=".pem") as made:
        made.write(text)
        made.flush()
        yield Path(made.name)
