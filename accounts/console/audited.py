"""What staff add, change and delete in the admin goes into the audit trail, with the values before and after."""

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import audit
from accounts.changes import Values, differences, stored, values_of
from accounts.models import User

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object


def user_of(request: HttpRequest) -> User:
    """The logged-in user; the admin lets nobody else in."""
    return cast(User, request.user)


def history_url(row: Model) -> str:
    """The audit trail of one object."""
    return f"{reverse('admin:accounts_auditevent_changelist')}?" + urlencode(
        {"object_type": row._meta.label, "object_id": row.pk}
    )


class Audited(Base):
    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if change:
            self.note_before(request, obj)
        super().save_model(request, obj, form, change)

    def note_before(self, request: HttpRequest, obj: Model) -> None:
        """For an admin that saves by a service: what the row says until then."""
        _notes(request)[obj] = stored(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        before = {row.instance: stored(row.instance) for row in formset.initial_forms if row.has_changed()}
        super().save_formset(request, form, formset, change)
        audit_formset(user_of(request), formset, before)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        audit.record(actor=user_of(request), action="added", target=obj, changes=differences({}, values_of(obj)))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        changes = differences(_notes(request).get(obj, {}), values_of(obj))
        if changes:
            audit.record(actor=user_of(request), action="changed", target=obj, changes=changes)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for row in queryset:
            audit.record(actor=user_of(request), action="deleted", target=row, changes=differences(values_of(row), {}))
        return super().log_deletions(request, queryset)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one record of what was done: the audit trail."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            answer: HttpResponse = super().history_view(request, object_id, extra_context)
            return answer
        return HttpResponseRedirect(history_url(row))


def _notes(request: HttpRequest) -> dict[Model, Values]:
    """What rows said before this request changed them."""
    notes: dict[Model, Values] = request.__dict__.setdefault("values_before", {})
    return notes


def audit_formset(actor: User, formset: Any, before: dict[Model, Values]) -> None:
    for row in formset.new_objects:
        audit.record(actor=actor, action="added", target=row, changes=differences({}, values_of(row)))
    for row, _ in formset.changed_objects:
        audit.record(actor=actor, action="changed", target=row, changes=differences(before[row], values_of(row)))
    for row in formset.deleted_objects:
        audit.record(actor=actor, action="deleted", target=row, changes=differences(before[row], {}))
