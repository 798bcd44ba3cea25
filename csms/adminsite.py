"""The admin site of the console: Unfold's, without what its pages do not show."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Only when somebody looks: every page is given it, with four permissions of each model, and none shows it."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
