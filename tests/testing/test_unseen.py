"""What nobody sees or can use is not used, and what is said only aloud is what a thing is called; tried in Chromium."""

import pytest
from flask import Flask, Response

from plainsite.testing import Browser, NotPossible, NotSent

FORM = '<form action="/sent" method="post">{}<label>Name <input name="n"></label><button>Save</button></form>'
CLOSED = f"<dialog>{FORM}</dialog>"
TOKEN = '<input type="hidden" name="csrf_token" value="x">'


def test_a_dialog_that_is_closed_cannot_be_filled_in(served):
    browser = served('<button type="button">Open</button>' + CLOSED.format(TOKEN))
    with pytest.raises(NotPossible, match="nobody sees it"):
        browser.fill(Name="x")
    with pytest.raises(NotPossible, match="nobody sees it"):
        browser.press("Save")


def test_a_dialog_that_is_open_can(served):
    browser = served(CLOSED.format(TOKEN).replace("<dialog>", "<dialog open>"))
    browser.fill(Name="x")
    assert browser.press("Save").json["pairs"] == [["n", "x"]]


def test_what_is_inert_cannot_be_used(form):
    browser = form('<div inert><label>Name <input name="n"></label></div>')
    with pytest.raises(NotPossible):
        browser.fill(Name="x")


def test_enter_presses_a_button_that_nobody_sees_but_none_that_is_disabled(form):
    controls = '<button name="d" value="save" {}>Default</button><label>N <input name="n"></label>'
    browser = form(controls.format("hidden"))
    assert ["d", "save"] in browser.enter("N").json["pairs"]
    with pytest.raises(NotPossible, match="disabled"):
        form(controls.format("disabled")).enter("N")


def test_a_select_that_says_readonly_is_required_all_the_same(form):
    browser = form(
        '<label>Country <select name="c" required readonly><option value="">Choose</option></select></label>'
    )
    with pytest.raises(NotSent):
        browser.press("Send")


def test_radio_buttons_of_a_group_without_a_name_are_checked_one_by_one(form):
    radios = "".join(f'<label><input type="radio" name="n" value="{n}"> Number {n}</label>' for n in (1, 2))
    browser = form(radios, check=False)
    with pytest.raises(NotPossible, match=r"is for check\(\)"):
        browser.choose("Number 1", "Number 1")
    browser.check("Number 1")
    browser.check("Number 2")
    assert browser.press("Send").json["pairs"] == [["n", "2"]]


def test_what_a_name_points_at_is_called_as_it_is_read_aloud(served):
    browser = served(
        '<h2 id="t">File 1</h2><button type="button" id="b" aria-label="Remove" aria-labelledby="b t">x</button>'
    )
    assert browser.page.buttons == ["Remove File 1"]


@pytest.mark.parametrize(
    ("body", "kind", "read"),
    [
        ('<meta charset="iso-8859-1"><p>é</p>'.encode("latin1"), "text/html", "é"),
        ("<p>é</p>".encode("utf-8-sig"), "text/html; charset=latin1", "é"),
        (b"<p>\x80</p>", "text/html; charset=latin1", "€"),
        ("<p>é</p>".encode(), "text/html", "é"),
        ("<p>é</p>".encode(), "text/html; charset=no-such", "é"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_says(body, kind, read):
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: Response(body, content_type=kind))
    assert Browser(app, check=False).open("/").text == read


def test_an_address_that_is_none_leads_nowhere(served):
    browser = served('<p><a href="http://[x">Go</a></p>')
    with pytest.raises(NotPossible, match=r"'http://\[x' is no address"):
        browser.follow("Go")


def test_a_base_that_is_no_address_is_passed_over():
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: '<base href="http://[x"><a href="/on">On</a>')
    app.add_url_rule("/on", "on", lambda: "there")
    browser = Browser(app, check=False)
    browser.open("/")
    assert browser.follow("On").text == "there"
