"""The station's own list of tokens: what we believe it holds, and the forms that send it."""

from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.console.tenants import user_of
from accounts.models import User
from csms.console.access import COMMAND
from csms.console.commandforms import CommandForm
from drivers import services as drivers
from drivers.commands import GetLocalListVersion
from drivers.looks import list_state
from drivers.models import LocalList
from stations.models import ChargingStation, Command


class SendListForm(CommandForm):
    slug = "local-list"
    title, icon, button = "Send local list", "badge", "Send the list"
    explanation = (
        "Brings the station's own list of tokens to what it should be, so that it knows them without a connection. "
        "The station is asked for its version first; a long list goes in several messages."
    )

    whole = forms.ChoiceField(
        label="Send",
        choices=[("", "What changed"), ("yes", "The whole list")],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="The whole list is sent anyway where the station holds another version than we believe.",
    )

    def request(self) -> Any:
        """For many stations at once; each answer is followed by what its station lacks."""
        return GetLocalListVersion(refreshes=True, whole=self.cleaned_data["whole"] == "yes")

    def send(self, by: User) -> Command:
        must_be_full = self.cleaned_data["whole"] == "yes"
        return drivers.refresh_local_list(station=self.station, by=by, must_be_full=must_be_full)


class ListVersionForm(CommandForm):
    slug = "local-list-version"
    title, icon, button = "Local list version", "question_mark", "Ask for the version"
    explanation = "Asks which version of its own list of tokens the station holds. Nothing is sent to it."
    is_in_panel = False

    def request(self) -> Any:
        return GetLocalListVersion()


def part(request: HttpRequest, station: ChargingStation) -> dict[str, Any]:
    held = LocalList.objects.filter(station=station).select_related("command").first()
    return {
        "station": station,
        "zone": station.time_zone,
        "held": held,
        "state": list_state(held) if held else "",
        "entries": held.entries.count() if held and held.is_certain else None,
        "may_command": user_of(request).has_perm(COMMAND, station),
    }
