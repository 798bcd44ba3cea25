"""All settings, read from the environment; the meaning of each is in docs/settings.md.

Without any environment the embedded default applies: PostgreSQL and Valkey on unix sockets under ``var/``,
started by ``make run``.
"""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import environ
from celery.schedules import crontab, schedule
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from csms.embedded.addresses import celery_url, postgres_address, valkey_address, var_dir
from csms.logs import logging_configuration

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = var_dir()

IS_EMBEDDED = not os.environ.get("DATABASE_URL")
DEBUG = env.bool("DEBUG", default=False)


def secret_key() -> str:
    """The environment's key; an embedded start makes one of its own and keeps it under ``var/``."""
    key: str = env.str("SECRET_KEY", default="")
    if key:
        return key
    if not IS_EMBEDDED:
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text: DATABASE_URL is set, so this is no demo.")
    return kept_secret_key(VAR_DIR / "secret_key")


def kept_secret_key(path: Path) -> str:
    """Made once, whole or not at all, although several processes start at the same time and each may be killed."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix="secret_key.") as made, suppress(FileExistsError):
            made.write(os.urandom(32).hex())
            made.flush()
            os.fsync(made.fileno())
            os.link(made.name, path)
    return path.read_text()


SECRET_KEY = secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    # Without its own admin site: ours is in csms/adminsite.py.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "csms.adminconfig.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_celery_beat",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "live",
    "accounts",
    "jobs",
    "stations",
    "drivers",
    "charging",
    "firmware",
    "onboarding",
    "smartcharging",
    "gateway",
    "api",
    "csms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "live.asked.AskedAtMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.origin.OriginMiddleware",
    "accounts.sessions.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.impersonation.ImpersonationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "csms.urls"
ASGI_APPLICATION = "csms.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "csms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database() -> dict[str, Any]:
    """The operator's PostgreSQL, or the embedded one on its unix socket."""
    if not IS_EMBEDDED:
        return {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    address = postgres_address()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": address.host,
        "PORT": address.port,
        "USER": address.user,
        "NAME": address.name,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One Redis carries doorbells, live updates and Celery's queues. Everything that must not be lost is in PostgreSQL.
REDIS_URL = env.str("REDIS_URL", default="") or valkey_address().url
# Installations that share one Redis need different names.
REDIS_NAMESPACE = env.str("REDIS_NAMESPACE", default="csms")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_NAMESPACE,
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.RecordedPasswords"},
]
# So long support may act as somebody else at a time.
IMPERSONATION_MINUTES = env.int("IMPERSONATION_MINUTES", default=30)
INVITATION_VALID_DAYS = env.int("INVITATION_VALID_DAYS", default=7)
# Of allauth only the codes of the second factor are used: the pages are in csms/console/.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
MFA_ADAPTER = "accounts.second_factor.EncryptedAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "CSMS"
# A code counts one step of 30 s before and after its own: it runs out while it is typed, and clocks differ. That each
# counts once is seen to in accounts/second_factor.py.
MFA_TOTP_TOLERANCE = 1
# So many failures from one address for one person, then it has to wait.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_LOCKOUT_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.client_address"
AXES_USERNAME_CALLABLE = "accounts.lockout.client_name"
AXES_CLIENT_STR_CALLABLE = "accounts.lockout.log_name"
AXES_LOCKOUT_CALLABLE = "csms.console.account.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Whose topics a live socket may follow: (user id, session) -> user id.
LIVE_PERSON = "accounts.impersonation.person_of"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "csms" / "locale"]
FORMAT_MODULE_PATH = "csms.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Without a mail server the embedded start puts each message into a file under var/mail/, any other prints it.
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if IS_EMBEDDED else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="csms@localhost")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "csms" / "static"]
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", default=IS_EMBEDDED)
WHITENOISE_AUTOREFRESH = DEBUG
# From the source they have no digest in their name, and an update must be seen.
WHITENOISE_MAX_AGE = env.int("STATIC_MAX_AGE_S", default=0 if DEBUG else 60)

