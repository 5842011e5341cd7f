"""The cookie is believed while its signature and its age are right, however often it was right before."""

import datetime
import decimal
import re
import time
import uuid

import pytest
from flask.sessions import SecureCookieSessionInterface
from markupsafe import Markup

NAME = "plainsite"
DAY = 86400


@pytest.fixture
def cookie(client) -> str:
    """Give a cookie that was read, so that its signature is known to be right."""
    client.get("/account/sign-in")
    client.get("/account/sign-in")
    return client.get_cookie(NAME).value


def believed(app, cookie: str) -> bool:
    """Tell whether a request with a cookie keeps the session that the cookie holds."""
    somebody = app.test_client()
    somebody.set_cookie(NAME, cookie)
    return "Set-Cookie" not in somebody.get("/account/sign-in").headers


def test_a_cookie_is_believed_until_it_is_too_old_and_never_before_its_time(app, cookie, monkeypatch) -> None:
    signed = time.time()
    told = {}
    for days in (0, 29, 31, 29, -1):
        monkeypatch.setattr(time, "time", lambda at=signed + days * DAY: at)
        told[days] = believed(app, cookie)
    assert told == {0: True, 29: True, 31: False, -1: False}


def test_a_cookie_that_was_changed_is_not_believed(app, cookie) -> None:
    payload, at, signature = cookie.rsplit(".", 2)
    other = "A" if payload[-1] != "A" else "B"
    for changed in (f"{payload[:-1]}{other}.{at}.{signature}", f"{payload}.{at}.{signature[::-1]}", payload, "x", "."):
        assert not believed(app, changed)
    assert believed(app, cookie)


def test_a_cookie_of_another_site_is_not_believed(app, make_app, cookie) -> None:
    other = make_app(SECRET_KEY="another key of thirty-two letters!")
    assert believed(app, cookie)
    assert not believed(other, cookie)


def test_what_a_request_puts_into_its_session_is_in_no_other_request(app, cookie) -> None:
    for _ in range(2):
        with app.test_request_context(headers={"Cookie": f"{NAME}={cookie}"}) as context:
            assert "mine" not in context.session
            context.session["mine"] = ["mine"]
            assert context.session["csrf_token"]


@pytest.mark.parametrize("length", [1, 5_000])
def test_what_a_session_holds_comes_back_as_it_was_put_in(app, length) -> None:
    held = {
        "pair": (1, "two"),
        "safe": Markup("<b>bold</b>"),
        "when": datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC),
        "bytes": b"\xff\x00",
        "id": uuid.UUID(int=7),
        "list": [None, True, 1.5, {" t": "a dict that looks like a mark"}],
        "text": "ä\u2028" * length,
    }
    signing = app.session_interface.get_signing_serializer(app)
    cookie = signing.dumps(held)
    with app.test_request_context(headers={"Cookie": f"{NAME}={cookie}"}) as context:
        assert dict(context.session) == held
        assert type(context.session["safe"]) is Markup
    assert len(cookie) < 1_000
    flasks = SecureCookieSessionInterface().get_signing_serializer(app)
    assert flasks.loads(cookie) == signing.loads(flasks.dumps(held)) == held, "each reads what the other has written"


def test_what_only_flasks_own_json_has_a_word_for_is_kept_as_flask_keeps_it(app) -> None:
    with app.app_context():
        held = {"price": decimal.Decimal("1.50"), "day": datetime.date(2026, 11, 29)}
        flasks, ours = SecureCookieSessionInterface().get_signing_serializer(app), app.session_interface
        assert ours.get_signing_serializer(app).loads(flasks.dumps(held)) == {
            "price": "1.50",
            "day": "Sun, 29 Nov 2026 00:00:00 GMT",
        }
        assert flasks.loads(ours.get_signing_serializer(app).dumps(held)) == flasks.loads(flasks.dumps(held))


@pytest.mark.parametrize("path", ["/account/sign-in", "/account/sign-out", "/users/new"])
def test_a_form_of_another_site_replaces_nobodys_cookie(client, path) -> None:
    def cookies(site: str) -> list[str]:
        return client.post(path, headers={"Sec-Fetch-Site": site}).headers.getlist("Set-Cookie")

    assert cookies("cross-site") == []
    assert len(cookies("same-origin")) == 1


def test_forms_whose_answers_nobody_looks_at_sign_nobody_out(as_grace) -> None:
    """Each leaves a sentence in the cookie; a browser drops one that is longer than 4,096 bytes without a word."""
    html = as_grace.open("/users/new").html
    token, once = (re.findall(rf'name="{name}" value="([^"]+)"', html)[-1] for name in ("csrf_token", "submission"))
    for number in range(100):
        given = {"csrf_token": token, "submission": f"{number:03}{once[3:]}", "role": "member"}
        given |= {"name": f"Number {number}", "email": f"n{number}@example.org"}
        answer = as_grace.client.post("/users/new", data=given)
        assert answer.status_code == 303
        assert len(answer.headers["Set-Cookie"].partition(";")[0]) < 4096 - 100  # beside what its attributes take
    page = as_grace.open("/users/")
    assert "Sign out" in page.buttons
    assert 5 < len(page.flashes) < 100
    assert page.flashes[-1].startswith("Send Number 99 this link")
