"""The OpenAPI document: a summary for each operation, and every refusal it may answer with."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from api.permissions import needed
from api.refusals import CONTENT_TYPE
from api.scopes import Scope, scope_for
from api.serializers.problem import ProblemSerializer

ViewT = TypeVar("ViewT", bound=type)

REFUSALS = {
    "400": "The request is not valid; `errors` names each field.",
    "401": "No key or access token, or none that is valid.",
    "403": "Neither scope nor role allows this.",
    "404": "There is no such thing, or it is another organization's.",
    "406": "The answer is JSON; the request accepts something else.",
    "409": "It cannot be done in the present state, or the first request with this Idempotency-Key is under way.",
    "412": "It has changed since it was read.",
    "413": "The body is too large.",
    "415": "The body must be application/json.",
    "422": "Understood, but not to be done: a command that breaks the schema, or a reused Idempotency-Key.",
    "429": "Too many requests this minute; see `Retry-After`.",
}
ALWAYS = ("401", "403", "406", "429")
BY_METHOD = {
    "GET": ("400", "404"),
    "POST": ("400", "404", "409", "413", "415", "422"),
    "PATCH": ("400", "404", "409", "412", "413", "415"),
}
FIELDS = OpenApiParameter("fields", str, description="Names separated by commas: the others are left away.")
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An entity tag: 304 without a body if nothing changed."
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The entity tag that was read: 412 if it has changed since."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Any text of your own; a request sent again under it acts once and is answered the same.",
)


class DocumentedSchema(AutoSchema):
    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_override_parameters(self) -> list[Any]:
        if self.method == "GET":
            sparse = [FIELDS] if getattr(self.view, "has_fields", True) else []
            return [*sparse, IF_NONE_MATCH]
        return {"POST": [IDEMPOTENCY_KEY], "PATCH": [IF_MATCH]}.get(self.method, [])

    def get_description(self) -> str:  # type: ignore[override]
        scope = scope_for(needed(self.view, self.method))
        told = super().get_description()
        return f"{told}\n\nNeeds the scope `{scope}`." if scope else told

    def get_filter_backends(self) -> list[Any]:
        """Also those of nested lists."""
        if self.method == "GET" and self._is_list_view():
            return list(getattr(self.view, "filter_backends", ()))
        return super().get_filter_backends()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self.method == "GET":
            bodies["304"] = {"description": "Nothing changed since the entity tag of `If-None-Match`."}
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status in (*ALWAYS, *BY_METHOD.get(self.method, ())):
            bodies.setdefault(status, {"description": REFUSALS[status], "content": {CONTENT_TYPE: {"schema": problem}}})
        return dict(sorted(bodies.items()))


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.BearerAuthentication"
    name = ["key", "oauth2"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        scopes = {str(value): str(label) for value, label in Scope.choices}
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer csms_…`."},
            {
                "type": "oauth2",
                "description": "An access token of the client credentials grant.",
                "flows": {"clientCredentials": {"tokenUrl": "/api/v1/oauth/token/", "scopes": scopes}},
            },
        ]


class StaffScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.StaffSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Staff who are logged in to the console.",
        }


def described(plural: str, one: str) -> Callable[[ViewT], ViewT]:
    """A summary for each of the usual operations."""
    said = {
        "list": f"List {plural}",
        "retrieve": f"Read {one}",
        "create": f"Add {one}",
        "partial_update": f"Change {one}",
    }

    def describe(view: ViewT) -> ViewT:
        here = {name: extend_schema(summary=text) for name, text in said.items() if hasattr(view, name)}
        return extend_schema_view(**here)(view)

    return describe
