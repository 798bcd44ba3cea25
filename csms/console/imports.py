"""Rows from a file: upload it, look at what it would do, confirm. The jobs are jobs/imports/applying.py."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from accounts.console.tenants import user_of
from accounts.lines import csv_lines
from accounts.models import Organization, User
from csms.console.access import page_context, staff_only
from csms.console.jobs import own
from jobs.imports import IMPORTS, TenantResource
from jobs.imports.applying import APPLY, CHECK
from jobs.models import Job
from jobs.services import do_job, start_job
from jobs.states import JobStatus
from stations.models import ChargingStation

# Smaller files are looked at while one waits; larger ones by a worker.
AT_ONCE_BYTES = 50_000


class UploadForm(forms.Form):
    organization = forms.ModelChoiceField(Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        max_length=200,
        help_text="CSV or XLSX; the first line names the columns.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.xlsx"}),
    )

    def __init__(self, resource: type[TenantResource], user: User, *args: Any) -> None:
        super().__init__(*args)
        own_ones = [row.pk for row in Organization.objects.visible_to(user) if resource.may_import(user, row)]
        field: Any = self.fields["organization"]
        field.queryset = Organization.objects.filter(pk__in=own_ones)
        if len(own_ones) == 1:
            field.initial, field.widget = own_ones[0], forms.HiddenInput()

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        limit = settings.IMPORT_MAX_BYTES
        if (file.size or 0) > limit:
            raise forms.ValidationError(f"The file has more than {limit // 1_048_576} MB. Split it.")
        if not (file.name or "").lower().endswith((".csv", ".txt", ".xlsx")):
            raise forms.ValidationError("Only CSV and XLSX files are read. Save it as one of these.")
        return file


@staff_only
def upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    resource = _resource(request, slug)
    form = UploadForm(resource, user_of(request), request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        job = start_job(
            organization=form.cleaned_data["organization"],
            kind=CHECK,
            title=f"Check {resource.word} of {form.cleaned_data['file'].name}",
            by=user_of(request),
            arguments={"what": slug},
            file=form.cleaned_data["file"],
        )
        return _go_on(job)
    title = f"Import {resource.word}"
    context = page_context(
        request,
        _model_of_page(resource),
        title=title,
        form=form,
        slug=slug,
        columns=resource.columns(),
        required=resource.required,
    )
    return render(request, "console/import/upload.html", context)


@staff_only
@require_safe
def example(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A file to begin with: all columns, one row."""
    columns = _resource(request, slug).columns()
    lines = csv_lines([column.column_name for column in columns], [[column.example for column in columns]])
    return HttpResponse(
        "".join(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}.csv"'},
    )


@staff_only
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    checked = own(request, pk)
    if checked.kind != CHECK or checked.status != JobStatus.DONE or checked.report.get("mistake_count"):
        raise Http404
    slug = checked.arguments["what"]
    if not IMPORTS[slug].may_import(user_of(request), checked.organization):
        raise PermissionDenied
    job = start_job(
        organization=checked.organization,
        kind=APPLY,
        title=f"Import {IMPORTS[slug].word} of {checked.input_name}",
        by=user_of(request),
        arguments={"what": slug},
        follows=checked,
    )
    return _go_on(job)


def _resource(request: HttpRequest, slug: str) -> type[TenantResource]:
    resource = IMPORTS[slug]
    if not resource.may_import(user_of(request)):
        raise PermissionDenied
    return resource


def _model_of_page(resource: type[TenantResource]) -> type[Model]:
    """EVSEs have no list of their own: they are imported from that of stations."""
    model: type[Model] = resource._meta.model
    return model if admin.site.is_registered(model) else ChargingStation


def _go_on(job: Job) -> HttpResponseBase:
    source = job.input or (job.follows.input if job.follows else None)
    if source and source.size <= AT_ONCE_BYTES:
        do_job(job.pk)
    return redirect("console:job", job.pk)
