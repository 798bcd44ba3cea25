"""What is read out of an ASGI scope, whatever the server that made it."""

from typing import Any

import pytest

from gateway import handshake
from stations.repairs import Repair


def read(target: str = "/ocpp/CP001", *headers: tuple[str, str], **scope: Any) -> handshake.Handshake:
    path, _, query = target.partition("?")
    return handshake.read(
        {
            "raw_path": path.encode(),
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("192.0.2.7", 5000),
            **scope,
        }
    )


def test_the_path_of_a_server_that_keeps_the_query_in_it() -> None:
    assert read(raw_path=b"/ocpp/CP001?x=1").identity == "CP001"


def test_a_server_without_a_raw_path() -> None:
    assert read(raw_path=None).identity == "CP001"


@pytest.mark.parametrize("name", ["cid", "CID", "id", "identity"])
def test_an_identity_in_the_query_is_a_repair(name: str) -> None:
    knock = read(f"/ocpp?{name}=CP001")
    assert (knock.identity, knock.repairs) == ("CP001", (Repair.IDENTITY_IN_QUERY,))


def test_credentials_are_read_and_not_kept() -> None:
    knock = read("/ocpp/CP001", ("Authorization", "Basic Q1AwMDE6YTpi"), ("User-Agent", "Voltaria/1"))
    assert (knock.username, knock.password) == ("CP001", b"a:b")
    assert knock.headers == {"user-agent": "Voltaria/1"}
    assert "Q1Aw" not in str(knock.headers)


def test_without_a_proxy_its_headers_are_only_words() -> None:
    knock = read("/ocpp/CP001", ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"))
    assert (knock.address, knock.is_secure) == ("192.0.2.7", False)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "192.0.2.7"),
        ("203.0.113.9:4711", "192.0.2.7"),
        ("'; DROP TABLE", "192.0.2.7"),
        ("", "192.0.2.7"),
    ],
)
def test_behind_a_proxy_its_word_counts_if_it_is_an_address(forwarded: str, address: str, settings: Any) -> None:
    settings.OCPP_TRUSTED_PROXIES = ["192.0.2.0/24"]
    knock = read("/ocpp/CP001", ("X-Forwarded-For", forwarded), ("X-Forwarded-Proto", "https"))
    assert (knock.address, knock.is_secure) == (address, True)


def test_nothing_that_the_database_cannot_hold_is_read() -> None:
    knock = read("/ocpp/%00", ("User-Agent", "a\x00b"), subprotocols=["ocpp\x00", ""])
    assert (knock.identity, knock.headers, knock.subprotocols) == (
        "\ufffd",
        {"user-agent": "a\ufffdb"},
        ("ocpp\ufffd",),
    )


def test_wss_is_secure() -> None:
    assert read(scheme="wss").is_secure
    assert not read(scheme="ws").is_secure
