"""Firmware files: what there is for which stations."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString

from accounts.console.filters import ScopedFilter
from accounts.console.looks import badge
from accounts.console.quantities import EMPTY
from accounts.console.tenants import TenantAdmin, TenantForm, count_of
from firmware.models import Firmware, FirmwareUpdate
from firmware.services import keep_firmware
from firmware.services.files import is_signed_by
from firmware.signatures import NotReadable, certificate_of, signature_of


class FirmwareForm(TenantForm):
    def clean_certificate(self) -> str:
        return self._readable("certificate", certificate_of)

    def clean_signature(self) -> str:
        return self._readable("signature", signature_of)

    def _readable(self, name: str, read: Any) -> str:
        text = str(self.cleaned_data[name]).strip()
        try:
            if text:
                read(text)
        except NotReadable as problem:
            raise ValidationError(str(problem)) from problem
        return text

    def clean_file(self) -> Any:
        file = self.cleaned_data.get("file")
        if file and (file.size or 0) > settings.FIRMWARE_MAX_BYTES:
            raise ValidationError(f"The file has more than {filesizeformat(settings.FIRMWARE_MAX_BYTES)}.")
        return file

    def clean(self) -> dict[str, Any]:
        """What the station would refuse is found here, before anybody drives out to it."""
        cleaned = super().clean()
        file, signature, certificate = (cleaned.get(name) for name in ("file", "signature", "certificate"))
        if file and signature and certificate and not self.errors:
            try:
                if not is_signed_by(file, signature=signature, certificate=certificate):
                    self.add_error("signature", "This is not the signature of this file by this certificate.")
            except NotReadable as problem:
                self.add_error("certificate", str(problem))
        return cleaned


@admin.register(Firmware)
class FirmwareAdmin(TenantAdmin):
    when_empty = "Add a file, or where the manufacturer has it; then update stations on their pages."
    form = FirmwareForm
    list_display = ["name", "version", "kept", "signed", "used", "organization"]
    list_filter = [("organization", ScopedFilter)]
    list_select_related = ["organization"]
    search_fields = ["vendor", "model", "version"]
    fieldsets = [
        (None, {"fields": ["organization", ("vendor", "model", "version")]}),
        ("File", {"fields": ["file", "address", "sha256"]}),
        ("Signature", {"fields": ["certificate", "signature"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(updates_count=count_of(FirmwareUpdate, "firmware"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What stations may have fetched stays what it is: a new file is a new version."""
        fixed = ["organization", "file", "address", "certificate", "signature"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed, "sha256"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            keep_firmware(obj)

    @admin.display(description="For", ordering="vendor")
    def name(self, firmware: Firmware) -> str:
        return f"{firmware.vendor} {firmware.model}".strip() or "Any station"

    @admin.display(description="Kept")
    def kept(self, firmware: Firmware) -> str:
        return f"Here, {filesizeformat(firmware.size or 0)}" if firmware.file else firmware.address or EMPTY

    @admin.display(description="Signature")
    def signed(self, firmware: Firmware) -> SafeString | str:
        return badge("signed", "yes") if firmware.is_signed else EMPTY

    @admin.display(description="Updates")
    def used(self, firmware: Any) -> int:
        return int(firmware.updates_count)
