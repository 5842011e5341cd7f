"""Signing in and out, passwords, and devices."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from plainsite.driven import as_moment, driven
from plainsite.inserting import insert_row
from plainsite.models import Invitation, SignIn, User, now
from plainsite.refusals import Reason, Refused
from plainsite.services.identities import EPOCH
from plainsite.services.pages import Record
from plainsite.texts import fold, same_typed, storable
from plainsite.transactions import transaction

SEEN_EVERY = datetime.timedelta(minutes=10)  # a device's "last used" is no finer, so that reading seldom writes

# 19 MiB, 2 passes, 1 lane: the OWASP password storage cheat sheet's first choice; about 15 ms.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

people, sign_ins = User.__table__, SignIn.__table__


def password_hash(password: str) -> str:
    """Give what is kept of a password: an argon2id hash. Takes about 15 ms, so call it outside of a transaction."""
    return hasher.hash(same_typed(password))


def recognise(session: Session, *, email: str, password: str) -> Record:
    """Find the user (id, name, password_hash) to whom an e-mail and a password belong.

    Raises Refused with the rule "wrong" for an unknown e-mail, a wrong password and a closed account alike, each
    after the same work, so that nobody learns which addresses are known.
    """
    user = session.connection().execute(_BY_EMAIL, {"email_key": fold(email)}).first()
    known = user.password_hash if user and user.password_hash else _nobodys_hash()
    try:
        hasher.verify(known, same_typed(password))
    except (VerificationError, InvalidHashError):
        user = None
    if user is None or user.closed_at or not user.password_hash:
        raise Refused(Reason("wrong", ("email", "password")))
    return user


def confirm(session: Session, user_id: int, password: str) -> None:
    """Raise Refused with the rule "wrong" at `current` unless this is the user's password."""
    known = session.connection().execute(_HASH, {"id": user_id}).scalar()
    try:
        hasher.verify(known or _nobodys_hash(), same_typed(password))
    except (VerificationError, InvalidHashError) as error:
        raise Refused(Reason("wrong", ("current",))) from error


@transaction
def sign_in(  # noqa: PLR0913 - each is a fact of the device that signs in
    session: Session,
    user_id: int,
    *,
    device: str,
    address: str,
    known_by: str | None = None,
    instead_of: int | None = None,
    days: float | None = None,
) -> str:
    """Remember a device as signed in, and give the token that its cookie is to hold.

    `known_by` is the hash by which the user was recognised: raises Refused with the rule "wrong" where that was changed
    or the account was closed meanwhile. `instead_of` is the sign-in that the device had before, which ends. Those of
    the user that were not seen for `days`, as long as a cookie lasts, are forgotten.
    """
    if known_by is not None and session.execute(_STILL, {"id": user_id}).scalar() != known_by:
        raise Refused(Reason("wrong", ("email", "password")))
    session.execute(delete(SignIn).where(SignIn.id == instead_of))
    if days is not None:
        session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.seen_at < _since(days)))
    token = secrets.token_urlsafe(32)
    device = storable(device)[:200]
    values = {"user_id": user_id, "token_hash": digest(token), "device": device, "address": address[:64]}
    insert_row(session, sign_ins, values)
    return token


class Holder(NamedTuple):
    """Who is signed in on a device."""

    id: int
    name: str
    role: str
    sign_in_id: int
    seen_at: datetime.datetime


def signed_in(session: Session, token: str) -> Holder | None:
    """Find who holds a token; None when it was revoked or the account closed."""
    found = driven(session.connection(), _SIGNED_IN, {"token_hash": digest(token)}).fetchone()
    return found and Holder._make(found)._replace(seen_at=as_moment(found[-1]))


@transaction
def seen(session: Session, sign_in_id: int) -> None:
    """Note that a device was used just now."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now()))


def devices(session: Session, user_id: int, *, days: float | None = None) -> Sequence[Record]:
    """List where a user is signed in: id, device, address, created_at, seen_at; the last used first.

    Without those that were not seen for `days`, as long as a cookie lasts.
    """
    return session.connection().execute(_DEVICES, {"user_id": user_id, "since": _since(days)}).all()


@transaction
def revoke(session: Session, user_id: int, sign_in_id: int) -> bool:
    """Sign one of a user's devices out; False when it was signed out already, or is not theirs."""
    gone = session.execute(delete(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == user_id))
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def is_device(session: Session, sign_in_id: int) -> bool:
    """Tell whether a device is signed in, whosever it is."""
    return session.connection().execute(select(SignIn.id).where(SignIn.id == sign_in_id)).first() is not None


@transaction
def revoke_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """Sign a user out everywhere, but for one device where one is named."""
    _revoke_all(session, user_id, but)


@transaction
def change_password(session: Session, user_id: int, *, new_hash: str, but: int | None = None) -> None:
    """Set a user's password, and sign them out everywhere but for one device."""
    set_password_of(session, user_id, new_hash, but)


def set_password_of(session: Session, user_id: int, new_hash: str, but: int | None) -> None:
    """Set a password inside a transaction that somebody else has begun; no link made before sets another."""
    user = session.get(User, user_id, populate_existing=True, with_for_update=True)
    if user:
        user.password_hash = new_hash
        session.flush()
    session.execute(delete(Invitation).where(Invitation.user_id == user_id))
    _revoke_all(session, user_id, but)


def _revoke_all(session: Session, user_id: int, but: int | None) -> None:
    session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.id.is_distinct_from(but)))


def _since(days: float | None) -> datetime.datetime:
    """Give when a device was last seen at the earliest whose cookie may still be believed."""
    return EPOCH if days is None else now() - datetime.timedelta(days=days) - SEEN_EVERY


def digest(token: str) -> str:
    """Give what is kept of a token: it is random and long, so a plain digest is as good as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _nobodys_hash() -> str:
    return hasher.hash(secrets.token_urlsafe())


_BY_EMAIL = select(people.c.id, people.c.name, people.c.password_hash, people.c.closed_at).where(
    people.c.email_key == bindparam("email_key")
)
_HASH = select(people.c.password_hash).where(people.c.id == bindparam("id"))
_STILL = _HASH.where(people.c.closed_at.is_(None)).with_for_update(read=True)  # who changes it is waited for, or waits
_SIGNED_IN = (
    select(people.c.id, people.c.name, people.c.role, sign_ins.c.id.label("sign_in_id"), sign_ins.c.seen_at)
    .join_from(sign_ins, people)
    .where(sign_ins.c.token_hash == bindparam("token_hash"), people.c.closed_at.is_(None))
)
_DEVICES = (
    select(sign_ins.c.id, sign_ins.c.device, sign_ins.c.address, sign_ins.c.created_at, sign_ins.c.seen_at)
    .where(sign_ins.c.user_id == bindparam("user_id"), sign_ins.c.seen_at >= bindparam("since"))
    .order_by(sign_ins.c.seen_at.desc(), sign_ins.c.id.desc())
)
