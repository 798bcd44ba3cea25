"""The project: settings, URLs, ASGI and Celery. It wires the apps; no app imports it."""

from csms.celery import app as celery_app

__all__ = ["celery_app"]
