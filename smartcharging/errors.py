"""What can be wrong about a wish concerning limits."""

from charging.errors import ChargingError


class CannotSetProfile(ChargingError):
    """The station takes no such profile, or it makes no sense."""
