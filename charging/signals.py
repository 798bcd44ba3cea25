"""What happens to sessions, announced when it is committed. Receivers are listed in docs/events.md."""

from django.dispatch import Signal

session_started = Signal()  # session_id
session_ended = Signal()  # session_id
