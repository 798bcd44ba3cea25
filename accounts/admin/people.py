"""Organizations and the people in them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Prefetch, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

import accounts.looks  # noqa: F401 - registers how roles look
from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import ago, moment
from accounts.console.tenants import TenantAdmin, TenantInline, permission, permitted, user_of
from accounts.impersonation import may_impersonate
from accounts.models import Membership, Organization, User, refuse_to_lose_owners
from accounts.roles import Role

# Roles say who may do what: Django's groups would be a second way.
admin.site.unregister(Group)


@admin.register(Organization)
class OrganizationAdmin(TenantAdmin):
    verbs = ("view", "change")
    list_display = ["name", "kind", "time_zone", "currency", "receives_unknown_stations"]
    list_filter = ["kind"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Only one organization of a server receives unknown stations, so its members must not take that over."""
        fields = super().get_readonly_fields(request, obj)
        return fields if user_of(request).is_superuser else [*fields, "receives_unknown_stations", "slug"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def role_help() -> SafeString:
    return format_html('<a class="c-link" href="{}">What may each role do?</a>', reverse("console:roles"))


class CautiousRole:
    """Whoever saves in haste gives the least, and can read what each role means."""

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs |= {"initial": Role.READ_ONLY, "help_text": role_help()}
        return super().formfield_for_choice_field(db_field, request, **kwargs)  # type: ignore[misc]


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        refuse_to_lose_owners([form.instance for form in self.deleted_forms])


class MembershipInline(CautiousRole, TenantInline):
    model = Membership
    formset = MembershipFormSet
    fields = ["organization", "role"]
    verbose_name = "role"
    verbose_name_plural = "roles"

    def get_min_num(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """Who is added without a role would be seen by nobody."""
        return 0 if obj or user_of(request).is_superuser else 1

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_min=True, **kwargs)

    def allows(self, request: HttpRequest, verb: str, parent: Model | None) -> bool:
        """The parent is a person, who belongs to no organization: each row is asked by the choices and the query."""
        return user_of(request).has_perm(permission(self.model, verb))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return permitted(user_of(request), super().get_queryset(request), permission(Membership, "change"))


def manageable_users(manager: User) -> QuerySet[User]:
    """People who are in no organization that the manager does not own: a password reaches all of them."""
    if manager.is_superuser:
        return User.objects.all()
    owned = manager.organizations_allowing("accounts.change_user")
    return (
        User.objects.filter(is_superuser=False, memberships__organization__in=owned)
        .exclude(memberships__in=Membership.objects.exclude(organization__in=owned))
        .distinct()
    )


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TenantAdmin):  # type: ignore[type-arg]
    verbs = ("view", "add", "change")
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ["email"]
    list_display = ["email", "name", "roles_held", "is_active", "last_seen"]
    list_filter = ["is_active"]
    search_fields = ["email", "first_name", "last_name"]
    filter_horizontal = []
    inlines = [MembershipInline]
    actions_detail = ["access", "impersonate"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", ("first_name", "last_name")]}),
        ("Access", {"fields": [("is_active", "is_staff"), ("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", ("first_name", "last_name"), "password1", "password2"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        user = user_of(request)
        seen = Membership.objects.visible_to(user).select_related("organization")
        everybody = User.objects.prefetch_related(Prefetch("memberships", queryset=seen))
        if user.is_superuser:
            return everybody
        colleagues = Membership.objects.filter(organization__in=user.organization_ids).values("user")
        return everybody.filter(pk__in=colleagues, is_superuser=False)

    def allows(self, request: HttpRequest, verb: str, row: Model | None = None) -> bool:
        user = user_of(request)
        if row is None or row.pk is None:
            return user.has_perm(permission(User, verb))
        if verb == "view":
            return user.has_perm(permission(User, verb)) and self.get_queryset(request).filter(pk=row.pk).exists()
        return manageable_users(user).filter(pk=row.pk).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People are made inactive: what they did stays recorded under their name."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["email", ("first_name", "last_name")]}), *fieldsets[1:]]
        if obj is None or not user_of(request).is_superuser:
            return fieldsets
        return [*fieldsets, ("Server", {"fields": ["is_superuser"]})]

    @action(description="Access", url_path="to-access")  # type: ignore[untyped-decorator]
    def access(self, request: HttpRequest, object_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("console:member", args=[object_id]))

    @action(description="Act as", url_path="to-impersonate", permissions=["impersonate"])  # type: ignore[untyped-decorator]
    def impersonate(self, request: HttpRequest, object_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("console:impersonate", args=[object_id]))

    def has_impersonate_permission(self, request: HttpRequest, object_id: int | str | None = None) -> bool:
        number = str(object_id)
        person = User.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
        return person is not None and may_impersonate(user_of(request), person)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever is added here works here; what they may do follows from the roles."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Setting a password comes here too, and is recorded where every new password is."""
        password_was_set = (request.resolver_match and request.resolver_match.url_name) == "auth_user_password_change"
        return None if password_was_set else super().log_change(request, obj, message)

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="Roles")
    def roles_held(self, user: User) -> str:
        if user.is_superuser:
            return "Superuser"
        return ", ".join(f"{row.get_role_display()} of {row.organization}" for row in user.memberships.all())

    @admin.display(description="Last login", ordering="last_login")
    def last_seen(self, user: User) -> str:
        return ago(user.last_login)


@admin.register(Membership)
class MembershipAdmin(CautiousRole, TenantAdmin):
    list_display = ["user", "role_held", "organization", "since"]
    list_filter = ["role", ("organization", ScopedFilter)]
    list_select_related = ["user", "organization"]
    search_fields = ["user__email", "user__first_name", "user__last_name"]

    def choices(self, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        if db_field.name != "user":
            return super().choices(db_field, request)
        user = user_of(request)
        return UserAdmin(User, self.admin_site).get_queryset(request) if user.is_staff else User.objects.none()

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "user"] if obj else fields

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What stands among the protected is shown instead of being deleted."""
        to_delete, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        try:
            refuse_to_lose_owners(list(objs))
        except ValidationError as refusal:
            protected = [*protected, *refusal.messages]
        return to_delete, counts, forbidden, protected

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Asked again under the lock: the page that said it was possible is a while ago."""
        refuse_to_lose_owners(list(queryset))
        super().delete_queryset(request, queryset)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        refuse_to_lose_owners([obj])
        super().delete_model(request, obj)

    @admin.display(description="Role", ordering="role")
    def role_held(self, membership: Membership) -> str:
        return badge("role", membership.role)

    @admin.display(description="Since", ordering="created_at")
    def since(self, membership: Membership) -> str:
        return moment(membership.created_at, membership.organization.time_zone)
