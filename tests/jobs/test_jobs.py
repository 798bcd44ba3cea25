"""Long work as a row: done once, told while it runs, stopped when asked, never "running" for ever."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import jobs.run
from accounts.models import AuditEvent, Organization, User
from accounts.roles import Role
from jobs.errors import JobFailed
from jobs.kinds import KINDS, job_kind
from jobs.locks import LOCK_SPACE
from jobs.models import Job
from jobs.run import Run
from jobs.services import cancel_job, delete_old_jobs, do_job, look_after_jobs, start_job
from jobs.states import JobStatus
from tests import cast

Start = Callable[..., Job]


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.run, "EACH_S", 0)


@pytest.fixture
def start(harbour_energy: Organization, olga: User) -> Iterator[Start]:
    """Starts a job whose work is the given function."""

    def begin(work: Callable[[Run], str], file: "ContentFile[bytes] | None" = None) -> Job:
        job_kind("trial", "Trial")(work)
        return start_job(organization=harbour_energy, kind="trial", title="A trial", by=olga, file=file)

    yield begin
    KINDS.pop("trial", None)


def logged_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def test_a_job_is_done_once_and_tells_how_far_it_is(start: Start, olga: User) -> None:
    seen: list[tuple[int, int]] = []

    def work(run: Run) -> str:
        run.begin(3)
        run.log("Here we go")
        for _ in range(3):
            run.advance()
            seen.append(Job.objects.values_list("done", "total").get(pk=run.job.pk))
        run.job.report = {"found": 3}
        run.keep_result("found.txt", ContentFile(b"three"))
        return "3 things are done."

    job = start(work)
    do_job(job.pk)
    do_job(job.pk)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    job.refresh_from_db()
    assert (job.status, job.detail, job.report) == (JobStatus.DONE, "3 things are done.", {"found": 3})
    assert [line["text"] for line in job.log] == ["Here we go"]
    answer = logged_in(olga).get(reverse("console:job_result", args=[job.pk]))
    assert b"".join(answer.streaming_content) == b"three"  # type: ignore[attr-defined]
    assert 'filename="found.txt"' in answer["Content-Disposition"]
    assert AuditEvent.objects.get(action="job started").actor == olga


def test_what_waits_is_cancelled_at_once(start: Start, olga: User) -> None:
    job = start(lambda run: pytest.fail("It was cancelled."))
    url = reverse("console:job_cancel", args=[job.pk])
    client = logged_in(olga)
    assert client.get(url).status_code == 405
    assert "Cancelled before it began." in client.post(url).content.decode()
    client.post(url)
    do_job(job.pk)
    job.refresh_from_db()
    assert (job.status, AuditEvent.objects.filter(action="job cancelled").count()) == (JobStatus.CANCELLED, 1)


def test_what_runs_is_cancelled_at_its_next_step(start: Start, olga: User) -> None:
    def work(run: Run) -> str:
        run.begin(2)
        run.advance()
        assert cancel_job(job=run.job, by=olga)
        run.advance()
        return "It went on."

    job = start(work)
    do_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done) == (JobStatus.CANCELLED, 2)
    assert not cancel_job(job=job, by=olga)


def test_a_job_that_fails_says_why(start: Start) -> None:
    def refuses(run: Run) -> str:
        raise JobFailed("The file is empty.")

    def breaks(run: Run) -> str:
        raise ZeroDivisionError

    first = start(refuses)
    do_job(first.pk)
    second = start(breaks)
    with pytest.raises(ZeroDivisionError):
        do_job(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.detail) == (JobStatus.FAILED, "The file is empty.")
    assert (second.status, "unexpected" in second.detail) == (JobStatus.FAILED, True)


def test_a_job_whose_worker_died_is_found(start: Start) -> None:
    """The lock of the worker's connection tells: it is gone when the worker is, and not before."""
    job = start(lambda run: "")
    Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING)
    worker = connection.copy()
    with worker.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, job.pk])
    assert look_after_jobs() == 0
    do_job(job.pk)
    worker.close()
    # PostgreSQL lets go of a lock when it notices that the connection is closed: at once, but by itself.
    wait_for_lock(job.pk)
    assert look_after_jobs() == 1
    job.refresh_from_db()
    assert (job.status, "worker" in job.detail) == (JobStatus.FAILED, True)


def wait_for_lock(job_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, job_id])
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job_id])


def test_two_workers_do_not_do_the_same_job(start: Start) -> None:
    done: list[int] = []

    def work(run: Run) -> str:
        done.append(run.job.pk)
        return "Done."

    job = start(work)

    def worker() -> None:
        do_job(job.pk)
        connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert done == [job.pk]


def test_old_jobs_go_with_their_files(start: Start) -> None:
    job = start(lambda run: "Done.", ContentFile(b"uploaded", name="upload.csv"))
    old = timezone.now() - timedelta(days=31)
    Job.objects.filter(pk=job.pk).update(requested_at=old)
    assert delete_old_jobs() == 0, "It waits still."
    do_job(job.pk)
    assert delete_old_jobs() == 1
    assert not job.input.storage.exists(str(job.input.name))
    assert not Job.objects.exists()


def test_a_colleague_sees_the_job_but_not_its_file(start: Start, harbour_energy: Organization) -> None:
    def work(run: Run) -> str:
        run.keep_result("found.txt", ContentFile(b"three"))
        return "Done."

    job = start(work)
    do_job(job.pk)
    support = logged_in(cast.create_staff(harbour_energy, "support@harbour.example", Role.SUPPORT))
    owner = logged_in(cast.create_staff(harbour_energy, "owner@harbour.example", Role.OWNER))
    neighbour = cast.create_staff(cast.create_organization("Charlie's"), "charlie@charlie.example", Role.OWNER)
    result = reverse("console:job_result", args=[job.pk])
    assert support.get(reverse("console:job", args=[job.pk])).status_code == 200
    assert support.get(result).status_code == 403
    assert support.post(reverse("console:job_cancel", args=[job.pk])).status_code == 403
    answer = owner.get(result)
    assert b"".join(answer.streaming_content) == b"three"  # type: ignore[attr-defined]
    assert logged_in(neighbour).get(result).status_code == 404
