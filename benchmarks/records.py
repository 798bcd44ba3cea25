"""What happened in the network: who charged when, with the readings, the frames and the trail of it."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from accounts.models import AuditChain, AuditEvent
from benchmarks.bulk import fill, without_indexes
from benchmarks.shapes import CITIES, Sizes, chance, numbers, one_of, owner_of
from charging.models import LoadSample, MeterReading, Session, SessionAnomaly, SessionEvent
from charging.partitions import READINGS
from charging.states import AnomalyKind
from drivers.models import AuthorizationRecord, Driver, IdToken, TokenGroup
from live.partitions import make_partitions
from stations.models import Frame
from stations.partitions import FRAMES

READINGS_A_SESSION = 25
ANOMALIES = f"ARRAY{[str(kind) for kind in AnomalyKind]}"
ACTIONS = (
    "ARRAY['Heartbeat','Heartbeat','Heartbeat','MeterValues','MeterValues','MeterValues','MeterValues',"
    "'StatusNotification','StatusNotification','StartTransaction','StopTransaction','Authorize']"
)
PAYLOAD = (
    '{"connectorId":1,"transactionId":%s,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z",'
    '"sampledValue":[{"value":"%s","measurand":"Energy.Active.Import.Register","unit":"Wh"}]}]}'
)


def tokens(sizes: Sizes) -> None:
    drivers = int(sizes.tokens * 0.8)
    fill(
        Driver,
        numbers(sizes.tokens),
        id="i",
        organization_id=owner_of("i", sizes.tokens),
        name=f"{one_of(CITIES, 'i', 9)} || ' Driver ' || i",
        email="'driver' || i || '@example.org'",
    )
    fill(TokenGroup, numbers(200), id="i", organization_id="1 + i % 2", name="'Fleet ' || i", group_id="'FLEET' || i")
    fill(
        IdToken,
        numbers(sizes.tokens),
        id="i",
        organization_id=owner_of("i", sizes.tokens),
        value="'04' || upper(substr(md5(i::text), 1, 12))",
        key="'04' || substr(md5(i::text), 1, 12)",
        label="'Card ' || lpad(i::text, 7, '0')",
        driver_id=f"CASE WHEN i <= {drivers} THEN i END",
    )


def _of_station(sizes: Sizes, station: str) -> str:
    return owner_of(station, sizes.stations)


def sessions(sizes: Sizes) -> None:
    """A year, evenly; the newest seventh of a percent runs, and of a few old ones the stop never came."""
    count = sizes.sessions
    newest = max(count // 700, 5)
    station = f"1 + {chance('i', sizes.stations, 11)}"
    token = (
        f"CASE o WHEN 1 THEN 1 + {chance('i', int(sizes.tokens * 0.6), 13)} "
        f"WHEN 2 THEN 1 + {int(sizes.tokens * 0.6)} + {chance('i', int(sizes.tokens * 0.39), 13)} END"
    )
    source = (
        f"(SELECT i, s, {_of_station(sizes, 's')} AS o, now() - ({count} - i) * interval '365 days' / {count} AS at, "  # noqa: S608
        f"i > {count - max(count // 700, 5)} OR {chance('i', 5000)} = 0 AS runs "
        f"FROM (SELECT i, {station} AS s FROM {numbers(count)}) n) x"
    )
    with without_indexes(Session):
        fill(
            Session,
            source,
            id="i",
            organization_id="o",
            station_id="s",
            evse_number=f"1 + {chance('i', 2, 17)}",
            connector_number="1",
            transaction_id="i::text",
            token_id=token,
            driver_id=token,
            token_key=f"'04' || substr(md5(coalesce({token}, i)::text), 1, 12)",
            token_type="'ISO14443'",  # noqa: S106
            authorization_status="'accepted'",
            status="CASE WHEN runs THEN 'charging' ELSE 'ended' END",
            started_at="at",
            ended_at="CASE WHEN NOT runs THEN at + interval '55 minutes' END",
            start_received_at="at",
            end_received_at="CASE WHEN NOT runs THEN at + interval '55 minutes' END",
            stop_reason="CASE WHEN runs THEN '' ELSE 'EVDisconnected' END",
            meter_start_wh=f"{chance('i', 9_000_000)}",
            energy_wh=f"{chance('i', 60_000, 19)}",
            power_w=f"{chance('i', 22_000, 23)}",
            last_reading_at=f"CASE WHEN i > {count - newest} THEN now() ELSE at + interval '55 minutes' END",
            updated_at="at",
        )
    ended = "charging_session WHERE id % 3 = 0"
    fill(
        SessionEvent,
        ended,
        session_id="id",
        sequence_number="0",
        type="'Started'",
        trigger="'Authorized'",
        at="started_at",
        received_at="started_at",
    )
    fill(
        AuthorizationRecord,
        "charging_session",
        organization_id="organization_id",
        station_id="station_id",
        evse_number="evse_number",
        token_id="token_id",  # noqa: S106
        presented="'••••' || right(token_key, 4)",
        type="token_type",
        purpose="(ARRAY['start','stop','authorize','remote'])[1 + id % 4]",
        status="'accepted'",
        reason="'The token is valid.'",
        at="started_at",
    )
    slots = "generate_series(0, 287) n"
    fill(
        LoadSample,
        f"accounts_organization o, generate_series(0, {288 * 8}) n",
        organization_id="o.id",
        at="date_bin('5 minutes', now(), 'epoch') - n * interval '5 minutes'",
        power_w="n * 1000.0",
        session_count="n",
        energy_wh="n * 10000",
    )
    fill(
        LoadSample,
        f"stations_site s, {slots}",
        organization_id="s.organization_id",
        site_id="s.id",
        at="date_bin('5 minutes', now(), 'epoch') - n * interval '5 minutes'",
        power_w="n * 100.0",
        session_count="n",
    )


def oddities(sizes: Sizes) -> None:
    fill(
        SessionAnomaly,
        "charging_session WHERE id % 50 = 7",
        organization_id="organization_id",
        station_id="station_id",
        evse_number="evse_number",
        session_id="id",
        kind=one_of(ANOMALIES, "id"),
        status="CASE WHEN id % 500 = 7 THEN 'open' ELSE 'dismissed' END",
        fingerprint="md5(id::text)",
        summary="'The register fell between two readings.'",
        opened_at="started_at",
    )


def trail(sizes: Sizes) -> None:
    """The hashes are none: only the trail's pages are measured, not the verification of its chain."""
    count = sizes.stations * 20
    fill(
        AuditEvent,
        numbers(count),
        organization_id="1 + i % 2",
        position="(i + 1) / 2",
        actor_id="2",
        action="(ARRAY['changed','command sent','logged in','exported','anomaly dismissed'])[1 + i % 5]",
        object_type="'stations.ChargingStation'",
        object_id=f"1 + {chance('i', sizes.stations)}",
        object_label=f"'ST-' || lpad((1 + {chance('i', sizes.stations)})::text, 6, '0')",
        address="'192.0.2.7'",
        at=f"now() - ({count} - i) * interval '365 days' / {count}",
        hash="md5(i::text)",
    )
    fill(AuditChain, numbers(2), organization_id="i", length=str(count // 2))


def readings(sizes: Sizes) -> None:
    """A register, a power and a state of charge by turns, every 130 seconds of each session."""
    make_partitions(replace(READINGS, ahead=14), timezone.now() - timedelta(days=366))
    with without_indexes(MeterReading):
        fill(
            MeterReading,
            f"(SELECT * FROM charging_session ORDER BY id) s, generate_series(0, {READINGS_A_SESSION - 1}) n",  # noqa: S608
            station_id="station_id",
            evse_number="evse_number",
            at="started_at + n * interval '130 seconds'",
            measurand="(ARRAY[1, 10, 25])[1 + n % 3]",
            value="CASE n % 3 WHEN 0 THEN meter_start_wh + n * 400 WHEN 1 THEN 11000 - n * 100 ELSE 20 + n END",
            session_id="s.id",
        )


def frames(sizes: Sizes) -> None:
    """Calls and their answers of 30 days, of all stations by turns."""
    answer = "i % 2 = 0"
    call = "(i + 1) / 2"
    action = one_of(ACTIONS, call)
    payload = PAYLOAD % (f"' || {call} || '", f"' || {call} || '")
    identifier = f"md5(({call})::text)"
    make_partitions(replace(FRAMES, ahead=38), timezone.now() - timedelta(days=31))
    with without_indexes(Frame):
        fill(
            Frame,
            numbers(sizes.frames),
            id="i",
            station_id=f"1 + {chance(call, sizes.stations, 29)}",
            connection_id="'00000000-0000-0000-0000-000000000001'::uuid",
            at=f"now() - ({sizes.frames} - i) * (interval '30 days' / {max(sizes.frames, 1)})",
            direction=f"CASE WHEN {answer} THEN 1 ELSE 0 END",
            message_type=f"CASE WHEN {answer} THEN 3 ELSE 2 END",
            message_id=identifier,
            action=action,
            text=f"CASE WHEN {answer} THEN '[3,\"' || {identifier} || '\",{{}}]' "
            f"ELSE '[2,\"' || {identifier} || '\",\"' || {action} || '\",{payload}]' END",
        )
