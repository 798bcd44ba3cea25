"""The forms that change a station's password and certificates."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from csms.console.commandforms import CommandForm
from stations import commands
from stations.authority import UnsuitableCertificate, read_certificate
from stations.models import Command
from stations.services import authority_of, change_password, install_certificate
from stations.states import CertificateKind, OcppVersion

OF_16 = (CertificateKind.SYSTEM_ROOT, CertificateKind.MANUFACTURER_ROOT)


class ChangePasswordForm(CommandForm):
    slug = "change-password"
    title, icon, button = "Change password", "key", "Change"
    explanation = (
        "Sends the station a new password that nobody sees. It counts as soon as the station accepts it; until then, "
        "and if it refuses, the old one does. If no answer comes, both do until the station connects with one of them."
    )
    is_in_panel = False

    def send(self, by: User) -> Command:
        return change_password(station=self.station, by=by)


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
            if text:
                read_certificate(text)
        except UnsuitableCertificate as problem:
            raise forms.ValidationError(str(problem)) from problem
        return text

    def send(self, by: User) -> Command:
        pem = self.cleaned_data["certificate"] or authority_of(self.station.organization).certificate
        kind = CertificateKind(self.cleaned_data["kind"])
        return install_certificate(station=self.station, kind=kind, certificate_pem=pem, by=by)
