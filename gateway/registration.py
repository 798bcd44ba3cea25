"""Boots of all versions: what the station says is kept, the answer follows its registration."""

import random
from dataclasses import fields, replace

from gateway.exchange import Exchange
from gateway.process import heartbeat_interval_s
from gateway.threads import in_thread
from stations import services as stations
from stations.repairs import Repair
from stations.reports import BootReport
from stations.services import Boot
from stations.states import RegistrationStatus

RETRY_S = 60
POLICY_VIOLATION = 1008
NULL_WORDS = frozenset({"null", "(null)", "undefined"})


def _without_null_words(exchange: Exchange, boot: BootReport) -> BootReport:
    """Some write the word for nothing into every field they do not know."""
    nothing = {field.name: "" for field in fields(boot) if str(getattr(boot, field.name)).lower() in NULL_WORDS}
    if nothing:
        exchange.repair(Repair.NULL_WORD)
    return replace(boot, **nothing) if nothing else boot


async def _is_of_certificate(exchange: Exchange, boot: BootReport) -> bool:
    """B01.FR.11, B01.FR.12: another serial number than the certificate's is another station, whose socket closes."""
    link = exchange.link
    if not link.common_name:
        return True
    is_same = await in_thread(stations.is_certificate_of)(
        station_id=link.admission.station_id, common_name=link.common_name, serial_number=boot.serial_number
    )
    if not is_same:
        await link.close_socket(POLICY_VIOLATION, "serial number and certificate differ")
    return is_same


async def register(exchange: Exchange, boot: BootReport) -> tuple[RegistrationStatus, int]:
    """The registration and the interval in seconds: of heartbeats, or until the next try (OCPP 2.0.1 B02.FR.07)."""
    link = exchange.link
    link.is_booting = True
    boot = _without_null_words(exchange, boot)
    if not await _is_of_certificate(exchange, boot):
        return RegistrationStatus.REJECTED, RETRY_S
    entrance = link.gateway.entrance
    is_crowd = entrance.is_crowded
    registered = await entrance.boots.ask(Boot(exchange.station.station_id, boot, exchange.received_at))
    link.registration = registered.registration
    link.take_traits(registered.traits)
    link.expected.clear()
    link.sessions.forget()
    if registered.registration == RegistrationStatus.ACCEPTED:
        interval_s = heartbeat_interval_s(registered.heartbeat_interval_s)
        # Thousands that boot together would send their heartbeats together for ever.
        shortened_s = interval_s - random.randrange(max(1, interval_s // 5)) if is_crowd else interval_s  # noqa: S311
        return registered.registration, shortened_s
    # Many stations that wait must not come back in the same second.
    return registered.registration, RETRY_S + random.randrange(RETRY_S // 4)  # noqa: S311
