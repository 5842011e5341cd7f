"""Joining, the directory, and what an admin does."""

import re

import pytest

from plainsite.services import invitations, messages, users
from plainsite.testing import Browser

PASSWORD = "correct horse battery"


def join(browser, name: str = "Ada", email: str = "ada@example.org", password: str = PASSWORD):
    """Join through the form."""
    browser.open("/users/new")
    browser.fill("Name", name)
    browser.fill("E-mail", email)
    browser.fill("Password", password)
    return browser.press("Join")


def test_somebody_joins_and_is_signed_in(browser) -> None:
    page = join(browser)
    assert page.flashes == ["Welcome, Ada. You are signed in."]
    assert "Sign out" in page.buttons


def test_a_taken_name_and_a_taken_email_are_both_said_at_once_where_they_were_typed(browser, ada) -> None:
    page = join(browser, name="ＡＤＡ", email="ADA@example.org")
    assert page.status == 422
    assert page.errors == {
        "Name": "Choose another name: ＡＤＡ is taken",
        "E-mail": "Enter an e-mail address that no other user has: ADA@example.org is taken",
    }
    assert page.summary == list(page.errors.values())
    assert (page.value("E-mail"), page.value("Password")) == ("ADA@example.org", "")


def test_each_field_says_what_it_wants(browser) -> None:
    page = join(browser, name="", email="nobody", password="short")
    assert page.errors == {
        "Name": "Enter a name",
        "E-mail": "Enter an e-mail address like name@example.org",
        "Password": "Password must be 8 characters or more",
    }
    page = join(browser, name="x" * 51, email="")
    assert page.errors["Name"] == "Name must be 50 characters or fewer; this has 51"
    assert page.errors["E-mail"] == "Enter an e-mail address"
    page = join(browser, name="a\u202eb")
    assert page.errors["Name"] == "Name must not hold characters that cannot be seen: U+202E"


def test_a_stale_form_comes_back_filled_and_can_be_sent_again(browser) -> None:
    browser.open("/users/new")
    browser.fill("Name", "Ada")
    browser.fill("E-mail", "ada@example.org")
    browser.fill("Password", PASSWORD)
    browser.clear_cookies()
    page = browser.press("Join")
    assert page.status == 422
    assert "nothing was saved" in page.summary[0]
    assert page.value("Name") == "Ada"
    browser.fill("Password", PASSWORD)
    assert browser.press("Join").flashes == ["Welcome, Ada. You are signed in."]


def test_a_site_that_takes_no_more_members_says_so(make_app) -> None:
    browser = Browser(make_app(SIGN_UP=False))
    assert browser.open("/users/new").status == 403
    assert "Join" not in browser.open("/messages/").links


def test_the_directory_is_searched_and_shows_no_email_to_others(browser, as_ada, make_user) -> None:
    make_user("Bob Babbage")
    make_user("Cleo")
    page = as_ada.open("/users/")
    assert [row["Name"] for row in page.table] == ["Ada", "Bob Babbage", "Cleo"]
    assert "@" not in page.text
    as_ada.fill("Name", "bab")
    assert [row["Name"] for row in as_ada.press("Search").table] == ["Bob Babbage"]


def test_the_directory_shows_emails_and_roles_to_an_admin_who_can_search_them(as_grace, ada) -> None:
    page = as_grace.open("/users/?words=ada@example")
    assert [(row["Name"], row["E-mail"], row["Role"]) for row in page.table] == [("Ada", "ada@example.org", "member")]


def test_a_users_page_shows_what_they_wrote(browser, session, ada) -> None:
    for number in range(60):
        messages.create(session, author_id=ada.id, body=f"number {number}")
    page = browser.open(f"/users/{ada.id}")
    assert page.heading == "Ada"
    assert "ada@example.org" not in page.text
    assert "60 messages" in page.text
    browser.follow("Oldest")
    assert "number 0" in browser.page.text


def test_a_member_changes_name_and_email_and_is_told_at_the_field_what_is_taken(as_ada, ada, grace) -> None:
    as_ada.open(f"/users/{ada.id}/edit")
    assert "Role" not in as_ada.page.labels
    as_ada.fill("Name", "grace")
    page = as_ada.press("Save")
    assert page.errors == {"Name": "Choose another name: grace is taken"}
    as_ada.fill("Name", "Ada L.")
    assert as_ada.press("Save").flashes == ["Ada L. was changed."]


def test_a_user_with_messages_is_not_deleted_and_told_what_hangs(as_ada, ada, session) -> None:
    messages.create(session, author_id=ada.id, body="hello")
    page = as_ada.open(f"/users/{ada.id}/delete")
    assert "1 message" in page.text
    assert "Delete my account" not in page.buttons


