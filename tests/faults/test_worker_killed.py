"""``kill -9`` of a Celery worker in the middle of its work: done again, not lost, and nothing done by halves."""

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.db import connection, transaction

from accounts.models import Organization, User
from api.models import DeliveryStatus, Event, EventType, WebhookDelivery, WebhookEndpoint
from csms.embedded.children import signal_group
from drivers.models import IdToken
from jobs.imports.applying import APPLY, CHECK
from jobs.models import Job
from jobs.services import do_job, look_after_jobs, start_job
from jobs.states import JobStatus
from live.events import record_event
from stations.models import Site
from tests.api.receiving import Receiver, listening
from tests.faults.patience import wait_for
from tests.harness import ROOT, environment

ROWS = 300
CELERY = "celery --app csms --quiet worker --concurrency 2 --without-gossip --without-mingle --without-heartbeat"


class Worker:
    """Takes work from a queue of its own, so that it hears nothing of other tests."""

    def __init__(self, queue: str, media: Path) -> None:
        self.queue = queue
        self.process = subprocess.Popen(
            [sys.executable, "-m", *CELERY.split(), "--queues", queue],
            cwd=ROOT,
            # Under which name tasks are queued was settled when this process read its settings.
            env=environment(REDIS_NAMESPACE="csms", MEDIA_ROOT=str(media), WEBHOOK_PRIVATE_ADDRESSES="true"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def send(self, task: str, *arguments: Any) -> None:
        current_app.send_task(task, arguments, queue=self.queue)

    def kill(self) -> None:
        signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start_worker(harbour: Site, tmp_path: Path, settings: Any) -> Iterator[Callable[[], Worker]]:
    settings.MEDIA_ROOT = str(tmp_path)
    queue, workers = f"faults-{uuid.uuid4()}", list[Worker]()

    def start() -> Worker:
        workers.append(Worker(queue, tmp_path))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


def test_a_delivery_is_tried_again_and_an_import_is_whole_or_not_at_all(
    start_worker: Callable[[], Worker], harbour_energy: Organization, olga: User
) -> None:
    worker = start_worker()
    with listening() as receiver:
        receiver.answers = _hang
        _happens(harbour_energy, receiver)
        job = _import_of(harbour_energy, olga)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE drivers_idtoken IN SHARE MODE")
            worker.send("api.tasks.deliver_webhooks")
            worker.send("jobs.tasks.do_job", job.pk)
            wait_for(lambda: len(receiver.heard) == 1)
            wait_for(_an_import_waits_for_the_lock)
            worker.kill()
        wait_for(lambda: look_after_jobs() == 1)
        job.refresh_from_db()
        assert (job.status, job.detail.endswith("Start it again.")) == (JobStatus.FAILED, True)
        assert IdToken.objects.count() == 0

        receiver.answers = None
        # What two minutes do: the lease of the worker that died ends.
        WebhookDelivery.objects.update(next_at=job.requested_at)
        WebhookEndpoint.objects.update(rests_until=None)
        worker, again = start_worker(), _import_of(harbour_energy, olga)
        worker.send("api.tasks.deliver_webhooks")
        for _ in range(2):
            worker.send("jobs.tasks.do_job", again.pk)
        wait_for(lambda: Job.objects.filter(pk=again.pk, status=JobStatus.DONE).exists())
        wait_for(lambda: WebhookDelivery.objects.get().status == DeliveryStatus.DELIVERED)
        assert IdToken.objects.count() == ROWS
        told = f"evt_{Event.objects.get(type=EventType.STATION_CONNECTED).public_id}"
        assert [headers["webhook-id"] for headers, _ in receiver.heard] == [told] * 2, "by which a repeat is known"


def _hang(request: BaseHTTPRequestHandler, is_over: threading.Event) -> None:
    is_over.wait(60)


def _happens(organization: Organization, receiver: Receiver) -> None:
    WebhookEndpoint.objects.create(organization=organization, url=receiver.url, events=[EventType.STATION_CONNECTED])
    with transaction.atomic():
        record_event("station.connected", organization_id=organization.pk, station_id=None, subject_id=uuid.uuid4())


def _import_of(organization: Organization, by: User) -> Job:
    """Checked, confirmed and queued."""
    rows = "".join(f"{number:014X}\n" for number in range(1, ROWS + 1))
    file = ContentFile(f"value\n{rows}".encode(), name="tokens.csv")
    what = {"what": "tokens"}
    check = start_job(organization=organization, kind=CHECK, title="Check", by=by, arguments=what, file=file)
    do_job(check.pk)
    return start_job(organization=organization, kind=APPLY, title="Import", by=by, arguments=what, follows=check)


def _an_import_waits_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'drivers_idtoken'::regclass")
        return cursor.fetchone() is not None
