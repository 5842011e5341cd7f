"""What a page says, as a person reads it."""

import pytest

from plainsite.testing import NotOnPage, Page


def page(body: str, status: int = 200, mimetype: str = "text/html; charset=utf-8") -> Page:
    return Page(status, "http://localhost/users/new?a=1", {"Content-Type": mimetype}, body.encode())


def test_the_plain_facts():
    seen = page("<!doctype html><html lang=en><title> A  b </title><h1>The\n<b>on</b>e</h1></html>", 422)
    assert (seen.status, seen.path, seen.title, seen.heading) == (422, "/users/new?a=1", "A b", "The one")
    assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>" in seen.html
    assert repr(seen) == "<Page 422 /users/new?a=1 'The one'>"


def test_the_text_is_what_is_seen():
    seen = page(
        "<html><head><title>no</title><style>no</style></head><body><p>One</p><p>t<b>w</b>o\n  three"
        "</p><p hidden>no</p>"
        "<script>no</script><template>no</template><textarea>no</textarea><select><option>no</option></select>"
        "<!-- no --><dialog>no</dialog><ul><li>4</li><li>5</li></ul><span aria-hidden=true>6</span><br>7</body></html>"
    )
    assert seen.text == "One two three 4 5 6 7"


def test_errors_are_told_by_label_from_what_describes_the_control():
    seen = page(
        '<label for="n">Name <span class="optional">(optional)</span></label><p class="hint" id="n-h">As you like.</p>'
        '<div id="n-e" class="errors"><p class="error">Too short.</p><p class="error">Taken.</p></div>'
        '<input id="n" aria-describedby="n-h n-e" aria-invalid="true">'
        '<label for="m">Mail</label><p class="hint" id="m-h">Never shown.</p><input id="m" aria-describedby="m-h">'
    )
    assert seen.errors == {"Name": "Too short. Taken."}


def test_errors_are_told_by_legend_for_a_group():
    radios = '<label><input type="radio" name="r"{0}> Yes</label><label><input type="radio" name="r"{0}> No</label>'
    for_all = page(
        '<fieldset aria-describedby="e"><legend>Gift</legend><p class="err" id="e">Choose one.</p>'
        + radios.format("")
        + "</fieldset>"
    )
    for_each = page(
        '<fieldset><legend>Gift</legend><p class="err" id="e"><span>Error:</span> Choose one.</p>'
        + radios.format(' aria-describedby="e"')
        + "</fieldset>"
    )
    assert for_all.errors == for_each.errors == {"Gift": "Choose one."}


def test_errors_are_told_from_a_remark_beside_the_control():
    seen = page(
        '<form><div><label>Name <input></label><span class="err">Taken.</span></div>'
        '<div><label>Mail <input></label></div><p class="error">Something of the whole form.</p></form>'
    )
    assert seen.errors == {"Name": "Taken."}


def test_a_description_that_is_not_there_is_no_error():
    assert page('<label>Name <input aria-invalid="true" aria-describedby="none"></label>').errors == {}
    assert page('<p class="err">Of no field.</p>').errors == {}


def test_an_error_of_several_checkboxes_is_told_by_legend_and_of_one_by_its_label():
    box = '<label><input type="checkbox" name="{}" aria-describedby="{}"> {}</label><p class="err" id="{}">{}</p>'
    several = box.format("c", "e1", "Red", "e1", "Choose two.") + '<label><input type="checkbox" name="c"> Blue</label>'
    one = box.format("d", "e2", "Agreed", "e2", "Agree.")
    seen = page(
        f"<fieldset><legend>Colours</legend>{several}</fieldset><fieldset><legend>Terms</legend>{one}</fieldset>"
    )
    assert seen.errors == {"Colours": "Choose two.", "Agreed": "Agree."}


def test_what_describes_an_invalid_control_is_an_error_whatever_its_class():
    seen = page('<label>Name <input aria-invalid="true" aria-describedby="e"></label><p id="e">Taken.</p>')
    assert seen.errors == {"Name": "Taken."}


def test_the_summary_is_the_list_in_the_alert_and_no_flash():
    seen = page(
        '<p class="flash" role="alert">Saved.</p><div role="alert"><h2>There is a problem</h2>'
        '<ul><li><a href="#n">Taken.</a></li><li>Too short.</li></ul></div><p class="flash good">Twice <b>so</b>.</p>'
    )
    assert seen.summary == ["Taken.", "Too short."]
    assert seen.flashes == ["Saved.", "Twice so."]


