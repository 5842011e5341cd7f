"""Who may do what, at every address there is: an address that is missing in the table fails the test."""

import re

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from plainsite.ledger import Change
from plainsite.models import Base, SignIn, User
from plainsite.services import account, invitations, users

IN, NO, NONE, OK, ON = "sign in", 403, 404, 200, 303

# endpoint: what GET answers, then what a form rightly filled and sent answers, to a visitor, the member whom it
# concerns, another member, an admin. IN stands for "sent to sign in"; None for no such method.
TABLE = {
    "home": ([ON, ON, ON, ON], None),
    "static": ([OK, OK, OK, OK], None),
    "messages.index": ([OK, OK, OK, OK], None),
    "messages.feed": ([OK, OK, OK, OK], None),
    "messages.show": ([OK, OK, OK, OK], None),
    "messages.new": ([IN, OK, OK, OK], [IN, ON, ON, ON]),
    "messages.edit": ([IN, OK, NO, OK], [IN, ON, NO, ON]),
    "messages.delete": ([IN, OK, NO, OK], [IN, ON, NO, ON]),
    "users.index": ([OK, OK, OK, OK], None),
    "users.show": ([OK, OK, OK, OK], None),
    "users.new": ([OK, OK, OK, OK], [ON, ON, ON, ON]),
    "users.edit": ([IN, OK, NO, OK], [IN, ON, NO, ON]),
    "users.delete": ([IN, OK, NO, OK], [IN, 422, NO, 422]),
    "users.close": ([IN, NO, NO, OK], [IN, NO, NO, ON]),
    "users.reopen": ([IN, NO, NO, OK], [IN, NO, NO, ON]),
    "users.invite": ([IN, NO, NO, OK], [IN, NO, NO, ON]),
    "account.show": ([IN, OK, OK, OK], None),
    "account.sign_in": ([OK, OK, OK, OK], [ON, ON, ON, ON]),
    "account.sign_out": ([ON, OK, OK, OK], [ON, ON, ON, ON]),
    "account.password": ([IN, OK, OK, OK], [IN, ON, ON, ON]),
    "account.revoke": ([IN, OK, NONE, NONE], [IN, ON, NONE, NONE]),
    "account.revoke_all": ([IN, OK, OK, OK], [IN, ON, ON, ON]),
    "account.invitation": ([OK, OK, OK, OK], [ON, ON, ON, ON]),
    "data.index": ([IN, NO, NO, OK], None),
    "data.database": ([IN, NO, NO, OK], None),
    "data.reflect": ([IN, NO, NO, OK], [IN, NO, NO, ON]),
    "data.table": ([IN, NO, NO, OK], None),
    "data.show": ([IN, NO, NO, OK], None),
    "data.download": ([IN, NO, NO, OK], None),
    "data.new": ([IN, NO, NO, NO], [IN, NO, NO, NO]),  # the site's own tables are changed by their own pages
    "data.edit": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.edit_many": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.delete": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.delete_many": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.export": ([IN, NO, NO, OK], [IN, NO, NO, ON]),
    "data.bring": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.mapping": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "data.result": ([IN, NO, NO, NONE], [IN, NO, NO, NONE]),  # a file is its owner's
    "data.refused_rows": ([IN, NO, NO, NO], None),
    "queries.ask": ([IN, NO, NO, NO], [IN, NO, NO, NO]),  # nor are they questioned by hand: they hold secrets
    "queries.show": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "queries.edit": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "queries.delete": ([IN, NO, NO, NO], [IN, NO, NO, NO]),
    "queries.index": ([IN, NO, NO, NO], None),
    "queries.export": ([IN, NO, NO, NO], None),
    "queries.export_saved": ([IN, NO, NO, NO], None),
    "history.index": ([IN, NO, NO, OK], None),
    "history.show": ([IN, OK, NO, OK], None),  # what was done to one's own message
    "history.undo": ([IN, OK, NO, OK], [IN, ON, NO, ON]),
    "history.list_uncertain": ([IN, NO, NO, OK], None),
    "history.settle": ([IN, NO, NO, ON], [IN, NO, NO, ON]),  # this one has an end, to which it leads
}
WHO = ["", "Ada", "Bob", "Grace"]
FILLED = {
    "messages.new": {"body": "written"},
    "messages.edit": {"body": "changed"},
    "users.new": {"name": "New", "email": "new@example.org", "password": "a" * 12, "role": "member"},
    "users.edit": {"name": "Ada L.", "email": "ada@example.org", "role": "member"},
    "account.sign_in": {"email": "ada@example.org", "password": "correct horse battery"},
    "account.password": {"current": "correct horse battery", "password": "a" * 12},
    "account.invitation": {"password": "a" * 12},
}
CASES = [(who, endpoint) for endpoint in TABLE for who in range(4)]


