"""Addresses on this server by which one station sends or fetches one file: nobody can guess them, and they end."""

import hashlib
import secrets as random

from django.conf import settings

# What token_urlsafe makes of 32 bytes; docker/nginx.conf and stations/secret_variables.py know the form too.
SECRET = "[A-Za-z0-9_-]{43}"  # noqa: S105 - a form, no secret

# LogParametersType and FirmwareType of the security extension and of 2.0.1; 2.1 takes 2000.
LONGEST_ADDRESS = 512


def new_secret() -> str:
    return random.token_urlsafe(32)


def hash_of(text: str) -> str:
    """Enough for what is long and random: looked up by it."""
    return hashlib.sha256(text.encode()).hexdigest()


def address_of(secret: str, file_name: str = "") -> str:
    """Ends with a slash for a directory: stations append the name of their file."""
    return f"{public_url()}/files/{secret}/{file_name}"


def public_url() -> str:
    """How stations reach the web process: the setting, or the first host name of the console."""
    if settings.FILES_PUBLIC_URL:
        return str(settings.FILES_PUBLIC_URL).rstrip("/")
    names = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return f"https://{names[0] if names else 'localhost'}"
