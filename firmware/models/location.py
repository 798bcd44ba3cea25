"""File servers of an operator, for stations that do not speak HTTP or must not reach this server."""

from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.db import models

from accounts.encryption import decrypt, encrypt
from accounts.models import Organization
from accounts.scoping import TenantQuerySet

SCHEMES = ("ftp", "ftps", "sftp", "http", "https")
PURPOSE = "file location"


def check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValidationError(f"Write the whole address; it begins with {', '.join(f'{it}://' for it in SCHEMES)}.")
    if parts.username or parts.password:
        raise ValidationError("User name and password have fields of their own.")


class FileLocation(models.Model):
    """Where stations put their logs, instead of with us."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="file_locations")
    name = models.CharField(max_length=60)
    address = models.CharField(
        max_length=300,
        validators=[check_address],
        help_text="As a charger reaches it, for example ftp://files.example/logs/",
    )
    username = models.CharField("user name", max_length=100, blank=True)
    password_encrypted = models.TextField(blank=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="unique_file_location_name")]

    def __str__(self) -> str:
        return self.name

    def set_password(self, password: str) -> None:
        self.password_encrypted = encrypt(password, purpose=PURPOSE) if password else ""

    @property
    def full_address(self) -> str:
        """With the password: for the station only."""
        parts = urlsplit(self.address)
        if not self.username:
            return self.address
        who = quote(self.username, safe="")
        if self.password_encrypted:
            who += ":" + quote(decrypt(self.password_encrypted, purpose=PURPOSE), safe="")
        return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))
