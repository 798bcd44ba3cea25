"""The forms that change a station's password and certificates."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from csms.console.commandforms import CommandForm
from stations import commands
from stations.authority import UnsuitableCertificate, pem_of, read_certificate
from stations.models import ChargingStation, Command
from stations.services import (
    authority_of,
    change_password,
    free_slot,
    knows_root,
    raise_security_profile,
)
from stations.services.security_profiles import INTERFACES
from stations.states import CertificateKind, OcppVersion, SecurityProfile

UNKNOWN_ROOT = (
    "For 2 and 3 the station must trust the root of this server's certificate. None was installed from here, so it "
    "refuses unless it has one built in."
)
OF_16 = (CertificateKind.SYSTEM_ROOT, CertificateKind.MANUFACTURER_ROOT)


class ChangePasswordForm(CommandForm):
    slug = "change-password"
    title, icon, button = "Change password", "key", "Change"
    explanation = (
        "Sends the station a new password that nobody sees. It counts as soon as the station accepts it; until then, "
        "and if it refuses, the old one does. If no answer comes, both do until the station connects with one of them."
    )
    is_in_panel = False
    asks = "SetPassword"

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = commands.DEFAULT_EXPIRY) -> Command:
        return change_password(station=station, by=by, expires_in=expires_in)


class RaiseProfileForm(CommandForm):
    slug = "raise-profile"
    title, icon, button = "Raise security profile", "verified_user", "Raise"
    explanation = (
        "Asks the station to prove itself in a safer way from now on. It counts here when the station has come in so; "
        "then it comes in with less no more. If it cannot, most stations fall back to what worked before."
    )
    is_in_panel = False
    asks = "RaiseSecurityProfile"

    def prepare(self) -> None:
        station = self.station
        higher = [profile for profile in SecurityProfile if profile > station.security_profile]
        self.fields["profile"] = forms.TypedChoiceField(
            label="Profile",
            choices=[(profile.value, profile.label) for profile in higher],
            coerce=lambda value: SecurityProfile(int(value)),
            widget=UnfoldAdminSelectWidget,
            help_text="" if station.pk and knows_root(station) else UNKNOWN_ROOT,
        )
        if station.ocpp_version != OcppVersion.V16:
            self._ask_for_network_profile()

    def _ask_for_network_profile(self) -> None:
        """OCPP 2.x keeps several ways to a server, each in a slot."""
        self.fields["url"] = forms.CharField(
            label="Address",
            max_length=512,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": settings.OCPP_TLS_PUBLIC_URL}),
            help_text="Where the station finds this server, without its identity. Empty: as shown.",
        )
        self.fields["slot"] = forms.IntegerField(
            label="Slot",
            min_value=0,
            max_value=1000,
            initial=free_slot(self.station) if self.station.pk else None,
            required=bool(self.station.pk),
            widget=UnfoldAdminIntegerFieldWidget,
            help_text="Of the station's network profiles; the one in use stays until the new one works."
            + ("" if self.station.pk else " Empty: one that each of them has free."),
        )
        self.fields["interface"] = forms.ChoiceField(
            label="Network", choices=[(name, name) for name in INTERFACES], widget=UnfoldAdminSelectWidget
        )

    def ask(self, station: ChargingStation, *, by: User, expires_in: timedelta = commands.DEFAULT_EXPIRY) -> Command:
        return raise_security_profile(station=station, by=by, expires_in=expires_in, **self.cleaned_data)


class RenewCertificateForm(CommandForm):
    slug = "renew-certificate"
    title, icon, button = "Renew certificate", "verified_user", "Ask for it"
    explanation = (
        "Asks the station for a new key and a request to sign it. The request must name your organization and this "
        "station; then the certificate is sent by itself."
    )
    is_in_panel = False

    def request(self) -> Any:
        return commands.RequestCertificate()


class GetCertificatesForm(CommandForm):
    slug = "get-certificates"
    title, icon, button = "Ask for certificates", "search", "Ask"
    explanation = "Asks which certificates the station trusts. It names them by hashes and serial numbers."
    is_in_panel = False

    def request(self) -> Any:
        return commands.GetInstalledCertificates()


class InstallCertificateForm(CommandForm):
    slug = "install-certificate"
    title, icon, button = "Install certificate", "add", "Install"
    explanation = "Makes the station trust a certificate."
    is_in_panel = False

    kind = forms.ChoiceField(label="For", choices=CertificateKind, widget=UnfoldAdminSelectWidget)
    certificate = forms.CharField(
        required=False,
        max_length=10_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="PEM. Empty: the certificate of your own authority.",
    )

    def prepare(self) -> None:
        kinds: list[CertificateKind] = [kind for kind in CertificateKind if kind != CertificateKind.V2G_CHAIN]
        if self.station.ocpp_version == OcppVersion.V16:
            kinds = list(OF_16)
        elif self.station.ocpp_version == OcppVersion.V201:
            kinds.remove(CertificateKind.OEM_ROOT)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean_certificate(self) -> str:
        text: str = self.cleaned_data["certificate"].strip()
        try:
            return pem_of(read_certificate(text)) if text else ""
        except UnsuitableCertificate as problem:
            raise forms.ValidationError(str(problem)) from problem

    def request(self) -> Any:
        pem = self.cleaned_data["certificate"] or authority_of(self.station.organization).certificate
        return commands.InstallCertificate(CertificateKind(self.cleaned_data["kind"]), pem)
