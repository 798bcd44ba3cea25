"""Organizations, people and the audit trail in the admin."""

from accounts.admin import audit, people

__all__ = ["audit", "people"]
