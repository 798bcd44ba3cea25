"""A whole network's data, to measure the console with. At scale 1: 10 000 stations, 1 million sessions, and 25 million
readings and 25 million frames, which is 50 million together.

Two operators have nearly all of it; four tiny organizations have five stations each, because a query that is quick for
the one may be slow for the other. Times end now: sessions of a year, frames of the 30 days they are kept.
"""

import time
from collections.abc import Callable

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import Model

from accounts.models import AuditEvent, Invitation, Membership, Organization, User
from accounts.roles import Role
from benchmarks import records
from benchmarks.bulk import fill, finish, run, without_checks
from benchmarks.shapes import CITIES, TINY, Sizes, chance, numbers, one_of, owner_of
from charging.models import LoadSample, Session, SessionAnomaly, SessionEvent
from drivers.models import AuthorizationRecord, Driver, IdToken, TokenGroup
from stations.models import (
    ChargingStation,
    Command,
    CommandBatch,
    Connector,
    EnrolmentPolicy,
    Evse,
    ExpectedStation,
    Frame,
    GatewayProcess,
    RejectedConnection,
    Site,
    StationConnection,
    StationNote,
    StationTrouble,
    StatusInterval,
    Variable,
)
from stations.states import CommandStatus, ConnectorStatus, RefusalCause

MAKERS = "ARRAY['Kaimauer','Voltwerk','Nordstrom','Ampere Works','Elbtal']"
STATES = f"ARRAY{[str(state) for state in ConnectorStatus]}"
COMMANDS = f"ARRAY{[str(state) for state in CommandStatus]}"
CAUSES = f"ARRAY{[str(cause) for cause in RefusalCause]}"


def build(sizes: Sizes, say: Callable[[str], None], *, whole: bool = True) -> None:
    """Not whole: people, hardware and sessions."""
    call_command("migrate", verbosity=0)
    begin = time.monotonic()
    some = (_people, _hardware, records.tokens, records.sessions)
    rest = (_connections, _work, records.oddities, records.trail, records.readings, records.frames)
    with without_checks():
        for step in some + (rest if whole else ()):
            step(sizes)
            say(f"{time.monotonic() - begin:6.0f} s {step.__name__.strip('_')}")
        finish(FILLED)
    say(f"{time.monotonic() - begin:6.0f} s vacuumed and analyzed")


FILLED: list[type[Model]] = [
    *(Organization, User, Membership, Site, ChargingStation, Evse, Connector, StationConnection, StatusInterval),
    *(Variable, Command, CommandBatch, RejectedConnection, ExpectedStation, StationNote, StationTrouble),
    *(Driver, IdToken, TokenGroup, AuthorizationRecord, Session, SessionAnomaly, SessionEvent, LoadSample),
    *(AuditEvent, Frame, Invitation, Group),
]


def _people(sizes: Sizes) -> None:
    names = "(ARRAY['Harbour Energy','Inland Charging'])[i]"
    fill(
        Organization,
        numbers(2 + TINY),
        id="i",
        name=f"coalesce({names}, 'Tiny ' || i)",
        slug="'organization-' || i",
        time_zone="'Europe/Berlin'",
    )
    fill(
        User,
        numbers(120),
        id="i",
        email="'person' || i || '@example.org'",
        first_name="'Person'",
        last_name="'Number ' || i",
        is_staff="true",
        password="'!'",  # noqa: S106 - nobody can log in
    )
    run("UPDATE accounts_user SET is_superuser = true WHERE id = 1")
    # 2 owns both large organizations, 3 to 6 a tiny one each.
    owner = f"'{Role.OWNER}'"
    fill(Membership, numbers(2), user_id="2", organization_id="i", role=owner)
    fill(Membership, numbers(TINY), user_id="2 + i", organization_id="2 + i", role=owner)
    fill(Membership, "generate_series(10, 120) i", user_id="i", organization_id="1 + i % 2", role=f"'{Role.OPERATOR}'")


