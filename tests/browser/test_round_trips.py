"""Open, press Save, nothing changes: a text survives the real browser's form, whatever is in it."""

import pytest
from playwright.sync_api import expect

from plainsite.models import Message
from plainsite.services import messages

pytestmark = pytest.mark.browser

ODD = {
    "one line end first": "\nthen words",
    "many line ends around": "\n\n\nwords\n\n\n",
    "spaces around": "   words   \n  more  ",
    "tabs": "\tone\t\ttwo\n\t\tthree\t",
    "a bell and a backspace": "a\bb\ac\x7f",
    "a form feed": "a\fb\n\f",
    "emoji": "👩🏽‍💻 and 🏳️‍🌈 and 🇫🇷",
    "from right to left": "שלום \u202eעולם\u202c مرحبا \u200f(1)",
    "unseen": "soft\u00adhyphen, no\u00a0break, zero\u200bwidth, bom\ufeff, line\u2028separator",
    "two spellings of one letter": "é é ﬁ Ⅷ Å",
    "markup": "</textarea><script>alert(1)</script> &amp; &lt; &#10; \"quoted\" 'too' {{ 7 * 7 }}",
    "long": "word " * 9_000 + "x" * 4_000,
}


def test_saving_an_odd_text_unchanged_changes_nothing(window, session, ada) -> None:
    page, changed = window(ada), []
    for name, text in ODD.items():
        message = messages.create(session, author_id=ada.id, body=text)
        page.goto(f"/messages/{message.id}/edit")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"**/messages/{message.id}")
        session.rollback()
        kept = session.get_one(Message, message.id, populate_existing=True)
        if kept.body != text or kept.edited_at:
            changed.append((name, text, kept.body))
    assert changed == []


def test_line_ends_from_elsewhere_are_not_an_edit(window, session, ada) -> None:
    message = Message(author_id=ada.id, body="from\r\nelsewhere\rold")
    session.add(message)
    session.commit()
    page = window(ada)
    page.goto(f"/messages/{message.id}/edit")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/messages/{message.id}")
    session.rollback()
    kept = session.get_one(Message, message.id, populate_existing=True)
    assert (kept.body, kept.edited_at) == ("from\r\nelsewhere\rold", None)


def test_a_typed_odd_text_is_kept_as_typed(window, session, ada) -> None:
    page = window(ada)
    for text in ODD.values():
        page.goto("/messages/new")
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_role("button", name="Post").click()
        expect(page.get_by_role("status")).to_have_text("Your message was posted.")
    session.rollback()
    kept = [message.body for message in session.query(Message).order_by(Message.id)]
    assert kept == list(ODD.values())
