"""Controls by the words that a person reads beside them."""

import pytest

from plainsite.testing import Ambiguous, NotOnPage, NotPossible

WAYS = {
    "a label that points": '<label for="x">Name</label><input id="x" name="a">',
    "a label around": '<label>Name <input name="a"></label>',
    "aria-label": '<input name="a" aria-label="Name">',
    "aria-labelledby": '<p id="n">Na<b>me</b></p><input name="a" aria-labelledby="n">',
    "blanks and line breaks": '<label for="x">\n  Name\n</label><input id="x" name="a">',
    "a trailing remark": '<label for="x">Name <span class="optional">(optional)</span></label><input id="x" name="a">',
    "a trailing remark of any kind": (
        '<label for="x">Name <span>JSON</span> <i>please</i></label><input id="x" name="a">'
    ),
    "a trailing star": '<label for="x">Name *</label><input id="x" name="a">',
    "a trailing colon": '<label for="x">Name:</label><input id="x" name="a">',
    "a hint after the control": '<label>Name <input name="a"> <small>as in your passport</small></label>',
    "what is hidden from screen readers": (
        '<label for="x">Name <i aria-hidden="true">!</i></label><input id="x" name="a">'
    ),
}


@pytest.mark.parametrize("controls", WAYS.values(), ids=WAYS)
def test_a_control_is_found_by(pairs, controls):
    assert pairs(controls, lambda b: b.fill("Name", "Ada")) == [("a", "Ada")]


@pytest.mark.parametrize("attribute", ["title", "placeholder"])
def test_on_a_foreign_site_a_control_is_found_by_what_stands_in_for_a_label(form, attribute):
    browser = form(f'<input name="a" {attribute}="Name">', check=False)
    browser.fill(Name="Ada")
    assert browser.press("Send").json["pairs"] == [["a", "Ada"]]


def test_keywords_say_blanks_and_signs_with_an_underscore(pairs):
    controls = '<label>Home town <input name="a"></label><label>E-mail <input name="b"></label>'
    assert pairs(controls, lambda b: b.fill(Home_town="x", E_mail="y")) == [("a", "x"), ("b", "y")]


def test_the_whole_text_goes_before_a_part_of_it(pairs):
    controls = (
        '<label for="x">Name <span>(old)</span></label><input id="x" name="a"><label>Name <input name="b"></label>'
    )
    assert pairs(controls, lambda b: b.fill("Name", "1"), lambda b: b.fill("Name (old)", "2")) == [
        ("a", "2"),
        ("b", "1"),
    ]


def test_a_missing_label_is_told_with_those_that_there_are(form):
    browser = form(
        '<label>Name <input name="a"></label><label>E-mail <input name="b"></label>'
        '<fieldset><legend>Role</legend><label><input type="radio" name="c"> Member</label></fieldset>'
    )
    with pytest.raises(NotOnPage) as caught:
        browser.fill("Nmae", "x")
    assert str(caught.value) == (
        "no control labelled 'Nmae' on the page. Did you mean 'Name'? There is: Name; E-mail; Role (Member)."
    )
    assert caught.value.known == ["Name", "E-mail", "Role (Member)"]
    assert isinstance(caught.value, LookupError)


def test_a_missing_button_and_link_are_told_with_those_that_there_are(form):
    browser = form("", after='<a href="/">Home page</a>')
    with pytest.raises(NotOnPage, match=r"no button 'Sned' on the page\. Did you mean 'Send'"):
        browser.press("Sned")
    with pytest.raises(NotOnPage, match="There is: Home page"):
        browser.follow("Work")


def test_a_missing_option_is_told_with_those_that_there_are(form):
    browser = form(
        '<label>A <select name="a"><option>One</option></select></label>'
        '<fieldset><legend>G</legend><label><input type="radio" name="g"> Yes</label></fieldset>'
    )
    with pytest.raises(NotOnPage, match="There is: One"):
        browser.choose("A", "Two")
    with pytest.raises(NotOnPage, match="There is: Yes"):
        browser.choose("G", "No")


