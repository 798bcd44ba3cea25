"""Who may call the API, and what is remembered of their calls."""

from api.models.answers import KeptAnswer
from api.models.clients import ApiKey, OAuthClient

__all__ = ["ApiKey", "KeptAnswer", "OAuthClient"]
