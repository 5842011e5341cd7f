"""However many hurry at once, an admin remains; and a link works once."""

from collections import Counter

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.refusals import Refused
from plainsite.services import account, invitations, users

ROUNDS = 100


@pytest.fixture
def engine(app):
    return app.extensions["plainsite"].engine


def admins(engine):
    with Session(engine) as session:
        return session.scalar(select(func.count()).where(User.role == "admin", User.closed_at.is_(None)))


def demote(session, one):
    users.update(session, one[0], name=one[1], email=f"{one[1]}@example.org".lower(), role="member")


def close(session, one):
    users.close(session, one[0])


def remove(session, one):
    users.delete(session, one[0])


@pytest.mark.load
@pytest.mark.parametrize(
    "ways", [(demote, demote), (close, close), (remove, remove), (demote, remove), (close, demote)]
)
def test_of_two_admins_who_remove_each_other_at_once_one_stays(app, engine, people, at_once, ways):
    told = Counter()

    def act(way, one):
        with Session(engine, expire_on_commit=False) as session:
            session.get(User, one[0])  # as a view would have, just before
            try:
                way(session, one)
            except Refused as refused:
                return refused.reasons[0].rule
            return "done"

    rounds = ROUNDS // 5
    for _ in range(rounds):
        both = list(people(app, "Grace:admin", "Edsger:admin").items())
        first, second = ((number, name) for name, number in both)
        said = at_once(lambda one=first: act(ways[0], one), lambda one=second: act(ways[1], one))
        told.update(said)
        assert admins(engine) == 1
        assert sorted(said) == ["done", "last_admin"]
        with Session(engine) as session:
            session.execute(delete(User))
            session.commit()
    print(f"{ways[0].__name__} against {ways[1].__name__}: {rounds} rounds, {dict(told)}")


@pytest.mark.load
def test_of_eight_who_use_the_first_admins_link_at_once_one_becomes_the_admin(app, engine, at_once):
    rounds = 20

    def become(token, number):
        with Session(engine, expire_on_commit=False) as session:
            try:
                invitations.become_admin(
                    session, token, name=f"A{number}", email=f"a{number}@example.org", new_hash="x"
                )
            except Refused as refused:
                return refused.reasons[0].rule
            return "done"

    for _ in range(rounds):
        with Session(engine) as session:
            token = invitations.invite(session, user_id=None, hours=1)
        said = Counter(at_once(*(lambda n=number, t=token: become(t, n) for number in range(8))))
        assert said == {"done": 1, "used": 7}
        assert admins(engine) == 1
        with Session(engine) as session:
            session.execute(delete(User))
            session.commit()
    print(f"first admin's link: 8 at once, {rounds} rounds, one admin each")


@pytest.mark.load
def test_of_eight_who_use_a_password_link_at_once_one_sets_the_password(app, engine, people, at_once):
    ada = people(app, "Ada")["Ada"]
    with Session(engine) as session:
        token = invitations.invite(session, user_id=ada, hours=1)

    def use(number):
        with Session(engine, expire_on_commit=False) as session:
            try:
                invitations.set_password(session, token, new_hash=f"hash {number}")
            except Refused as refused:
                return refused.reasons[0].rule
            return number

    said = at_once(*(lambda n=number: use(n) for number in range(8)))
    (winner,) = (each for each in said if each != "used")
    with Session(engine) as session:
        assert session.scalar(select(User.password_hash)) == f"hash {winner}"


def test_a_password_link_works_once(open_site, person, people):
    site = open_site()
    ids = people(site, "Grace:admin", "Ada")
    with Session(site.extensions["plainsite"].engine) as session:
        token = invitations.invite(session, user_id=ids["Ada"], hours=1)
    path = f"/account/invitations/{token}"
    waiting = person(site)
    assert waiting.get(path).status == 200
    assert person(site).post(path, {"password": "short"}).status == 422
    assert person(site).post(path, {"password": "a new password"}).status == 303
    for answer in (waiting.post(path, {"password": "another password"}), person(site).get(path)):
        assert answer.status in {404, 409, 410, 422}
    assert person(site).sign_in("Ada", "a new password").status == 303
    assert person(site).sign_in("Ada", "another password").status == 422


