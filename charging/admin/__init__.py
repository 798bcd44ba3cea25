"""Sessions, anomalies and reservations in the admin. Pages of their own are in csms/console/."""

from charging.admin import anomalies, reservations, sessions, signatures

__all__ = ["anomalies", "reservations", "sessions", "signatures"]
