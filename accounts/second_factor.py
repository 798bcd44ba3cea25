"""The second factor: a code from an authenticator app, or a recovery code. The codes are allauth's."""

import hmac

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.db import transaction

from accounts import audit
from accounts.encryption import decrypt, encrypt
from accounts.errors import InvalidCode, SecondFactorRequired
from accounts.models import Organization, User

PURPOSE = "second factor"
LAST_STEP = "last_step"


class EncryptedAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are encrypted with a key made from SECRET_KEY: a copy of the database alone opens nothing."""

    def encrypt(self, text: str) -> str:
        return encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text, purpose=PURPOSE)


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def needs_second_factor(user: User) -> bool:
    """One organization that requires it is enough."""
    return Organization.objects.filter(memberships__user=user, requires_second_factor=True).exists()


def new_secret() -> str:
    return str(auth.generate_totp_secret())


def enrolment_url(user: User, secret: str) -> str:
    """What the QR code says."""
    return str(EncryptedAdapter().build_totp_url(user, secret))


@transaction.atomic
def enrol(*, user: User, secret: str, code: str) -> list[str]:
    """Returns the recovery codes, to be shown this once. Raises InvalidCode."""
    step = _step_of(secret, code)
    if step is None:
        raise InvalidCode
    Authenticator.objects.filter(user=user).delete()
    # Used up by this: nobody who looked over the shoulder logs in with it.
    _use_up(auth.TOTP.activate(user, secret).instance, step)
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    audit.record(actor=user, action="second factor set up", target=user)
    return codes


@transaction.atomic
def accepts_code(*, user: User, code: str) -> bool:
    """Whether the code is right now; it is used up by this."""
    code = code.replace(" ", "")
    # Locked: a code that is sent twice at one moment counts once.
    for authenticator in Authenticator.objects.filter(user=user).order_by("-type").select_for_update():
        if _is_right(authenticator, code):
            authenticator.record_usage()
            if authenticator.type == Authenticator.Type.RECOVERY_CODES:
                audit.record(actor=user, action="recovery code used", target=user)
            return True
    return False


def _is_right(authenticator: Authenticator, code: str) -> bool:
    if authenticator.type != Authenticator.Type.TOTP:
        return bool(authenticator.wrap().validate_code(code))
    step = _step_of(EncryptedAdapter().decrypt(authenticator.data["secret"]), code)
    if step is None or step <= authenticator.data.get(LAST_STEP, 0):
        return False
    _use_up(authenticator, step)
    return True


def _step_of(secret: str, code: str) -> int | None:
    """Which of the tolerated steps of 30 s the code belongs to (MFA_TOTP_TOLERANCE)."""
    for step in auth.yield_hotp_counters_from_time():
        if hmac.compare_digest(auth.format_hotp_value(auth.hotp_value(secret, step)).encode(), code.encode()):
            return int(step)
    return None


def _use_up(authenticator: Authenticator, step: int) -> None:
    """This code and all before it (RFC 6238 §5.2). allauth notes it in the cache, which forgets it after one step."""
    authenticator.data[LAST_STEP] = step
    authenticator.save(update_fields=["data"])


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """The old ones are worth nothing any more."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    audit.record(actor=user, action="recovery codes renewed", target=user)
    return codes


@transaction.atomic
def remove_second_factor(*, user: User, by: User) -> None:
    """Raises SecondFactorRequired for one's own; an owner who removes a colleague's makes them set up a new one."""
    if user == by and needs_second_factor(user):
        raise SecondFactorRequired
    Authenticator.objects.filter(user=user).delete()
    audit.record(actor=by, action="second factor removed", target=user)
