"""The admin of a tenant's rows: whoever logs in sees and changes what their roles allow, and nothing else."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, ForeignKey, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.admin import checkbox
from unfold.views import ChangeList as UnfoldChangeList

from accounts.console.audited import Audited
from accounts.console.audited import user_of as user_of
from accounts.console.bulk import EditedTogether
from accounts.console.exports import Exported
from accounts.console.filters import UnknownChoice, refuse_unknown
from accounts.console.lists import LikedLists
from accounts.console.paginator import BoundedPaginator, RecordPaginator
from accounts.console.searching import matching
from accounts.models import Organization, User, organization_of

if TYPE_CHECKING:
    BaseAdmin = admin.ModelAdmin[Any]
    BaseInline = admin.TabularInline[Any, Any]
    BaseForm = ModelForm[Any]
    BaseChangeList = ChangeList
else:
    BaseAdmin, BaseInline, BaseForm = UnfoldModelAdmin, UnfoldTabularInline, ModelForm
    BaseChangeList = UnfoldChangeList


PLACEHOLDER = "0-row-0"
CHECKBOX = checkbox.render(ACTION_CHECKBOX_NAME, PLACEHOLDER)


def permission(model: type[Model], verb: str) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def permitted(user: User, queryset: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    """The rows of the organizations in which a role of the user grants the permission."""
    if user.is_superuser:
        return queryset
    path = getattr(queryset.model, "organization_path", "organization")
    return queryset.filter(**{f"{path}__in": user.organizations_allowing(wanted)})


def count_of(model: type[Model], foreign_key: str, **conditions: Any) -> Coalesce:
    """How many rows point to this one, counted for the rows of one page only: a join would group the whole table."""
    rows = model._default_manager.filter(**{foreign_key: OuterRef("pk")}, **conditions).order_by().values(foreign_key)
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


class TenantForm(BaseForm):
    """Refuses to tie a row to one of another organization, also for people who work for both."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = self._organization_id(cleaned)
        for name, value in cleaned.items():
            if not isinstance(value, Model) or isinstance(value, Organization | User):
                continue
            theirs = organization_of(value)
            if own is not None and theirs is not None and theirs != own:
                self.add_error(name, "This belongs to another organization.")
        return cleaned

    def _organization_id(self, cleaned: dict[str, Any]) -> int | None:
        if isinstance(cleaned.get("organization"), Organization):
            return int(cleaned["organization"].pk)
        return organization_of(self.instance) if self.instance.pk else None


class TenantRules:
    """Permissions and choices, for pages and inlines alike."""

    model: type[Model]

    def choices(self, db_field: ForeignKey[Any, Any], request: HttpRequest) -> QuerySet[Any]:
        """What a foreign key may point to: rows the user sees; organizations in which the user may write."""
        target: Any = db_field.remote_field.model
        queryset = target._default_manager.all()
        if target is Organization:
            return permitted(user_of(request), queryset, permission(self.model, "add"))
        visible: QuerySet[Any] = (
            queryset.visible_to(request.user) if hasattr(queryset, "visible_to") else queryset.none()
        )
        return visible


class BoundedList(BaseChangeList):
    """Counts its rows once, and sorts by no column that is not offered: a large table would be sorted as a whole.

    Which rows a page has is asked first, and then for these rows with what they refer to: joined before they are
    limited, a million rows are planned for, and what is counted of each may be counted of all.
    """

    def get_ordering_field(self, field_name: Any) -> Any:
        if self.sortable_by is not None and field_name not in self.sortable_by:
            return None
        return super().get_ordering_field(field_name)

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        for chosen in found[0]:
            refuse_unknown(chosen)
        return found

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if getattr(self.model_admin, "picks_rows_first", False):
            keys = list(dict.fromkeys(self.result_list.values_list("pk", flat=True)))
            found = self.apply_select_related(self.root_queryset.order_by()).in_bulk(keys)
            self.result_list = [found[key] for key in keys if key in found]
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class TenantAdmin(Audited, Exported, LikedLists, EditedTogether, TenantRules, BaseAdmin):
    """Scoped by organization and role. A neighbour's row does not exist."""

    form = TenantForm
    paginator = BoundedPaginator
    show_full_result_count = False
    # False where a row is not found by its key alone: see BoundedList.
    picks_rows_first = True
    list_per_page = 50
    # Unfold asks for it in each row, and what is missing is dear to look up in a template.
    list_sections: tuple[Any, ...] = ()
    list_fullwidth = True
    # What to do when the list is empty: templates/unfold/helpers/empty_results.html.
    when_empty = ""
    # What the pages offer at all, for the table of roles; who may do it is in accounts/roles.py.
    verbs: tuple[str, ...] = ("view", "add", "change", "delete")
    compressed_fields = True
    list_before_template = "console/list/tools.html"
    # What can be imported here: (slug, word) of jobs/imports.
    importable: tuple[tuple[str, str], ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Django answers what cannot be asked by the whole list, without a word: what it was is kept for the page."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            request.__dict__["refused_filter"] = error
            raise

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        refused = request.__dict__.get("refused_filter")
        if refused is None:
            return answer
        if not isinstance(refused, UnknownChoice):
            messages.warning(request, "The list has no such filter. This is the whole list.")
            return answer
        messages.warning(request, str(refused))
        query = request.GET.copy()
        for name in refused.parameters:
            query.pop(name, None)
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)

    @admin.display(description=UnfoldModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """Rendered once, not once a row."""
        return SafeString(CHECKBOX.replace(PLACEHOLDER, conditional_escape(str(obj.pk))))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", queryset.visible_to(request.user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return matching(queryset, self.get_search_fields(request), search_term, request.user), False

    def allows(self, request: HttpRequest, verb: str, row: Model | None = None) -> bool:
        return user_of(request).has_perm(permission(self.model, verb), row)

    def writable(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """For actions: of the selected rows, which may be only seen, those that may be changed."""
        return permitted(user_of(request), queryset, permission(self.model, "change"))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "view", obj) or self.allows(request, "change", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.shown_columns(request, self.all_columns(request))

    def all_columns(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        if not sees_several_organizations(request):
            columns = [column for column in columns if column != "organization"]
        return columns

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """A row never moves to another organization: its history would stay behind."""
        fixed = ["organization"] if obj is not None and hasattr(obj, "organization_id") else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.choices(db_field, request))
        if db_field.remote_field.model is Organization:
            first_two = list(kwargs["queryset"][:2])
            if len(first_two) == 1:
                kwargs |= {"initial": first_two[0], "widget": forms.HiddenInput(), "label": ""}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class RecordAdmin(TenantAdmin):
    """For what happened: shown, never edited by hand."""

    paginator = RecordPaginator
    verbs: tuple[str, ...] = ("view",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "view", obj)


class TenantInline(TenantRules, BaseInline):
    """Rows of a parent; permissions are asked in the parent's organization."""

    extra = 0
    form = TenantForm
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", queryset.visible_to(request.user))

    def allows(self, request: HttpRequest, verb: str, parent: Model | None) -> bool:
        return user_of(request).has_perm(permission(self.model, verb), parent)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allows(request, "delete", obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.choices(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A cell has no label beside it: the heading of its column names it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label or db_field.verbose_name)))
        return field


def sees_several_organizations(request: HttpRequest) -> bool:
    user = user_of(request)
    return user.is_superuser or len(user.organization_ids) > 1