def test_a_message_written_while_the_page_was_open_still_keeps_its_author(as_ada, ada, session) -> None:
    as_ada.open(f"/users/{ada.id}/delete")
    messages.create(session, author_id=ada.id, body="just now")
    page = as_ada.press("Delete my account")
    assert page.status == 422
    assert page.summary == [
        "Messages of this user are still here (1), so the user cannot be deleted: delete those first"
    ]


def test_a_member_leaves(as_ada, ada, session) -> None:
    as_ada.open(f"/users/{ada.id}/delete")
    assert as_ada.press("Delete my account").flashes == ["Ada was deleted."]
    assert users.find(session, ada.id) is None
    assert "Sign in" in as_ada.page.links


def test_an_admin_adds_a_user_who_sets_a_password_by_a_link_that_works_once(as_grace, app) -> None:
    as_grace.open("/users/new")
    as_grace.fill("Name", "Bob")
    as_grace.fill("E-mail", "bob@example.org")
    page = as_grace.press("Add user")
    link = re.search(r"http://localhost(/account/invitations/\S+)", page.flashes[0])[1]
    bob = Browser(app)
    bob.open(link)
    assert "Bob" in bob.page.text
    bob.fill("New password", "short")
    assert bob.press("Set password").errors == {"New password": "New password must be 8 characters or more"}
    bob.fill("New password", "long enough now")
    assert bob.press("Set password").flashes == ["You are signed in."]
    assert Browser(app).open(link).status == 404


def test_an_admin_changes_roles_but_not_the_last_admins(as_grace, grace, ada, session) -> None:
    as_grace.open(f"/users/{grace.id}/edit")
    as_grace.choose("Role", "Member")
    page = as_grace.press("Save")
    assert page.errors == {"Role": "Somebody has to stay an admin: make another user one first"}
    as_grace.open(f"/users/{ada.id}/edit")
    as_grace.choose("Role", "Admin")
    as_grace.press("Save")
    assert users.find(session, ada.id).role == "admin"


def test_the_last_admin_can_neither_be_deleted_nor_closed(as_grace, grace) -> None:
    as_grace.open(f"/users/{grace.id}/delete")
    page = as_grace.press("Delete my account")
    assert page.summary == ["The last admin cannot be deleted: make another user an admin first"]
    as_grace.open(f"/users/{grace.id}/closing")
    page = as_grace.press("Close account")
    assert page.summary == ["The last admin's account cannot be closed: make another user an admin first"]


def test_an_admin_closes_and_reopens_an_account_whose_messages_stay(as_grace, ada, session) -> None:
    messages.create(session, author_id=ada.id, body="still here")
    as_grace.open(f"/users/{ada.id}/delete")
    as_grace.follow("Close account…")
    as_grace.press("Close account")
    assert "account closed" in as_grace.page.text
    assert "still here" in as_grace.open("/messages/").text
    as_grace.open(f"/users/{ada.id}")
    as_grace.follow("Reopen account…")
    as_grace.press("Reopen account")
    assert users.find(session, ada.id).closed_at is None


def test_an_admin_makes_a_link_for_somebody_who_has_forgotten_the_password(as_grace, ada, session) -> None:
    as_grace.open(f"/users/{ada.id}")
    as_grace.follow("Link for a password…")
    page = as_grace.press("Make the link")
    token = re.search(r"/account/invitations/(\S+)", page.flashes[0])[1]
    assert invitations.invited(session, token).name == "Ada"


def test_a_closed_account_gets_no_link_and_the_page_says_what_to_do(as_grace, ada, session) -> None:
    as_grace.open(f"/users/{ada.id}/invitation")
    users.close(session, ada.id)
    page = as_grace.press("Make the link")
    assert page.status == 422
    assert "reopen it first" in page.summary[0]


@pytest.mark.parametrize(
    ("path", "button"),
    [("closing", "Close account"), ("closing/delete", "Reopen account"), ("invitation", "Make the link")],
)
def test_what_is_to_be_done_to_a_user_who_has_just_gone_is_said_not_to_be_done(
    as_grace, ada, session, monkeypatch, path, button
) -> None:
    """Gone after the page has looked: the service finds nobody."""
    as_grace.open(f"/users/{ada.id}/{path}")
    found = users.find(session, ada.id)
    users.delete(session, ada.id)
    monkeypatch.setattr(users, "find", lambda _, user_id: found if user_id == ada.id else None)
    page = as_grace.press(button)
    said = " ".join([*page.flashes, *page.summary])
    assert "was deleted already" in said or "not there any more" in said


def test_a_member_who_opens_the_form_to_join_is_not_told_to_add_somebody(as_ada) -> None:
    page = as_ada.open("/users/new")
    assert (page.heading, "Add user" in page.text) == ("Join", False)
