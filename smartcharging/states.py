"""What becomes of a charging profile that was sent to a station."""

from django.db import models


class ProfileStatus(models.TextChoices):
    """See ``PROFILE_MOVES``."""

    REQUESTED = "requested", "Asked for"
    INSTALLED = "installed", "Installed"
    UNCONFIRMED = "unconfirmed", "Not confirmed"
    REFUSED = "refused", "Refused"
    REPLACED = "replaced", "Replaced"
    CLEARED = "cleared", "Cleared"
    ENDED = "ended", "Ended with its session"


_ENDS = frozenset({ProfileStatus.REPLACED, ProfileStatus.CLEARED, ProfileStatus.ENDED})
PROFILE_MOVES: dict[ProfileStatus, frozenset[ProfileStatus]] = {
    ProfileStatus.REQUESTED: _ENDS | {ProfileStatus.INSTALLED, ProfileStatus.UNCONFIRMED, ProfileStatus.REFUSED},
    # After a boot nobody knows: some stations forget.
    ProfileStatus.INSTALLED: _ENDS | {ProfileStatus.UNCONFIRMED},
    # The station did not answer: it may obey the profile or not.
    ProfileStatus.UNCONFIRMED: _ENDS | {ProfileStatus.INSTALLED, ProfileStatus.REFUSED},
    ProfileStatus.REFUSED: frozenset(),
    ProfileStatus.REPLACED: frozenset(),
    ProfileStatus.CLEARED: frozenset(),
    ProfileStatus.ENDED: frozenset(),
}
# The station obeys these, or may.
HELD_STATUSES = frozenset({ProfileStatus.INSTALLED, ProfileStatus.UNCONFIRMED})
OPEN_PROFILE_STATUSES = HELD_STATUSES | {ProfileStatus.REQUESTED}
