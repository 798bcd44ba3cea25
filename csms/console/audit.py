"""The page of an audit event, and the proof that nobody changed the trail."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.views.decorators.http import require_POST, require_safe

from accounts.admin.audit import kind_of, who
from accounts.audit import chains_of, first_break
from accounts.console.tenants import user_of
from accounts.models import AuditEvent
from csms.console.access import page_context, staff_only, visible
from csms.console.frames import fields_of

VIEW = "accounts.view_auditevent"


@staff_only
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    event = visible(AuditEvent.objects.select_related("actor", "impersonator", "organization"), request, pk)
    details: dict[str, Any] = dict(event.details)
    changes = details.pop("changes", {})
    others = AuditEvent.objects.visible_to(request.user).filter(
        object_type=event.object_type, object_id=event.object_id
    )
    context = page_context(
        request,
        AuditEvent,
        title=f"{capfirst(event.action)}: {event.object_label}",
        event=event,
        who=who(event),
        kind=kind_of(event),
        zone=event.organization.time_zone if event.organization else "UTC",
        changes=changes.items() if isinstance(changes, dict) else (),
        details=fields_of(details),
        others=others.exclude(pk=event.pk).select_related("actor", "impersonator")[:10],
        is_intact=event.hash == event.expected_hash(),
    )
    return render(request, "console/audit/event.html", context)


@staff_only
@require_POST
def verify(request: HttpRequest) -> HttpResponseBase:
    """Hash every chain of the user's organizations again."""
    if not user_of(request).has_perm(VIEW):
        raise PermissionDenied
    for chain in chains_of(user_of(request)):
        broken = first_break(chain)
        if broken is None:
            messages.success(request, f"{chain}: all {chain.length} events are as they were written.")
        elif broken.event is None:
            messages.error(request, str(broken))
        else:
            url = reverse("console:audit_event", args=[broken.event.pk])
            messages.error(request, format_html('<a href="{}">{}</a>', url, broken))
    return redirect("admin:accounts_auditevent_changelist")
