"""Which commands the station page offers, in this order."""

from csms.console.commandforms import (
    AvailabilityForm,
    ClearCacheForm,
    CommandForm,
    RemoteStartForm,
    RemoteStopForm,
    ResetForm,
    TriggerForm,
    UnlockForm,
)
from csms.console.configurationforms import BaseReportForm, DataTransferForm, GetVariablesForm, SetVariablesForm
from csms.console.firmwareforms import UpdateFirmwareForm
from csms.console.limitforms import ClearProfileForm, ClearPurposeForm, ProfilesForm, ScheduleForm, SetProfileForm
from csms.console.locallists import ListVersionForm, SendListForm
from csms.console.logforms import GetLogForm
from csms.console.onboarding import CheckForm
from csms.console.rawforms import RawCallForm
from csms.console.reservationforms import CancelReservationForm, ReserveForm
from csms.console.securityforms import (
    ChangePasswordForm,
    GetCertificatesForm,
    InstallCertificateForm,
    RaiseProfileForm,
    RenewCertificateForm,
)

FORMS: dict[str, type[CommandForm]] = {
    form.slug: form
    for form in (
        RemoteStartForm,
        RemoteStopForm,
        ReserveForm,
        CancelReservationForm,
        ResetForm,
        UnlockForm,
        AvailabilityForm,
        TriggerForm,
        GetVariablesForm,
        SetVariablesForm,
        BaseReportForm,
        ClearCacheForm,
        SetProfileForm,
        ClearProfileForm,
        ProfilesForm,
        ScheduleForm,
        SendListForm,
        ListVersionForm,
        DataTransferForm,
        GetLogForm,
        UpdateFirmwareForm,
        ChangePasswordForm,
        RaiseProfileForm,
        RenewCertificateForm,
        GetCertificatesForm,
        InstallCertificateForm,
        CheckForm,
        RawCallForm,
    )
}

# What can be asked of many stations at once: nothing that names an EVSE, a session or a token.
FOR_MANY: dict[str, type[CommandForm]] = {
    form.slug: form
    for form in (
        ResetForm,
        AvailabilityForm,
        TriggerForm,
        GetVariablesForm,
        SetVariablesForm,
        BaseReportForm,
        ClearCacheForm,
        SetProfileForm,
        ClearPurposeForm,
        ProfilesForm,
        ScheduleForm,
        SendListForm,
        ListVersionForm,
        DataTransferForm,
        GetLogForm,
        UpdateFirmwareForm,
        ChangePasswordForm,
        RaiseProfileForm,
        RenewCertificateForm,
        GetCertificatesForm,
        InstallCertificateForm,
    )
}