# What the gateway believes a proxy in front of it: docs/security-profiles.md.
OCPP_TRUSTED_PROXIES = env.list("OCPP_TRUSTED_PROXIES", default=[])
OCPP_PROXY_SECRET = env.str("OCPP_PROXY_SECRET", default="")
# TLS in the gateway itself; a certificate of each kind, ECDSA and RSA, with its chain.
OCPP_TLS_PORT = env.int("OCPP_TLS_PORT", default=None)
# For chargers that know only TLS 1.0 or 1.1. Unsafe.
OCPP_LEGACY_TLS_PORT = env.int("OCPP_LEGACY_TLS_PORT", default=None)
OCPP_TLS_CERTIFICATES = env.list("OCPP_TLS_CERTIFICATES", default=[])
OCPP_TLS_KEYS = env.list("OCPP_TLS_KEYS", default=[])
OCPP_FIRST_BYTES_S = env.int("OCPP_FIRST_BYTES_S", default=60)
OCPP_TLS_HANDSHAKE_S = env.int("OCPP_TLS_HANDSHAKE_S", default=15)
# Authorities of client certificates beside the organizations' own.
OCPP_TLS_CLIENT_CA = env.str("OCPP_TLS_CLIENT_CA", default="")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("BEHIND_TLS_PROXY", default=False)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CELERY_BROKER_URL = celery_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_NAMESPACE}:"}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "mark stations of a dead gateway offline": {
        "task": "stations.tasks.close_abandoned_connections",
        "schedule": schedule(20.0),
    },
    "expire commands nobody could take": {"task": "stations.tasks.expire_commands", "schedule": schedule(30.0)},
    "find sessions that never ended": {"task": "charging.tasks.flag_silent_sessions", "schedule": schedule(300.0)},
    "keep local lists fresh": {"task": "drivers.tasks.refresh_local_lists", "schedule": schedule(300.0)},
    "look after charging profiles": {"task": "smartcharging.tasks.look_after_profiles", "schedule": schedule(60.0)},
    "look after reservations": {"task": "charging.tasks.look_after_reservations", "schedule": schedule(60.0)},
    "find cars that charge without a start": {
        "task": "charging.tasks.flag_unreported_starts",
        "schedule": schedule(300.0),
    },
    "check signed meter values": {
        "task": "charging.tasks.check_signatures",
        "schedule": schedule(5.0),
        "options": {"expire_seconds": 10},
    },
    "go on with checks of new chargers": {
        "task": "onboarding.tasks.advance_checks",
        "schedule": schedule(3.0),
        "options": {"expire_seconds": 3},
    },
    "ask for readings that do not come": {"task": "charging.tasks.poll_readings", "schedule": schedule(60.0)},
    "look after jobs": {"task": "jobs.tasks.look_after_jobs", "schedule": schedule(60.0)},
    "forget old jobs": {"task": "jobs.tasks.delete_old_jobs", "schedule": crontab(hour=4, minute=7)},
    "sample the load": {"task": "charging.tasks.record_load", "schedule": crontab(minute="*/5")},
    "measure which stations are in trouble": {"task": "stations.tasks.measure_trouble", "schedule": schedule(300.0)},
    # While both workers are busy, runs that nobody took must not pile up.
    "deliver webhooks": {
        "task": "api.tasks.deliver_webhooks",
        "schedule": schedule(2.0),
        "options": {"expire_seconds": 4},
    },
    "forget old answers and events": {"task": "api.tasks.delete_old_rows", "schedule": schedule(3600.0)},
    "forget old frames": {"task": "stations.tasks.roll_frames", "schedule": schedule(3600.0)},
    "forget old logs of stations": {"task": "firmware.tasks.delete_old_logs", "schedule": crontab(hour=3, minute=37)},
    "roll the readings": {"task": "charging.tasks.roll_readings", "schedule": crontab(minute=27)},
    "end impersonations": {"task": "accounts.tasks.end_impersonations", "schedule": schedule(300.0)},
    "forget old logins": {"task": "accounts.tasks.delete_old_sessions", "schedule": crontab(hour=3, minute=47)},
    "forget old refusals": {"task": "stations.tasks.delete_old_refusals", "schedule": crontab(hour=3, minute=17)},
}

