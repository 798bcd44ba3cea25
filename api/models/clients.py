"""Programs that may call the API: with a key of ours, or by OAuth2 client credentials."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from oauth2_provider.models import AbstractApplication

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from api.scopes import Scope


def scopes_field() -> ArrayField:  # type: ignore[type-arg]
    return ArrayField(models.CharField(max_length=30, choices=Scope), help_text="What it may do in its organization")


class ApiKey(models.Model):
    """A program's key to one organization. Of the key itself only a prefix and a salted hash are kept."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="What it is for, for example the name of the program")
    prefix = models.CharField(
        max_length=12, unique=True, editable=False, help_text="The key's beginning, to tell keys apart"
    )
    secret_hash = models.CharField(max_length=200, editable=False)
    scopes = scopes_field()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="api_keys"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Refused from then on. Empty: never")
    last_used_at = models.DateTimeField(null=True, editable=False, help_text="To the minute")
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class OAuthClient(AbstractApplication):
    """A program that gets short-lived tokens by the client credentials grant (RFC 6749 §4.4)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="oauth_clients")
    scopes = scopes_field()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = "OAuth2 client"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS),
                name="clients_act_for_themselves",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.client_id[:8]}…)"

    def natural_key(self) -> tuple[str]:
        return (self.client_id,)
