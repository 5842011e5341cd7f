"""A form that creates makes one record, however often it is sent: twice at once, again after a while, by whomever."""

import re
import threading

import pytest
from sqlalchemy import func, select
from tests.conftest import PASSWORD, sign_in

from plainsite.forms.base import AGAIN
from plainsite.forms.users import SignUpForm
from plainsite.ledger import Submission
from plainsite.models import Message, SavedQuery, User
from plainsite.services import account
from plainsite.testing import Browser


def counted(session, kind) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(kind))


def write(browser, text: str = "Only once") -> None:
    browser.open("/messages/new")
    browser.fill("Message", text)


def join(browser, name: str = "Ada", password: str = PASSWORD) -> None:
    browser.open("/users/new")
    browser.fill(Name=name, E_mail="ada@example.org", Password=password)


def submission_of(page) -> str:
    (found,) = re.findall(r'name="submission" value="([^"]*)"', page.html)
    return found


def test_a_message_that_is_sent_by_a_double_click_is_posted_once(as_ada, session) -> None:
    write(as_ada)
    as_ada.press("Post", lost=True)
    page = as_ada.press("Post")
    assert page.flashes == ["Your message was posted."]
    assert (page.path, counted(session, Message)) == ("/messages/1", 1)


def test_a_message_that_is_sent_again_after_going_back_leads_to_the_one_that_was_made(as_ada, session) -> None:
    write(as_ada)
    first = as_ada.press("Post").path
    as_ada.back()
    assert as_ada.press("Post").path == first
    assert counted(session, Message) == 1


def test_a_page_that_a_message_led_to_can_be_reloaded(as_ada, session) -> None:
    write(as_ada)
    first = as_ada.press("Post").path
    assert as_ada.reload().path == first
    assert counted(session, Message) == 1


def test_other_words_in_a_form_that_was_taken_are_kept_and_can_be_added(as_ada, session) -> None:
    write(as_ada, "The first")
    as_ada.press("Post")
    as_ada.back()
    as_ada.fill("Message", "The second")
    page = as_ada.press("Post")
    assert page.status == 422
    assert "was sent before with something else in it" in page.summary[0]
    assert page.value("Message") == "The second"
    assert counted(session, Message) == 1
    assert as_ada.press("Post").flashes == ["Your message was posted."]
    assert counted(session, Message) == 2


def test_the_same_words_in_a_form_that_was_opened_anew_are_asked_about_once(as_ada, session) -> None:
    """As some browsers go back: they ask for the form anew, and fill in what was typed."""
    write(as_ada)
    made = as_ada.press("Post").path
    write(as_ada)
    page = as_ada.press("Post")
    assert page.status == 422
    assert page.summary == [AGAIN]
    assert page.value("Message") == "Only once"
    assert as_ada.follow("See it").path == made
    assert counted(session, Message) == 1
    as_ada.back()
    as_ada.press("Post", lost=True)
    assert as_ada.press("Post").flashes == ["Your message was posted."]
    assert counted(session, Message) == 2


def test_other_words_in_a_form_that_was_opened_anew_are_not_asked_about(as_ada, session) -> None:
    for text in ("One", "Two", "One"):
        write(as_ada, text)
        assert as_ada.press("Post").flashes == ["Your message was posted."]
    assert counted(session, Message) == 3


def test_a_form_that_was_refused_goes_on_under_its_id_since_nothing_was_made(as_ada, session) -> None:
    as_ada.open("/messages/new")
    given = submission_of(as_ada.page)
    page = as_ada.press("Post", validate=False)
    assert (page.status, submission_of(page)) == (422, given)
    assert as_ada.reload().status == 422
    as_ada.fill("Message", "Now there is something")
    as_ada.press("Post", lost=True)
    as_ada.press("Post")
    assert counted(session, Message) == 1


def test_what_the_database_refused_can_be_sent_again_under_the_same_id(as_grace, ada, session) -> None:
    as_grace.open("/users/new")
    as_grace.fill(Name="Ada", E_mail="new@example.org")
    page = as_grace.press("Add user")
    assert page.errors["Name"] == "Choose another name: Ada is taken"
    given = submission_of(page)
    as_grace.fill(Name="Ada the second")
    as_grace.press("Add user")
    assert session.get(Submission, given).record_key == as_grace.page.path.rpartition("/")[2]