def _hardware(sizes: Sizes) -> None:
    fill(
        Site,
        numbers(sizes.sites),
        id="i",
        organization_id=_owner_of_site("i", sizes),
        name="'Site ' || i",
        time_zone="'Europe/Berlin'",
        street=f"'Quay ' || {chance('i', 90)}",
        postal_code=f"(20000 + {chance('i', 900)})::text",
        city=one_of(CITIES, "i"),
        country="'DE'",
        latitude=f"50 + {chance('i', 4000)} / 1000.0",
        longitude=f"7 + {chance('i', 7000, 1)} / 1000.0",
        grid_limit_w="250000",
    )
    fill(
        ChargingStation,
        numbers(sizes.stations),
        id="i",
        organization_id=owner_of("i", sizes.stations),
        site_id=_site_of_station(sizes),
        identity="'ST-' || lpad(i::text, 6, '0')",
        name=f"{one_of(CITIES, 'i', 2)} || ' ' || i",
        ocpp_version="(ARRAY['1.6','1.6','2.0.1','2.1'])[1 + i % 4]",
        vendor=one_of(MAKERS, "i"),
        model="'M' || i % 7",
        serial_number="'SN' || lpad((i * 7919 % 1000003)::text, 8, '0')",
        firmware_version="'1.' || i % 9",
        last_seen_at=f"now() - {chance('i', 300)} * interval '1 second'",
        booted_at="now() - interval '3 days'",
        created_at="now() - interval '2 years'",
    )
    fill(
        Evse,
        numbers(sizes.stations * 2),
        id="i",
        station_id="(i + 1) / 2",
        number="1 + (i + 1) % 2",
        max_power_w="22000",
    )
    fill(
        Connector, numbers(sizes.stations * 2), id="i", evse_id="i", number="1", status=_status("i"), status_at="now()"
    )
    fill(
        Variable,
        f"{numbers(sizes.stations, 's')}, {numbers(80)}",
        station_id="s",
        component="CASE WHEN s % 4 > 1 THEN 'Component' || i % 12 ELSE '' END",
        name="'Variable' || i",
        value="i::text",
        mutability="CASE WHEN i = 1 THEN 'WriteOnly' WHEN i % 2 = 0 THEN 'ReadOnly' ELSE 'ReadWrite' END",
        updated_at="now() - interval '1 day'",
    )


def _owner_of_site(number: str, sizes: Sizes) -> str:
    return (
        f"CASE WHEN {number} > {sizes.sites - TINY} THEN 2 + {number} - {sizes.sites - TINY} "
        f"WHEN {number} > {int(sizes.sites * 0.6)} THEN 2 ELSE 1 END"
    )


def _site_of_station(sizes: Sizes) -> str:
    """Most sites are small; the first of each operator has hundreds of stations."""
    first, large = int(sizes.sites * 0.6), sizes.sites - TINY
    skewed = f"power({chance('i', 1_000_000)} / 1000000.0, 1.5)"
    return (
        f"CASE ({owner_of('i', sizes.stations)}) WHEN 1 THEN 1 + floor({skewed} * {first})::int "
        f"WHEN 2 THEN {first + 1} + floor({skewed} * {large - first})::int "
        f"ELSE {large} + ({owner_of('i', sizes.stations)}) - 2 END"
    )


def _status(seed: str) -> str:
    """A fifth charges, one in fifty is faulted, most are free."""
    rolled = chance(seed, 100, 5)
    return (
        f"CASE WHEN {rolled} < 20 THEN 'charging' WHEN {rolled} < 22 THEN 'faulted' "
        f"WHEN {rolled} < 30 THEN {one_of(STATES, seed)} ELSE 'available' END"
    )