def test_a_summary_without_a_list_is_its_paragraphs():
    assert page('<div role="alert"><h2>Problem</h2><p>It is busy.</p></div>').summary == ["It is busy."]
    assert page('<div role="alert">It is busy.</div>').summary == ["It is busy."]


TABLE = (
    '<table><caption>Users</caption><thead><tr><th><input type="checkbox"></th><th>Name '
    '<span aria-hidden="true">↓</span></th>'
    "<th>Role</th></tr></thead><tbody><tr><td></td><th scope=row><a href=/1>Ada</a></th><td>ad<b>min</b></td></tr>"
    "<tr><td></td><th scope=row>Bob</th><td></td></tr></tbody><tfoot><tr><td>2 users</td></tr></tfoot></table>"
)


def test_a_table_is_its_rows_by_header():
    assert page(TABLE).table == [{"Name": "Ada", "Role": "admin"}, {"Name": "Bob", "Role": ""}]


def test_a_table_without_a_head_takes_its_first_row_of_headers():
    assert page("<table><tr><th>A</th><th>A</th></tr><tr><td>1</td><td>2</td></tr></table>").table == [
        {"A": "1", "A 2": "2"}
    ]


def test_a_cell_over_two_columns_stands_in_both():
    seen = page("<table><tr><th colspan=2>A</th><th>B</th></tr><tr><td>1</td><td colspan=2>2</td></tr></table>")
    assert seen.table == [{"A": "1", "A 2": "2", "B": "2"}]


def test_every_table_can_be_read():
    assert page("<p>none</p>").table == []
    assert len(page(TABLE + TABLE).tables) == 2


def test_links_buttons_and_labels_are_listed():
    seen = page(
        '<a href="/x">One</a><a>no link</a><a href="/y" aria-label="Two">2</a><form><button>Save</button>'
        '<input type="submit" value="Drop"><input type="hidden" name="h"><label>Name: <input></label>'
        "<fieldset><legend>Gift</legend><label><input type=radio name=g> Yes</label><label>"
        "<input type=radio name=g> No</label>"
        "</fieldset></form>"
    )
    assert seen.links == ["One", "Two"]
    assert seen.href("Two") == "/y"
    assert seen.buttons == ["Save", "Drop"]
    assert seen.labels == ["Name", "Gift (Yes, No)"]


def test_values_are_told_in_the_words_of_the_page():
    seen = page(
        "<form><label>Text <textarea>\nx\ny</textarea></label><label><input type=checkbox checked> Tick</label>"
        "<label>One <select><option value=1>First<option value=2 selected>Second</select></label>"
        "<label>Many <select multiple><option selected>a<option selected>b</select></label>"
        "<label>File <input type=file></label><label>Off <input value=o disabled></label>"
        "<fieldset><legend>Gift</legend><label><input type=radio name=g> Yes</label><label>"
        "<input type=radio name=g checked> No</label>"
        "</fieldset></form>"
    )
    labels = ("Text", "Tick", "One", "Many", "File", "Off", "Gift", "No")
    assert [seen.value(label) for label in labels] == ["x\ny", True, "Second", ["a", "b"], "", "o", "No", True]
    with pytest.raises(NotOnPage):
        seen.value("Nothing")


def test_a_value_follows_what_is_typed(form):
    browser = form('<label>A <input name="a" value="old"></label>')
    browser.fill(A="new")
    assert browser.page.value("A") == "new"


def test_an_answer_that_is_no_page_is_read_as_it_is():
    seen = page('{"a": ["<b>"]}', mimetype="application/json")
    assert (seen.json, seen.text, seen.mimetype) == ({"a": ["<b>"]}, '{"a": ["<b>"]}', "application/json")
    assert (seen.title, seen.errors, seen.table) == ("", {}, [])


@pytest.mark.parametrize("body", ["", "   ", "<!-- x -->", "\x00", "<", "plain words", "<p>" * 500, "<div>x" * 3000])
def test_any_source_can_be_read(body):
    assert isinstance(page(body).text, str)


def test_other_character_sets_are_read():
    seen = Page(200, "http://x/", {"Content-Type": "text/html; charset=latin-1"}, "<p>é</p>".encode("latin-1"))
    assert seen.text == "é"
    assert Page(200, "http://x/", {"Content-Type": "text/html; charset=none-such"}, "é".encode()).text == "é"
