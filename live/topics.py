"""Which topics a page may follow: the page that may show an object signs its topic for the user who looks at it."""

from collections.abc import Iterable

from django.core import signing

SALT = "live.topics"
# A page that comes back later loads itself again; rights may have changed since.
MAX_AGE_S = 3600


class NotYours(Exception):
    """The token was not signed for this user, or not by us, or too long ago."""


def sign(user_id: int, topics: Iterable[str]) -> str:
    return signing.dumps({"user": user_id, "topics": sorted(set(topics))}, salt=SALT)


def topics_of(token: str, user_id: int) -> list[str]:
    try:
        signed = signing.loads(token, salt=SALT, max_age=MAX_AGE_S)
    except signing.BadSignature as error:
        raise NotYours from error
    if signed["user"] != user_id:
        raise NotYours
    return list(signed["topics"])