@pytest.fixture
def site(app, people, write):
    """Give a site where Ada wrote a message, and Grace is the admin."""
    site = app
    site.ids = people(site, "Grace:admin", "Ada", "Bob")
    site.message = write(site, site.ids["Ada"])
    return site


def contents(site, *, but=()):
    """Give all that is in the database, table by table; when a device was last seen is nothing to compare."""
    with site.extensions["plainsite"].engine.connect() as connection:
        return {
            table.name: sorted(
                map(tuple, connection.execute(select(*(c for c in table.columns if c.name != "seen_at"))))
            )
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


def address(site, rule):
    """Put what is Ada's into an address."""
    with Session(site.extensions["plainsite"].engine) as session:
        devices = session.scalars(select(SignIn.id).where(SignIn.user_id == site.ids["Ada"])).all()
        written = session.scalars(select(Change.number).where(Change.relation == "messages")).first()
        token = invitations.invite(session, user_id=site.ids["Ada"], hours=1) if "<token>" in rule else ""
    number = {"messages": site.message, "users": site.ids["Ada"], "account": devices[-1] if devices else 1}
    number["data"] = site.ids["Ada"]
    number["history"] = written
    path = re.sub(r"<id:id>|<id:number>|<key>", lambda _: str(number[rule.split("/")[1]]), rule)
    for part, meant in {"token": token, "path:filename": "site.css", "name": "site", "table": "users"}.items():
        path = path.replace(f"<{part}>", meant)
    return path.replace("<column>", "name").replace("<any(csv, jsonl):kind>", "csv").replace("<file>", "0" * 32)


def test_every_address_stands_in_the_table(site):
    there = {
        rule.endpoint: {"GET", "POST", "PUT", "PATCH", "DELETE"} & rule.methods for rule in site.url_map.iter_rules()
    }
    assert there == {name: {"GET", "POST"} if post else {"GET"} for name, (_, post) in TABLE.items()}
    print(f"{len(there)} addresses, {len(WHO)} kinds of people")


@pytest.mark.sweep
@pytest.mark.parametrize(("who", "endpoint"), CASES)
def test_only_who_may_opens_and_sends_it(site, person, who, endpoint):
    rule = next(rule.rule for rule in site.url_map.iter_rules() if rule.endpoint == endpoint)
    person(site, "Ada")  # a device of hers
    somebody, stranger = person(site, WHO[who]), person(site)
    path = address(site, rule)
    opened, sent = TABLE[endpoint]
    before = contents(site)
    answer = somebody.get(path)
    assert_answer(answer, opened[who])
    assert contents(site) == before, "opening a page changes nothing"
    if sent is None:
        assert somebody.post(path, {}).status == 405
        return
    somebody.token  # noqa: B018 - a visitor's comes with the first form
    before = contents(site)
    for token in ("", "broken", stranger.token):
        refused = somebody.post(path, {**FILLED.get(endpoint, {}), "csrf_token": token})
        nothing_to_do = endpoint in {"history.settle", "data.export"} or (endpoint == "account.sign_out" and not who)
        if sent[who] not in {IN, NO, NONE} and not nothing_to_do:
            assert refused.status == 422, "a form without the token of this very session is not taken"
    assert contents(site) == before
    answer = somebody.post(path, FILLED.get(endpoint, {}))
    assert_answer(answer, sent[who])
    if sent[who] in {IN, NO, NONE, 422}:
        assert contents(site) == before, "who may not changes nothing"


def assert_answer(answer, expected):
    if expected == IN:
        assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, "/account/sign-in")
    else:
        assert answer.status == expected, answer.text
        if answer.status == 303:
            assert not answer.headers["Location"].startswith("/account/sign-in")


