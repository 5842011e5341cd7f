"""Signing in and out, devices, passwords, and the first admin's link."""

import pytest
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import account, invitations, users
from plainsite.testing import Browser

PASSWORD = "correct horse battery"


def sign_in(browser: Browser, user: User, password: str = PASSWORD):
    """Sign in through the form."""
    browser.open("/account/sign-in")
    browser.fill("E-mail", user.email)
    browser.fill("Password", password)
    return browser.press("Sign in")


def test_a_wrong_password_is_said_at_both_fields_and_the_email_is_kept(browser, ada) -> None:
    page = sign_in(browser, ada, "wrong")
    assert page.status == 422
    assert set(page.errors) == {"E-mail", "Password"}
    assert (page.value("E-mail"), page.value("Password")) == ("ada@example.org", "")


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app, browser, ada) -> None:
    sign_in(browser, ada)
    copied = browser.client.get_cookie("plainsite").value
    browser.press("Sign out")
    thief = app.test_client()
    thief.set_cookie("plainsite", copied)
    assert thief.get("/account/").status_code == 303


def test_signing_out_asks_when_it_is_only_an_address(as_ada) -> None:
    as_ada.open("/account/sign-out")
    assert as_ada.page.heading == "Sign out?"
    assert as_ada.open("/account/").status == 200


def test_devices_are_listed_and_one_is_signed_out_by_another(app, ada) -> None:
    here, there = Browser(app), Browser(app)
    sign_in(here, ada)
    sign_in(there, ada)
    page = here.open("/account/")
    assert len(page.table) == 2
    assert page.text.count("this device") == 1
    other = next(row for row in account_devices(app, ada) if f"/account/devices/{row.id}/delete" in page.html)
    assert other
    for row in account_devices(app, ada):
        here.open(f"/account/devices/{row.id}/delete")
        if "device you are using now" not in here.page.text:
            here.press("Sign out this device")
    assert there.open("/account/").heading == "Sign in"
    assert here.open("/account/").heading == "Account"


def account_devices(app, user):
    """List a user's devices past the page."""
    with Session(app.extensions["plainsite"].engine) as session:
        return account.devices(session, user.id)


def test_all_other_devices_are_signed_out_at_once(app, ada) -> None:
    here, there, elsewhere = Browser(app), Browser(app), Browser(app)
    for one in (here, there, elsewhere):
        sign_in(one, ada)
    here.open("/account/")
    here.follow("Sign out everywhere else…")
    assert here.press("Sign out everywhere else").flashes == ["All other devices were signed out."]
    assert [one.open("/account/").heading for one in (here, there, elsewhere)] == ["Account", "Sign in", "Sign in"]


def test_a_device_of_somebody_else_is_not_there(as_ada, app, grace) -> None:
    sign_in(Browser(app), grace)
    (row,) = account_devices(app, grace)
    assert as_ada.open(f"/account/devices/{row.id}/delete").status == 404


def test_what_keeps_passwords_is_told_whose_password_a_form_sets(session, as_grace, ada) -> None:
    name = '<input type="text" value="{}" autocomplete="username"'  # without a name of its own it is not sent
    assert name.format("grace@example.org") in as_grace.open("/account/password").html
    link = invitations.invite(session, user_id=ada.id, hours=1)
    assert name.format("ada@example.org") in as_grace.open(f"/account/invitations/{link}").html


def test_changing_the_password_signs_out_the_others_and_needs_the_old_one(app, ada) -> None:
    here, there = Browser(app), Browser(app)
    sign_in(here, ada)
    sign_in(there, ada)
    here.open("/account/password")
    here.fill("Current password", "wrong")
    here.fill("New password", "another long one")
    assert here.press("Change password").errors == {"Current password": "This is not your password: enter it again"}
    here.fill("Current password", PASSWORD)
    here.fill("New password", "another long one")
    assert here.press("Change password").heading == "Account"
    assert there.open("/account/").heading == "Sign in"
    assert sign_in(there, ada, "another long one").flashes == ["You are signed in as Ada."]


def test_a_name_that_ends_like_an_address_of_the_site_is_shown_as_a_name(app, make_user) -> None:
    page = sign_in(Browser(app), make_user("Zed http://localhost/a/undo"))
    assert page.flashes == ["You are signed in as Zed http://localhost/a/undo."]
    assert "Undo" not in page.links


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "\r\nx"])
def test_signing_in_never_leads_to_a_stranger(browser, ada, to: str) -> None:
    browser.open("/account/sign-in?next=" + to.replace("\r\n", "%0d%0a"))
    browser.fill("E-mail", ada.email)
    browser.fill("Password", PASSWORD)
    assert browser.press("Sign in").path == "/messages/"


