"""Writing the demo network into the database, once."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Organization, User
from csms.demo import network
from drivers.models import Driver, IdToken, TokenGroup
from stations.connector_types import ConnectorType
from stations.models import ChargingStation, Connector, Evse, Site
from stations.secrets import hash_secret, new_secret


@dataclass
class Built:
    """What the history and the simulator need to know of it."""

    organizations: list[Organization] = field(default_factory=list)
    fleet: list[dict[str, Any]] = field(default_factory=list)
    logins: list[dict[str, str]] = field(default_factory=list)


def build(password: str) -> Built:
    built = Built()
    User.objects.create_superuser("admin@csms.example", password, first_name="Ada", last_name="Root")
    # One slow hash instead of one for each person.
    hashed = User.objects.get(email="admin@csms.example").password
    built.logins.append({"email": "admin@csms.example", "password": password, "role": "Superuser"})
    numbers = iter(range(1, 1000))
    for operator in network.OPERATORS:
        organization = _organization(operator)
        _people(operator, organization, (password, hashed), built)
        tokens = _drivers(operator, organization, numbers)
        for site in operator.sites:
            _site(site, organization, tokens, built)
        built.organizations.append(organization)
    return built


def _organization(operator: network.Operator) -> Organization:
    return Organization.objects.create(
        name=operator.name,
        slug=operator.slug,
        time_zone=operator.time_zone,
        receives_unknown_stations=operator.receives_unknown_stations,
    )


def _people(operator: network.Operator, organization: Organization, password: tuple[str, str], built: Built) -> None:
    plain, hashed = password
    for person in operator.people:
        user = User.objects.create(
            email=person.email,
            password=hashed,
            first_name=person.first_name,
            last_name=person.last_name,
            is_staff=True,
        )
        Membership.objects.create(user=user, organization=organization, role=person.role)
        built.logins.append(
            {"email": person.email, "password": plain, "role": f"{person.role.label} of {operator.name}"}
        )


def _drivers(operator: network.Operator, organization: Organization, numbers: Iterator[int]) -> list[str]:
    """Creates drivers and cards, and returns the values of those that may charge."""
    groups = {
        group_id: TokenGroup.objects.create(organization=organization, name=name, group_id=group_id)
        for name, group_id in operator.groups
    }
    usable = []
    for name, group_id, cards in operator.drivers:
        driver = Driver.objects.create(
            organization=organization, name=name, email=f"{name.split()[0].lower()}@mail.example"
        )
        for _ in range(cards):
            number = next(numbers)
            token = IdToken.objects.create(
                organization=organization,
                value=f"04{number * 7_919 % 0xFFFFFF:06X}{number * 104_729 % 0xFFFFFF:06X}",
                label=f"Card {number:04d}",
                driver=driver,
                group=groups.get(group_id or ""),
            )
            usable.append(token.value)
    now = timezone.now()
    lost, old = next(numbers), next(numbers)
    IdToken.objects.create(
        organization=organization, value=f"04DEAD{lost:08d}", label=f"Card {lost:04d} (lost)", is_blocked=True
    )
    IdToken.objects.create(
        organization=organization,
        value=f"04FADE{old:08d}",
        label=f"Card {old:04d} (trial)",
        expires_at=now - timedelta(days=20),
    )
    return usable


def _site(plan: network.Site, organization: Organization, tokens: list[str], built: Built) -> None:
    site = Site.objects.create(
        organization=organization,
        name=plan.name,
        street=plan.street,
        postal_code=plan.postal_code,
        city=plan.city,
        country=plan.country,
        latitude=plan.latitude,
        longitude=plan.longitude,
        time_zone=plan.time_zone,
        grid_limit_w=plan.grid_limit_w,
    )
    for station in plan.stations:
        _station(station, site, tokens, built)


def _station(plan: network.Station, site: Site, tokens: list[str], built: Built) -> None:
    secret, model = new_secret(), plan.model
    serial = f"{model.vendor[:2].upper()}{zlib.crc32(plan.identity.encode()):010d}"
    station = ChargingStation.objects.create(
        organization=site.organization,
        site=site,
        identity=plan.identity,
        name=plan.name,
        secret_hash=hash_secret(secret),
        ocpp_version=plan.version,
        vendor=model.vendor,
        model=model.name,
        serial_number=serial,
        firmware_version=model.firmware,
    )
    plugs = [ConnectorType.CCS_2, ConnectorType.CHADEMO] if model.kind == "DC" else [ConnectorType.TYPE_2_SOCKET]
    for number in range(1, model.evses + 1):
        evse = Evse.objects.create(station=station, number=number, max_power_w=model.max_power_w)
        for connector in range(1, model.connectors + 1):
            Connector.objects.create(evse=evse, number=connector, type=plugs[(connector - 1) % len(plugs)])
    built.fleet.append(
        {
            "identity": plan.identity,
            "version": str(plan.version),
            "password": secret,
            "vendor": model.vendor,
            "model": model.name,
            "serial_number": serial,
            "firmware_version": model.firmware,
            "evses": [
                {"connectors": model.connectors, "max_power_w": model.max_power_w, "kind": model.kind}
                for _ in range(model.evses)
            ],
            "tokens": tokens,
        }
    )
