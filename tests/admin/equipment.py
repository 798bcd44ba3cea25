"""Rows of what belongs to a station beside charging: limits, certificates, files, checks. See ``world.py``."""

from typing import Any, Protocol

from django.db.models import Model
from django.utils import timezone

from accounts.models import Organization
from charging.profiles import Kind, Purpose, RateUnit
from drivers.models import IdToken
from firmware.models import (
    FileLocation,
    Firmware,
    FirmwareProgress,
    FirmwareUpdate,
    LogFile,
    LogProgress,
    LogRequest,
)
from firmware.states import FirmwareStatus, LogKind, LogStatus
from onboarding.models import CheckStep, OnboardingCheck
from onboarding.states import StepKind, StepStatus
from smartcharging.models import ChargingProfile, CompositeSchedule
from smartcharging.states import ProfileStatus
from stations.models import (
    CertificateAuthority,
    ChargingStation,
    InstalledCertificate,
    SecurityEvent,
    StationCertificate,
)
from stations.states import CertificateKind, SigningStatus


class Keeper(Protocol):
    """The world, as far as it is needed here."""

    mark: str
    organization: Organization

    def __getitem__(self, model: type[Model]) -> Any: ...

    def keep(self, row: Model) -> Any: ...


def add_limits(world: Keeper) -> None:
    station = world[ChargingStation]
    period = {"start_s": 0, "limit": 16.0, "phases": None}
    world.keep(
        ChargingProfile.objects.create(
            organization=world.organization,
            station=station,
            number=7,
            evse_number=1,
            purpose=Purpose.TX_DEFAULT,
            kind=Kind.RELATIVE,
            unit=RateUnit.AMPERES,
            periods=[period],
            status=ProfileStatus.INSTALLED,
            detail=f"Taken {world.mark}",
        )
    )
    world.keep(
        CompositeSchedule.objects.create(
            station=station,
            evse_number=1,
            unit=RateUnit.AMPERES,
            start_at=timezone.now(),
            duration_s=3600,
            periods=[period],
            told_at=timezone.now(),
        )
    )


def add_security(world: Keeper) -> None:
    station, now = world[ChargingStation], timezone.now()
    world.keep(
        SecurityEvent.objects.create(
            station=station, type=f"T{world.mark}", info=world.mark, is_critical=True, is_alarm=True, at=now
        )
    )
    world.keep(
        CertificateAuthority.objects.create(
            organization=world.organization, certificate=f"PEM {world.mark}", key_encrypted=world.mark, expires_at=now
        )
    )
    world.keep(
        StationCertificate.objects.create(
            station=station, status=SigningStatus.SIGNED, subject=f"CN={world.mark}", expires_at=now
        )
    )
    world.keep(
        InstalledCertificate.objects.create(
            station=station,
            kind=CertificateKind.SYSTEM_ROOT,
            hash_algorithm="SHA256",
            issuer_name_hash="a",
            issuer_key_hash="b",
            serial_number=world.mark,
            reported_at=now,
        )
    )


def add_files(world: Keeper) -> None:
    place = world.keep(
        FileLocation.objects.create(
            organization=world.organization, name=f"Place {world.mark}", address=f"ftp://{world.mark.lower()}.example/"
        )
    )
    log = world.keep(
        LogRequest.objects.create(
            station=world[ChargingStation],
            kind=LogKind.SECURITY,
            location=place,
            location_hash=world.mark,
            upload_until=timezone.now(),
            file_name=f"{world.mark}.log",
        )
    )
    world.keep(
        LogProgress.objects.create(
            station=log.station, request=log, status=LogStatus.UPLOADING, moved=True, at=timezone.now()
        )
    )
    world.keep(LogFile.objects.create(request=log, file="logs/none", name=f"{world.mark}.zip", size=1, sha256="0"))
    firmware = world.keep(
        Firmware.objects.create(
            organization=world.organization,
            model=f"Model {world.mark}",
            version="2.0",
            address=f"https://{world.mark.lower()}.example/2.0.bin",
        )
    )
    update = world.keep(
        FirmwareUpdate.objects.create(
            station=world[ChargingStation],
            firmware=firmware,
            is_signed=False,
            retrieve_at=timezone.now(),
            download_until=timezone.now(),
            location_hash=world.mark,
            version_before=world.mark,
        )
    )
    world.keep(
        FirmwareProgress.objects.create(
            station=update.station, update=update, status=FirmwareStatus.DOWNLOADING, moved=True, at=timezone.now()
        )
    )


def add_check(world: Keeper) -> None:
    check = world.keep(
        OnboardingCheck.objects.create(
            station=world[ChargingStation],
            evse_number=1,
            token=world[IdToken],
            vendor=f"Vendor {world.mark}",
            firmware_version=world.mark,
        )
    )
    world.keep(
        CheckStep.objects.create(
            onboarding_check=check,
            position=1,
            kind=StepKind.BOOT,
            status=StepStatus.FAILED,
            detail=f"Did not reset {world.mark}",
            evidence={"model": world.mark},
        )
    )
