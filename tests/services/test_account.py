"""Signing in, devices and links, without a page or a form."""

import datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from plainsite.models import SignIn, User, now
from plainsite.refusals import Refused
from plainsite.services import account, invitations, users

PASSWORD = "correct horse battery"


def test_who_knows_the_password_is_recognised_by_any_spelling_of_the_email(session: Session, ada: User) -> None:
    assert account.recognise(session, email="ADA@example.ORG", password=PASSWORD).name == "Ada"


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_email_are_refused_alike(session, ada, email, password) -> None:
    with pytest.raises(Refused) as refused:
        account.recognise(session, email=email, password=password)
    assert refused.value.reasons[0].rule == "wrong"


def test_a_user_without_a_password_cannot_sign_in(session: Session) -> None:
    users.create(session, name="Bob", email="bob@example.org")
    with pytest.raises(Refused):
        account.recognise(session, email="bob@example.org", password="")


def test_a_password_is_the_same_from_a_keyboard_that_sends_its_letters_in_parts(session, ada) -> None:
    composed, in_parts, wide = "gr\u00fc\u00dfe an alle", "gru\u0308\u00dfe an alle", "\uff47r\u00fc\u00dfe an alle"
    for kept in (composed, in_parts):
        account.change_password(session, ada.id, new_hash=account.password_hash(kept), but=None)
        for typed in (composed, in_parts, wide):
            assert account.recognise(session, email=ada.email, password=typed).id == ada.id
            account.confirm(session, ada.id, typed)
    with pytest.raises(Refused):
        account.recognise(session, email=ada.email, password="GR\u00dc\u00dfE AN ALLE")


def test_a_closed_account_is_signed_out_and_cannot_sign_in_until_it_is_opened_again(session, ada) -> None:
    token = account.sign_in(session, ada.id, device="d", address="a")
    users.close(session, ada.id)
    assert account.signed_in(session, token) is None
    with pytest.raises(Refused):
        account.recognise(session, email=ada.email, password=PASSWORD)
    users.reopen(session, ada.id)
    assert account.signed_in(session, token) is None
    assert account.recognise(session, email=ada.email, password=PASSWORD).id == ada.id


def test_the_database_never_holds_a_token_or_a_password(session: Session, ada: User) -> None:
    tokens = [
        account.sign_in(session, ada.id, device="d", address="a"),
        invitations.invite(session, user_id=1, hours=1),
    ]
    rows = [
        str(session.execute(text(f"SELECT * FROM {table}")).all()) for table in ("users", "sign_ins", "invitations")
    ]
    assert not [secret for secret in (*tokens, PASSWORD) if secret in "".join(rows)]
    assert "$argon2id$" in rows[0]


def test_changing_the_password_signs_out_every_other_device(session: Session, ada: User) -> None:
    here, there = (account.sign_in(session, ada.id, device=name, address="") for name in ("here", "there"))
    mine = account.signed_in(session, here).sign_in_id
    account.change_password(session, ada.id, new_hash=account.password_hash("another one"), but=mine)
    assert account.signed_in(session, there) is None
    assert account.signed_in(session, here) is not None
    assert account.recognise(session, email=ada.email, password="another one").id == ada.id


def test_nobody_signs_out_a_device_of_somebody_else(session: Session, ada: User, grace: User) -> None:
    token = account.sign_in(session, ada.id, device="d", address="a")
    mine = account.signed_in(session, token).sign_in_id
    assert account.revoke(session, grace.id, mine) is False
    assert account.revoke(session, ada.id, mine) is True
    assert account.signed_in(session, token) is None


def test_a_link_works_once_and_signs_out_what_was_signed_in(session: Session, ada: User) -> None:
    signed_in = account.sign_in(session, ada.id, device="d", address="a")
    token = invitations.invite(session, user_id=ada.id, hours=1)
    assert invitations.set_password(session, token, new_hash=account.password_hash("brand new one")) == ada.id
    assert account.signed_in(session, signed_in) is None
    with pytest.raises(Refused):
        invitations.set_password(session, token, new_hash=account.password_hash("yet another"))
    assert account.recognise(session, email=ada.email, password="brand new one").id == ada.id


