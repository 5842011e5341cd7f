"""What holds a form back, and what does not: as the tests' browser has it, and as Chromium does."""

import pytest

from plainsite.testing import NotPossible, NotSent

ONE = '<label>A <input name="a" {}></label>'
PICK = '<label>A <select name="a" required{}>{}</select></label>'
EMPTY = '<option value="" selected>1</option>'
RADIO = '<label><input type="radio" name="a" value="{0}" {1}> {0}</label>'

HELD_BACK = {
    "what is required": ONE.format("required"),
    "a required tick": ONE.format('type="checkbox" required'),
    "a required file": ONE.format('type="file" required'),
    "a choice that only stands in for one": PICK.format("", '<option value="">Choose</option><option>1</option>'),
    "a choice that stands in for one and is disabled": PICK.format("", '<option value="" disabled selected>-</option>'),
    "a select that has nothing to choose": PICK.format("", ""),
    "a select for several of which none is chosen": PICK.format(" multiple", '<option value="">1</option>'),
    "radio buttons of which one says that one is required": RADIO.format("1", "") + RADIO.format("2", "required"),
    "radio buttons of which a disabled one says so": RADIO.format("1", "") + RADIO.format("2", "required disabled"),
    "what is no e-mail address": ONE.format('type="email" value="ada"'),
    "one of several that is no e-mail address": ONE.format('type="email" multiple value="a@b.c,"'),
    "what is no address": ONE.format('type="url" value="ada"'),
    "an address of nowhere": ONE.format('type="url" value="https://"'),
    "an address that is broken": ONE.format('type="url" value="http://["'),
    "what does not fit a pattern": ONE.format('pattern="[0-9]+" value="x1"'),
    "a part that fits a pattern": ONE.format('pattern="a|b" value="ab"'),
    "what fits a pattern only in Python": ONE.format(r'pattern="\d+" value="٣"'),
    "a letter beyond ASCII where a pattern wants one of ASCII": ONE.format(r'pattern="\w+" value="é"'),
    "what fits no sign that is escaped": ONE.format(r'pattern="[A-Z0-9._%+\-]+@x" value="q"'),
    "anything where a pattern is empty": ONE.format('pattern="" value="x"'),
    "a group with a name that does not fit": ONE.format('pattern="(?<year>[0-9]{4})-.{2}" value="2026/01"'),
    "a number that is too small": ONE.format('type="number" min="1" value="0"'),
    "a number that is too large": ONE.format('type="number" max="1" value="1e3"'),
    "a number between two steps": ONE.format('type="number" min="0" value="1.5"'),
    "a number that a step of its own does not reach": ONE.format('type="number" min="0.5" step="0.1" value="0.55"'),
    "a number where the step is none": ONE.format('type="number" min="0" step="-2" value="0.3"'),
    "a day too early": ONE.format('type="date" min="2026-01-01" value="2025-12-31"'),
    "a day too late": ONE.format('type="date" max="2026-01-01" value="2026-01-02"'),
    "a day between two weeks": ONE.format('type="date" min="2026-01-05" step="7" value="2026-01-13"'),
    "a month too early": ONE.format('type="month" min="2026-02" value="2026-01"'),
    "a month between two steps": ONE.format('type="month" min="2026-01" step="3" value="2026-03"'),
    "a week too late": ONE.format('type="week" max="2026-W02" value="2026-W03"'),
    "a week between two steps": ONE.format('type="week" min="2026-W53" step="2" value="2027-W01"'),
    "a time too early": ONE.format('type="time" min="10:00" value="09:59"'),
    "a time outside of a night": ONE.format('type="time" min="22:00" max="06:00" value="12:00"'),
    "a time between two steps": ONE.format('type="time" min="10:00" step="900" value="10:20"'),
    "seconds where minutes are asked for": ONE.format(
        'type="datetime-local" min="2026-01-01T00:00" value="2026-01-01T09:59:30"'
    ),
    "a moment too early": ONE.format('type="datetime-local" min="2026-01-01T10:00" value="2026-01-01T09:59"'),
}
SENT = {
    "what is required and there": ONE.format('required value=" "'),
    "what is required and may only be read": ONE.format("required readonly"),
    "a required tick that may only be read": ONE.format('type="checkbox" required readonly'),
    "what is required and disabled": ONE.format("required disabled"),
    "what is required and offered in a list": f"<datalist>{ONE.format('required')}</datalist>",
    "a required colour": ONE.format('type="color" required'),
    "a choice without a value that is not the first": PICK.format("", f"<option>1</option>{EMPTY}"),
    "a first choice without a value in a group": PICK.format("", f'<optgroup label="g">{EMPTY}</optgroup>'),
    "a first choice without a value in a longer list": PICK.format(' size="4"', EMPTY),
    "one of several choices without a value": PICK.format(" multiple", EMPTY),
    "a choice that is disabled": PICK.format("", "<option disabled selected>1</option>"),
    "an e-mail address with letters of its own": ONE.format('type="email" value="ada@exämple.org"'),
    "an address of mail": ONE.format('type="url" value="mailto:a"'),
    "a pattern that browsers do not read: a hyphen at the end": ONE.format('pattern="[a-z-]+" value="ABC"'),
    "a pattern that browsers do not read: a bracket": ONE.format('pattern="[(]" value="x"'),
    "a pattern that browsers do not read: a needless backslash": ONE.format(r'pattern="\@" value="x"'),
    "a pattern that browsers do not read: two ampersands": ONE.format('pattern="[&amp;&amp;]" value="x"'),
    "a pattern that browsers do not read: no least number": ONE.format('pattern="a{,2}" value="aaa"'),
    "a pattern that only Python reads": ONE.format(r'pattern="x++|\Z" value="y"'),
    "a pattern on a number": ONE.format('type="number" pattern="5" value="4"'),
    "a sign beyond the first plane as one": ONE.format('pattern="." value="🙂"'),
    "any number where any step goes": ONE.format('type="number" step="any" value="1.25"'),
    "a number where the steps begin at what was served": ONE.format('type="number" value="1.5"'),
    "a number that binary fractions only come near": ONE.format('type="number" min="0" step="0.1" value="0.3"'),
    "a slider beyond its end": ONE.format('type="range" max="5" value="10"'),
    "a time within a night": ONE.format('type="time" min="22:00" max="06:00" value="23:30"'),
    "seconds where seconds are asked for": ONE.format('type="time" min="00:00" step="1" value="09:59:30"'),
    "a text that was too short or too long when it was served": ONE.format('minlength="3" value="x"'),
}