LOGGING_CONFIG = None
LOGGING = logging_configuration(level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=False))

# Who is asked, in this order, whether a token may charge: the first answer that is not Unknown counts.
AUTHORIZERS = ["drivers.authorizers.local_token"]

# What finds the problems of a raw call before it is queued: (version, action, payload) -> list of Problem.
OCPP_REQUEST_CHECK = "gateway.checks.check_request"

# The gateway: see docs/settings.md and ARCHITECTURE.md.
OCPP_MAX_FRAME_BYTES = env.int("OCPP_MAX_FRAME_BYTES", default=1_048_576)
OCPP_CALL_TIMEOUT_S = env.int("OCPP_CALL_TIMEOUT_S", default=60)
OCPP_MESSAGES_PER_S = env.int("OCPP_MESSAGES_PER_S", default=50)
OCPP_MESSAGE_BURST = env.int("OCPP_MESSAGE_BURST", default=500)
OCPP_CONNECTS_PER_MIN = env.int("OCPP_CONNECTS_PER_MIN", default=10)
OCPP_CONNECTS_BURST = env.int("OCPP_CONNECTS_BURST", default=30)
OCPP_CONNECTS_REST_S = env.int("OCPP_CONNECTS_REST_S", default=5)
OCPP_HANDSHAKE_WAIT_S = env.int("OCPP_HANDSHAKE_WAIT_S", default=25)
OCPP_ORM_THREADS = env.int("OCPP_ORM_THREADS", default=8)
OCPP_PREPARED_STATEMENTS = env.bool("OCPP_PREPARED_STATEMENTS", default=True)
OCPP_COMMIT_WINDOW_MS = env.int("OCPP_COMMIT_WINDOW_MS", default=5)
OCPP_IDLE_LIMIT_S = env.int("OCPP_IDLE_LIMIT_S", default=900)
OCPP_PING_INTERVAL_S = env.int("OCPP_PING_INTERVAL_S", default=60)
OCPP_LEASE_S = env.int("OCPP_LEASE_S", default=30)
OCPP_STOP_LIMIT_S = env.int("OCPP_STOP_LIMIT_S", default=15)
OCPP_LOOK_INTERVAL_S = env.int("OCPP_LOOK_INTERVAL_S", default=30)
# What people enter in a charger, without its identity; empty: wss://<host of the console>/ocpp.
OCPP_PUBLIC_URL = env.str(
    "OCPP_PUBLIC_URL", default=f"ws://localhost:{env.int('GATEWAY_PORT', default=9000)}/ocpp" if IS_EMBEDDED else ""
)
# The same for TLS, which a station is sent when it is told to use it.
OCPP_TLS_PUBLIC_URL = env.str("OCPP_TLS_PUBLIC_URL", default="") or (
    f"wss://localhost:{env.int('GATEWAY_TLS_PORT', default=9443)}/ocpp"
    if IS_EMBEDDED
    else next((url for url in [OCPP_PUBLIC_URL] if url.startswith("wss:")), f"wss://{ALLOWED_HOSTS[0]}/ocpp")
)
OCPP_FRAME_RETENTION_DAYS = env.int("OCPP_FRAME_RETENTION_DAYS", default=30)

# What Prometheus presents to read /metrics; empty: only this machine may.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Charging: after so many hours without a word a running session is put into the review queue.
SESSION_SILENT_AFTER_H = env.int("SESSION_SILENT_AFTER_H", default=24)
# Meter values older than this are dropped, by the month; 0 keeps all. What sessions delivered stays.
READING_RETENTION_MONTHS = env.int("READING_RETENTION_MONTHS", default=0)