def test_nobody_makes_an_admin_of_themselves(site, person):
    ada = person(site, "Ada")
    forged = {"role": "admin", "id": "1", "author_id": "1", "password_hash": "x", "closed_at": "", "name_key": "x"}
    mine = {"name": "Ada", "email": "ada@example.org"}
    assert ada.post(f"/users/{site.ids['Ada']}/edit?role=admin", {**mine, **forged}).status == 303
    new = {"name": "Eve", "email": "eve@example.org", "password": "a" * 12}
    assert person(site).post("/users/new?role=admin", {**new, **forged}).status == 303
    assert ada.post("/messages/new", {"body": "mine", **forged}).status == 303
    with Session(site.extensions["plainsite"].engine) as session:
        assert session.scalars(select(User.name).where(User.role == "admin")).all() == ["Grace"]
        assert session.get(User, site.ids["Ada"]).password_hash != "x"
    assert "Ada" in ada.get("/messages/").text


def test_a_closed_account_is_signed_out_and_cannot_sign_in_and_stays_out_when_reopened(site, person):
    ada, grace, at = person(site, "Ada"), person(site, "Grace"), f"/users/{site.ids['Ada']}"
    assert ada.is_in()
    assert grace.post(f"{at}/closing").status == 303
    assert not ada.is_in()
    answer = ada.post("/messages/new", {"body": "still here"})
    assert (answer.status, 'name="body" value="still here"' in answer.text) == (403, True), "kept, for whoever it is"
    closed, unknown = person(site).sign_in("Ada"), person(site).sign_in("Nobody")
    assert (closed.status, unknown.status) == (422, 422)
    assert closed.errors_at("email") == unknown.errors_at("email"), "nobody learns which addresses are known"
    assert grace.post(f"{at}/closing/delete").status == 303
    assert person(site).sign_in("Ada").status == 303
    assert not ada.is_in(), "signed out everywhere: an old cookie, perhaps the reason for closing, must not come back"


def test_a_copied_cookie_is_worth_nothing_after_signing_out(site, person):
    ada, thief = person(site, "Ada"), person(site)
    thief.take_cookie(ada.cookie())
    assert thief.is_in()
    assert ada.post("/account/sign-out").status == 303
    assert not thief.is_in()
    thief.take_cookie(thief.cookie())
    assert not thief.is_in()


def test_a_copied_cookie_is_worth_nothing_after_its_device_is_signed_out(site, person):
    ada, thief = person(site, "Ada"), person(site, "Ada")
    with Session(site.extensions["plainsite"].engine) as session:
        devices = [row.id for row in account.devices(session, site.ids["Ada"])]
    assert person(site, "Bob").post(f"/account/devices/{max(devices)}/delete").status == 404
    assert thief.is_in()
    assert ada.post(f"/account/devices/{max(devices)}/delete").status == 303
    assert (ada.is_in(), thief.is_in()) == (True, False)


def test_a_copied_cookie_is_worth_nothing_after_the_password_changed(site, person):
    ada, other, copy = person(site, "Ada"), person(site, "Ada"), person(site)
    copy.take_cookie(other.cookie())
    changed = {"current": "correct horse battery", "password": "another long one"}
    assert ada.post("/account/password", changed).status == 303
    assert (ada.is_in(), other.is_in(), copy.is_in()) == (True, False, False)
    assert person(site).sign_in("Ada").status == 422
    assert person(site).sign_in("Ada", "another long one").status == 303


def test_signing_out_everywhere_signs_out_the_others(site, person):
    ada, others = person(site, "Ada"), [person(site, "Ada") for _ in range(3)]
    assert ada.post("/account/devices/delete").status == 303
    assert not any(other.is_in() for other in others)
    assert person(site, "Bob").is_in()


def test_a_deleted_users_cookie_is_worth_nothing(site, person):
    bob = person(site, "Bob")
    with Session(site.extensions["plainsite"].engine) as session:
        assert users.delete(session, site.ids["Bob"])
    assert not bob.is_in()
    assert bob.get("/messages/").status == 200
    assert bob.post("/messages/new", {"body": "nobody's"}).status == 403


