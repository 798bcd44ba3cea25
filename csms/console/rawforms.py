"""The expert's form: any action of the station's OCPP version, word for word."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from csms.console.actionforms import NotJson, loads
from csms.console.commandforms import CommandForm, running_on
from stations import commands


class RawCallForm(CommandForm):
    slug = "raw"
    title, icon = "Raw call", "build"
    explanation = (
        "Sends any action of the station's OCPP version as it is written here. "
        "It is checked against the official schema before it is sent."
    )

    action = forms.CharField(
        max_length=50,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "GetLocalListVersion"}
        ),
    )
    payload = forms.CharField(
        initial="{}", widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}), required=False
    )

    def clean_payload(self) -> dict[str, Any]:
        try:
            return loads(self.cleaned_data["payload"])
        except NotJson as error:
            raise forms.ValidationError(str(error)) from error

    def request(self) -> Any:
        return commands.RawCall(self.cleaned_data["action"].strip(), self.cleaned_data["payload"])

    def ends_sessions(self) -> bool:
        """Nobody can tell: running sessions are named, if there are any."""
        return running_on(self.station).exists()
