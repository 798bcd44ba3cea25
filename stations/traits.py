"""What cannot be seen from a frame: what the vendor, model and firmware of a station tell of it.

A trait is switched on by the vendor profiles that match a station (stations/models/profile.py). Where each is used:
docs/quirks.md.
"""

from django.db import models


class Trait(models.TextChoices):
    NEVER_PONGS = "never_pongs", "Answers pings now and then or never: only silence ends its connection"
    BOOTS_LATE = "boots_late", "Boots late after it connected: nothing is sent before"
    NEVER_REDIALS = "never_redials", "May not dial again after its connection was closed: restart it on site"
    LOCAL_TIME = "local_time", "Writes the time of the site and calls it UTC: read as site time"
    TOKEN_SUFFIX = "token_suffix", "Appends its serial number to tokens: taken off"
    HEX_TOKENS = "hex_tokens", "Takes only hexadecimal tokens in remote starts: others are not sent"
    WANTS_CONNECTOR = "wants_connector", "Needs a connector in remote starts: the first unless one is chosen"
    KWH_WITHOUT_UNIT = "kwh_without_unit", "Means kWh where it tells energy without a unit"
    SESSION_REGISTER = "session_register", "Its register counts from zero in each session"
    NEEDS_POLLING = "needs_polling", "Sends no readings by itself: they are asked for every minute"
    FEW_MEASURANDS = "few_measurands", "Reboots when it is to send many measurands: at most four are set"
    FTP_ONLY = "ftp_only", "Sends and fetches files by FTP only: a file location of the organization is used"
    HTTP_ONLY = "http_only", "Sends and fetches files by HTTP only: file locations by FTP are not offered to it"
    STACK_LEVEL_0 = "stack_level_0", "Obeys charging profiles of stack level 0 only"
    WATTS_ONLY = "watts_only", "Takes limits in watts only"
    AMPERES_ONLY = "amperes_only", "Takes limits in amperes only"
    RELATIVE_ONLY = "relative_only", "Takes only relative charging profiles"
    NO_CONNECTOR_0 = "no_connector_0", "Takes charging profiles for its connectors only, none for connector 0"
    STATION_LIMIT_IGNORED = "station_limit_ignored", "Does not obey a limit of the whole station"
    ZERO_IS_NO_LIMIT = "zero_is_no_limit", "Reads a limit of 0 as none"


# Of use to the senders of charging profiles.
OF_LIMITS = frozenset(
    {
        Trait.STACK_LEVEL_0,
        Trait.WATTS_ONLY,
        Trait.AMPERES_ONLY,
        Trait.RELATIVE_ONLY,
        Trait.NO_CONNECTOR_0,
        Trait.STATION_LIMIT_IGNORED,
        Trait.ZERO_IS_NO_LIMIT,
    }
)