TWO = "".join(
    f'<section><h2>{each}</h2><form action="/sent" method="get" name="{each.lower()}"><label>Name <input name="{each}">'
    "</label><button>Save</button></form></section>"
    for each in ("First", "Second")
)


def test_a_label_in_two_forms_is_told_with_both(served):
    browser = served(TWO)
    with pytest.raises(Ambiguous) as caught:
        browser.fill(Name="x")
    assert "in the form 'first'" in str(caught.value)
    assert "in the form 'second'" in str(caught.value)
    assert "within(…)" in str(caught.value)
    with pytest.raises(Ambiguous, match="2 times a button 'Save'"):
        browser.press("Save")


@pytest.mark.parametrize("name", ["Second", "second"])
def test_within_tells_two_forms_apart_by_heading_or_name(served, name):
    browser = served(TWO)
    browser.within(name).fill(Name="x")
    assert browser.within(name).press("Save").path == "/sent?Second=x"


def test_within_a_fieldset_by_its_legend(pairs):
    controls = "".join(
        f'<fieldset><legend>{each}</legend><label>Street <input name="{each}"></label></fieldset>'
        for each in ("Home", "Work")
    )
    assert pairs(controls, lambda b: b.within("Work").fill(Street="x")) == [("Home", ""), ("Work", "x")]


def test_within_the_row_of_a_table(served):
    rows = "".join(f'<tr><td>{each}</td><td><a href="/sent?{each}">Open</a></td></tr>' for each in ("ada", "bob"))
    browser = served(f"<table><thead><tr><th>Who</th><th>What</th></tr></thead><tbody>{rows}</tbody></table>")
    with pytest.raises(Ambiguous, match=r"in the row 'bob \| Open'"):
        browser.follow("Open")
    assert browser.within("bob").follow("Open").path == "/sent?bob"


def test_within_a_heading_is_the_form_that_follows_it(served):
    browser = served(
        '<h2>Search</h2><form action="/sent" method="get"><label>Q <input name="q"></label><button>Go</button></form>'
    )
    assert browser.within("Search").press("Go").path == "/sent?q="


def test_within_what_is_not_there_says_what_is(served):
    with pytest.raises(NotOnPage, match=r"no part called 'Third' on the page.*First; Second"):
        served(TWO).within("Third")


def test_within_one_of_two_of_the_same_name_cannot_be_told(served):
    browser = served('<nav aria-label="Pages"></nav><nav aria-label="Pages"></nav>')
    with pytest.raises(Ambiguous, match="2 times a part called 'Pages'"):
        browser.within("Pages")


def test_two_links_of_one_text_to_one_address_are_one(served):
    assert served('<a href="/sent">Go</a> <a href="/sent">Go</a>').follow("Go").path == "/sent"


@pytest.mark.parametrize(
    ("button", "text"),
    [
        ('<button><img src="/x.png" alt="Look"></button>', "Look"),
        ('<button aria-label="Close the box">×</button>', "Close the box"),
        ('<button aria-label="Close the box">×</button>', "×"),
        ('<button>Delete<span class="sr"> message 3</span></button>', "Delete message 3"),
        ('<button>Next <span aria-hidden="true">→</span></button>', "Next"),
        ("<button>Next →</button>", "Next"),
        ('<input type="submit">', "Submit"),
        ('<button><span role="img" aria-label="Close the box">×</span></button>', "Close the box"),
        ('<button><span role="img" aria-label="Close the box">×</span></button>', "×"),
    ],
)
def test_a_button_is_found_by_its_text_or_its_name(form, button, text):
    assert form(button).press(text).json["method"] == "POST"


