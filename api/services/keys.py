"""Keys: made, recognised, revoked. A key is ``csms_<prefix>_<secret>``; its whole is shown once."""

import secrets as random
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.audit import record
from accounts.models import Organization, User
from api.models import ApiKey
from api.scopes import Scope
from stations.secrets import ALPHABET, hash_secret, matches

MARK = "csms"
PREFIX_LENGTH, SECRET_LENGTH = 8, 32
# A key that is used a hundred times a second is not written down a hundred times a second.
USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_key(
    *,
    organization: Organization,
    name: str,
    scopes: Iterable[Scope],
    by: User | None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """The row and the key in full, which nobody can get again."""
    prefix, secret = _random(PREFIX_LENGTH), _random(SECRET_LENGTH)
    key = ApiKey.objects.create(
        organization=organization,
        name=name,
        prefix=prefix,
        secret_hash=hash_secret(secret),
        scopes=sorted(scopes),
        created_by=by,
        expires_at=expires_at,
    )
    record(actor=by, action="API key created", target=key, scopes=key.scopes)
    return key, f"{MARK}_{prefix}_{secret}"


def find_key(presented: str) -> ApiKey | None:
    """The valid key that this is."""
    mark, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or not prefix.isalnum() or not secret.isalnum():
        return None
    key = ApiKey.objects.select_related("organization", "created_by").filter(prefix=prefix).first()
    if key is None or not key.is_valid or not matches(key.secret_hash, secret.encode()):
        return None
    return key


def note_use(key: ApiKey) -> None:
    """To the minute, by one statement that seldom changes a row."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User) -> bool:
    """Refuse it from now on. Returns whether it was still in use."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        record(actor=by, action="API key revoked", target=key)
    return bool(revoked)


def _random(length: int) -> str:
    return "".join(random.choice(ALPHABET) for _ in range(length))