def _connections(sizes: Sizes) -> None:
    """Twenty a station, of which nine of ten have the last one open."""
    fill(GatewayProcess, numbers(2), lease_until="now() + interval '1 day'")
    gateway = f"(SELECT id FROM {GatewayProcess._meta.db_table} LIMIT 1)"  # noqa: S608
    is_open = f"n = 20 AND {chance('s', 10)} > 0"
    fill(
        StationConnection,
        f"{numbers(sizes.stations, 's')}, {numbers(20, 'n')}",
        id="gen_random_uuid()",
        station_id="s",
        gateway_id=gateway,
        ocpp_version="'1.6'",
        security_profile="1",
        address="'192.0.2.7'",
        opened_at="now() - (21 - n) * interval '9 hours'",
        closed_at=f"CASE WHEN {is_open} THEN NULL ELSE now() - (21 - n) * interval '9 hours' + interval '8 hours' END",
        close_reason=f"CASE WHEN {is_open} THEN '' ELSE 'closed by the station' END",
    )
    run(
        "UPDATE stations_chargingstation s SET connection_id = c.id FROM stations_stationconnection c "
        "WHERE c.station_id = s.id AND c.closed_at IS NULL"
    )
    connectors = sizes.stations * 2
    fill(
        StatusInterval,
        f"{numbers(connectors, 'c')}, {numbers(30, 'n')}",
        connector_id="c",
        status=f"CASE WHEN n = 30 THEN {_status('c')} ELSE {_status('c * 30 + n')} END",
        started_at="now() - (31 - n) * interval '5 hours'",
        ended_at="CASE WHEN n = 30 THEN NULL ELSE now() - (30 - n) * interval '5 hours' END",
    )


def _work(sizes: Sizes) -> None:
    """Commands of half a year, batches of them, trouble, notes, refused and expected chargers."""
    batches, commands = 40, sizes.stations * 30
    fill(
        CommandBatch,
        numbers(batches),
        id="i",
        organization_id="1 + i % 2",
        kind="'Reset'",
        requested_by_id="2",
        requested_at="now() - i * interval '3 days'",
    )
    states = one_of(COMMANDS, "i")
    common = {
        "arguments": '\'{"kind": "soft"}\'',
        "requested_by_id": "10 + i % 100",
        "message_id": "md5(i::text)",
        "action": "'Reset'",
        "finished_at": "now() - interval '1 minute'",
        "expires_at": "now() + interval '1 hour'",
        "kind": "(ARRAY['Reset','ClearCache','RawCall','UnlockConnector'])[1 + i % 4]",
    }
    fill(
        Command,
        numbers(commands),
        id="i",
        station_id=f"1 + {chance('i', sizes.stations, 3)}",
        requested_at=f"now() - ({commands} - i) * interval '180 days' / {commands}",
        status=f"CASE WHEN {chance('i', 20)} = 0 THEN {states} ELSE 'accepted' END",
        **common,
    )
    fill(
        Command,
        numbers(sizes.stations // 2),
        id=f"{commands} + i",
        station_id="i",
        batch_id="1",
        requested_at="now() - interval '1 hour'",
        status=states,
        **common,
    )
    owner = "SELECT organization_id FROM stations_chargingstation WHERE id ="
    fill(
        StationTrouble,
        numbers(sizes.stations // 5),
        organization_id=f"({owner} i * 5)",
        station_id="i * 5",
        fault_count="i % 9",
        score="i % 991",
        measured_at="now()",
    )
    fill(StationNote, numbers(sizes.stations // 5), station_id="i * 5", text="'Key at the reception'", author_id="2")
    fill(
        RejectedConnection,
        numbers(max(sizes.stations // 3, 20)),
        organization_id="1 + i % 2",
        identity="'NEW-' || i",
        cause=one_of(CAUSES, "i"),
        address="'198.51.100.9'",
        path="'/ocpp/NEW-' || i",
        handling="CASE WHEN i % 3 = 0 THEN 'open' ELSE 'dismissed' END",
        last_at="now() - i * interval '1 minute'",
    )
    fill(
        ExpectedStation,
        numbers(sizes.stations // 10),
        organization_id="1",
        value="'EXPECTED-' || i",
        site_id="1",
    )
    fill(EnrolmentPolicy, numbers(2), organization_id="i")
