"""What a form sends, control by control, as the HTML standard has it."""

import re
from threading import Thread

import pytest
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from plainsite.testing import NotPossible

SENT_AS_SERVED = {
    "a text input sends its value": ('<label>A <input name="a" value="x y"></label>', [("a", "x y")]),
    "an empty text input sends an empty value": ('<label>A <input name="a"></label>', [("a", "")]),
    "a control without a name is not sent": ('<label>A <input value="x"></label>', []),
    "a control with an empty name is not sent": ('<label>A <input name="" value="x"></label>', []),
    "an unknown type of input is a text input": (
        '<label>A <input type="wow" name="a" value="x"></label>',
        [("a", "x")],
    ),
    "a disabled control is not sent": ('<label>A <input name="a" value="x" disabled></label>', []),
    "a read-only control is sent": ('<label>A <input name="a" value="x" readonly></label>', [("a", "x")]),
    "a hidden field is sent as it is": ('<input type="hidden" name="a" value=" x\n">', [("a", " x\r\n")]),
    "a hidden field called _charset_ tells the encoding": (
        '<input type="hidden" name="_charset_">',
        [("_charset_", "UTF-8")],
    ),
    "line breaks in the value of a text input are dropped": (
        '<label>A <input name="a" value="x&#10;y&#13;z"></label>',
        [("a", "xyz")],
    ),
    "an e-mail address is sent without blanks around it": (
        '<label>A <input type="email" name="a" value=" a@b.c "></label>',
        [("a", "a@b.c")],
    ),
    "a domain of other letters is sent in its ASCII form": (
        '<label>A <input type="email" name="a" value="ada@exämple.org"></label>',
        [("a", "ada@xn--exmple-cua.org")],
    ),
    "several e-mail addresses are sent without blanks around them": (
        '<label>A <input type="email" name="a" value=" a@b.c , d@e.f " multiple></label>',
        [("a", "a@b.c,d@e.f")],
    ),
    "a number that is too large for any is sent empty": (
        '<label>A <input type="number" name="a" value="1e400"></label>',
        [("a", "")],
    ),
    "a number that is none is sent empty": (
        '<label>A <input type="number" name="a" value="1_000"></label>',
        [("a", "")],
    ),
    "a date that is none is sent empty": (
        '<label>A <input type="date" name="a" value="2026-02-30"></label>',
        [("a", "")],
    ),
    "a month that is none is sent empty": (
        '<label>A <input type="month" name="a" value="2026-13"></label>',
        [("a", "")],
    ),
    "a week that is none is sent empty": (
        '<label>A <input type="week" name="a" value="2025-W53"></label>',
        [("a", "")],
    ),
    "a time that is none is sent empty": ('<label>A <input type="time" name="a" value="24:00"></label>', [("a", "")]),
    "a date and time is sent in its shortest form": (
        '<label>A <input type="datetime-local" name="a" value="2026-11-20 06:30:00"></label>',
        [("a", "2026-11-20T06:30")],
    ),
    "a date and time of microseconds is sent empty": (
        '<label>A <input type="datetime-local" name="a" value="2026-11-20T06:30:00.123456"></label>',
        [("a", "")],
    ),
    "a colour that is none is sent as black": (
        '<label>A <input type="color" name="a" value="none"></label>',
        [("a", "#000000")],
    ),
    "a short colour is sent in full": (
        '<label>A <input type="color" name="a" value="#Ab1"></label>',
        [("a", "#aabb11")],
    ),
    "a slider stands in its middle": (
        '<label>A <input type="range" name="a" min="10" max="20"></label>',
        [("a", "15")],
    ),
    "a slider does not leave its range": (
        '<label>A <input type="range" name="a" max="20" value="50"></label>',
        [("a", "20")],
    ),
    "a slider stands at the nearest of its steps": (
        '<label>A <input type="range" name="a" min="0" max="10" step="3" value="5"></label>',
        [("a", "6")],
    ),
    "a slider between two steps stands at the higher": (
        '<label>A <input type="range" name="a" max="1"></label>',
        [("a", "1")],
    ),
    "a slider's steps begin at its least": (
        '<label>A <input type="range" name="a" min="0.5" max="9"></label>',
        [("a", "4.5")],
    ),
    "a slider stands at its least when its ends are the wrong way round": (
        '<label>A <input type="range" name="a" min="10" max="5"></label>',
        [("a", "10")],
    ),
    "a slider keeps all digits": (
        '<label>A <input type="range" name="a" max="10000000" step="any" value="1234567.25"></label>',
        [("a", "1234567.25")],
    ),
    "an unticked checkbox is not sent": ('<label><input type="checkbox" name="a" value="x"> A</label>', []),
    "a ticked checkbox sends its value": (
        '<label><input type="checkbox" name="a" value="x" checked> A</label>',
        [("a", "x")],
    ),
    "a ticked checkbox without a value sends on": (
        '<label><input type="checkbox" name="a" checked> A</label>',
        [("a", "on")],
    ),
    "a ticked checkbox with an empty value sends it": (
        '<label><input type="checkbox" name="a" value="" checked> A</label>',
        [("a", "")],
    ),
    "of two radio buttons served as chosen the last is": (
        (
            '<fieldset><legend>G</legend><label><input type="radio" name="a" value="1" checked> One</label>'
            '<label><input type="radio" name="a" value="2" checked> Two</label></fieldset>'
        ),
        [("a", "2")],
    ),
    "a group of radio buttons of which none is chosen is not sent": (
        '<fieldset><legend>G</legend><label><input type="radio" name="a" value="1"> One</label></fieldset>',
        [],
    ),
    "a select sends its first option that is not disabled": (
        '<label>A <select name="a"><option value="" disabled>-</option><option value="1">One</option></select></label>',
        [("a", "1")],
    ),
    "a select sends the option that was served as selected": (
        '<label>A <select name="a"><option>1</option><option selected>2</option></select></label>',
        [("a", "2")],
    ),
    "an option without a value sends its text, blanks folded": (
        '<label>A <select name="a"><option>  One \n and a half </option></select></label>',
        [("a", "One and a half")],
    ),
    "an option without a value keeps the blanks that HTML does not fold": (
        '<label>A <select name="a"><option>1&nbsp;000 &emsp;m</option></select></label>',
        [("a", "1\xa0000 \u2003m")],
    ),
    "a select whose size is no number shows one line": (
        '<label>A <select name="a" size="all"><option>1</option></select></label>',
        [("a", "1")],
    ),
    "an option with an empty value sends it": (
        '<label>A <select name="a"><option value="">None</option></select></label>',
        [("a", "")],
    ),
    "an option with a label but no value sends its text": (
        '<label>A <select name="a"><option label="Shown">text</option></select></label>',
        [("a", "text")],
    ),
    "a disabled option is not sent though it is selected": (
        '<label>A <select name="a"><option disabled selected>1</option></select></label>',
        [],
    ),
    "an option of a disabled group is not sent": (
        (
            '<label>A <select name="a"><optgroup label="G" disabled><option>1</option></optgroup><option>2'
            "</option></select></label>"
        ),
        [("a", "2")],
    ),
    "a select without options is not sent": ('<label>A <select name="a"></select></label>', []),
    "a select that shows several lines chooses none by itself": (
        '<label>A <select name="a" size="3"><option>1</option></select></label>',
        [],
    ),
    "a select for several sends each that is selected": (
        (
            '<label>A <select name="a" multiple><option selected>1</option><option>2</option>'
            "<option selected>3</option></select></label>"
        ),
        [("a", "1"), ("a", "3")],
    ),
    "a textarea loses its first line break and sends the others as CR LF": (
        '<label>A <textarea name="a">\n\nx\ny</textarea></label>',
        [("a", "\r\nx\r\ny")],
    ),
    "markup in a textarea is mere text": (
        '<label>A <textarea name="a"><b>&lt;i></textarea></label>',
        [("a", "<b><i>")],
    ),
    "of a file control only the empty name is sent in a urlencoded form": (
        '<label>A <input type="file" name="a"></label>',
        [("a", "")],
    ),
    "what a datalist offers is not sent": (
        '<label>A <input name="a" list="l"></label><datalist id="l"><option value="x"></option></datalist>',
        [("a", "")],
    ),
    "a control in a disabled fieldset is not sent": (
        '<fieldset disabled><legend>G</legend><label>A <input name="a"></label></fieldset>',
        [],
    ),
    "a control in the first legend of a disabled fieldset is sent": (
        (
            '<fieldset disabled><legend>G <label>A <input name="a"></label></legend><label>B '
            '<input name="b"></label></fieldset>'
        ),
        [("a", "")],
    ),
    "a control two disabled fieldsets deep is not sent for being in the inner one's legend": (
        (
            '<fieldset disabled><legend>G</legend><fieldset disabled><legend>H <label>A <input name="a">'
            "</label></legend>"
            "</fieldset></fieldset>"
        ),
        [],
    ),
    "buttons that are not pressed are not sent": (
        (
            '<button name="b" value="1">Other</button><input type="submit" name="c" value="Another">'
            '<button type="button" name="d">Idle</button><input type="image" name="e" alt="Picture">'
        ),
        [],
    ),
    "a control that points at another form is not sent": ('<label>A <input name="a" form="other"></label>', []),
    "dirname tells which way the text runs": (
        '<label>A <input name="a" dirname="a.dir" dir="auto" value="שלום"></label>',
        [("a", "שלום"), ("a.dir", "rtl")],
    ),
    "dirname tells what is said further out": (
        '<div dir="rtl"><label>A <input name="a" dirname="d"></label></div>',
        [("a", ""), ("d", "rtl")],
    ),
    "dirname tells left to right when nothing is said": (
        '<label>A <textarea name="a" dirname="d">שלום</textarea></label>',
        [("a", "שלום"), ("d", "ltr")],
    ),
    "radio buttons without a name are in nobody's way": (
        (
            '<fieldset><legend>G</legend><label><input type="radio" checked> X</label>'
            '<label><input type="radio" name="a" value="1" checked> Y</label></fieldset>'
        ),
        [("a", "1")],
    ),
    "what is in a template is no part of the form": ('<template><label>A <input name="a"></label></template>', []),
}


