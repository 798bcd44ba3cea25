"""Where the console's pages are: in front of the admin's own URLs, under the same prefix."""

from django.urls import path

from csms.console import (
    account,
    anomalies,
    audit,
    batches,
    commandpage,
    commands,
    configuration,
    dashboard,
    enrolment,
    impersonation,
    imports,
    invitations,
    jobs,
    many,
    members,
    notes,
    rawcalls,
    refusals,
    roles,
    search,
    sessions,
    shortcuts,
    sites,
    station,
    wirelog,
)

app_name = "console"

STATION = "stations/chargingstation/<int:pk>/"
MANY = "stations/many/"
BATCH = "stations/commandbatch/<int:pk>/"
SESSION = "charging/session/<int:pk>/"
SITE = "stations/site/<int:pk>/"
REFUSAL = "stations/rejectedconnection/<int:pk>/"
JOB = "jobs/job/<int:pk>/"
# By what is imported: where its list is.
IMPORTED = {
    "sites": "stations/site/",
    "stations": "stations/chargingstation/",
    "evses": "stations/evse/",
    "drivers": "drivers/driver/",
    "tokens": "drivers/idtoken/",
}
ANOMALY = "charging/sessionanomaly/<int:pk>/"

urlpatterns = [
    path("search/", search.results, name="search"),
    path("shortcuts/", shortcuts.page, name="shortcuts"),
    path("dashboard/now/", dashboard.part, name="dashboard_part"),
    path("dashboard/load/", dashboard.load, name="dashboard_load"),
    path("dashboard/load/table/", dashboard.load_table, name="dashboard_load_table"),
    path(STATION, station.page, name="station"),
    path(STATION + "part/<slug:part>/", station.part, name="station_part"),
    path(STATION + "frames/", wirelog.page, name="station_frames"),
    path(STATION + "frames/export/", wirelog.export, name="station_frames_export"),
    path(STATION + "qr/", station.qr_codes, name="station_qr"),
    path(STATION + "notes/", notes.add, name="station_note_add"),
    path("stations/stationnote/<int:pk>/file/", notes.file, name="note_file"),
    path("stations/stationnote/<int:pk>/delete/", notes.delete, name="note_delete"),
    path(STATION + "variables/", configuration.set_many, name="variables"),
    path("stations/variable/<int:pk>/edit/", configuration.edit, name="variable_edit"),
    path(STATION + "password/", station.new_password, name="station_password"),
    path(STATION + "command/<slug:kind>/", commands.form, name="command"),
    path(STATION + "actions/", rawcalls.index, name="actions"),
    path(STATION + "actions/<slug:action>/", rawcalls.form, name="action"),
    path("stations/action/<str:version>/<slug:action>/part/", rawcalls.part, name="action_part"),
    path(MANY, many.choose, name="many"),
    path(MANY + "<slug:kind>/", many.form, name="many_form"),
    path(MANY + "<str:version>/<slug:action>/", many.action, name="many_action"),
    path(BATCH, batches.page, name="batch"),
    path(BATCH + "table/", batches.table, name="batch_table"),
    path(BATCH + "export/", batches.export, name="batch_export"),
    path(BATCH + "cancel/", batches.cancel, name="batch_cancel"),
    path(BATCH + "retry/", batches.retry, name="batch_retry"),
    path("stations/command/<int:pk>/", commandpage.page, name="command_page"),
    path("stations/command/<int:pk>/body/", commandpage.body, name="command_body"),
    path("stations/command/<int:pk>/again/", commandpage.again, name="command_again"),
    path("stations/command/<int:pk>/result/", commands.result, name="command_result"),
    path("stations/command/<int:pk>/cancel/", commands.cancel, name="command_cancel"),
    path(JOB, jobs.page, name="job"),
    path(JOB + "part/", jobs.part, name="job_part"),
    path(JOB + "cancel/", jobs.cancel, name="job_cancel"),
    path(JOB + "result/", jobs.result, name="job_result"),
    path(JOB + "confirm/", imports.confirm, name="import_confirm"),
    *(path(f"{at}import/", imports.upload, {"slug": it}, f"import_{it}") for it, at in IMPORTED.items()),
    *(
        path(f"{at}import/example/", imports.example, {"slug": slug}, f"import_example_{slug}")
        for slug, at in IMPORTED.items()
    ),
    path("map/", sites.map_page, name="map"),
    path("map/sites/", sites.map_part, name="map_part"),
    path(SITE, sites.page, name="site"),
    path(SITE + "part/<slug:part>/", sites.part, name="site_part"),
    path(SITE + "load/", sites.load, name="site_load"),
    path(SITE + "load/table/", sites.load_table, name="site_load_table"),
    path(REFUSAL, refusals.page, name="refusal"),
    path(REFUSAL + "part/<slug:part>/", refusals.part, name="refusal_part"),
    path(REFUSAL + "adopt/", refusals.adopt, name="refusal_adopt"),
    path(REFUSAL + "password/", refusals.new_password, name="refusal_password"),
    path(REFUSAL + "dismiss/", refusals.dismiss, name="refusal_dismiss"),
    path(REFUSAL + "reopen/", refusals.reopen, name="refusal_reopen"),
    path("stations/enrolmentpolicy/<int:pk>/key/", enrolment.key, name="enrolment_key"),
    path(SESSION, sessions.page, name="session"),
    path(SESSION + "part/<slug:part>/", sessions.part, name="session_part"),
    path(SESSION + "series/", sessions.series, name="session_series"),
    path(SESSION + "table/", sessions.table, name="session_table"),
    path("account/", account.page, name="account"),
    path("account/second-factor/", account.ask_second_factor, name="second_factor"),
    path("account/second-factor/set-up/", account.set_up, name="second_factor_setup"),
    path("account/second-factor/recovery-codes/", account.renew_codes, name="recovery_codes"),
    path("account/second-factor/remove/", account.remove, name="second_factor_remove"),
    path("account/sessions/end/", account.end, name="sessions_end"),
    path("accounts/user/<int:pk>/impersonate/", impersonation.start, name="impersonate"),
    path("account/impersonation/end/", impersonation.end, name="impersonation_end"),
    path("accounts/user/<int:pk>/access/", members.page, name="member"),
    path("accounts/user/<int:pk>/access/<slug:deed>/", members.do, name="member_do"),
    path("accounts/roles/", roles.page, name="roles"),
    path("accounts/invitation/add/", invitations.invite, name="invite"),
    path("accounts/invitation/<int:pk>/", invitations.page, name="invitation"),
    path("accounts/invitation/<int:pk>/resend/", invitations.resend, name="invitation_resend"),
    path("accounts/invitation/<int:pk>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("accounts/auditevent/verify/", audit.verify, name="audit_verify"),
    path("accounts/auditevent/<int:pk>/", audit.page, name="audit_event"),
    path(ANOMALY, anomalies.page, name="anomaly"),
    path(ANOMALY + "correction/", anomalies.correct, name="anomaly_correct"),
    path(ANOMALY + "decision/<slug:decision>/", anomalies.decide, name="anomaly_decision"),
]