def test_each_form_has_an_id_of_its_own(as_ada) -> None:
    ids = {submission_of(as_ada.open("/messages/new")) for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[A-Za-z0-9_-]{22}", each) for each in ids)


def test_a_form_that_changes_a_record_has_no_id(as_ada, session) -> None:
    write(as_ada)
    page = as_ada.press("Post")
    assert 'name="submission"' not in as_ada.open(f"{page.path}/edit").html


@pytest.mark.parametrize(
    "forged",
    [
        (),
        ("",),
        ("x" * 22, "y" * 22),
        ("x" * 100_000,),
        ("x" * 21 + "\0",),
        ("x" * 21,),
        ("' OR 1=1 -- 012345678x",),
        ("é" * 22,),
        ("x" * 22 + "\n",),
    ],
    ids=["none", "empty", "two", "long", "nul", "short", "quoted", "letters", "line"],
)
def test_an_id_that_no_form_was_given_makes_nothing_and_keeps_what_was_typed(as_ada, session, forged) -> None:
    write(as_ada, "Kept")
    as_ada.forge("submission", *forged)
    page = as_ada.press("Post")
    assert page.status == 422
    assert "could not be trusted" in page.summary[0]
    assert page.value("Message") == "Kept"
    assert counted(session, Message) == 0
    as_ada.press("Post")
    assert counted(session, Message) == 1


def test_the_id_of_another_persons_form_makes_nothing_and_tells_nothing(as_ada, app, make_user, session) -> None:
    write(as_ada, "The same words")
    taken = submission_of(as_ada.page)
    as_ada.press("Post")
    eve = Browser(app)
    sign_in(eve, make_user("Eve"))
    write(eve, "The same words")
    eve.forge("submission", taken)
    page = eve.press("Post")
    assert (page.status, counted(session, Message)) == (422, 1)
    assert "could not be trusted" in page.summary[0]
    assert "/messages/1" not in page.html
    eve.press("Post")
    assert counted(session, Message) == 2


def test_somebody_who_signed_in_anew_meanwhile_is_still_the_same_person(as_ada, ada, session) -> None:
    write(as_ada)
    kept = submission_of(as_ada.page)
    as_ada.press("Post")
    as_ada.clear_cookies()
    sign_in(as_ada, ada)
    write(as_ada)
    as_ada.forge("submission", kept)
    assert as_ada.press("Post").path == "/messages/1"
    assert counted(session, Message) == 1


def test_a_record_that_is_gone_again_is_not_made_anew_by_a_repeat(as_ada, session) -> None:
    write(as_ada)
    as_ada.press("Post")
    session.delete(session.get(Message, 1))
    session.commit()
    as_ada.back()
    assert as_ada.press("Post").status == 404
    assert counted(session, Message) == 0


def test_who_joins_by_a_double_click_ends_signed_in(browser, session) -> None:
    join(browser)
    browser.press("Join", lost=True)
    page = browser.press("Join")
    assert page.flashes == ["Welcome, Ada. You are signed in."]
    assert "Sign out" in page.buttons
    assert counted(session, User) == 1


def test_who_goes_back_and_joins_again_ends_signed_in(browser, session) -> None:
    join(browser)
    browser.press("Join")
    browser.back()
    page = browser.press("Join")
    assert page.flashes == ["Welcome, Ada. You are signed in."]
    assert "Sign out" in page.buttons
    assert counted(session, User) == 1


def test_who_goes_back_and_joins_with_other_words_is_told_that_those_are_not_saved(browser, session) -> None:
    join(browser)
    browser.press("Join")
    browser.back()
    browser.fill(Name="Eve")
    page = browser.press("Join")
    assert (page.status, page.summary) == (422, [SignUpForm.says["made"]])
    assert page.value("Name") == "Eve"
    assert counted(session, User) == 1


def test_who_joined_with_another_password_is_told_to_sign_in(browser, session) -> None:
    join(browser)
    browser.press("Join", lost=True)
    browser.fill(Password="another one altogether")
    page = browser.press("Join")
    assert page.summary == [SignUpForm.says["made"]]
    assert "Sign out" not in page.buttons
    assert counted(session, User) == 1


def test_nobody_comes_in_by_somebody_elses_form_without_the_password(browser, app) -> None:
    join(browser)
    taken = submission_of(browser.page)
    browser.press("Join")
    eve = Browser(app)
    join(eve, password="guessed by eve")
    eve.forge("submission", taken)
    assert eve.press("Join").status == 422
    assert "Sign out" not in eve.page.buttons


def test_a_double_click_counts_as_one_of_those_who_may_join(make_app) -> None:
    browser = Browser(make_app(SIGN_UP_LIMIT="1 per hour"))
    join(browser)
    browser.press("Join", lost=True)
    assert browser.press("Join").flashes == ["Welcome, Ada. You are signed in."]


def test_an_admin_who_adds_somebody_twice_is_told_where_to_get_a_link(as_grace, session) -> None:
    as_grace.open("/users/new")
    as_grace.fill(Name="Ada", E_mail="ada@example.org")
    as_grace.press("Add user", lost=True)
    page = as_grace.press("Add user")
    (said,) = page.flashes
    assert said.startswith("Ada was added when this form came first. The link")
    assert counted(session, User) == 2
    assert "Link for a password…" in said
    assert as_grace.follow("Link for a password…").heading == "Make a password link for Ada?"


def test_who_sets_a_password_by_a_double_click_ends_signed_in(as_grace, app) -> None:
    as_grace.open("/users/new")
    as_grace.fill(Name="Ada", E_mail="ada@example.org")
    (said,) = as_grace.press("Add user").flashes
    browser = Browser(app)
    browser.open(re.search(r"/account/invitations/\S+", said)[0])
    browser.fill("New password", PASSWORD)
    browser.press("Set password", lost=True)
    page = browser.press("Set password")
    assert page.flashes == ["You are signed in."]
    assert "Sign out" in page.buttons


def test_a_password_that_is_changed_by_a_double_click_is_said_to_be_changed(as_ada, app) -> None:
    as_ada.open("/account/password")
    as_ada.fill("Current password", PASSWORD)
    as_ada.fill("New password", "another long one")
    as_ada.press("Change password", lost=True)
    page = as_ada.press("Change password")
    assert page.flashes == ["Your password was changed, and your other devices were signed out."]


def test_a_password_is_not_changed_by_who_knows_neither_the_old_nor_the_new_one(as_ada) -> None:
    as_ada.open("/account/password")
    as_ada.fill("Current password", "guessed")
    as_ada.fill("New password", "another long one")
    as_ada.press("Change password", lost=True)
    assert as_ada.press("Change password").errors == {"Current password": "This is not your password: enter it again"}


def test_who_signs_a_device_out_by_a_double_click_is_not_told_that_there_is_no_such_page(as_ada, session, ada) -> None:
    account.sign_in(session, ada.id, device="Another", address="192.0.2.1")
    (other,) = (each.id for each in account.devices(session, ada.id) if each.device == "Another")
    as_ada.open(f"/account/devices/{other}/delete")
    as_ada.press("Sign out this device", lost=True)
    page = as_ada.press("Sign out this device")
    assert (page.status, page.heading) == (200, "Account")
    assert page.flashes == ["That device is not signed in any more."]


def test_a_link_that_was_used_is_none_for_anybody_else(as_grace, app) -> None:
    as_grace.open("/users/new")
    as_grace.fill(Name="Ada", E_mail="ada@example.org")
    (said,) = as_grace.press("Add user").flashes
    link = re.search(r"/account/invitations/\S+", said)[0]
    eve, ada = Browser(app), Browser(app)
    for each in (eve, ada):
        each.open(link)
        each.fill("New password", PASSWORD)
    ada.press("Set password")
    eve.forge("submission", submission_of(ada.history[0]))
    eve.fill("New password", "guessed by eve")
    assert eve.press("Set password").status == 404


def test_a_query_that_is_saved_twice_is_saved_once(make_app, tmp_path) -> None:
    from tests.views.test_records import signed_in  # noqa: PLC0415

    (tmp_path / "shop.sqlite").touch()
    app = make_app(DATABASES={"shop": f"sqlite:///{tmp_path}/shop.sqlite"})
    browser = signed_in(app, "Grace", "admin")
    browser.open("/data/shop/+query")
    browser.fill(Statement="SELECT 1", Name="One")
    browser.press("Save", lost=True)
    page = browser.press("Save")
    assert page.status == 200
    assert page.flashes == ["It was saved as One."]
    with app.extensions["plainsite"].engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SavedQuery)) == 1


