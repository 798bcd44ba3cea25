"""Why something about people is refused."""


class AccountsError(Exception):
    """Told to whoever asked, as it stands."""


class AlreadyMember(AccountsError):
    def __init__(self) -> None:
        super().__init__("This address already has a role here. Change it under Roles.")


class AlreadyInvited(AccountsError):
    def __init__(self) -> None:
        super().__init__("This address is already invited. Send the invitation again, or revoke it first.")


class InvitationClosed(AccountsError):
    def __init__(self) -> None:
        super().__init__("This invitation was accepted, revoked or has expired. Ask for a new one.")


class NotTheInvited(AccountsError):
    def __init__(self) -> None:
        super().__init__("The invitation is for another address. Log out, and log in with the invited one.")


class InvalidCode(AccountsError):
    def __init__(self) -> None:
        super().__init__("This code is not right, or was used before. Wait for the next one and try again.")


class SecondFactorRequired(AccountsError):
    def __init__(self) -> None:
        super().__init__("Your organization requires a second factor. Set up a new one instead of removing it.")


class MayNotImpersonate(AccountsError):
    def __init__(self) -> None:
        super().__init__("You cannot act as this person: they are inactive, or may do more than you.")


class ImpersonatesAlready(AccountsError):
    def __init__(self) -> None:
        super().__init__("End this first: nobody acts as two people.")


class OwnSecondFactorMissing(AccountsError):
    def __init__(self) -> None:
        super().__init__("Their organization requires a second factor. Set up your own first, and log in with it.")