def test_a_newer_link_replaces_the_older_one(session: Session, ada: User) -> None:
    old, new = (invitations.invite(session, user_id=ada.id, hours=1) for _ in range(2))
    assert invitations.invited(session, old) is None
    assert invitations.invited(session, new).name == "Ada"


def test_a_link_that_is_too_old_opens_nothing(session: Session, ada: User) -> None:
    token = invitations.invite(session, user_id=ada.id, hours=-1)
    assert invitations.invited(session, token) is None
    with pytest.raises(Refused):
        invitations.set_password(session, token, new_hash="x")


def test_the_first_admins_link_makes_one_admin_and_never_a_second(session: Session) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    assert not invitations.has_admin(session)
    invitations.become_admin(session, token, name="Grace", email="grace@example.org", new_hash="x")
    assert invitations.has_admin(session)
    other = invitations.invite(session, user_id=None, hours=1)
    with pytest.raises(Refused):
        invitations.become_admin(session, other, name="Eve", email="eve@example.org", new_hash="x")


def test_somebody_who_is_a_user_already_can_use_the_first_admins_link(session: Session, ada: User) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    assert invitations.promote(session, token, ada.id).role == "admin"


def test_a_refused_name_leaves_the_link_in_use(session: Session, ada: User) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    with pytest.raises(Refused) as refused:
        invitations.become_admin(session, token, name="ADA", email="new@example.org", new_hash="x")
    assert refused.value.reasons[0].columns == ("name",)
    assert invitations.invited(session, token) is not None


@pytest.mark.parametrize("meanwhile", ["another password", "closed", "deleted"])
def test_who_was_recognised_is_not_signed_in_by_a_password_that_is_theirs_no_more(session, ada, meanwhile) -> None:
    known = account.recognise(session, email=ada.email, password=PASSWORD)
    if meanwhile == "closed":
        users.close(session, ada.id)
    elif meanwhile == "deleted":
        users.delete(session, ada.id)
    else:
        account.change_password(session, ada.id, new_hash=account.password_hash(meanwhile))
    with pytest.raises(Refused) as refused:
        account.sign_in(session, ada.id, device="d", address="a", known_by=known.password_hash)
    assert refused.value.reasons[0].rule == "wrong"
    assert account.devices(session, ada.id) == []


def test_a_device_that_signs_in_again_is_one_device(session: Session, ada: User, grace: User) -> None:
    first = account.sign_in(session, ada.id, device="d", address="a")
    was = account.signed_in(session, first).sign_in_id
    account.sign_in(session, grace.id, device="d", address="a", instead_of=was)
    assert account.signed_in(session, first) is None
    assert len(account.devices(session, grace.id)) == 1


def test_a_device_whose_cookie_is_too_old_is_not_listed_and_forgotten_at_the_next_sign_in(session, ada) -> None:
    def count() -> int:
        return len(account.devices(session, ada.id))

    for _ in range(2):
        account.sign_in(session, ada.id, device="d", address="a", days=30)
    oldest = account.devices(session, ada.id)[-1].id
    for days, listed in ((29, 2), (31, 1)):
        seen = now() - datetime.timedelta(days=days)
        session.execute(update(SignIn).where(SignIn.id == oldest).values(seen_at=seen))
        session.commit()
        assert len(account.devices(session, ada.id, days=30)) == listed
    assert count() == 2
    account.sign_in(session, ada.id, device="d", address="a", days=30)
    assert count() == 2


@pytest.mark.parametrize("end", ["password", "closing"])
def test_a_link_ends_with_the_password_and_the_account_for_which_it_was_made(session, ada, end) -> None:
    link = invitations.invite(session, user_id=ada.id, hours=1)
    assert invitations.invited(session, link) is not None
    if end == "password":
        account.change_password(session, ada.id, new_hash="x")
    else:
        users.close(session, ada.id)
        users.reopen(session, ada.id)
    assert invitations.invited(session, link) is None


def test_nobody_is_invited_who_could_not_come(session: Session, ada: User) -> None:
    users.close(session, ada.id)
    for user_id, rule in ((ada.id, "closed"), (ada.id + 1, "unknown")):
        with pytest.raises(Refused) as refused:
            invitations.invite(session, user_id=user_id, hours=1)
        assert [reason.rule for reason in refused.value.reasons] == [rule]
