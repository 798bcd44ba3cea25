"""The sidebar, grouped for daily work; an entry shows only to those who may open it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.console.tenants import user_of

# Unfold's templates ask for these, and what is missing is dear to look up in a template.
OF_ENTRY: dict[str, Any] = {"link_callback": None, "badge": None}
OF_GROUP: dict[str, Any] = {"title": "", "badge": None, "collapsible": False, "separator": False}


def _sees(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: user_of(request).has_perm(permission)


def _is_superuser(request: HttpRequest) -> bool:
    return user_of(request).is_superuser


def _entry(title: str, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{app}_{name}_changelist"),
        "permission": _sees(f"{app}.view_{name}"),
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return [{**OF_GROUP, **group, "items": [{**OF_ENTRY, **entry} for entry in group["items"]]} for group in _groups()]


@cache
def _groups() -> list[dict[str, Any]]:
    return [
        {"items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}]},
        {
            "title": "Network",
            "items": [
                _entry("Stations", "ev_station", "stations.chargingstation"),
                _entry("Sites", "location_on", "stations.site"),
                {
                    "title": "Map",
                    "icon": "map",
                    "link": reverse("console:map"),
                    "permission": _sees("stations.view_site"),
                },
                _entry("Refused chargers", "sensors_off", "stations.rejectedconnection"),
                _entry("Expected chargers", "event_available", "stations.expectedstation"),
                _entry("Onboarding checks", "fact_check", "onboarding.onboardingcheck"),
                _entry("Commands", "send", "stations.command"),
                _entry("Commands for many", "table_rows", "stations.commandbatch"),
                _entry("Messages", "swap_horiz", "stations.frame"),
                _entry("Configuration", "tune", "stations.variable"),
                _entry("Security events", "warning", "stations.securityevent"),
                _entry("Firmware", "memory", "firmware.firmware"),
                _entry("Firmware updates", "published_with_changes", "firmware.firmwareupdate"),
                _entry("Logs", "list_alt", "firmware.logrequest"),
                _entry("Repairs", "build", "stations.repaircount"),
                _entry("Vendor profiles", "memory", "stations.vendorprofile"),
                _entry("Meter keys", "key", "stations.meterkey"),
            ],
        },
        {
            "title": "Charging",
            "items": [
                _entry("Sessions", "electric_meter", "charging.session"),
                _entry("Reservations", "bookmark", "charging.reservation"),
                _entry("Anomalies", "flag", "charging.sessionanomaly"),
                _entry("Charging profiles", "speed", "smartcharging.chargingprofile"),
                _entry("Composite schedules", "schedule", "smartcharging.compositeschedule"),
                _entry("Authorizations", "rule", "drivers.authorizationrecord"),
            ],
        },
        {
            "title": "People",
            "items": [
                _entry("Drivers", "person", "drivers.driver"),
                _entry("Tokens", "badge", "drivers.idtoken"),
                _entry("Token groups", "group", "drivers.tokengroup"),
                _entry("Local lists", "contacts", "drivers.locallist"),
                _entry("Local list entries", "recent_actors", "drivers.locallistentry"),
                _entry("Local list rules", "sync", "drivers.locallistrule"),
            ],
        },
        {
            "title": "Administration",
            "items": [
                _entry("Organizations", "hub", "accounts.organization"),
                _entry("Enrolment", "how_to_reg", "stations.enrolmentpolicy"),
                _entry("Staff", "verified_user", "accounts.user"),
                _entry("Memberships", "key", "accounts.membership"),
                {"title": "Your account", "icon": "manage_accounts", "link": reverse("console:account")},
                _entry("Invitations", "mail", "accounts.invitation"),
                {"title": "Keyboard shortcuts", "icon": "keyboard", "link": reverse("console:shortcuts")},
                {"title": "What roles may do", "icon": "fact_check", "link": reverse("console:roles")},
                _entry("Station certificates", "verified_user", "stations.stationcertificate"),
                _entry("Certificate authority", "lock_open", "stations.certificateauthority"),
                _entry("File locations", "lan", "firmware.filelocation"),
                _entry("Jobs", "hourglass_bottom", "jobs.job"),
                _entry("Audit trail", "history", "accounts.auditevent"),
                _entry("API keys", "key", "api.apikey"),
                _entry("OAuth2 clients", "apps", "api.oauthclient"),
                _entry("Webhooks", "send", "api.webhookendpoint"),
                _entry("Webhook deliveries", "list_alt", "api.webhookdelivery"),
                {
                    "title": "API documentation",
                    "icon": "description",
                    "link": reverse("api:docs"),
                    "permission": _sees("api.view_apikey"),
                },
                {
                    "title": "Gateways",
                    "icon": "lan",
                    "link": reverse("admin:stations_gatewayprocess_changelist"),
                    "permission": _is_superuser,
                },
                {
                    "title": "Periodic jobs",
                    "icon": "schedule",
                    "link": reverse("admin:django_celery_beat_periodictask_changelist"),
                    "permission": _is_superuser,
                },
            ],
        },
    ]
