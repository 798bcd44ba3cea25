"""Starting jobs, doing them, stopping them, and finding those that nobody does any more."""

from jobs.services.care import delete_old_jobs, look_after_jobs
from jobs.services.starting import cancel_job, start_job
from jobs.services.working import do_job

__all__ = ["cancel_job", "delete_old_jobs", "do_job", "look_after_jobs", "start_job"]