@pytest.mark.parametrize(("controls", "expected"), SENT_AS_SERVED.values(), ids=SENT_AS_SERVED)
def test_as_served(pairs, controls, expected):
    after = '<form id="other" action="/sent" method="get"></form>' if 'form="other"' in controls else ""
    assert pairs(controls, after=after) == expected


def test_the_pressed_button_is_sent_with_its_name_and_value(form):
    browser = form('<button name="do" value="keep">Keep</button><button name="do" value="drop">Drop</button>')
    assert browser.press("Drop").json["pairs"] == [["do", "drop"]]


def test_a_pressed_button_without_a_value_sends_an_empty_one(form):
    assert form('<button name="do">Keep</button>').press("Keep").json["pairs"] == [["do", ""]]


def test_a_pressed_submit_input_without_a_value_sends_what_browsers_write_on_it(form):
    assert form('<input type="submit" name="do">').press("Submit").json["pairs"] == [["do", "Submit"]]


def test_a_method_or_an_encoding_with_blanks_around_it_is_none(served):
    controls = '<input type="hidden" name="a" value="1"><button>Go</button></form>'
    browser = served(f'<form action=" /sent " method=" post ">{controls}', check=False)
    assert browser.press("Go").json["method"] == "GET"
    browser = served(f'<form action="/sent" method="post" enctype=" multipart/form-data ">{controls}', check=False)
    assert browser.press("Go").json["type"] == "application/x-www-form-urlencoded"


