"""Organizations, people and the audit trail in the admin."""

from accounts.admin import audit, invitations, people

__all__ = ["audit", "invitations", "people"]