@pytest.mark.parametrize(
    ("controls", "action", "message"),
    [
        ('<label>A <input name="a" disabled></label>', lambda b: b.fill(A="x"), "is disabled"),
        ('<label>A <input name="a" readonly></label>', lambda b: b.fill(A="x"), "is read-only"),
        ('<label>A <input name="a" maxlength="3"></label>', lambda b: b.fill(A="1234"), "takes 3 characters.* has 4"),
        ('<label>A <input name="a" maxlength="1"></label>', lambda b: b.fill(A="🙂"), "takes 1 characters.* has 2"),
        ('<label>A <input type="number" name="a"></label>', lambda b: b.fill(A="x"), "takes a number"),
        ('<label>A <input type="date" name="a"></label>', lambda b: b.fill(A="20.11.2026"), "takes a date"),
        ('<label>A <input type="checkbox" name="a"></label>', lambda b: b.fill(A="x"), r"is for check\(\)"),
        ('<label>A <input name="a"></label>', lambda b: b.check("A"), r"is for fill\(\)"),
        ('<label>A <select name="a"></select></label>', lambda b: b.fill(A="x"), r"is for choose\(\)"),
        ('<label>A <input type="file" name="a"></label>', lambda b: b.fill(A="x"), r"is for attach\(\)"),
        ('<label>A <input type="checkbox" disabled></label>', lambda b: b.check("A"), "is disabled"),
        ("<button disabled>Go</button>", lambda b: b.press("Go"), "is disabled"),
        ("<label>A <select><option disabled>x</option></select></label>", lambda b: b.choose("A", "x"), "is disabled"),
        ("<label>A <select><option>x</option></select></label>", lambda b: b.choose("A", "x", "x"), "takes one option"),
        ("<label>A <select><option>x</option></select></label>", lambda b: b.choose("A"), "say which option"),
        (
            '<fieldset><legend>G</legend><label><input type="radio" name="g" disabled> Yes</label></fieldset>',
            lambda b: b.choose("G", "Yes"),
            "is disabled",
        ),
    ],
)
def test_what_a_person_cannot_do_is_refused_with_the_reason(form, controls, action, message):
    browser = form(controls)
    with pytest.raises(NotPossible, match=message):
        action(browser)


def test_a_number_may_have_more_signs_than_a_text_could(pairs):
    assert pairs('<label>A <input type="number" name="a" maxlength="2"></label>', lambda b: b.fill(A="12345")) == [
        ("a", "12345")
    ]


def test_what_cannot_be_typed_can_be_sent_all_the_same(pairs):
    controls = (
        '<label>A <input name="a" maxlength="3"></label><label>B <input name="b" readonly></label>'
        '<label>C <input type="number" name="c"></label>'
    )
    assert pairs(controls, lambda b: b.fill(A="1234", B="x", C="NaN", typed=False)) == [
        ("a", "1234"),
        ("b", "x"),
        ("c", "NaN"),
    ]


def test_what_nobody_sees_is_in_nobody_s_way(form):
    hidden = '<div hidden><label>A <input name="a"></label><button>Go</button><a href="/none">Work</a></div>'
    browser = form(f'{hidden}<label>A <input name="b"></label><button>Go</button> <a href="/sent">Work</a>')
    browser.fill(A="x")
    assert browser.press("Go").json["pairs"] == [["a", ""], ["b", "x"]]
    browser.back()
    assert browser.follow("Work").path == "/sent"


def test_a_link_in_a_disabled_fieldset_is_followed(form):
    browser = form('<fieldset disabled><legend>G</legend><a href="/sent">Work</a></fieldset>')
    assert browser.follow("Work").path == "/sent"


@pytest.mark.parametrize("action", [lambda b: b.fill(A="x"), lambda b: b.press("Go"), lambda b: b.follow("Work")])
def test_what_nobody_sees_cannot_be_used(form, action):
    browser = form('<div hidden><label>A <input name="a"></label><button>Go</button><a href="/sent">Work</a></div>')
    with pytest.raises(NotPossible, match="hidden: nobody sees it"):
        action(browser)


def test_a_disabled_control_does_not_hide_another_of_the_same_label(pairs):
    controls = '<label>A <input name="a" disabled></label><label>A <input name="b"></label>'
    assert pairs(controls, lambda b: b.fill(A="x")) == [("b", "x")]