def test_a_pressed_submit_input_sends_its_text(form):
    assert form('<input type="submit" name="do" value="Keep it">').press("Keep it").json["pairs"] == [["do", "Keep it"]]


def test_a_pressed_picture_sends_where_it_was_pressed(form):
    browser = form('<input type="image" name="map" alt="Map"><input type="image" alt="Bare">')
    assert browser.press("Map").json["pairs"] == [["map.x", "0"], ["map.y", "0"]]
    browser.back()
    assert browser.press("Bare").json["pairs"] == [["x", "0"], ["y", "0"]]


def test_controls_and_buttons_elsewhere_belong_to_the_form_they_point_at(form):
    after = '<label>Far <input name="far" form="f"></label><button form="f" name="b" value="1">Send from afar</button>'
    browser = form('<label>Near <input name="near"></label>', 'method="post" id="f"', after=after)
    browser.fill(Near="n", Far="f")
    assert browser.press("Send from afar").json["pairs"] == [["near", "n"], ["far", "f"], ["b", "1"]]


def test_what_is_sent_is_in_the_order_of_the_page(pairs):
    controls = (
        '<label>A <input name="a"></label><label>B <input name="b"></label><label>A again <input name="a"></label>'
    )
    assert pairs(controls, lambda b: b.fill(**{"A again": "3", "B": "2", "A": "1"})) == [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
    ]


