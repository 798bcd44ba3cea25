"""Why a check cannot begin or go on, in words for whoever asked for it."""


class OnboardingError(Exception):
    """The base of the others; its text is shown."""


class CannotCheck(OnboardingError):
    """The station is not in a state in which it can be checked."""


class CheckEnded(OnboardingError):
    """The check is over: a new one can be started."""
