"""The same change to many rows: choose them in the list, choose the fields, see how many change, confirm."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import audit
from accounts.changes import differences, values_of
from accounts.console.audited import user_of
from accounts.console.exports import listed
from accounts.models import User, organization_of

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

MOST_ROWS = 1000


class EditedTogether(Base):
    """A model's admin names ``bulk_fields``, and ``edit_many`` among its actions."""

    bulk_fields: tuple[str, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_edit_many"
        ours = [path("edit-many/", self.admin_site.admin_view(self.edit_many_page), name=name)]
        return [*(ours if self.bulk_fields else ()), *super().get_urls()]

    @admin.action(description="Edit together", permissions=["change"])
    def edit_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseRedirect:
        if request.POST.get("select_across") == "1":
            chosen = {"filter": request.GET.urlencode()}
        else:
            chosen = {"rows": ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))}
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_edit_many")
        return HttpResponseRedirect(f"{url}?{urlencode(chosen)}")

    def save_many(self, row: Any, changed: list[str]) -> None:
        row.save(update_fields=changed)

    def edit_many_page(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = self._chosen_rows(request)
        wanted = [name for name in self.bulk_fields if f"change-{name}" in request.POST]
        form = self._form(request, wanted)
        context: dict[str, Any] = {"form": form, "wanted": wanted, "count": rows.count(), "most": MOST_ROWS}
        if request.method == "POST" and context["count"] <= MOST_ROWS and wanted and form.is_valid():
            values = {name: form.cleaned_data[name] for name in wanted}
            is_sure = "confirm" in request.POST
            try:
                changed = change_together(rows, values, by=user_of(request), save=self.save_many, is_sure=is_sure)
            except ValidationError as error:
                context["problem"] = " ".join(error.messages)
            else:
                if is_sure:
                    messages.success(request, f"{changed} of {context['count']} changed.")
                    return HttpResponseRedirect(
                        reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
                    )
                context |= {"changed": changed, "is_previewed": True}
        title = f"Edit {self.opts.verbose_name_plural} together"
        page = self.admin_site.each_context(request) | {"opts": self.opts, "title": title}
        return render(request, "console/list/edit_many.html", page | context)

    def _chosen_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Of what was chosen, the rows in whose organization the user may change such rows."""
        own = self.get_queryset(request).prefetch_related(None)
        if "filter" in request.GET:
            own = listed(self, request, request.GET["filter"])
        else:
            numbers = request.GET.get("rows", "").split(",")
            own = own.filter(pk__in=[int(each) for each in numbers if each.isdecimal() and len(each) < 19])
        rows: QuerySet[Any] = self.writable(request, own)  # type: ignore[attr-defined]
        plain: QuerySet[Any] = self.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
        return plain.order_by("pk")

    def _form(self, request: HttpRequest, wanted: list[str]) -> "forms.ModelForm[Any]":
        def field_of(db_field: Any, **kwargs: Any) -> Any:
            if isinstance(db_field, ForeignKey):
                choices: QuerySet[Any] = self.choices(db_field, request)  # type: ignore[attr-defined]
                return forms.ModelChoiceField(
                    choices, required=not db_field.blank, widget=UnfoldAdminSelectWidget, label=_label(db_field)
                )
            return self.formfield_for_dbfield(db_field, request)

        form_class = modelform_factory(self.model, fields=self.bulk_fields, formfield_callback=field_of)
        form: Any = form_class(request.POST if request.method == "POST" else None)
        for name, field in form.fields.items():
            field.was_wanted = name in wanted
            field.widget.attrs["aria-label"] = str(field.label)
            if not field.was_wanted:
                field.required = False
        # Rules of whole rows are asked row by row.
        form._post_clean = lambda: None
        return form  # type: ignore[no-any-return]


def _label(db_field: Any) -> str:
    return capfirst(str(db_field.verbose_name))


@transaction.atomic
def change_together(rows: QuerySet[Any], values: dict[str, Any], *, by: User, save: Any, is_sure: bool) -> int:
    """Returns how many rows change. One entry of the audit trail a row. Raises ValidationError; then none changes."""
    count = 0
    for row in list(rows.select_for_update(of=("self",))):
        before = values_of(row)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            continue
        for name in changed:
            _set(row, name, values[name])
        count += 1
        if is_sure:
            save(row, changed)
            audit.record(actor=by, action="changed", target=row, changes=differences(before, values_of(row)))
    return count


def _set(row: Model, name: str, value: Any) -> None:
    setattr(row, name, value)
    if isinstance(value, Model) and organization_of(value) != organization_of(row):
        raise ValidationError(f"{value} belongs to another organization than {row}.")
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - {name})
    except ValidationError as error:
        raise ValidationError(f"{row}: {' '.join(error.messages)}") from error