# The operator API: see docs/api.md.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
API_TOKENS_PER_MINUTE = env.int("API_TOKENS_PER_MINUTE", default=60)
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", default=1_048_576)
API_MAX_WAIT_S = env.int("API_MAX_WAIT_S", default=30)
API_IDEMPOTENCY_HOURS = env.int("API_IDEMPOTENCY_HOURS", default=24)
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", default=False)
WEBHOOK_GIVE_UP_DAYS = env.int("WEBHOOK_GIVE_UP_DAYS", default=5)
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=30)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.BearerAuthentication", "api.authentication.StaffSession"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.AsGranted"],
    "DEFAULT_THROTTLE_CLASSES": ["api.ratelimit.PerCaller"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": [
        "api.filters.KnownParameters",
        "django_filters.rest_framework.DjangoFilterBackend",
        "api.filters.AllowedOrdering",
    ],
    "DEFAULT_PAGINATION_CLASS": "api.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "api.schema.DocumentedSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "api.errors.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "api.errors.ProblemFormatter",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Operator API",
    "DESCRIPTION": "What staff do in the console, for programs. Walk-through: docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.tokenroutes.with_token_routes",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SessionStatus": "charging.states.SessionStatus",
        "AnomalyStatus": "charging.states.AnomalyStatus",
        "ConnectorStatus": "stations.states.ConnectorStatus",
        "EvseStatus": "api.serializers.network.EVSE_STATUSES",
        "CommandStatus": "stations.states.CommandStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "api.OAuthClient"
OAUTH2_PROVIDER = {
    "SCOPES_BACKEND_CLASS": "api.scopes.ClientScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}

# Photos and documents of stations: never served from here, only through the console.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# Where stations send and fetch files: this server as they reach it; empty: https:// and the first of ALLOWED_HOSTS.
FILES_PUBLIC_URL = env.str(
    "FILES_PUBLIC_URL", default=f"http://localhost:{env.int('WEB_PORT', default=8000)}" if IS_EMBEDDED else ""
)
# The largest log of a station, and how long the address it was given takes one.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=268_435_456)
UPLOAD_VALID_HOURS = env.int("UPLOAD_VALID_HOURS", default=24)
# The largest firmware that is kept here, and how long a station may fetch it for one update.
FIRMWARE_MAX_BYTES = env.int("FIRMWARE_MAX_BYTES", default=1_073_741_824)
DOWNLOAD_VALID_HOURS = env.int("DOWNLOAD_VALID_HOURS", default=168)
LOG_RETENTION_DAYS = env.int("LOG_RETENTION_DAYS", default=90)
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10_485_760)
# Long work is listed so long; then it is forgotten with its files.
JOB_RETENTION_DAYS = env.int("JOB_RETENTION_DAYS", default=30)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=20_971_520)
# What the QR code on a charger holds, with {identity} and {evse}; empty: no codes are offered.
QR_URL_TEMPLATE = env.str("QR_URL_TEMPLATE", default="")
# The map: empty, it asks nobody and shows the outlines of countries.
MAP_TILE_URL = env.str("MAP_TILE_URL", default="")
MAP_ATTRIBUTION = env.str("MAP_ATTRIBUTION", default="")

SHADES = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950)
UNFOLD = {
    "SITE_TITLE": "CSMS",
    "SITE_HEADER": "CSMS",
    "SITE_SUBHEADER": "Charging station management",
    "SITE_SYMBOL": "ev_station",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("csms/favicon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    # Both palettes are tokens: csms/static/csms/tokens.css decides.
    "COLORS": {
        palette: {str(shade): f"var(--csms-{palette}-{shade})" for shade in SHADES} for palette in ("base", "primary")
    },
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("csms/tokens.css"), lambda request: static("csms/console.css")],
    "SCRIPTS": [
        lambda request: static("csms/live.js"),
        lambda request: static("csms/console.js"),
        lambda request: static("csms/shortcuts.js"),
    ],
    "DASHBOARD_CALLBACK": "csms.console.dashboard.context_of",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "csms.console.navigation.navigation",
    },
    # What the command palette finds: csms/console/search.py.
    "COMMAND": {"search_models": False, "show_history": False},
}
