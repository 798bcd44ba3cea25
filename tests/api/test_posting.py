"""Where webhooks go is written by somebody else: never into our network, never by a detour, never for long."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from api import posting
from api.posting import NotPosted, post
from tests.api.receiving import Receiver

INSIDE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1"),
    *("[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fec0::1]"),
    *("localhost", "0", "0x7f.1", "2130706433", "host.invalid"),
]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.2)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """What the name rebind.example means, at each time somebody asks."""
    real, left = socket.getaddrinfo, list(answers)

    def look_up(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("host", INSIDE)
def test_nothing_is_posted_into_our_network(host: str) -> None:
    with pytest.raises(NotPosted):
        post(f"https://{host}/latest/meta-data", b"{}", {})


def test_one_address_inside_is_enough_to_refuse_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["198.51.100.7", "127.0.0.1"])
    with pytest.raises(NotPosted, match="private network"):
        post("https://rebind.example/", b"{}", {})


def test_a_name_is_asked_once_and_posted_to_where_it_pointed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    url = f"http://rebind.example:{receiver.server_port}/"
    assert post(url, b"{}", {}).code == 204
    assert receiver.heard[0][0]["host"] == f"rebind.example:{receiver.server_port}"


def test_the_next_address_is_tried_when_the_first_is_dead(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    assert post(f"http://rebind.example:{receiver.server_port}/", b"{}", {}).code == 204


def test_what_a_cloud_tells_its_machines_is_never_asked_also_where_private_addresses_are_allowed(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with pytest.raises(NotPosted, match="private network"):
        post("http://169.254.169.254/latest/meta-data", b"{}", {})


def test_a_detour_is_not_taken(receiver: Receiver) -> None:
    receiver.code = 302
    assert post(receiver.url, b"{}", {}).code == 302
    assert len(receiver.heard) == 1


def test_who_sends_a_byte_now_and_then_is_left(receiver: Receiver, short: None) -> None:
    def drip(answer: BaseHTTPRequestHandler, is_over: threading.Event) -> None:
        answer.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not is_over.wait(0.01):
            answer.wfile.write(b"x")

    receiver.answers = drip
    begun = time.monotonic()
    with pytest.raises(NotPosted, match=r"longer than 0\.2 s"):
        post(receiver.url, b"{}", {})
    assert time.monotonic() - begun < 2


def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver, short: None) -> None:
    def pour(answer: BaseHTTPRequestHandler, is_over: threading.Event) -> None:
        answer.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not is_over.is_set():
            answer.wfile.write(b"<b>y\0" * 10_000)

    receiver.answers = pour
    posted = post(receiver.url, b"{}", {})
    assert posted.code == 200
    assert len(posted.excerpt) <= posting.EXCERPT
    assert "\0" not in posted.excerpt


def test_who_says_nothing_after_thanks_was_told(receiver: Receiver, short: None) -> None:
    def hang(answer: BaseHTTPRequestHandler, is_over: threading.Event) -> None:
        answer.wfile.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 10\r\n\r\n")
        answer.wfile.flush()
        is_over.wait(5)

    receiver.answers = hang
    assert post(receiver.url, b"{}", {}).code == 202


def test_who_never_shakes_hands_is_left(settings: Any, short: None) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotPosted, match="longer than"):
        post(f"https://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {})


@pytest.mark.parametrize("url", ["https://host:99999/", "https://[::1/", "https://a..b/", "https:///x", "gopher://x/"])
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(NotPosted):
        post(url, b"{}", {})
