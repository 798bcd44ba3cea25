"""Addresses below /api/ that nothing answers: refused in the API's own words."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Nowhere(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is no such address; /api/v1/openapi.json lists all.")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response()
