"""Organizations, the people in them, and the record of what they did."""

from accounts.models.access import Invitation, UserSession
from accounts.models.audit import AuditChain, AuditEvent
from accounts.models.impersonation import Impersonation
from accounts.models.lists import SavedColumns, SavedFilter
from accounts.models.organization import Organization, OrganizationKind, organization_of
from accounts.models.people import Membership, User, UserManager, refuse_to_lose_owners

__all__ = [
    "AuditChain",
    "AuditEvent",
    "Impersonation",
    "Invitation",
    "Membership",
    "Organization",
    "OrganizationKind",
    "SavedColumns",
    "SavedFilter",
    "User",
    "UserManager",
    "UserSession",
    "organization_of",
    "refuse_to_lose_owners",
]
