"""Makers of rows for tests, in the words of the cast."""

from typing import Any

from django.utils.text import slugify

from accounts.models import Membership, Organization, User
from accounts.roles import Role
from drivers.models import Driver, IdToken, TokenGroup
from stations.models import ChargingStation, Site


def create_organization(name: str = "Harbour Energy", **fields: Any) -> Organization:
    return Organization.objects.create(**{"name": name, "slug": slugify(name), **fields})


def create_site(organization: Organization, name: str = "Harbour", **fields: Any) -> Site:
    return Site.objects.create(**{"organization": organization, "name": name, "time_zone": "Europe/Berlin", **fields})


def create_station(site: Site, identity: str = "old_faithful", **fields: Any) -> ChargingStation:
    return ChargingStation.objects.create(organization=site.organization, site=site, identity=identity, **fields)


def create_staff(organization: Organization, email: str, role: Role, password: str = "", **fields: Any) -> User:
    """A user with this role. Without a password nobody can log in as them, which saves the slow hash."""
    user = User.objects.create_user(email, password or None, is_staff=True, **fields)
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


def create_driver(organization: Organization, name: str = "Alice", **fields: Any) -> Driver:
    return Driver.objects.create(organization=organization, name=name, **fields)


def create_token_group(organization: Organization, name: str, group_id: str) -> TokenGroup:
    return TokenGroup.objects.create(organization=organization, name=name, group_id=group_id)


def create_token(organization: Organization, value: str, **fields: Any) -> IdToken:
    return IdToken.objects.create(organization=organization, value=value, **fields)
