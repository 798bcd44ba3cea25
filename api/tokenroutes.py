"""The two OAuth2 routes in the OpenAPI document: they are no views of REST framework, so nothing finds them."""

from typing import Any

from api.refusals import CONTENT_TYPE
from api.scopes import Scope

TAG = "oauth"
PROBLEM = {"$ref": "#/components/schemas/OAuthProblem"}
REFUSALS = {
    "400": "The request is not valid, or asks for a scope that the client does not have.",
    "401": "Client id or secret is wrong.",
    "429": "Too many requests from this address this minute; see `Retry-After`.",
}
CLIENT = {
    "client_id": {"type": "string", "description": "Unless it is the user name of HTTP Basic."},
    "client_secret": {"type": "string", "format": "password", "description": "Unless it is that of HTTP Basic."},
}


def with_token_routes(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Named in settings.SPECTACULAR_SETTINGS."""
    schemas = result["components"]["schemas"]
    schemas["OAuthProblem"] = {
        "description": "A problem (RFC 9457) that also speaks OAuth2 (RFC 6749 §5.2).",
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
            },
        ],
    }
    schemas["AccessToken"] = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"type": "string", "enum": ["Bearer"]},
            "expires_in": {"type": "integer", "description": "Seconds"},
            "scope": {"type": "string", "description": "Separated by spaces"},
        },
    }
    result["components"]["securitySchemes"]["client"] = {
        "type": "http",
        "scheme": "basic",
        "description": "Id and secret of an OAuth2 client.",
    }
    result["paths"]["/api/v1/oauth/token/"] = {"post": _token()}
    result["paths"]["/api/v1/oauth/revoke/"] = {"post": _revocation()}
    return result


def _token() -> dict[str, Any]:
    token = {
        "access_token": "Vn2pYc0vR5mS8qWk1tZ7xE3uB6dH9f",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "network:read",
    }
    form = {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {
            "type": "string",
            "description": f"Some of: {', '.join(Scope.values)}. Left out: all of the client's.",
        },
        **CLIENT,
    }
    given = {
        "description": "An access token.",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/AccessToken"},
                "examples": {"AccessToken": {"value": token}},
            }
        },
    }
    return _operation("oauth_token", "Get an access token", form, ["grant_type"], given)


def _revocation() -> dict[str, Any]:
    form = {"token": {"type": "string"}, **CLIENT}
    done = {"description": "The token is not valid any more, if it was one of this client."}
    return _operation("oauth_revoke", "Give an access token back", form, ["token"], done)


def _operation(
    name: str, summary: str, form: dict[str, Any], required: list[str], success: dict[str, Any]
) -> dict[str, Any]:
    body = {"type": "object", "properties": form, "required": required}
    refusals = {
        status: {"description": text, "content": {CONTENT_TYPE: {"schema": PROBLEM}}}
        for status, text in REFUSALS.items()
    }
    return {
        "operationId": name,
        "summary": summary,
        "description": "OAuth2 client credentials (RFC 6749 §4.4, RFC 7009). Clients are made in the console.",
        "tags": [TAG],
        "security": [{"client": []}, {}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": body}}},
        "responses": {"200": success, **refusals},
    }
