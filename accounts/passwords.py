"""A hook among the password validators that records that a password was set; the password itself goes nowhere."""

from accounts import audit
from accounts.models import User


class RecordedPasswords:
    """Django tells every validator when a changed password was saved, whichever page it was set on."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Every password is fine by this one."""

    def password_changed(self, password: str, user: User | None = None) -> None:
        # A person who is being added has no role yet, and "added" says it all.
        if user is not None and user.memberships.exists():
            audit.record(actor=None, action="password set", target=user)

    def get_help_text(self) -> str:
        return ""
