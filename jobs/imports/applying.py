"""The two jobs of an import: look at everything and write nothing; then write everything or nothing."""

from typing import Any

import tablib
from django.core.files.base import ContentFile
from django.db import transaction

from accounts import audit
from accounts.lines import csv_lines
from accounts.models import User
from jobs.errors import JobFailed
from jobs.imports.reading import Table, read_table
from jobs.imports.registry import IMPORTS
from jobs.imports.resource import TenantResource
from jobs.kinds import job_kind
from jobs.models import Job
from jobs.run import Run

CHECK, APPLY = "import-check", "import"
MISTAKES_KEPT = 500
AUDITED_CHANGES = 100


@job_kind(CHECK, "Import: check", template="console/import/check.html")
def check(run: Run) -> str:
    """Everything is done as the import would do it, and taken back."""
    table = _table(run.job)
    resource = _resource(run, table)
    counts = _import(resource, table, dry_run=True)
    run.job.report = _report(resource, counts)
    if resource.mistakes:
        lines = csv_lines(("line", "column", "cause"), resource.mistakes)
        run.keep_result("mistakes.csv", ContentFile("".join(lines).encode()))
        return f"{counts['invalid']} of {len(table.rows)} rows cannot be imported. Nothing was changed."
    return f"All {len(table.rows)} rows can be imported. Nothing is changed until you confirm."


@job_kind(APPLY, "Import", template="console/import/done.html")
def apply(run: Run) -> str:
    """All rows or none. What changed since the check is found here."""
    checked = run.job.follows
    if checked is None or not checked.input:
        raise JobFailed("The file of this import is gone. Upload it again.")
    table = _table(checked)
    resource = _resource(run, table)
    with transaction.atomic():
        counts = _import(resource, table, dry_run=False)
        if resource.mistakes:
            first = resource.mistakes[0]
            raise JobFailed(
                f"Since the check something changed: line {first.line}, {first.column}: {first.cause} "
                "Nothing was imported. Upload the file again."
            )
        audit.record(
            actor=run.job.requested_by,
            action="rows imported",
            target=run.job,
            what=resource.word,
            file=checked.input_name,
            **counts,
            changes=dict(list(resource.changes.items())[:AUDITED_CHANGES]),
        )
    run.job.report = _report(resource, counts)
    checked.input.delete(save=True)
    return f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} as they were."


def _table(job: Job) -> Table:
    with job.input.open("rb") as stored:
        return read_table(job.input_name, stored.read())


def _resource(run: Run, table: Table) -> TenantResource:
    kind = IMPORTS[run.job.arguments["what"]]
    by = run.job.requested_by
    if not isinstance(by, User) or not by.is_active or not kind.may_import(by, run.job.organization):
        raise JobFailed("Whoever started this may not import such rows any more.")
    known = [column.column_name for column in kind.columns()]
    if unknown := [header for header in table.headers if header not in known]:
        raise JobFailed(f"Unknown column: {', '.join(unknown)[:200]}. Known are: {', '.join(known)}.")
    if missing := [name for name in kind.required if name not in table.headers]:
        raise JobFailed(f"The column {', '.join(missing)} is missing. The first line must name it.")
    run.begin(len(table.rows))
    run.log(f"{len(table.rows)} rows, columns: {', '.join(table.headers)}")
    return kind(run.job.organization, run, table.lines)


def _import(resource: TenantResource, table: Table, *, dry_run: bool) -> dict[str, int]:
    dataset = tablib.Dataset(headers=table.headers)
    dataset.extend(table.rows)
    result = resource.import_data(dataset, dry_run=dry_run, use_transactions=True, rollback_on_validation_errors=True)
    for error in result.base_errors:
        raise error.error
    totals = result.totals
    return {
        "new": totals["new"],
        "changed": totals["update"],
        "unchanged": totals["skip"],
        "invalid": totals["invalid"],
    }


def _report(resource: TenantResource, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "what": resource.slug,
        "word": resource.word,
        "counts": counts,
        "mistakes": [mistake._asdict() for mistake in resource.mistakes[:MISTAKES_KEPT]],
        "mistake_count": len(resource.mistakes),
        "changes": resource.changes,
        "added": resource.added,
    }
