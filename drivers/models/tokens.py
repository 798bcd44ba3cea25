"""Drivers, their tokens, and the record of what was decided about a token."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.scoping import TenantQuerySet
from drivers.masking import mask
from drivers.states import AuthorizationStatus, TokenType


class Driver(models.Model):
    """A person, or a car pool, that charges."""

    masked_fields: ClassVar[dict[str, Callable[[str], str]]] = {"email": mask, "phone": mask}
    search_words: ClassVar = ("name", "email", "phone")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="drivers")
    name = models.CharField(max_length=100)
    email = models.EmailField("e-mail address", blank=True)
    phone = models.CharField(max_length=30, blank=True)
    is_active = models.BooleanField("active", default=True, help_text="Tokens of an inactive driver are blocked")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            GinIndex(SearchVector("name", "email", "phone", config="simple"), name="words_of_drivers"),
            models.Index(fields=["name"], name="drivers_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TokenGroup(models.Model):
    """Tokens that may stop each other's sessions (OCPP 1.6 parentIdTag, OCPP 2.0.1 C09 groupIdToken)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="token_groups")
    name = models.CharField(max_length=100)
    group_id = models.CharField(max_length=20, help_text="Sent to stations as the group's identifier")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "group_id"], name="unique_group_id")]

    def __str__(self) -> str:
        return self.name


class IdToken(models.Model):
    """What a driver presents to a station. Compared without regard to case (OCPP 1.6 §7.1, 2.0.1 IdTokenType)."""

    masked_fields: ClassVar[dict[str, Callable[[str], str]]] = {"value": mask, "key": mask}
    search_words: ClassVar = ("label",)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tokens")
    value = models.CharField(max_length=255, help_text="As printed or read, for example the UID of an RFID card")
    key = models.CharField(max_length=255, editable=False, help_text="The value as it is compared")
    type = models.CharField(max_length=20, choices=TokenType, default=TokenType.ISO14443)
    label = models.CharField(max_length=100, blank=True, help_text="For example the number printed on the card")
    driver = models.ForeignKey(Driver, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens")
    group = models.ForeignKey(TokenGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens")
    is_blocked = models.BooleanField("blocked", default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["label", "key"]
        verbose_name = "token"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "key", "type"],
                name="unique_token",
                violation_error_message="This organization already has such a token.",
            )
        ]
        indexes = [
            GinIndex(SearchVector("label", config="simple"), name="words_of_tokens"),
            models.Index(fields=["label", "key"], name="tokens_by_label"),
        ]

    def __str__(self) -> str:
        return self.label or mask(self.value)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.value = self.value.strip()
        self.key = token_key(self.value)
        super().save(*args, **kwargs)

    @property
    def masked_value(self) -> str:
        return mask(self.value)

    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


def token_key(value: str) -> str:
    """The form in which two presented values are compared.

    Without control characters: some readers pad what they read with them, and a text column takes no NUL.
    """
    return "".join(filter(str.isprintable, value)).strip().casefold()


class AuthorizationPurpose(models.TextChoices):
    AUTHORIZE = "authorize", "Presented"
    START = "start", "Start"
    STOP = "stop", "Stop"
    REMOTE = "remote", "Remote start"


class AuthorizationRecord(models.Model):
    """One decision about a token, with its reason: why a driver could or could not charge."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="authorizations")
    station = models.ForeignKey("stations.ChargingStation", on_delete=models.CASCADE, related_name="authorizations")
    evse_number = models.PositiveSmallIntegerField(null=True)
    token = models.ForeignKey(IdToken, null=True, on_delete=models.SET_NULL, related_name="authorizations")
    presented = models.CharField(max_length=255, help_text="Masked")
    type = models.CharField(max_length=20, blank=True)
    purpose = models.CharField(max_length=20, choices=AuthorizationPurpose)
    status = models.CharField(max_length=20, choices=AuthorizationStatus)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "authorization"
        indexes = [
            models.Index(fields=["station", "-at"]),
            models.Index(fields=["organization", "-at"]),
            models.Index(fields=["-at", "-id"], name="authorizations_by_time"),
            models.Index(fields=["status", "-at"], name="authorizations_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.presented}: {self.get_status_display()}"
