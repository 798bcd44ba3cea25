"""Two owners who demote each other in the same moment: one of them stays."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import Membership
from accounts.roles import Role
from tests import cast


def demote(pk: int) -> str:
    try:
        with transaction.atomic():
            membership = Membership.objects.get(pk=pk)
            membership.role = Role.OPERATOR
            membership.full_clean()
            membership.save()
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    finally:
        connection.close()
    return ""


def test_one_owner_is_left(committed: None) -> None:
    harbour = cast.create_organization("Harbour Energy")
    owners = [cast.create_staff(harbour, f"{name}@harbour.example", Role.OWNER) for name in ("olga", "otto")]
    first, second = Membership.objects.filter(user__in=owners).order_by("pk")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first.role = Role.OPERATOR
            first.full_clean()
            other = pool.submit(demote, second.pk)
            with pytest.raises(StillWaiting):
                other.result(timeout=1)
            first.save()
        assert "needs an owner" in other.result(timeout=20)
    assert list(Membership.objects.filter(role=Role.OWNER)) == [second]
