"""Logging: structlog renders every record, also those of libraries, as one line or as one JSON object."""

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Whoever has such an address may put a file in a station's name: firmware/addresses.py.
SECRET_ADDRESS = re.compile(r"(/files/)[A-Za-z0-9_-]{43}")


def without_secret_addresses(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django logs the path of each request that it refuses."""
    event["event"] = SECRET_ADDRESS.sub(r"\1••••", str(event.get("event", "")))
    return event


SHARED_PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secret_addresses,
]


def logging_configuration(*, level: str, as_json: bool) -> dict[str, Any]:
    """Configure logging at once and return the dictionary it was configured with."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.processors.KeyValueRenderer(key_order=["event"])
    )
    configuration: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": SHARED_PROCESSORS,
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "daphne": {"level": "WARNING"},
            "twisted": {"level": "WARNING"},
            "django.server": {"level": "WARNING"},
        },
    }
    logging.config.dictConfig(configuration)
    return configuration
