"""Tokens are personal data: screens and logs show enough to recognise one, never all of it."""

SHOWN = 4
FULLY_MASKED_BELOW = 6


def mask(value: str) -> str:
    """``04A2B3C4D5`` → ``••••C4D5``; short values show nothing."""
    if len(value) < FULLY_MASKED_BELOW:
        return "••••"
    return "••••" + value[-SHOWN:]
