"""What may be wrong with a change of stations, in words for whoever asked for it."""


class StationError(Exception):
    """The base of the others; its text is shown."""


class CannotAdopt(StationError):
    """This refusal does not lead to a new station."""


class StationExists(StationError):
    """Somebody was quicker, or the identity is used by another organization."""


class UnsuitableFile(StationError):
    """Too large, or of a kind that is not kept."""
