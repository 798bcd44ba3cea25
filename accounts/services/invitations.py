"""Inviting somebody by e-mail, and what becomes of it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit
from accounts.errors import AlreadyInvited, AlreadyMember, InvitationClosed, NotTheInvited
from accounts.models import Invitation, Membership, Organization, User


@transaction.atomic
def invite(*, organization: Organization, email: str, role: str, by: User) -> tuple[Invitation, str]:
    """Returns the invitation and the secret of its link, which is kept nowhere. Send it with ``send_invitation``."""
    email = email.strip().lower()
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        raise AlreadyMember
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                organization=organization,
                email=email,
                role=role,
                token_hash=hash_of(secret),
                invited_by=by,
                expires_at=_expiry(),
            )
    except IntegrityError as error:
        raise AlreadyInvited from error
    audit.record(actor=by, action="invited", target=invitation, role=role)
    return invitation, secret


@transaction.atomic
def renew_invitation(*, invitation: Invitation, by: User) -> str:
    """A new secret for a new e-mail; the old link is worth nothing any more."""
    secret = secrets.token_urlsafe(32)
    renewed = Invitation.objects.open().filter(pk=invitation.pk)
    if not renewed.update(token_hash=hash_of(secret), expires_at=_expiry()):
        raise InvitationClosed
    audit.record(actor=by, action="invitation sent again", target=invitation)
    return secret


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> None:
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise InvitationClosed
    audit.record(actor=by, action="invitation revoked", target=invitation)


def send_invitation(*, invitation: Invitation, link: str) -> None:
    """Raises what the mail server says: SMTPException or OSError."""
    context = {"invitation": invitation, "link": link, "valid_days": settings.INVITATION_VALID_DAYS}
    mail = EmailMultiAlternatives(
        subject=f"{invitation.organization} invites you",
        body=render_to_string("accounts/mail/invitation.txt", context),
        to=[invitation.email],
    )
    mail.attach_alternative(render_to_string("accounts/mail/invitation.html", context), "text/html")
    mail.send()
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())


def open_invitation(secret: str) -> Invitation | None:
    """The invitation of a link that may still be accepted."""
    rows = Invitation.objects.open().filter(token_hash=hash_of(secret), expires_at__gt=timezone.now())
    return rows.select_related("organization", "invited_by").first()


@transaction.atomic
def accept_invitation(*, invitation: Invitation, by: User) -> Membership:
    """The invited person joins. The inviter's role at the time of inviting decided; it is not asked again."""
    if by.email != invitation.email:
        raise NotTheInvited
    now = timezone.now()
    taken = Invitation.objects.open().filter(pk=invitation.pk, token_hash=invitation.token_hash, expires_at__gt=now)
    if not taken.update(accepted_at=now, accepted_by=by):
        raise InvitationClosed
    if not by.is_staff:
        User.objects.filter(pk=by.pk).update(is_staff=True)
    membership, is_new = Membership.objects.get_or_create(
        user=by, organization=invitation.organization, defaults={"role": invitation.role}
    )
    audit.record(actor=by, action="invitation accepted", target=invitation, role=membership.role, had_a_role=not is_new)
    return membership


@transaction.atomic
def accept_as_new_person(*, invitation: Invitation, first_name: str, last_name: str, password: str) -> User:
    """Whoever holds the link owns the address: the e-mail went nowhere else."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email, password, first_name=first_name, last_name=last_name, is_staff=True
            )
    except IntegrityError as error:
        raise InvitationClosed from error
    accept_invitation(invitation=invitation, by=user)
    return user


def hash_of(secret: str) -> str:
    """The secret has 256 bits of chance, so a quick hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.INVITATION_VALID_DAYS)
