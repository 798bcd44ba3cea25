"""What the live socket looks at again while it is open: who has other roles must load the page anew."""

from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Membership, User
from accounts.roles import Role
from live.consumers import roles_now
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
    store.create()
    return store


@pytest.fixture
def colleague() -> User:
    return cast.create_staff(cast.create_organization(), "dora@harbour.example", Role.OPERATOR)


def test_nothing_changes_by_itself(session: SessionBase, colleague: User) -> None:
    before = roles_now(colleague.pk, session)
    assert before is not None
    assert roles_now(colleague.pk, session) == before


def test_a_lost_membership_is_noticed(session: SessionBase, colleague: User) -> None:
    before = roles_now(colleague.pk, session)
    Membership.objects.filter(user=colleague).delete()
    assert roles_now(colleague.pk, session) != before


@pytest.mark.parametrize("change", [{"is_superuser": True}, {"is_active": False}])
def test_other_rights_are_noticed(session: SessionBase, colleague: User, change: dict[str, Any]) -> None:
    before = roles_now(colleague.pk, session)
    User.objects.filter(pk=colleague.pk).update(**change)
    assert roles_now(colleague.pk, session) != before


def test_whoever_logged_out_has_none(session: SessionBase, colleague: User) -> None:
    session.flush()
    assert roles_now(colleague.pk, session) is None
