"""What of a frame is never kept: tokens but for their end, passwords and keys not at all."""

import json
import time
from typing import Any

import pytest

from gateway.wirelog import masked

TOKEN = "04A1B2C3D4E5F6"
SECRET = "s3cret-battery-staple"
ADDRESS_SECRET = "Zq-3_xY7Lk2Vn8Rt5Wp1Qs4Df6Gh9Jk0Mn3Bv5Cx7Za"

FRAMES: list[str] = [
    json.dumps(frame, **options)
    for options in ({}, {"separators": (",", ":")}, {"indent": 2})
    for frame in (
        [2, "1", "Authorize", {"idTag": TOKEN}],
        [2, "1", "StartTransaction", {"connectorId": 1, "idTag": TOKEN, "meterStart": 0}],
        [3, "1", {"idTagInfo": {"status": "Accepted", "parentIdTag": TOKEN}}],
        [2, "1", "Authorize", {"idToken": {"idToken": TOKEN, "type": "ISO14443"}}],
        [2, "1", "Authorize", {"idToken": {"additionalInfo": [{"additionalIdToken": TOKEN, "type": "x"}]}}],
        [2, "1", "RemoteStartTransaction", {"idTag": TOKEN}],
        [2, "1", "SendLocalList", {"localAuthorizationList": [{"idTag": "A"}, {"idTag": TOKEN}]}],
        [2, "1", "CustomerInformation", {"customerIdentifier": TOKEN}],
        [2, "1", "NotifyCustomerInformation", {"data": f"Alice, {TOKEN}"}],
        [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET}],
        [2, "1", "ChangeConfiguration", {"value": SECRET, "key": "authorizationkey"}],
        [3, "1", {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]}],
        [
            2,
            "1",
            "SetVariables",
            {"setVariableData": [{"attributeValue": SECRET, "variable": {"name": "BasicAuthPassword"}}]},
        ],
        [3, "1", {"getVariableResult": [{"attributeValue": SECRET, "variable": {"name": "BASICAUTHPASSWORD"}}]}],
        [2, "1", "SetNetworkProfile", {"connectionData": {"apn": {"apn": "x", "apnPassword": SECRET}}}],
        [2, "1", "SetNetworkProfile", {"connectionData": {"vpn": {"user": "u", "password": SECRET, "key": SECRET}}}],
        [2, "1", "SetNetworkProfile", {"connectionData": {"basicAuthPassword": SECRET}}],
        [2, "1", "GetDiagnostics", {"location": f"ftp://user:{SECRET}@files.example/upload"}],
        [2, "1", "GetLog", {"log": {"remoteLocation": f"https://csms.example/files/{ADDRESS_SECRET}/"}}],
        [2, "1", "UpdateFirmware", {"firmware": {"location": f"https://{SECRET}@files.example/fw.bin"}}],
    )
]


@pytest.mark.parametrize("text", FRAMES)
def test_nothing_secret_is_left(text: str) -> None:
    kept = masked(text)
    assert TOKEN not in kept
    assert SECRET not in kept
    assert ADDRESS_SECRET not in kept
    assert "••••" in kept
    assert json.loads(kept)


@pytest.mark.parametrize(
    "text",
    [
        f'[2,"1","Authorize",{{"idTag":"{TOKEN}',
        f'[2,"1","Authorize",{{"idTag":"{TOKEN}\\',
        f'[2,"1","Authorize",{{"idTag":"{TOKEN}\\"x"}}]',
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}',
        '[2,"1","Authorize",{"idTag":12345678901234}]',
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":12345678901234}]',
        f'[2,"1","GetLog",{{"log":{{"remoteLocation":"ftp:\\/\\/u:{SECRET}@h\\/x"}}}}]',
    ],
)
def test_nothing_secret_is_left_of_a_broken_frame(text: str) -> None:
    kept = masked(text)
    for secret in (TOKEN, SECRET, "12345678901234"):
        assert secret not in kept


def test_enough_of_a_token_is_kept_to_recognise_it() -> None:
    assert masked('{"idTag":"04A1B2C3D4E5F6"}') == '{"idTag":"••••E5F6"}'
    assert masked('{"idTag":"A1B2"}') == '{"idTag":"••••"}'


@pytest.mark.parametrize(
    "payload",
    [
        {"connectorId": 1, "meterValue": [{"sampledValue": [{"value": "17"}]}]},
        {"key": "HeartbeatInterval", "value": "300"},
        {"location": "https://files.example/fw.bin", "contact": "olga@harbour.example"},
    ],
)
def test_everything_else_is_kept_as_it_was(payload: Any) -> None:
    text = json.dumps([2, "1", "Anything", payload])
    assert masked(text) == text


@pytest.mark.parametrize(
    "piece", ['"idTag":"\\', '"vpn":{', '"value":"\\"', "://", '"idTag":', "\\", '"', '"password":"', "://a@"]
)
def test_masking_a_hostile_megabyte_takes_no_time(piece: str) -> None:
    text = '["idTag AuthorizationKey "vpn" @' + piece * (1_000_000 // len(piece))
    started = time.process_time()
    masked(text)
    assert time.process_time() - started < 2


def test_letters_written_by_their_numbers_hide_nothing() -> None:
    assert masked(r'{"idT\u0061g":"04A1B2C3D4E5F6"}') == '{"idTag":"••••E5F6"}'
    assert masked(r'{"\u0070assword":"correct horse"}') == '{"password":"••••"}'


def test_other_escapes_are_kept() -> None:
    text = r'{"info":"\\u0061 \u0022 \u00e9 \u0000"}'
    assert masked(text) == text
