"""Examples of the document: the same invented network everywhere."""

from typing import Any

from drf_spectacular.utils import OpenApiExample


def _answer(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True)


SITE = _answer(
    "A site",
    {
        "id": 3,
        "organization": "harbour-energy",
        "name": "Harbour",
        "time_zone": "Europe/Berlin",
        "street": "Kai 1",
        "postal_code": "20457",
        "city": "Hamburg",
        "country": "DE",
        "latitude": "53.541300",
        "longitude": "9.984100",
        "grid_limit_w": 250000,
    },
)
_PLUG = {
    "number": 1,
    "type": "cCCS2",
    "power_type": "dc",
    "max_voltage_v": 920,
    "max_current_a": 500,
    "max_power_w": 150000,
    "status": "charging",
    "status_at": "2026-11-22T13:03:11Z",
    "error_code": "",
    "error_info": "",
    "vendor_error_code": "",
}
_PLACE = {"id": 41, "number": 1, "name": "A1", "max_power_w": 150000, "status": "charging", "connectors": [_PLUG]}
EVSE = _answer("An EVSE", {**_PLACE, "station": "HH-0017"})
STATION = _answer(
    "A station",
    {
        "identity": "HH-0017",
        "organization": "harbour-energy",
        "site": 3,
        "name": "Kai 1 left",
        "is_enabled": True,
        "registration": "accepted",
        "security_profile": 1,
        "unnamed_version": "",
        "is_online": True,
        "ocpp_version": "2.0.1",
        "vendor": "Voltaria",
        "model": "V-150",
        "serial_number": "V150-004711",
        "firmware_version": "3.2.1",
        "status": "available",
        "last_seen_at": "2026-11-22T13:04:02Z",
        "booted_at": "2026-11-20T02:11:45Z",
        "created_at": "2026-01-07T08:00:00Z",
        "evses": [_PLACE],
    },
)
DRIVER = _answer(
    "A driver",
    {
        "id": 5,
        "organization": "harbour-energy",
        "name": "Alice",
        "email": "alice@mail.example",
        "phone": "",
        "is_active": True,
        "created_at": "2026-01-07T08:00:00Z",
    },
)
TOKEN = _answer(
    "A token",
    {
        "id": 9,
        "organization": "harbour-energy",
        "masked_value": "••••E5F6",
        "type": "ISO14443",
        "label": "Card 12",
        "driver": 5,
        "group": None,
        "is_blocked": False,
        "expires_at": None,
        "created_at": "2026-01-07T08:00:00Z",
    },
)
SESSION = _answer(
    "A session",
    {
        "id": 70012,
        "organization": "harbour-energy",
        "site": 3,
        "station": "HH-0017",
        "evse_number": 1,
        "connector_number": 1,
        "transaction_id": "c0ffee01",
        "status": "charging",
        "started_at": "2026-11-22T12:40:00Z",
        "ended_at": None,
        "stop_reason": "",
        "was_offline": False,
        "token": 9,
        "masked_token": "••••E5F6",
        "driver": 5,
        "authorization_status": "Accepted",
        "meter_start_wh": 1204500,
        "meter_stop_wh": None,
        "energy_wh": 18350,
        "power_w": 48200.0,
        "soc_percent": 61.0,
        "last_reading_at": "2026-11-22T13:04:00Z",
        "updated_at": "2026-11-22T13:04:01Z",
    },
)
READING = _answer(
    "A reading",
    {
        "at": "2026-11-22T13:04:00Z",
        "evse_number": 1,
        "measurand": "Power.Active.Import",
        "value": 48200.0,
        "unit": "W",
        "phase": "total",
        "location": "Outlet",
        "context": "Sample.Periodic",
    },
)
ANOMALY = _answer(
    "An anomaly",
    {
        "id": 88,
        "organization": "harbour-energy",
        "station": "HH-0017",
        "evse_number": 1,
        "session": 70011,
        "kind": "missing_stop",
        "status": "open",
        "summary": "The station started another session here without ending this one.",
        "proposal": "End it with its last reading.",
        "evidence": {"last_reading_at": "2026-11-21T20:15:00Z"},
        "opened_at": "2026-11-22T12:40:01Z",
        "closed_at": None,
        "closed_by": None,
        "closing_reason": "",
    },
)

_ASKED = {
    "id": "0b0f4a5e-9f0f-4bb1-9a53-0d8a2c7d9f11",
    "station": "HH-0017",
    "kind": "Reset",
    "arguments": {"kind": "soft", "evse_number": None},
    "requested_by": "olga@harbour.example",
    "requested_at": "2026-11-22T13:05:00Z",
    "expires_at": "2026-11-22T13:07:00Z",
    "error_code": "",
}
COMMAND = _answer(
    "A command that is through",
    {
        **_ASKED,
        "status": "accepted",
        "is_finished": True,
        "detail": "The station answered Accepted.",
        "action": "Reset",
        "payload": {"type": "OnIdle"},
        "response": {"status": "Accepted"},
        "sent_at": "2026-11-22T13:05:00Z",
        "finished_at": "2026-11-22T13:05:01Z",
    },
)
COMMAND_REQUESTS = [
    OpenApiExample(name, value, request_only=True)
    for name, value in (
        ("Reset, on any OCPP version", {"kind": "Reset", "arguments": {"kind": "soft"}}),
        ("Start for a token", {"kind": "RemoteStart", "arguments": {"token": 9, "evse_number": 1}}),
        ("Stop a session", {"kind": "RemoteStop", "arguments": {"session": 70012}}),
        ("Get the diagnostics of a station", {"kind": "GetDiagnostics", "arguments": {"retries": 3}}),
        (
            "Reserve an EVSE",
            {
                "kind": "ReserveNow",
                "arguments": {"token": 9, "evse_number": 1, "expires_at": "2026-11-22T14:00:00Z"},
            },
        ),
        ("Send what changed of the local list", {"kind": "SendLocalList", "arguments": {"is_full": False}}),
        (
            "Limit every session at an EVSE",
            {
                "kind": "SetChargingProfile",
                "arguments": {
                    "purpose": "tx_default",
                    "kind": "relative",
                    "unit": "A",
                    "evse_number": 1,
                    "periods": [{"start_s": 0, "limit": 16}, {"start_s": 3600, "limit": 10}],
                },
            },
        ),
        ("A raw call", {"action": "GetLocalListVersion", "payload": {}}),
    )
]
