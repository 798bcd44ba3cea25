"""Sessions and anomalies in the admin. Their own pages are in csms/console/."""

from charging.admin import anomalies, sessions

__all__ = ["anomalies", "sessions"]
