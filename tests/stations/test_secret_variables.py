"""What is kept of a command once it was sent."""

from typing import Any

import pytest

from stations.secret_variables import MASK, is_secret, without_secrets

SECRET = "s3cret-battery-staple"


@pytest.mark.parametrize("name", ["AuthorizationKey", "AUTHORIZATIONKEY", "BasicAuthPassword", "VendorWifiPassword"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["HeartbeatInterval", "Identity", "AuthorizeRemoteTxRequests"])
def test_names_of_everything_else(name: str) -> None:
    assert not is_secret(name)


TOLD: list[tuple[Any, Any]] = [
    ({"key": "AuthorizationKey", "value": SECRET}, {"key": "AuthorizationKey", "value": MASK}),
    ({"key": "HeartbeatInterval", "value": "300"}, {"key": "HeartbeatInterval", "value": "300"}),
    ({"token": "04A1B2C3D4E5F6"}, {"token": MASK + "E5F6"}),
    ({"idTag": "A1B2"}, {"idTag": MASK}),
    (
        {"idToken": {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}},
        {"idToken": {"idToken": MASK + "E5F6", "type": "ISO14443"}},
    ),
    (
        {"idTagInfo": {"parentIdTag": "04A1B2C3D4E5F6"}, "groupIdToken": {"idToken": "FLEET-77", "type": "Central"}},
        {"idTagInfo": {"parentIdTag": MASK + "E5F6"}, "groupIdToken": {"idToken": MASK + "T-77", "type": "Central"}},
    ),
    ({"id_tag": "04A1B2C3D4E5F6", "group_id": "FLEET-77"}, {"id_tag": MASK + "E5F6", "group_id": MASK + "T-77"}),
    ([{"connectionData": {"apn": {"apnPassword": SECRET}}}], [{"connectionData": {"apn": {"apnPassword": MASK}}}]),
    (None, None),
    ({"status": "Accepted"}, {"status": "Accepted"}),
]


@pytest.mark.parametrize(("told", "kept"), TOLD)
def test_what_is_kept(told: Any, kept: Any) -> None:
    assert without_secrets(told) == kept
    assert without_secrets(kept) == kept
