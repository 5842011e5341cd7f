"""Users: list them by pages, find one, add, change, close, delete."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy import delete as delete_from
from sqlalchemy.orm import Session

from plainsite.inserting import insert
from plainsite.models import ROLES, Invitation, SignIn, User, now
from plainsite.refusals import Reason, Refused
from plainsite.services.held import Held, still
from plainsite.services.pages import Page, Record, fetch
from plainsite.texts import fold, storable, tidy, unseen
from plainsite.transactions import transaction

users = User.__table__


def find_page(  # noqa: PLR0913 - each is a thing a visitor may ask for
    session: Session,
    *,
    words: str = "",
    with_email: bool = False,
    before: str | None = None,
    after: str | None = None,
    last: bool = False,
    size: int = 50,
) -> Page:
    """List users by name: rows of id, name, email, role, created_at, closed_at, name_key.

    `words` stand somewhere in the name, and with `with_email` in the e-mail too; `before` and `after` are the
    cursors of a Page, `last` asks for the last page.
    """
    asked = {"after" if after else "before"} if after or before else set()
    values: dict[str, Any] = {"place": storable(after or before or "")} if asked else {}
    if words:
        asked.add("email" if with_email else "name")
        values["words"] = _pattern(fold(words))
    backward = last or (before is not None and after is None)
    statement = _list(frozenset(asked), backward=backward)
    return fetch(
        session.connection(),
        statement,
        values,
        size=size,
        backward=backward,
        inner=bool(after or before),
        cursor=lambda row: row.name_key,
    )


def find(session: Session, user_id: int) -> Record | None:
    """Find one user: id, name, email, role, created_at, closed_at, has_password; None when there is none."""
    return session.connection().execute(_ONE, {"id": user_id}).first()


def find_by_email(session: Session, email: str) -> Record | None:
    """Find the user with an e-mail address, in any spelling that folds to it: id, name, email, role."""
    return session.connection().execute(_BY_EMAIL, {"email_key": fold(email)}).first()


@transaction
def create(session: Session, *, name: str, email: str, role: str = "member", password_hash: str | None = None) -> User:
    """Add a user whose name and e-mail nobody else has."""
    return add(session, name=name, email=email, role=role, password_hash=password_hash)


@transaction
def update(  # noqa: PLR0913 - each is a thing that may be changed
    session: Session,
    user_id: int,
    *,
    name: str | None = None,
    email: str | None = None,
    role: str | None = None,
    held: Held = None,
) -> User | None:
    """Change what is given of a user. None when they are gone; raises Changed when they are not as `held` says."""
    admins = _lock_admins(session)
    user = session.get(User, user_id, populate_existing=True, with_for_update=True)
    if user is None:
        return None
    still(held, user)
    given = {"name": name and _seen("name", name), "email": email and _seen("email", email)}
    for column, value in {**given, "role": role and _known(role)}.items():
        if value is not None and getattr(user, column) != value:
            setattr(user, column, value)
    session.flush()
    _keep_an_admin(session, admins)
    return user


@transaction
def close(session: Session, user_id: int) -> User | None:
    """Close an account: signed out everywhere, without a way in; what it wrote stays. None when it is gone."""
    admins = _lock_admins(session)
    user = session.get(User, user_id, populate_existing=True, with_for_update=True)
    if user is None:
        return None
    user.closed_at = user.closed_at or now()
    session.flush()
    for way_in in (SignIn, Invitation):  # so that reopening lets nobody in by an old one
        session.execute(delete_from(way_in).where(way_in.user_id == user_id))
    _keep_an_admin(session, admins)
    return user


@transaction
def reopen(session: Session, user_id: int) -> User | None:
    """Let a closed account sign in again. None when it is gone."""
    user = session.get(User, user_id, populate_existing=True, with_for_update=True)
    if user:
        user.closed_at = None
    return user


@transaction
def delete(session: Session, user_id: int, *, held: Held = None) -> bool:
    """Delete a user on whom nothing hangs; False when already gone. Raises Changed when not as `held` says."""
    admins = _lock_admins(session)
    if (user := session.get(User, user_id, populate_existing=True, with_for_update=True)) is None:
        return False
    still(held, user)
    session.delete(user)
    session.flush()
    _keep_an_admin(session, admins)
    return True


def add(session: Session, *, name: str, email: str, role: str, password_hash: str | None = None) -> User:
    """Add a user inside a transaction that somebody else has begun."""
    values = {"name": _seen("name", name), "email": _seen("email", email), "role": _known(role)}
    return insert(session, User, **values, password_hash=password_hash)


def _seen(column: str, text: str) -> str:
    text = tidy(text)
    if unseen(text):
        raise Refused(Reason("unseen", (column,)))
    return text


def _known(role: str) -> str:
    if role not in ROLES:
        raise Refused(Reason("check", ("role",)))
    return role


def _pattern(words: str) -> str:
    """Give the LIKE pattern of a text that contains these words, with the pattern's own signs meant as they stand."""
    for sign in "/%_":
        words = words.replace(sign, "/" + sign)
    return f"%{words}%"


def _lock_admins(session: Session) -> int:
    """Count the admins, and make two who would each remove the other wait (SQLite's writers queue anyway).

    Whoever waited finds those only who are left. All lock them in one order, so that none waits for one who waits.
    """
    return len(session.execute(_ADMINS.order_by(users.c.id).with_for_update()).all())


def _keep_an_admin(session: Session, admins: int) -> None:
    """Refuse to leave a site that had an admin without one."""
    if admins and not session.execute(_ADMINS.limit(1)).first():
        raise Refused(Reason("last_admin", ("role",)))


@lru_cache
def _list(asked: frozenset[str], *, backward: bool) -> Select[Any]:
    listed = select(
        users.c.id, users.c.name, users.c.email, users.c.role, users.c.created_at, users.c.closed_at, users.c.name_key
    )
    if asked & {"after", "before"}:
        here: Any = bindparam("place")
        listed = listed.where(users.c.name_key < here if backward else users.c.name_key > here)
    in_name, in_email = (key.like(bindparam("words"), escape="/") for key in (users.c.name_key, users.c.email_key))
    if "name" in asked:
        listed = listed.where(in_name)
    if "email" in asked:
        listed = listed.where(or_(in_name, in_email))
    return listed.order_by(users.c.name_key.desc() if backward else users.c.name_key).limit(bindparam("limit"))


_ADMINS = select(users.c.id).where(users.c.role == "admin", users.c.closed_at.is_(None))
_BY_EMAIL = select(users.c.id, users.c.name, users.c.email, users.c.role).where(
    users.c.email_key == bindparam("email_key")
)
_ONE = select(
    users.c.id,
    users.c.name,
    users.c.email,
    users.c.role,
    users.c.created_at,
    users.c.closed_at,
    users.c.password_hash.is_not(None).label("has_password"),
).where(users.c.id == bindparam("id"))