def test_a_link_that_is_too_old_or_replaced_or_of_a_closed_account_is_worth_nothing(open_site, person, people):
    site = open_site()
    ids = people(site, "Grace:admin", "Ada", "Bob", "Eve")
    with Session(site.extensions["plainsite"].engine) as session:
        old = invitations.invite(session, user_id=ids["Ada"], hours=-1)
        replaced = invitations.invite(session, user_id=ids["Bob"], hours=1)
        fresh = invitations.invite(session, user_id=ids["Bob"], hours=1)
        closed = invitations.invite(session, user_id=ids["Eve"], hours=1)
        users.close(session, ids["Eve"])
    for token in (old, replaced, closed, "", "x", "x" * 5000, "%00", "%ED%A0%80", "../..", fresh[:-1]):
        answer = person(site).post(f"/account/invitations/{token}", {"password": "a new password"})
        assert answer.status in {404, 405, 422}, token
    assert person(site).post(f"/account/invitations/{fresh}", {"password": "a new password"}).status == 303


def test_the_first_admins_link_makes_no_second_admin(open_site, person, people):
    site = open_site()
    with Session(site.extensions["plainsite"].engine) as session:
        token = invitations.invite(session, user_id=None, hours=1)
        people(site, "Grace:admin", "Ada")
    path = f"/account/invitations/{token}"
    form = {"name": "Eve", "email": "eve@example.org", "password": "a" * 12}
    assert person(site).post(path, form).status in {404, 422}
    assert person(site, "Ada").post(path).status in {404, 422}
    assert admins(site.extensions["plainsite"].engine) == 1


def test_a_link_used_between_opening_and_sending_it_is_said_to_be_used(open_site, person, people, monkeypatch):
    site = open_site()
    engine = site.extensions["plainsite"].engine
    ids = people(site, "Grace:admin", "Ada")
    with Session(engine) as session:
        token = invitations.invite(session, user_id=ids["Ada"], hours=1)
    somebody = person(site)
    assert somebody.token
    kept = account.password_hash

    def used_meanwhile(password):
        with Session(engine) as session:
            invitations.set_password(session, token, new_hash="x")
        return kept(password)

    monkeypatch.setattr(account, "password_hash", used_meanwhile)
    answer = somebody.post(f"/account/invitations/{token}", {"password": "a new password"})
    assert answer.status == 422
    assert "has been used" in answer.text


@pytest.mark.parametrize("who", ["", "Ada"])
def test_the_first_admins_link_used_between_opening_and_sending_it_is_said_to_be_used(
    open_site, person, people, monkeypatch, who
):
    site = open_site()
    engine = site.extensions["plainsite"].engine
    people(site, "Ada")
    with Session(engine) as session:
        token = invitations.invite(session, user_id=None, hours=1)
    somebody = person(site, who)
    assert somebody.token
    kept = invitations.invited

    def used_meanwhile(session, given):
        found = kept(session, given)
        with Session(engine) as other:
            invitations.become_admin(other, token, name="Grace", email="grace@example.org", new_hash="x")
        return found

    monkeypatch.setattr(invitations, "invited", used_meanwhile)
    form = {} if who else {"name": "Eve", "email": "eve@example.org", "password": "a" * 12}
    answer = somebody.post(f"/account/invitations/{token}", form)
    assert answer.status == 422
    assert "has been used" in answer.text
    assert admins(engine) == 1


def test_the_last_admin_cannot_be_demoted_closed_or_deleted_through_the_forms(open_site, person, people):
    site = open_site()
    ids = people(site, "Grace:admin", "Ada", "Old:admin")
    with Session(site.extensions["plainsite"].engine) as session:
        users.close(session, ids["Old"])  # an admin who cannot sign in does not count
    grace, at = person(site, "Grace"), f"/users/{ids['Grace']}"
    demoted = {"name": "Grace", "email": "grace@example.org", "role": "member"}
    for answer in (grace.post(f"{at}/edit", demoted), grace.post(f"{at}/closing"), grace.post(f"{at}/delete")):
        assert answer.status == 422
        assert "admin" in answer.text
    with Session(site.extensions["plainsite"].engine) as session:
        session.execute(update(User).where(User.name == "Old").values(closed_at=None))
        session.commit()
    assert grace.post(f"{at}/closing").status == 303
