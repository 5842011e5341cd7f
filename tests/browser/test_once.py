"""Forms that come twice, in a real browser without a script; and the pages of what nobody knows the end of."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from sqlalchemy import func, select
from tests.browser.test_every_page import CROOKED, LOOKS, said

from plainsite.models import Message
from plainsite.services import journal

pytestmark = pytest.mark.browser


def messages_of(app) -> int:
    """Count the messages there are."""
    with app.extensions["plainsite"].engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Message))


def test_two_clicks_post_one_message(window, app, ada) -> None:
    page = window(ada, javascript=False)
    page.goto("/messages/new")
    page.get_by_label("Message").fill("Clicked twice")
    page.get_by_role("button", name="Post").dblclick()
    page.wait_for_url("**/messages/1")
    assert messages_of(app) == 1


def test_a_form_that_is_sent_again_after_going_back_makes_nothing_unasked(window, app, ada) -> None:
    """Chromium shows the very page again, or asks for it anew and fills in what was typed."""
    page = window(ada, javascript=False)
    page.goto("/messages/new")
    given = page.locator("[name=submission]").get_attribute("value")
    page.get_by_label("Message").fill("Sent again")
    page.get_by_role("button", name="Post").click()
    page.wait_for_url("**/messages/1")
    page.go_back()
    assert page.get_by_label("Message").input_value() == "Sent again"
    same = page.locator("[name=submission]").get_attribute("value") == given
    page.get_by_role("button", name="Post").click()
    if same:
        page.wait_for_url("**/messages/1")
    else:
        page.get_by_text("You have sent exactly this before").wait_for()
        assert page.get_by_label("Message").input_value() == "Sent again"
    assert messages_of(app) == 1


def test_other_words_typed_over_a_form_that_was_sent_are_not_lost(window, app, ada) -> None:
    page = window(ada, javascript=False)
    page.goto("/messages/new")
    page.get_by_label("Message").fill("The first")
    page.get_by_role("button", name="Post").click()
    page.wait_for_url("**/messages/1")
    page.go_back()
    page.get_by_label("Message").fill("The second")
    page.get_by_role("button", name="Post").click()
    if page.url.endswith("/new"):
        assert page.get_by_label("Message").input_value() == "The second"
        page.get_by_role("button", name="Post").click()
    page.wait_for_url("**/messages/2")
    assert messages_of(app) == 2


def test_a_blank_form_that_is_reloaded_has_another_id(window, ada) -> None:
    page = window(ada, javascript=False)
    page.goto("/messages/new")
    one = page.locator("[name=submission]").get_attribute("value")
    page.reload()
    assert page.locator("[name=submission]").get_attribute("value") != one


def test_what_nobody_knows_the_end_of_is_told_to_everybody_alike(window, grace, monkeypatch) -> None:
    """The record is written, and what tells of that is lost: as when the site is killed just then."""
    monkeypatch.setattr("plainsite.views.creating.WAITS", 0.1)
    page = window(grace, bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    page.goto("/data/chinook/Artist/+new")
    page.get_by_role("textbox", name="Name (optional)").fill("Not heard of")
    given = page.locator("[name=submission]").get_attribute("value")
    with monkeypatch.context() as lost:
        lost.setattr(journal, "end", lambda *_: None)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/data/chinook/Artist/276")
    page.goto("/data/chinook/Artist/+new")
    page.get_by_role("textbox", name="Name (optional)").fill("Not heard of")
    page.locator("[name=submission]").evaluate("(input, given) => { input.value = given }", given)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="It is not known whether this was saved").wait_for()
    look(page)
    monkeypatch.setattr("plainsite.views.uncertain.UNCERTAIN_AFTER", datetime.timedelta(0))
    monkeypatch.setattr("plainsite.services.history.UNCERTAIN_AFTER", datetime.timedelta(0))
    page.goto("/history/uncertain")
    look(page)
    page.locator("tbody a").click()
    page.get_by_role("heading", name="Was Artist 276 written?").wait_for()
    look(page)
    page.get_by_role("button", name="It was written").click()
    page.get_by_text("Nothing is uncertain").wait_for()
    look(page)


def look(page) -> None:
    """Find what shuts somebody out, or does not fit a small phone."""
    for width, scheme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate("options => axe.run(options)", options)["violations"]
        assert violations == [], [said(violation) for violation in violations]
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(CROOKED) == []
