"""The admin pages of other people's apps: only for superusers, because they reach the whole server."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import ModelAdmin

from accounts.console.audited import Audited, user_of

# The second factor has pages of its own, see csms/console/account.py; allauth's addresses are not used.
for _model in (EmailAddress, Authenticator):
    admin.site.unregister(_model)

for _model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(_model)


class ForSuperusers(Audited):
    """Roles are patterns over permissions and would match: a schedule belongs to no organization."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return user_of(request).is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return user_of(request).is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return user_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return user_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return user_of(request).is_superuser


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ForSuperusers, BeatPeriodicTaskAdmin, ModelAdmin):  # type: ignore[misc]
    actions = ()


@admin.register(IntervalSchedule, CrontabSchedule)
class ScheduleAdmin(ForSuperusers, ModelAdmin):  # type: ignore[misc]
    """So that a job's schedule can be chosen."""
