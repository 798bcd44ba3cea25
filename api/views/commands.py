"""Commands: to a station, and what became of them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.commanding import ask
from api.filters import CommandFilter
from api.permissions import require
from api.principals import person_of, principal_of
from api.refusals import Conflict
from api.schema import described
from api.serializers.commands import CommandRequestSerializer, CommandSerializer
from api.views.base import ReadViews, TenantViews
from api.waiting import wait_asked_for, wait_for
from stations.models import ChargingStation, Command
from stations.services import cancel_command

SEND = "stations.command_chargingstation"
COMMANDS = Command.objects.select_related("station__organization", "requested_by")
PREFER = OpenApiParameter(
    "Prefer",
    {"type": "string", "pattern": "^wait=[0-9]{1,2}$"},
    OpenApiParameter.HEADER,
    description="`wait=30`: answer when the command is through, after at most so many seconds (RFC 7240).",
)


@described("commands", "a command")
class CommandViews(ReadViews):
    queryset = COMMANDS
    serializer_class = CommandSerializer
    filterset_class = CommandFilter
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"
    ordering_fields = ("id", "requested_at")
    default_ordering = ("-id",)
    permissions = {"cancel": SEND}

    @extend_schema(summary="Cancel a command", request=None, responses={200: CommandSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: str) -> Response:
        """Only what was not sent yet; 409 afterwards."""
        command = self.get_object()
        person = person_of(principal_of(request))
        if person is None or not cancel_command(command, by=person):
            raise Conflict("It was sent already, or has ended.")
        self.audit("command cancelled by API", command)
        return Response(self.whole(self.get_object()))


class StationCommands(TenantViews):
    """Mixed into the views of stations: their commands."""

    permissions = {"commands": "stations.view_command", "send_command": SEND}

    @extend_schema(summary="List the commands of a station", responses=CommandSerializer(many=True))
    @action(
        detail=True,
        queryset=COMMANDS,
        serializer_class=CommandSerializer,
        filterset_class=CommandFilter,
        ordering_fields=("id", "requested_at"),
        default_ordering=("-id",),
    )
    def commands(self, request: Request, identity: str) -> Response:
        station = self._station()
        page = self.paginate_queryset(self.filter_queryset(COMMANDS.filter(station=station)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Send a command to a station",
        request=CommandRequestSerializer,
        parameters=[PREFER],
        responses={
            200: OpenApiResponse(CommandSerializer, "With `Prefer: wait`: the command is through."),
            202: OpenApiResponse(CommandSerializer, "Queued; `Location` says where its outcome will be."),
        },
    )
    @commands.mapping.post
    def send_command(self, request: Request, identity: str) -> Response:
        """A neutral command, the same for all OCPP versions, or any raw call of the station's version.

        What the official schema forbids is refused with 422, which names the path, and is not queued. That a station
        accepted a command does not mean that it has happened: wait for the event.
        """
        station = self._station()
        asked = CommandRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        command = ask(station, asked.validated_data, principal_of(request))
        headers = {"Location": reverse("api:command-detail", [command.public_id], request=request)}
        wait_s = wait_asked_for(request)
        if wait_s and wait_for(command, wait_s):
            headers["Preference-Applied"] = f"wait={wait_s}"
        told: Any = CommandSerializer(COMMANDS.get(pk=command.pk)).data
        code = status.HTTP_202_ACCEPTED if command.is_open else status.HTTP_200_OK
        return Response(told, status=code, headers=headers)

    def _station(self) -> ChargingStation:
        station: ChargingStation = self.find(ChargingStation.objects.select_related("organization"))
        require(self.request, self.permissions[self.action or "commands"], station)
        return station
