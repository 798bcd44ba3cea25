"""Who may open a page of the console, and what every page needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts.console.audited import history_url
from accounts.console.tenants import permission, user_of

COMMAND = "stations.command_chargingstation"
RowT = TypeVar("RowT", bound=Model)
View = Callable[..., HttpResponseBase]


def staff_only(view: View) -> View:
    """As admin.site.admin_view; a fragment is not answered with a login page, but with a reload of the whole page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if admin.site.has_permission(request):
            return view(request, *args, **kwargs)
        if "HX-Request" in request.headers:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))

    return never_cache(csrf_protect(guarded))


def visible(queryset: QuerySet[RowT], request: HttpRequest, pk: int) -> RowT:
    """The row, if the user's roles let them see it; a neighbour's does not exist."""
    scoped: Any = queryset
    row = scoped.visible_to(request.user).filter(pk=pk).first()
    if row is None or not user_of(request).has_perm(permission(type(row), "view"), row):
        raise Http404
    return row  # type: ignore[no-any-return]


def require(request: HttpRequest, wanted: str, row: Model) -> None:
    if not user_of(request).has_perm(wanted, row):
        raise PermissionDenied


def page_context(request: HttpRequest, model: type[Model] | None, **more: Any) -> dict[str, Any]:
    """What the admin's templates need: navigation, breadcrumbs, theme. A page about no model has its title there."""
    where = {"opts": model._meta} if model else {"content_title": more.get("title")}
    context = {**admin.site.each_context(request), **where, **more}
    row = more.get("original")
    return {**context, "history_url": history_url(row)} if isinstance(row, Model) else context
