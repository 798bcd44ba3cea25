"""Which admin site is the default one, and when its pages are found."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core.checks import CheckMessage, Tags, register


class ConsoleAdminConfig(SimpleAdminConfig):
    """Pages are found by csms/urls.py: gateways and workers have none, and start sooner without."""

    default_site = "csms.adminsite.ConsoleSite"

    def ready(self) -> None:
        register(check_dependencies, Tags.admin)
        register(check_pages, Tags.admin)


def check_pages(**options: Any) -> list[CheckMessage]:
    """Django's own check, which would otherwise find no page when it comes before that of the URLs."""
    admin.autodiscover()
    return check_admin_app(**options)
