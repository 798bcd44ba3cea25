"""Invitations in the admin: the list. Inviting, sending again and revoking are in csms/console/."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago
from accounts.console.tenants import RecordAdmin
from accounts.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin):
    verbs = ("view", "add", "change")
    when_empty = "Invite a colleague by e-mail: they choose their own password."
    list_display = ["email", "state", "role_offered", "invited_by", "sent", "expires", "organization"]
    list_filter = ["role", ("organization", ScopedFilter)]
    list_select_related = ["organization", "invited_by"]
    search_fields = ["email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "add")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        invitation = self.get_object(request, object_id)
        if invitation is None or not self.has_view_permission(request, invitation):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse("console:invitation", args=[invitation.pk]))

    @admin.display(description="State")
    def state(self, invitation: Invitation) -> SafeString:
        return badge("invitation", invitation.state)

    @admin.display(description="Role", ordering="role")
    def role_offered(self, invitation: Invitation) -> SafeString:
        return badge("role", invitation.role)

    @admin.display(description="Sent", ordering="sent_at")
    def sent(self, invitation: Invitation) -> str:
        return ago(invitation.sent_at, invitation.organization.time_zone)

    @admin.display(description="Valid until", ordering="expires_at")
    def expires(self, invitation: Invitation) -> str:
        return ago(invitation.expires_at, invitation.organization.time_zone)
