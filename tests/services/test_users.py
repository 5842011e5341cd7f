"""Users, without a page or a form."""

import pytest
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.refusals import Reason, Refused
from plainsite.services import account, invitations, messages, users


def refused(do, *args, **values) -> tuple[Reason, ...]:
    """Give why something was refused."""
    with pytest.raises(Refused) as caught:
        do(*args, **values)
    return caught.value.reasons


def names(page) -> list[str]:
    """Give the names on a page."""
    return [row.name for row in page.rows]


def test_name_and_email_are_each_had_once_in_any_spelling(session: Session, ada: User) -> None:
    assert refused(users.create, session, name="ＡＤＡ", email="Ada@EXAMPLE.org") == (
        Reason("taken", ("name",)),
        Reason("taken", ("email",)),
    )


def test_a_user_may_change_the_spelling_of_the_own_name(session: Session, ada: User) -> None:
    assert users.update(session, ada.id, name="ADA", email=ada.email).name == "ADA"


def test_changing_to_a_taken_name_is_refused_at_the_name(session: Session, ada: User, grace: User) -> None:
    assert refused(users.update, session, ada.id, name="grace", email=ada.email) == (Reason("taken", ("name",)),)


@pytest.mark.parametrize("name", ["a\u202eb", "a\0b", "a\u200bb", "tab\x1bname"])
def test_a_name_holds_only_what_can_be_seen(session: Session, name: str) -> None:
    assert refused(users.create, session, name=name, email="x@example.org") == (Reason("unseen", ("name",)),)


def test_a_role_that_is_none_is_refused(session: Session) -> None:
    assert refused(users.create, session, name="Eve", email="e@example.org", role="root") == (
        Reason("check", ("role",)),
    )


def test_the_directory_goes_by_name_in_pages(session: Session, make_user) -> None:
    for name in ("bob", "Ada", "Émile", "Cleo", "Zoe"):
        make_user(name)
    first = users.find_page(session, size=2)
    second = users.find_page(session, size=2, after=first.after)
    assert (names(first), names(second)) == (["Ada", "bob"], ["Cleo", "Zoe"])
    assert names(users.find_page(session, size=2, before=second.before)) == ["Ada", "bob"]
    assert names(users.find_page(session, size=2, last=True)) == ["Zoe", "Émile"]


@pytest.mark.parametrize(
    ("words", "found"), [("LOVE", ["Ada Lovelace"]), ("%", []), ("_", ["a_b"]), ("/", []), ("example", [])]
)
def test_a_search_finds_what_stands_anywhere_in_a_name(session: Session, make_user, words: str, found) -> None:
    make_user("Ada Lovelace")
    make_user("a_b")
    assert names(users.find_page(session, words=words)) == found


def test_only_who_may_see_emails_finds_by_them(session: Session, ada: User) -> None:
    assert names(users.find_page(session, words="ada@example")) == []
    assert names(users.find_page(session, words="ada@example", with_email=True)) == ["Ada"]


def test_a_user_with_messages_cannot_be_deleted_and_they_are_counted(session: Session, ada: User) -> None:
    for text in "ab":
        messages.create(session, author_id=ada.id, body=text)
    assert refused(users.delete, session, ada.id) == (Reason("in_use", table="messages", count=2, words="author_id"),)


def test_a_user_without_messages_goes_with_sign_ins_and_links(session: Session, ada: User) -> None:
    account.sign_in(session, ada.id, device="x", address="y")
    invitations.invite(session, user_id=ada.id, hours=1)
    assert users.delete(session, ada.id) is True
    assert users.find(session, ada.id) is None
    assert account.devices(session, ada.id) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda session, user: users.delete(session, user.id),
        lambda session, user: users.close(session, user.id),
        lambda session, user: users.update(session, user.id, name=user.name, email=user.email, role="member"),
    ],
    ids=["deleted", "closed", "demoted"],
)
def test_the_last_admin_stays(session: Session, grace: User, make_user, change) -> None:
    assert refused(change, session, grace) == (Reason("last_admin", ("role",)),)
    make_user("Hedy", role="admin")
    assert change(session, grace)


def test_a_closed_admin_is_no_admin_that_is_left(session: Session, grace: User, make_user) -> None:
    hedy = make_user("Hedy", role="admin")
    users.close(session, hedy.id)
    assert refused(users.delete, session, grace.id) == (Reason("last_admin", ("role",)),)


def test_what_is_gone_is_told_apart(session: Session) -> None:
    assert users.update(session, 1, name="a", email="b@example.org") is None
    assert users.close(session, 1) is None
    assert users.reopen(session, 1) is None
    assert users.delete(session, 1) is False
