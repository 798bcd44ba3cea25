"""The network that the gateway's measures share: stations as an outage leaves them, each with a session that runs."""

from accounts.models import Organization
from benchmarks.bulk import fill, run
from benchmarks.crew import SECRET
from benchmarks.shapes import numbers
from benchmarks.sockets import Charger
from charging.models import Session
from charging.states import SessionStatus
from drivers.models import IdToken
from stations.models import ChargingStation, Connector, Evse
from stations.secrets import hash_secret
from stations.states import OcppVersion

CONNECTORS = 2
NAMES = {OcppVersion.V16: "BENCH16", OcppVersion.V201: "BENCH201"}
CARD = "'04' || upper(substr(md5(s.identity), 1, 12))"


def prepare(count: int, version: OcppVersion = OcppVersion.V16) -> list[Charger]:
    """The first so many stations of a version; those that are missing are made."""
    organization, _ = Organization.objects.get_or_create(name="Benchmark", slug="benchmark")
    prefix = f"{NAMES[version]}-"
    known = ChargingStation.objects.filter(identity__startswith=prefix).count()
    if known < count:
        _make(organization, version, known + 1, count)
    rows = Session.objects.ongoing().filter(station__identity__startswith=prefix, evse_number=1)
    found = rows.order_by("station__identity").values_list("station__identity", "transaction_id", "token_key")
    return [Charger(identity, version, transaction, token.upper()) for identity, transaction, token in found[:count]]


def _make(organization: Organization, version: OcppVersion, first: int, last: int) -> None:
    identity = f"'{NAMES[version]}-' || lpad(i::text, 6, '0')"
    owner = str(organization.pk)
    # A boot with the same firmware asks a station for nothing; whatever it says of its connectors is a change.
    fill(
        ChargingStation,
        f"generate_series({first}, {last}) i",
        organization_id=owner,
        identity=identity,
        secret_hash=f"'{hash_secret(SECRET)}'",
        ocpp_version=f"'{version}'",
        firmware_version="'1.0'",
        booted_at="now() - interval '1 day'",
    )
    made = f"generate_series({first}, {last}) i JOIN stations_chargingstation s ON s.identity = {identity}"
    fill(IdToken, made, organization_id=owner, value=CARD, key=f"lower({CARD})")
    fill(Evse, f"{made}, {numbers(CONNECTORS, 'n')}", station_id="s.id", number="n")
    fill(Connector, f"{made} JOIN stations_evse e ON e.station_id = s.id", evse_id="e.id", number="1")
    fill(
        Session,
        made,
        organization_id=owner,
        station_id="s.id",
        evse_number="1",
        connector_number="1",
        transaction_id="'session-' || s.id",
        token_id=f"(SELECT id FROM drivers_idtoken t WHERE t.organization_id = {owner} AND t.key = lower({CARD}))",  # noqa: S608
        token_key=f"lower({CARD})",
        token_type="'ISO14443'",  # noqa: S106
        authorization_status="'accepted'",
        status=f"'{SessionStatus.CHARGING}'",
        started_at="now()",
        start_received_at="now()",
        meter_start_wh="1000000",
        register_wh="1000000",
        register_base_wh="1000000",
    )
    if version == OcppVersion.V16:
        # Its number is the transaction's (OCPP 1.6 §4.8).
        run("UPDATE charging_session SET transaction_id = id WHERE transaction_id LIKE 'session-%'")
    run("ANALYZE stations_chargingstation, stations_evse, stations_connector, charging_session, drivers_idtoken")
