"""Links that work once: to choose a password, or to become the first admin."""

import datetime
import secrets

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.orm import Session

from plainsite.inserting import insert_row
from plainsite.models import Invitation, User, now
from plainsite.refusals import Reason, Refused
from plainsite.services import users
from plainsite.services.account import digest, set_password_of
from plainsite.services.pages import Record
from plainsite.submissions import lead_to
from plainsite.transactions import transaction

people, invitations = User.__table__, Invitation.__table__


@transaction
def invite(session: Session, *, user_id: int | None, hours: float) -> str:
    """Make the one link with which a user sets a password, or, of no user, somebody becomes the first admin.

    Raises Refused for a user who is not there ("unknown"), or whose account is "closed": their link would open nothing.
    """
    return add_invitation(session, user_id=user_id, hours=hours)


@transaction
def add_invited(session: Session, *, name: str, email: str, role: str, hours: float) -> tuple[User, str]:
    """Add a user who will choose a password by a link; give both."""
    user = users.add(session, name=name, email=email, role=role)
    return user, _add(session, "password", user.id, hours)


def invited(session: Session, token: str) -> Record | None:
    """Find what a link is for: id, purpose, user_id, name and email of the user; None when it is none any more."""
    return session.connection().execute(_INVITED, {"token_hash": digest(token), "now": now()}).first()


@transaction
def set_password(session: Session, token: str, *, new_hash: str) -> int:
    """Use a link to set its user's password, and sign them out everywhere; give the user's id."""
    invitation = _use(session, token)
    if invitation.user_id is None:
        raise Refused(Reason("used"))
    set_password_of(session, invitation.user_id, new_hash, None)
    lead_to(session, "users", str(invitation.user_id))
    return invitation.user_id


@transaction
def become_admin(session: Session, token: str, *, name: str, email: str, new_hash: str) -> User:
    """Use the first admin's link to add that admin."""
    _use_the_first(session, token)
    return users.add(session, name=name, email=email, role="admin", password_hash=new_hash)


@transaction
def promote(session: Session, token: str, user_id: int) -> User:
    """Use the first admin's link to make somebody who is already a user that admin."""
    _use_the_first(session, token)
    user = session.get_one(User, user_id, populate_existing=True)
    user.role = "admin"
    lead_to(session, "users", str(user_id))
    return user


def has_admin(session: Session) -> bool:
    """Tell whether somebody may administer the site."""
    return session.connection().execute(_AN_ADMIN).first() is not None


def add_invitation(session: Session, *, user_id: int | None, hours: float) -> str:
    """Replace the links of one user, or those to become the first admin, by a new one; give its token."""
    purpose = "admin" if user_id is None else "password"
    if user_id is not None:
        _may_be_invited(session, user_id)
    same = (Invitation.purpose == purpose, Invitation.user_id.is_not_distinct_from(user_id))
    session.execute(delete(Invitation).where(*same))
    return _add(session, purpose, user_id, hours)


def _may_be_invited(session: Session, user_id: int) -> None:
    """Refuse to invite who could not come; of one user make one link after the other."""
    found = session.execute(select(people.c.closed_at).where(people.c.id == user_id).with_for_update()).first()
    if found is None or found.closed_at:
        raise Refused(Reason("closed" if found else "unknown"))


def _add(session: Session, purpose: str, user_id: int | None, hours: float) -> str:
    token = secrets.token_urlsafe(32)
    until = now() + datetime.timedelta(hours=hours)
    values = {"token_hash": digest(token), "purpose": purpose, "user_id": user_id, "expires_at": until}
    insert_row(session, invitations, values)
    return token


def _use(session: Session, token: str) -> Invitation:
    """Take a link out of use; of two who use it at once, the one whose delete finds nothing is refused."""
    invitation = session.scalars(
        select(Invitation).where(Invitation.token_hash == digest(token)).with_for_update()
    ).first()
    if invitation is None or invitation.expires_at < now():
        raise Refused(Reason("used"))
    session.delete(invitation)
    session.flush()
    return invitation


def _use_the_first(session: Session, token: str) -> None:
    """Take the first admin's link out of use; of two such links, whoever waited for the other is refused."""
    session.execute(_FOR_ADMINS.with_for_update()).all()
    if session.execute(_AN_ADMIN).first():
        raise Refused(Reason("used"))
    _use(session, token)


_INVITED = (
    select(invitations.c.id, invitations.c.purpose, invitations.c.user_id, people.c.name, people.c.email)
    .join_from(invitations, people, isouter=True)
    .where(
        invitations.c.token_hash == bindparam("token_hash"),
        invitations.c.expires_at >= bindparam("now"),
        or_(invitations.c.user_id.is_(None), people.c.closed_at.is_(None)),
    )
)
_FOR_ADMINS = select(invitations.c.id).where(invitations.c.purpose == "admin").order_by(invitations.c.id)
_AN_ADMIN = select(people.c.id).where(people.c.role == "admin", people.c.closed_at.is_(None)).limit(1)
