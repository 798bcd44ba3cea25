"""Station passwords: how they are made, kept and compared."""

import pytest

from stations.secrets import hash_secret, matches, new_secret

HEX_KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"


def test_a_new_secret_fits_every_version() -> None:
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    assert all(16 <= len(secret) <= 20 and secret.isalnum() for secret in secrets)
    assert all(matches(hash_secret(secret), secret.encode()) for secret in list(secrets)[:5])


def test_nothing_of_a_secret_is_in_its_hash_and_no_two_hashes_are_alike() -> None:
    first, second = hash_secret("correct-horse-battery"), hash_secret("correct-horse-battery")
    assert first != second
    assert "correct" not in first


@pytest.mark.parametrize("secret", ["", "short", "x" * 15])
def test_a_short_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        hash_secret(secret)


@pytest.mark.parametrize(
    ("presented", "is_right"),
    [
        (HEX_KEY.encode(), True),
        (HEX_KEY.lower().encode(), True),
        (bytes.fromhex(HEX_KEY), True),
        (bytes.fromhex(HEX_KEY)[:-1], False),
        (HEX_KEY.encode()[:-2], False),
        (bytes.fromhex(HEX_KEY)[::-1], False),
        (b"", False),
    ],
)
def test_a_hex_key_as_bytes_and_as_text(presented: bytes, is_right: bool) -> None:
    assert matches(hash_secret(HEX_KEY), presented) is is_right
    assert matches(hash_secret(HEX_KEY.lower()), presented) is is_right


def test_a_plain_password_is_not_its_hex_form() -> None:
    plain = "correct-horse-battery"
    assert matches(hash_secret(plain), plain.encode())
    assert not matches(hash_secret(plain), plain.encode().hex().encode())
    assert not matches(hash_secret(plain), plain.upper().encode())
