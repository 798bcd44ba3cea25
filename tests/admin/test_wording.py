"""What staff read in lists and on pages: people's words, and what to do with them."""

import html

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.admin.audit import name_of
from accounts.models import Invitation
from accounts.roles import Role
from api.models import WebhookEndpoint
from charging.profiles import Kind, Period, Profile, Purpose, RateUnit
from csms.console.evidence import evidence_of
from smartcharging.commands import SetChargingProfile
from stations.commands import send
from stations.models import ChargingStation, StationConnection, VendorProfile
from stations.services import load_shipped_profiles
from tests.admin.test_isolation import logged_in
from tests.admin.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build("Harbour Energy", "Harbour")


@pytest.fixture
def owner(world: World) -> Client:
    return logged_in(world.staff[Role.OWNER])


def shown(owner: Client, name: str, *args: object) -> str:
    return html.unescape(owner.get(reverse(name, args=args)).content.decode())


def test_a_command_is_told_in_words(owner: Client, world: World) -> None:
    profile = Profile(7, Purpose.TX_DEFAULT, Kind.ABSOLUTE, RateUnit.AMPERES, (Period(0, 6),))
    send(world[ChargingStation], SetChargingProfile(profile))
    page = shown(owner, "admin:stations_command_changelist")
    assert "unit A" in page
    assert "{'kind'" not in page
    assert "valid_to None" not in page


def test_the_address_is_told_with_the_password(owner: Client, world: World, settings: Settings) -> None:
    settings.OCPP_PUBLIC_URL = "wss://csms.example/ocpp"
    station = ChargingStation.objects.create(organization=world.organization, identity="HAR-7")
    page = shown(owner, "console:station", station.pk)
    assert "wss://csms.example/ocpp/" in page
    assert "Offline for" not in page
    dialog = owner.post(reverse("console:station_password", args=[station.pk])).content.decode()
    assert "wss://csms.example/ocpp/HAR-7" in dialog


def test_an_object_keeps_its_own_spelling(owner: Client, world: World) -> None:
    invitation: Invitation = world[Invitation]
    page = shown(owner, "console:invitation", invitation.pk)
    assert str(invitation) in page
    assert str(invitation).capitalize() not in page
    assert (name_of("api.OAuthClient"), name_of("api.APIKey")) == ("OAuth2 client", "API key")


def test_a_shipped_profile_is_read_in_words(owner: Client) -> None:
    # They came with the migrations, unless another test has emptied the tables since.
    load_shipped_profiles()
    profile = VendorProfile.objects.exclude(shipped_as="")[0]
    page = shown(owner, "admin:stations_vendorprofile_change", profile.pk)
    assert all(label in page for label in profile.trait_labels)
    assert profile.traits[0] not in page


def test_forms_tell_times_as_pages_do(owner: Client, world: World) -> None:
    user = world.staff[Role.OPERATOR]
    page = shown(owner, "admin:accounts_user_change", user.pk)
    assert f"{user.date_joined:%Y-%m-%d %H:%M} UTC" in page


def test_what_came_last_is_told_last() -> None:
    told = evidence_of({"at": "2026-11-28T05:20:27+00:00", "after_wh": 412310, "before_wh": 412500}, "Europe/Berlin")
    assert [name for name, _ in told] == ["At", "Before", "After"]


def test_the_number_of_a_close_is_explained() -> None:
    assert StationConnection(close_reason="closed with code 1006").close_told.endswith("network or power is lost")
    assert StationConnection(close_reason="replaced").close_told == "replaced"


def test_an_endpoint_leads_to_what_it_was_told(owner: Client, world: World) -> None:
    WebhookEndpoint.objects.update(events=["session.ended"])
    page = owner.get(reverse("admin:api_webhookendpoint_changelist")).content.decode()
    assert "Session ended" in page
    link = page.split("?endpoint__id__exact=")[1].split('"')[0]
    answer = owner.get(reverse("admin:api_webhookdelivery_changelist"), {"endpoint__id__exact": link})
    assert answer.context["cl"].result_count == 1


def test_an_address_that_is_missing_is_one_mistake(owner: Client, world: World) -> None:
    page = owner.post(reverse("admin:api_webhookendpoint_add"), {"organization": world.organization.pk, "url": ""})
    assert page.context["adminform"].form.errors["url"] == ["This field is required."]


def test_the_documents_of_the_api_are_found(owner: Client) -> None:
    assert reverse("api:docs") in shown(owner, "admin:index")
