"""What each role may do, for whoever gives one."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Role
from accounts.roletable import rows
from csms.console.access import page_context, staff_only


@staff_only
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    table = [(row.app, row.thing, [(role.label, row.verbs[role]) for role in Role]) for row in rows()]
    context = page_context(request, None, title="What each role may do", roles=list(Role), table=table)
    return render(request, "console/roles.html", context)
