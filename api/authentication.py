"""``Authorization: Bearer csms_…`` (our keys) or ``Bearer <access token>`` (OAuth2)."""

import hashlib

from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from api.models import OAuthClient
from api.principals import Program
from api.services import find_key, note_use
from api.services.keys import MARK


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Program, str] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        program = _program_with_key(token) if token.startswith(f"{MARK}_") else _program_with_access_token(token)
        if program is None:
            raise AuthenticationFailed("This key or access token is unknown, expired or revoked.")
        return program, program.caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class StaffSession(SessionAuthentication):
    """Staff who are logged in to the console, for the interactive docs. Needs the CSRF token on writes."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        return found if found and found[0].is_staff else None


def _program_with_key(presented: str) -> Program | None:
    key = find_key(presented)
    if key is None:
        return None
    note_use(key)
    return Program(
        caller=f"key:{key.pk}",
        name=f"API key {key}",
        organization=key.organization,
        scopes=tuple(key.scopes),
        person=key.created_by,
    )


def _program_with_access_token(presented: str) -> Program | None:
    checksum = hashlib.sha256(presented.encode()).hexdigest()
    tokens = get_access_token_model().objects.select_related("application__organization", "application__user")
    token = tokens.filter(token_checksum=checksum, expires__gt=timezone.now(), application__isnull=False).first()
    if token is None:
        return None
    client: OAuthClient = token.application
    # A scope taken from the client is gone at once, not when its tokens expire.
    scopes = tuple(scope for scope in token.scope.split() if scope in client.scopes)
    return Program(
        caller=f"client:{client.pk}",
        name=f"OAuth2 client {client}",
        organization=client.organization,
        scopes=scopes,
        person=client.user,
    )
