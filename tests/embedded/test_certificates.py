"""The server certificates of an embedded start."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from csms.embedded import certificates
from csms.embedded.certificates import ServerFiles, server_files
from gateway.tls import Contexts, UnsuitableFiles, context_of, key_pairs
from stations.authority import is_signed_by


def contents(files: ServerFiles) -> list[bytes]:
    return [path.read_bytes() for path in (files.authority, *files.certificates, *files.keys)]


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_they_are_made_once_for_the_names_of_this_machine(tmp_path: Path) -> None:
    made = contents(server_files(tmp_path / "tls"))
    files = server_files(tmp_path / "tls")
    assert contents(files) == made
    for path in files.certificates:
        certificate = read(path)
        assert is_signed_by(certificate, read(files.authority))
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "localhost" in names.get_values_for_type(x509.DNSName)
        assert {str(each) for each in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
    for path in (*files.keys, tmp_path / "tls" / "authority.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_they_are_made_anew_for_other_names_by_the_same_authority(tmp_path: Path) -> None:
    before = contents(server_files(tmp_path))
    after = contents(server_files(tmp_path, ["csms.example", "192.0.2.7"]))
    assert after[0] == before[0]
    assert not set(after[1:]) & set(before[1:])


def test_they_are_renewed_before_they_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "SERVER_VALID", timedelta(days=20))
    before = contents(server_files(tmp_path))
    monkeypatch.undo()
    files = server_files(tmp_path)
    after = contents(files)
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert read(files.certificates[0]).not_valid_after_utc > datetime.now(UTC) + timedelta(days=390)


def test_renewed_files_are_taken_up_and_broken_ones_are_not(tmp_path: Path) -> None:
    files = server_files(tmp_path)
    contexts = Contexts(key_pairs([str(path) for path in files.certificates], [str(path) for path in files.keys]))
    first = contexts.context
    contexts.serverConnectionForTLS(None)
    assert contexts.context is first
    files.certificates[0].write_text("half of it")
    contexts.looked_at_s -= 60
    contexts.serverConnectionForTLS(None)
    assert contexts.context is first
    server_files(tmp_path)
    contexts.looked_at_s -= 60
    contexts.serverConnectionForTLS(None)
    assert contexts.context is not first


def test_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    files = server_files(tmp_path)
    swapped = key_pairs([str(path) for path in files.certificates], [str(path) for path in reversed(files.keys)])
    with pytest.raises(UnsuitableFiles, match="no certificate with its key"):
        context_of(swapped)
    with pytest.raises(UnsuitableFiles, match="cannot be read"):
        Contexts(key_pairs([str(tmp_path / "none")], [str(files.keys[0])]))
    with pytest.raises(UnsuitableFiles, match="as many files"):
        key_pairs(["a", "b"], ["c"])