def test_a_demoted_admin_is_one_no_more_at_once(site, person):
    with Session(site.extensions["plainsite"].engine) as session:
        users.update(session, site.ids["Bob"], name="Bob", email="bob@example.org", role="admin")
    bob, grace = person(site, "Bob"), person(site, "Grace")
    assert bob.get(f"/users/{site.ids['Ada']}/closing").status == 200
    demoted = {"name": "Bob", "email": "bob@example.org", "role": "member"}
    assert grace.post(f"/users/{site.ids['Bob']}/edit", demoted).status == 303
    assert bob.post(f"/users/{site.ids['Ada']}/closing").status == 403


def test_a_session_fixed_by_somebody_else_is_worth_nothing_after_signing_in(site, person):
    victim, thief = person(site), person(site)
    thief.get("/account/sign-in")
    fixed, old_token = thief.cookie(), thief.token
    victim.take_cookie(fixed)
    assert victim.sign_in("Ada").status == 303
    assert victim.cookie() != fixed
    thief.take_cookie(fixed)
    assert not thief.is_in()
    assert victim.post("/messages/new", {"body": "forged", "csrf_token": old_token}).status == 422


def test_each_sign_in_has_a_token_of_its_own(site, person):
    first, second = person(site, "Ada"), person(site, "Ada")
    assert first.cookie() != second.cookie()
    with Session(site.extensions["plainsite"].engine) as session:
        assert session.query(SignIn).count() == 2
        assert not any(row.token_hash in first.cookie() for row in session.query(SignIn))


@pytest.mark.parametrize("kind", ["truncated", "changed", "of another key", "none", "huge", "not text", "many"])
def test_a_forged_cookie_is_a_visitors(site, person, make_app, kind):
    ada, somebody = person(site, "Ada"), person(site)
    cookie = ada.cookie()
    other = make_app(TESTING=False, SECRET_KEY="another key altogether")
    forged = {
        "truncated": cookie[:-3],
        "changed": cookie[:10] + ("A" if cookie[10] != "A" else "B") + cookie[11:],
        "of another key": other.session_interface.get_signing_serializer(other).dumps({"token": "x"}),
        "none": cookie.rpartition(".")[0] + ".",
        "huge": cookie * 500,
        "not text": "\xff\xfe\x80",
        "many": "; plainsite=".join([cookie[:-3]] * 50),
    }[kind]
    answer = somebody.get("/account/", headers={"Cookie": f"plainsite={forged}"})
    assert (answer.status, answer.headers["Location"]) == (303, "/account/sign-in?next=/account/")
    assert somebody.get("/messages/", headers={"Cookie": f"plainsite={forged}"}).status == 200


@pytest.mark.parametrize("value", [None, 1, ["x"], {"a": 1}, "", "x" * 100_000, "\ud800", "\0", True])
def test_a_cookie_signed_by_us_with_something_odd_in_it_is_a_visitors(site, person, value):
    """As an older version of the site, or another site with the same key, might have written it."""
    cookie = site.session_interface.get_signing_serializer(site).dumps({"token": value, "csrf_token": value, "me": 1})
    somebody = person(site)
    headers = {"Cookie": f"plainsite={cookie}"}
    assert somebody.get("/messages/", headers=headers).status == 200
    assert somebody.get("/account/", headers=headers).status == 303
    assert somebody.get("/account/sign-in", headers=headers).status == 200


def test_a_cookie_older_than_a_sign_in_lasts_is_a_visitors(site, person, monkeypatch):
    ada, days = person(site, "Ada"), site.config["SESSION_DAYS"]
    serializer = site.session_interface.get_signing_serializer(site)
    held = serializer.loads(ada.cookie())
    then = TimestampSigner.get_timestamp
    for age, is_in in ((days - 1, True), (days + 1, False)):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self, age=age: then(self) - age * 86_400)
        cookie = serializer.dumps(held)
        monkeypatch.undo()
        ada.take_cookie(cookie)
        assert ada.is_in() is is_in
