"""Why a job ends before its work is done."""


class JobFailed(Exception):
    """Told to whoever started it, as it stands."""


class JobCancelled(Exception):
    """Somebody asked it to stop."""
