"""What may be wrong with a change of stations, in words for whoever asked for it."""


class StationError(Exception):
    """The base of the others; its text is shown."""


class CannotAdopt(StationError):
    """This refusal does not lead to a new station."""


class StationExists(StationError):
    """Somebody was quicker, or the identity is used by another organization."""


class StationBusy(StationError):
    """Somebody holds the station's row, be it for minutes: nobody else waits for that. Ask again in a moment."""


class UnsuitableValues(StationError):
    """What a variable does not take; ``problems`` has a sentence for each, by the variable's key."""

    def __init__(self, problems: dict[int, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class UnsuitableFile(StationError):
    """Too large, or of a kind that is not kept."""


class PlaceInUse(StationError):
    """An EVSE or connector at which somebody charged is not taken away."""

    def __init__(self, place: str, sessions: int) -> None:
        self.place, self.sessions = place, sessions
        super().__init__(
            f"{place} cannot be removed: {sessions} session{'s' if sessions > 1 else ''} took place there, and would "
            "lose where they were. Nothing was changed."
        )


class CannotRaiseProfile(StationError):
    """Something the higher security profile needs is missing; the text says what."""


class PasswordUnderWay(StationError):
    """One change of a password at a time: with two, nobody would know which one counts."""