@pytest.mark.parametrize("controls", HELD_BACK.values(), ids=HELD_BACK)
def test_a_form_is_held_back_for(form, controls):
    browser = form(controls, check=False)
    with pytest.raises(NotSent, match=r"(?s)would not send.*<(input|select)"):
        browser.press("Send")
    assert browser.press("Send", validate=False).status == 200


@pytest.mark.parametrize("controls", SENT.values(), ids=SENT)
def test_a_form_is_sent_with(form, controls):
    assert form(controls, check=False).press("Send").status == 200


@pytest.mark.browser
@pytest.mark.parametrize(("forms", "valid"), [(HELD_BACK, False), (SENT, True)], ids=["held back", "sent"])
def test_chromium_agrees(chromium, forms, valid):
    tab = chromium.new_page()
    tab.set_content("".join(f"<form>{controls}</form>" for controls in forms.values()))
    said = tab.evaluate("[...document.forms].map((form) => form.checkValidity())")
    tab.close()
    assert {name: each for name, each in zip(forms, said, strict=True) if each is not valid} == {}


def test_a_typed_text_that_is_too_short_holds_the_form_back(form):
    browser = form('<label>A <input name="a" minlength="3" value="x"></label>')
    browser.fill(A="xy")
    with pytest.raises(NotSent, match="needs 3 characters or more, and has 2"):
        browser.press("Send")


def test_what_is_wrong_is_told_with_its_bounds(form):
    browser = form(ONE.format('type="number" max="10" step="0.25"') + '<label>B <input type="time" name="b"></label>')
    browser.fill(A="10.3", B="09:59:30")
    with pytest.raises(NotSent) as caught:
        browser.press("Send")
    assert "'A' is at most 10, and is 10.3" in str(caught.value)
    assert "'A' goes in steps of 0.25 (step=), and is 10.3" in str(caught.value)
    assert "'B' goes in steps of 60 seconds (step=), and is 09:59:30" in str(caught.value)


def test_a_slider_cannot_be_put_where_it_may_not_stand(form):
    browser = form(ONE.format('type="range" max="10" step="5"'))
    with pytest.raises(NotPossible, match="stands at 10, or elsewhere, but not at 50"):
        browser.fill(A="50")
    with pytest.raises(NotPossible, match="stands at 5, or elsewhere, but not at 4"):
        browser.fill(A="4")
    browser.fill(A="10")
    assert browser.press("Send").json["pairs"] == [["a", "10"]]


def test_a_number_as_large_as_a_page_can_say_costs_nothing(form):
    browser = form(ONE.format('type="number" min="-1e-999999999" max="1e999999999" step="any" value="1e308"'))
    assert browser.press("Send").json["pairs"] == [["a", "1e308"]]


def test_novalidate_sends_everything(form):
    required = '<label>A <input name="a" required></label>'
    assert form(required, 'method="post" novalidate').press("Send").status == 200
    assert form(required + "<button formnovalidate>Anyway</button>").press("Anyway").status == 200


def test_a_number_sent_by_hand_is_not_held_back(form):
    browser = form('<label>A <input type="number" name="a" min="1" max="2"></label>')
    browser.fill("A", "NaN", typed=False)
    assert browser.press("Send").json["pairs"] == [["a", "NaN"]]
