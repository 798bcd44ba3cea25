"""Forms for a station's configuration, and the vendor's own messages."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from csms.console.commandforms import CommandForm
from stations import commands
from stations.models import ChargingStation, Variable
from stations.secret_variables import is_secret
from stations.states import OcppVersion


def variable_name(station: ChargingStation, text: str) -> commands.VariableName:
    """``Component.Variable`` or ``Component.Variable.Instance``; for OCPP 1.6 the key, which may hold dots."""
    text = text.strip()
    if station.ocpp_version in ("", OcppVersion.V16) or "." not in text:
        return commands.VariableName(name=text)
    component, name, *instance = text.split(".", 2)
    return commands.VariableName(name=name, component=component, instance=instance[0] if instance else "")


def full_name(variable: Variable) -> str:
    return ".".join(part for part in (variable.component, variable.name, variable.instance) if part)


class NameField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=160, widget=UnfoldAdminTextInputWidget(attrs={"list": "variable-names"}), **kwargs)


class VariableForm(CommandForm):
    """Offers the names that the station has reported."""

    def known_names(self) -> list[str]:
        rows = Variable.objects.filter(station=self.station.pk)[:1000]
        return sorted({full_name(row) for row in rows if not is_secret(row.name)})

    def check_component(self, name: str) -> None:
        if self.station.ocpp_version not in ("", OcppVersion.V16) and "." not in name:
            raise forms.ValidationError("Write component and variable: OCPPCommCtrlr.HeartbeatInterval")


class GetVariablesForm(VariableForm):
    slug = "get-variables"
    title, icon, button = "Read configuration", "search", "Read"
    explanation = "Asks for values. Without a name an OCPP 1.6 station tells all of them; for 2.x use the report."

    name = NameField(required=False, label="Variable")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if name or self.station.ocpp_version not in ("", OcppVersion.V16):
            self.check_component(name)
        return name

    def request(self) -> Any:
        name = self.cleaned_data["name"]
        return commands.GetVariables((variable_name(self.station, name),) if name else ())


class SetVariablesForm(VariableForm):
    slug = "set-variables"
    title, icon, button = "Set configuration", "tune", "Set"
    explanation = "Changes one value. Some take effect only after a reset: the answer says so."

    name = NameField(label="Variable")
    value = forms.CharField(max_length=2500, required=False, widget=UnfoldAdminTextInputWidget)

    def clean_name(self) -> str:
        """A command is kept with its value, and a password must not be."""
        name: str = self.cleaned_data["name"].strip()
        self.check_component(name)
        if is_secret(name.rsplit(".", 1)[-1]):
            raise forms.ValidationError("Passwords are not set this way: use “New password” on the station page.")
        return name

    def request(self) -> Any:
        name = variable_name(self.station, self.cleaned_data["name"])
        return commands.SetVariables((commands.VariableValue(name, self.cleaned_data["value"]),))


class BaseReportForm(CommandForm):
    slug = "report"
    title, icon, button = "Report", "list_alt", "Ask for the report"
    explanation = "Asks for all variables. They appear under Configuration as the station tells them."

    base = forms.ChoiceField(
        choices=[(base.value, base.value) for base in commands.ReportBase],
        initial=commands.ReportBase.FULL.value,
        widget=UnfoldAdminSelectWidget,
    )

    def request(self) -> Any:
        return commands.GetBaseReport(commands.ReportBase(self.cleaned_data["base"]))


class DataTransferForm(CommandForm):
    slug = "data-transfer"
    title, icon, button = "Data transfer", "swap_horiz", "Send"
    explanation = "Sends a message of the vendor's own, as its manual describes."

    vendor_id = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget)
    message_id = forms.CharField(max_length=50, required=False, widget=UnfoldAdminTextInputWidget)
    content = forms.CharField(
        label="Data", max_length=10_000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )

    def request(self) -> Any:
        sent = self.cleaned_data
        return commands.DataTransfer(sent["vendor_id"], sent["message_id"], sent["content"])