def test_a_typed_text_is_sent_with_every_character(pairs):
    text = "a+b&c=d %20 ~*-._ é 漢字 🙂 \u202e"
    assert pairs('<label>A <input name="a"></label>', lambda b: b.fill(A=text)) == [("a", text)]


def test_typed_line_ends_are_sent_as_cr_lf(pairs):
    assert pairs('<label>A <textarea name="a"></textarea></label>', lambda b: b.fill(A="x\ny\r\nz\r")) == [
        ("a", "x\r\ny\r\nz\r\n")
    ]


def test_a_lone_surrogate_is_sent_as_the_replacement_character(pairs):
    assert pairs('<label>A <input name="a"></label>', lambda b: b.fill(A="x\ud800y")) == [("a", "x\ufffdy")]


def test_urlencoding_is_that_of_browsers(form):
    browser = form('<label>A <input name="a"></label>')
    browser.fill(A="~*-._ +é")
    assert browser.press("Send").json["raw"].endswith("&a=%7E*-._+%2B%C3%A9")


def test_choosing_one_radio_button_lets_the_others_go(pairs):
    controls = "".join(
        f'<label><input type="radio" name="a" value="{each}" {"checked" * (each == "x")}> {each}</label>'
        for each in "xyz"
    )
    assert pairs(
        f"<fieldset><legend>G</legend>{controls}</fieldset>", lambda b: b.choose("G", "y"), lambda b: b.choose("G", "z")
    ) == [("a", "z")]


def test_radio_buttons_of_two_forms_do_not_disturb_each_other(served):
    group = (
        '<fieldset><legend>{0}</legend><label><input type="radio" name="a" value="1" checked> One</label></fieldset>'
    )
    browser = served(
        "".join(
            f'<form action="/sent" method="get">{group.format(each)}<button>{each}</button></form>' for each in "XY"
        )
    )
    assert browser.press("X").json["pairs"] == [["a", "1"]]


def test_an_unticked_checkbox_is_gone(pairs):
    assert pairs('<label><input type="checkbox" name="a" checked> A</label>', lambda b: b.uncheck("A")) == []


def test_several_options_replace_those_that_were_selected(pairs):
    options = "".join(f"<option {'selected' * (each == '1')}>{each}</option>" for each in "123")
    controls = f'<label>A <select name="a" multiple>{options}</select></label>'
    assert pairs(controls, lambda b: b.choose("A", "3", "2")) == [("a", "2"), ("a", "3")]
    assert pairs(controls, lambda b: b.choose("A")) == []


def test_an_attached_file_is_sent_whole_in_a_multipart_form(form):
    browser = form('<label>A <input type="file" name="a"></label>', 'method="post" enctype="multipart/form-data"')
    browser.attach("A", 'we"ird.txt', b"\x00\r\nx", "text/x-own")
    page = browser.press("Send")
    assert page.json["type"] == "multipart/form-data"
    assert 'name="a"; filename="we%22ird.txt"\r\nContent-Type: text/x-own\r\n\r\n\x00\r\nx\r\n--' in page.json["raw"]


def test_a_multipart_form_sends_an_empty_part_for_a_file_not_attached(form):
    browser = form('<label>A <input type="file" name="a"></label>', 'method="post" enctype="multipart/form-data"')
    raw = browser.press("Send").json["raw"]
    assert 'name="a"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--' in raw


def test_text_in_a_multipart_form_has_no_content_type_and_cr_lf(form):
    controls = '<label>A <textarea name="a"></textarea></label>'
    browser = form(controls, 'method="post" enctype="multipart/form-data"')
    browser.fill(A="é\n")
    assert 'name="a"\r\n\r\né\r\n\r\n--' in browser.press("Send").json["raw"]


