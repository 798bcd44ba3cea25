"""Which topics a page may follow: the page that may show an object signs its topic for the user who looks at it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing

from live.asked import LONG_AGO, asked_at

SALT = "live.topics"
# A page that comes back later loads itself again; rights may have changed since.
MAX_AGE_S = 3600


class NotYours(Exception):
    """The token was not signed for this user, or not by us, or too long ago."""


@dataclass(frozen=True)
class Signed:
    topics: list[str]
    asked_at: float
    """When the page was asked for, which shows them as they were then or later."""


def sign(user_id: int, topics: Iterable[str]) -> str:
    signed = {"user": user_id, "topics": sorted(set(topics)), "asked_at": asked_at()}
    return signing.dumps(signed, salt=SALT)


def signed_in(token: str, user_id: int) -> Signed:
    try:
        signed = signing.loads(token, salt=SALT, max_age=MAX_AGE_S)
    except signing.BadSignature as error:
        raise NotYours from error
    if signed["user"] != user_id:
        raise NotYours
    # Until an hour after an update there are pages whose token lacks the time.
    return Signed(signed["topics"], signed.get("asked_at", LONG_AGO))
