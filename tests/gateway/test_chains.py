"""The server's chain: sent whole, and what is wrong with its file is said before a charger finds out (quirk 15)."""

import asyncio
import logging
import re
import socket
import ssl
from pathlib import Path

import pytest
from django.test import override_settings

from gateway.apps import check_chains
from gateway.chains import chain_problems
from gateway.tls import context_of, key_pairs
from stations.models import Site
from tests.gateway.authorities import WHERE_ISSUER_IS, public_authority
from tests.gateway.test_tls import connected, failure_is
from tests.harness import GatewayUnderTest

RSA_SUITE = "AES128-GCM-SHA256"


def trusting(root: str) -> ssl.SSLContext:
    """A station of TLS 1.2 that knows this root only."""
    context = ssl.create_default_context(cadata=root)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(RSA_SUITE)
    return context


async def test_q015_who_trusts_only_the_root_gets_the_whole_chain(quiet_gateway: GatewayUnderTest) -> None:
    async with connected(quiet_gateway.tls_port, trusting(quiet_gateway.public_root)) as (_, writer):
        shown = writer.get_extra_info("peercert")
    assert [value for ((_, value),) in shown["issuer"]] == ["Example Intermediate"]


async def test_q015_who_trusts_another_root_is_told_to_staff(quiet_gateway: GatewayUnderTest, harbour: Site) -> None:
    def call() -> None:
        """A blocking socket: asyncio's own goes without telling why."""
        with socket.create_connection(("127.0.0.1", quiet_gateway.tls_port), timeout=20) as bare:
            trusting(public_authority().root.decode()).wrap_socket(bare, server_hostname="localhost")

    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.to_thread(call)
    await failure_is("It does not know the authority of our certificate: see the chain in OCPP_TLS_CERTIFICATES.")


def test_q015_what_is_wrong_with_a_chain_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By the check, and by the gateway when it starts or takes up renewed files."""
    good, over = public_authority(), public_authority(days=-1)
    wrong = {
        (good.server, good.intermediate): "",
        (good.server, good.intermediate, good.root): "",
        (good.server,): f"CN=Example Intermediate, which issued the last one, is missing.*{WHERE_ISSUER_IS}",
        (good.server, good.root): "certificate 2 did not issue certificate 1",
        (over.server, over.intermediate): "certificate 2 is over since",
    }
    for parts, problem in wrong.items():
        authority = over if over.server in parts else good
        certificate, key = authority.write(tmp_path, *parts)
        with override_settings(OCPP_TLS_CERTIFICATES=[certificate]):
            told = [each.msg for each in check_chains()]
        assert len(told) == bool(problem)
        assert all(re.search(problem, text) for text in told)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "gateway.tls"):
            context_of(key_pairs([certificate], [key]))
        assert [getattr(record, "problem", "") for record in caplog.records] == told


def test_q015_a_file_that_cannot_be_read_is_another_matter(tmp_path: Path) -> None:
    empty = tmp_path / "empty.crt"
    empty.touch()
    assert [chain_problems(path) for path in (empty, tmp_path / "none.crt")] == [[], []]