def test_a_control_for_several_files_sends_each(form):
    controls = '<label>A <input type="file" name="a" multiple></label>'
    browser = form(controls, 'method="post" enctype="multipart/form-data"')
    browser.attach("A", "one.txt", b"1")
    browser.attach("A", "two.png", b"2")
    raw = browser.press("Send").json["raw"]
    assert 'filename="one.txt"\r\nContent-Type: text/plain' in raw
    assert 'filename="two.png"\r\nContent-Type: image/png' in raw


def test_a_control_for_one_file_keeps_the_last(form):
    browser = form('<label>A <input type="file" name="a"></label>')
    browser.attach("A", "one.txt")
    browser.attach("A", "two.txt")
    assert browser.press("Send").json["pairs"] == [["a", "two.txt"]]


def test_a_form_in_plain_text_is_sent_as_lines(form):
    browser = form('<label>A <input name="a"></label>', 'method="post" enctype="text/plain"')
    browser.fill(A="x y")
    page = browser.press("Send")
    assert (page.json["type"], page.json["raw"]) == ("text/plain", "csrf_token=t0ken\r\na=x y\r\n")


def test_a_form_without_a_method_is_a_question_that_replaces_the_query(served):
    browser = served(
        '<form action="/sent?old=1#end"><label>Q <input name="q"></label><button>Ask</button></form>', check=False
    )
    browser.fill(Q="a b")
    page = browser.press("Ask")
    assert (page.json["method"], page.path) == ("GET", "/sent?q=a+b")


def test_a_button_may_say_where_and_how_to_send(served):
    browser = served(
        '<form action="/nowhere" method="get"><label>Q <input name="q"></label>'
        '<button formaction="/sent" formmethod="post" formenctype="multipart/form-data">Go</button></form>',
        check=False,
    )
    assert browser.press("Go").json["type"] == "multipart/form-data"


def test_a_form_that_closes_a_dialog_asks_nothing(served):
    browser = served('<dialog open><form method="dialog"><button>Close</button></form></dialog>')
    assert browser.press("Close") is browser.page
    assert len(browser.history) == 1


def test_reset_brings_back_what_was_served(form):
    browser = form('<label>A <input name="a" value="old"></label><input type="reset">')
    browser.fill(A="new")
    browser.press("Reset")
    assert browser.press("Send").json["pairs"] == [["a", "old"]]


def test_an_idle_button_says_that_it_does_nothing(form):
    with pytest.raises(NotPossible, match="does nothing without JavaScript"):
        form('<button type="button">Idle</button>').press("Idle")


def test_a_forged_field_takes_the_place_of_the_form_s_own(form):
    browser = form('<label>A <input name="a"></label>')
    browser.forge("a", "1", "2")
    browser.forge("role", "admin")
    browser.forge("csrf_token")
    assert browser.press("Send").json["raw"] == "a=1&a=2&role=admin"


class Quiet(WSGIRequestHandler):
    def log(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def arriving(chromium):
    """Give a function that submits a form of these controls in Chromium and tells the body that arrives."""
    arrived: list[bytes] = []

    @Request.application
    def site(request: Request) -> Response:
        if request.method == "POST":
            arrived.append(request.get_data())
            return Response("kept")
        return Response(shown["page"], mimetype="text/html")

    shown = {"page": ""}
    server = make_server("127.0.0.1", 0, site, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    tab = chromium.new_page(java_script_enabled=False)

    def send(page: str) -> bytes:
        shown["page"] = page
        tab.goto(f"http://127.0.0.1:{server.port}/")
        tab.get_by_role("button", name="Send").click()
        tab.wait_for_url("**/sent")
        return arrived.pop()

    yield send
    tab.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize("enctype", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_chromium_sends_the_same(form, arriving, enctype):
    controls = [
        controls.replace('name="a"', f'name="{number}: {name}"')
        for number, (name, (controls, _)) in enumerate(SENT_AS_SERVED.items())
    ]
    after = '<form id="other" action="/sent" method="get"></form>'
    browser = form("".join(controls), f'method="post" enctype="{enctype}"', after=after)
    expected = arriving(browser.page.html)
    sent = browser.press("Send").json["raw"].encode()
    assert without_boundary(sent).split(b"\r\n") == without_boundary(expected).split(b"\r\n")


def without_boundary(body: bytes) -> bytes:
    return body.replace(re.match(rb"(?:--([^\r]+)\r\n)?", body)[1] or b"none", b"")
