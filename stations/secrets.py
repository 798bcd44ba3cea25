"""Station passwords: long, random, and therefore hashed fast.

Django's slow hashes protect short passwords that people choose. A station's secret has more than 90 random bits, and
10 000 stations that reconnect at once must not cost 270 ms of CPU each.
"""

import hashlib
import hmac
import re
import secrets as random

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
LENGTH = 20
MIN_LENGTH = 16
HEX_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){16,20}")


def new_secret() -> str:
    """A fresh secret of 20 characters: fits a 1.6 AuthorizationKey and a 2.x BasicAuthPassword (16 to 40)."""
    return "".join(random.choice(ALPHABET) for _ in range(LENGTH))


def hash_secret(secret: str) -> str:
    """``blake2b$salt$digest``. A secret of 32 to 40 hex digits is one of OCPP 1.6's keys: case is the same."""
    if len(secret) < MIN_LENGTH:
        raise ValueError(f"A station's password needs at least {MIN_LENGTH} characters.")
    salt = random.token_hex(16)
    return f"blake2b${salt}${_digest(_canonical(secret.encode()), salt)}"


def matches(secret_hash: str, presented: bytes) -> bool:
    """Whether the password of an Authorization header is the station's.

    OCPP 1.6 stations send the bytes behind a hex key, some its text: both are right (security whitepaper A00).
    """
    _, salt, digest = secret_hash.split("$")
    candidates = (_canonical(presented), presented.hex().encode())
    return any(hmac.compare_digest(_digest(candidate, salt), digest) for candidate in candidates)


def _canonical(secret: bytes) -> bytes:
    try:
        return secret.lower() if HEX_KEY.fullmatch(secret.decode("ascii")) else secret
    except UnicodeDecodeError:
        return secret


def _digest(secret: bytes, salt: str) -> str:
    return hashlib.blake2b(secret, key=bytes.fromhex(salt), digest_size=32).hexdigest()