def test_old_ids_are_forgotten_and_new_ones_are_kept(app, as_ada, session) -> None:
    import datetime  # noqa: PLC0415

    from plainsite.submissions import sweep  # noqa: PLC0415

    for text in ("old", "new"):
        write(as_ada, text)
        as_ada.press("Post")
    old = session.scalars(select(Submission).where(Submission.record_key == "1")).one()
    old.at -= datetime.timedelta(days=31)
    session.commit()
    sweep(session.connection(), 30)
    session.commit()
    assert session.scalars(select(Submission.record_key)).all() == ["2"]


@pytest.mark.parametrize("times", [2, 8])
def test_forms_that_come_at_the_same_moment_end_at_one_record(app, ada, session, times) -> None:
    """On real threads; the first wins, and each other one is led to what that made."""
    browser = Browser(app)
    sign_in(browser, ada)
    write(browser)
    fields = {"csrf_token": re.search('name="csrf_token" value="([^"]+)', browser.page.html)[1]}
    fields |= {"submission": submission_of(browser.page), "body": "At once"}
    cookie = browser.client.get_cookie("plainsite").value
    gate, answers = threading.Barrier(times), []

    def send() -> None:
        client = app.test_client()
        client.set_cookie("plainsite", cookie)
        gate.wait(20)
        answers.append(client.post("/messages/new", data=fields))

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    made = f"/messages/{session.scalar(select(Message.id))}"
    assert [(each.status_code, each.location) for each in answers] == [(303, made)] * times
    assert counted(session, Message) == 1