def test_the_first_admins_link_makes_a_visitor_the_admin(app, browser, session) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    page = browser.open(f"/account/invitations/{token}")
    assert page.heading == "Become the admin"
    browser.fill("Name", "Grace")
    browser.fill("E-mail", "grace@example.org")
    browser.fill("Password", PASSWORD)
    browser.press("Become the admin")
    assert "Add a user" in browser.open("/users/").links
    assert Browser(app).open(f"/account/invitations/{token}").status == 404


def test_the_first_admins_link_makes_a_member_who_is_signed_in_the_admin(as_ada, session) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    as_ada.open(f"/account/invitations/{token}")
    as_ada.press("Become the admin")
    assert "Add a user" in as_ada.open("/users/").links


def test_a_cookie_for_tls_only_is_marked_so(app, ada) -> None:
    answer = app.test_client().get("/account/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax"))


def test_who_is_deleted_while_choosing_a_password_meets_a_page_of_the_site(browser, session, ada, monkeypatch) -> None:
    browser.open(f"/account/invitations/{invitations.invite(session, user_id=ada.id, hours=1)}")
    browser.fill("New password", "another password")
    set_password = invitations.set_password

    def and_then_gone(own: Session, token: str, *, new_hash: str) -> int:
        user_id = set_password(own, token, new_hash=new_hash)
        assert users.delete(session, user_id)
        return user_id

    monkeypatch.setattr(invitations, "set_password", and_then_gone)
    page = browser.press("Set password")
    assert (page.status, page.heading) == (422, "Saved, but not finished")


@pytest.mark.parametrize("why", ["too old", "replaced", "used", "never made"])
def test_a_link_that_opens_nothing_says_what_to_do(browser, session, ada, why) -> None:
    link = invitations.invite(session, user_id=ada.id, hours=-1 if why == "too old" else 1)
    if why == "replaced":
        invitations.invite(session, user_id=ada.id, hours=1)
    elif why == "used":
        invitations.set_password(session, link, new_hash="x")
    elif why == "never made":
        link = "x" * 43
    page = browser.open(f"/account/invitations/{link}")
    assert (page.status, page.heading) == (404, "This link does not work any more")
    assert "ask an admin" in page.text


def test_what_somebody_sends_who_was_signed_out_meanwhile_is_kept_and_sent_again(app, as_ada, ada) -> None:
    as_ada.open("/messages/new")
    as_ada.fill("Message", "Typed for an hour")
    sign_out_from_elsewhere(app, ada)
    page = as_ada.press("Post")
    assert (page.status, page.heading) == (403, "You are not signed in any more")
    again = Browser(as_ada.client)
    sign_in(again, ada)
    page = as_ada.press("Send it again")
    assert (page.status, page.value("Message")) == (422, "Typed for an hour")  # the token was of another sign-in
    assert as_ada.press("Post").status == 200
    assert "Typed for an hour" in as_ada.page.text


def test_what_somebody_sends_who_has_signed_out_in_another_tab_is_kept_unless_another_site_sent_it(as_ada) -> None:
    as_ada.open("/messages/new")
    as_ada.fill("Message", "Typed for an hour")
    elsewhere = Browser(as_ada.client)
    elsewhere.open("/messages/")
    elsewhere.press("Sign out")
    page = as_ada.press("Post")
    assert (page.status, page.heading) == (403, "You are not signed in any more")
    assert "Typed for an hour" in page.html
    for origin in ("http://elsewhere.example", "http://[", "null", None):
        headers = {"Origin": origin} if origin else {}
        answer = as_ada.client.post("/messages/new", data={"body": "Not typed here"}, headers=headers)
        assert answer.headers["Location"].startswith("/account/sign-in")


def test_a_password_that_is_sent_by_somebody_signed_out_meanwhile_stands_on_no_page(app, as_ada, ada) -> None:
    as_ada.open("/account/password")
    as_ada.fill("Current password", PASSWORD)
    as_ada.fill("New password", "another long one")
    sign_out_from_elsewhere(app, ada)
    page = as_ada.press("Change password")
    assert page.heading == "Sign in"
    assert "another long one" not in page.html


def sign_out_from_elsewhere(app, user):
    elsewhere = Browser(app)
    sign_in(elsewhere, user)
    elsewhere.open("/account/devices/delete")
    elsewhere.press("Sign out everywhere else")
