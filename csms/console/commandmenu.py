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
from csms.console.logforms import GetLogForm
from csms.console.rawforms import RawCallForm

FORMS: dict[str, type[CommandForm]] = {
    form.slug: form
    for form in (
        RemoteStartForm,
        RemoteStopForm,
        ResetForm,
        UnlockForm,
        AvailabilityForm,
        TriggerForm,
        GetVariablesForm,
        SetVariablesForm,
        BaseReportForm,
        ClearCacheForm,
        DataTransferForm,
        GetLogForm,
        UpdateFirmwareForm,
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
        DataTransferForm,
    )
}
