"""Which stations a command for many is meant for: selected rows, or all that match a filter of the station list."""

import re
from collections import Counter
from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict

from accounts.console.tenants import permitted, user_of
from accounts.models import Organization
from charging.models import Session
from csms.console.station import COMMAND
from stations.models import ChargingStation, Command, CommandBatch
from stations.outcomes import RETRIED, latest_of
from stations.services import versions_of
from stations.states import OcppVersion

SESSIONS_NAMED = 5
NUMBER = re.compile(r"[0-9]{1,18}")


class Selection:
    """What the address says, then one organization.

    ``stations=1,2``; ``failed=7``: those that did not do what batch 7 asked; ``filter=`` with the query of the list.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.query = request.GET.urlencode()
        found = _matching(request)
        self.organizations = list(Organization.objects.filter(pk__in=found.order_by().values("organization")))
        wanted = request.GET.get("organization", "")
        if wanted and len(self.organizations) > 1:
            self.organizations = [each for each in self.organizations if str(each.pk) == wanted]
        self.organization = self.organizations[0] if len(self.organizations) == 1 else None
        self.stations: QuerySet[ChargingStation] = found.filter(organization__in=self.organizations)

    @property
    def by_version(self) -> Counter[str]:
        return versions_of(self.stations)

    def summary(self) -> dict[str, Any]:
        """For the head of each page: how many, which versions, how many away, who is charging."""
        versions = self.by_version
        labels = [(OcppVersion(version).label, count) for version, count in sorted(versions.items()) if version]
        sessions = Session.objects.ongoing().filter(station__in=self.stations.values("pk"))
        return {
            "selection": self,
            "count": versions.total(),
            "versions": labels + ([("never connected", versions[""])] if versions[""] else []),
            "offline": self.stations.offline().count(),  # type: ignore[attr-defined]
            "sessions_running": sessions.count(),
            "running": sessions.select_related("station", "driver", "token")[:SESSIONS_NAMED],
        }


def _matching(request: HttpRequest) -> QuerySet[ChargingStation]:
    """Only stations the user may send commands to."""
    own = permitted(user_of(request), ChargingStation.objects.visible_to(user_of(request)), COMMAND)
    if "stations" in request.GET:
        numbers = request.GET["stations"].split(",")
        return own.filter(
            pk__in=[int(each) for each in numbers if each.isascii() and each.isdecimal() and len(each) < 19]
        )
    if "failed" in request.GET:
        return own.filter(pk__in=_failed(request).values("station"))
    listed = copy(request)
    listed.GET = QueryDict(request.GET.get("filter", ""))
    try:
        changelist = admin.site._registry[ChargingStation].get_changelist_instance(listed)
    except IncorrectLookupParameters as error:
        raise Http404("The list of stations has no such filter.") from error
    return own.filter(pk__in=changelist.queryset.order_by().values("pk"))


def _failed(request: HttpRequest) -> QuerySet[Command]:
    number = request.GET["failed"]
    batches = CommandBatch.objects.visible_to(user_of(request))
    batch = batches.filter(pk=number).first() if NUMBER.fullmatch(number) else None
    return latest_of(batch).filter(RETRIED) if batch else Command.objects.none()
