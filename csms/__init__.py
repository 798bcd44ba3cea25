"""The project: settings, URLs, ASGI and Celery. It wires the apps; no app imports it."""

import gc

# What is imported stays. To search it for garbage again and again is a tenth of every start.
gc.set_threshold(10_000, 20, 50)

from csms.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
