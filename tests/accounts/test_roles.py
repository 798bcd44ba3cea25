"""What each role may do, as a table; and what no role may."""

import pytest

from accounts.roles import PERMISSIONS, Role, allows

OWNER, OPERATOR, SUPPORT, FINANCE, READ_ONLY = Role.OWNER, Role.OPERATOR, Role.SUPPORT, Role.FINANCE, Role.READ_ONLY
TABLE: dict[str, set[Role]] = {
    "stations.view_chargingstation": set(Role),
    "stations.add_chargingstation": {OWNER, OPERATOR},
    "stations.change_chargingstation": {OWNER, OPERATOR},
    "stations.delete_chargingstation": {OWNER},
    "stations.delete_site": {OWNER, OPERATOR},
    "stations.command_chargingstation": {OWNER, OPERATOR, SUPPORT},
    "drivers.change_driver": {OWNER, OPERATOR, SUPPORT, FINANCE},
    "drivers.add_idtoken": {OWNER, OPERATOR, SUPPORT},
    "drivers.delete_idtoken": {OWNER, OPERATOR},
    "charging.view_session": set(Role),
    "charging.resolve_sessionanomaly": {OWNER, OPERATOR, SUPPORT},
    "accounts.change_organization": {OWNER},
    "accounts.add_membership": {OWNER},
    "accounts.add_organization": set(),
    "accounts.delete_organization": set(),
    "accounts.delete_user": set(),
    "accounts.change_auditevent": set(),
    "accounts.delete_auditevent": set(),
}


@pytest.mark.parametrize("permission", TABLE)
def test_who_may(permission: str) -> None:
    assert {role for role in Role if allows(role, permission)} == TABLE[permission]


def test_every_role_is_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize("permission", ["", "stations", "view", "*", "stations.*", "STATIONS.CHANGE_CHARGINGSTATION"])
def test_what_is_no_permission_is_none_for_those_who_only_look(permission: str) -> None:
    assert not allows(READ_ONLY, permission)
