"""Every rule that holds for all pages: a good page passes, and a page with one fault is told with that fault."""

from html.parser import HTMLParser
from statistics import median
from time import process_time

import pytest
from tests.conftest import untraced

from plainsite.testing import Page, PageProblem
from plainsite.testing.checks import check_page, problems

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Error: New user – Site</title>
<link rel="stylesheet" href="/site.css"><script src="/site.js" defer></script>
<script type="application/json">{"a": "<p>"}</script></head>
<body><a href="#main">Skip to content</a>
<main id="main"><h1>New user</h1>
<div role="alert" aria-labelledby="p"><h2 id="p">Problem</h2><ul><li><a href="#n">Taken.</a></li></ul></div>
<form action="/users" method="post"><input type="hidden" name="csrf_token" value="t">
<p><label for="n">Name <small>(optional)</small></label><input id="n" name="n" list="l" aria-describedby="n-h"></p>
<p class="hint" id="n-h">1 &lt; 2 &amp; 3 > 2</p><datalist id="l"><option value="Ada"></option></datalist>
<fieldset><legend>Role</legend><label><input type="radio" name="r"> Member</label></fieldset>
<label>Text <textarea name="t">
<b>raw < text</textarea></label>
<label>Pick <select name="s"><optgroup label="G"><option>x</option></optgroup></select></label>
<button name="b">Save</button><button aria-label="Close">×</button><input type="submit">
</form>
<form action="/search" method="get"><input type="search" name="q" aria-label="Search"><button>Go</button></form>
<table><caption>Users</caption><thead><tr><th>Name</th></tr></thead><tbody><tr><td>Ada<br>L</td></tr></tbody></table>
<table role="presentation"><tr><td>x</td></tr></table>
<dl><div><dt>a</dt><dd><p>b</p></dd></div></dl><details><summary><h2>More</h2></summary><p>x</p></details>
<a href="/x"><div><p>block in a link</p></div></a><p>a <a href="#">b <em>c</em></a> <img src="/x.png" alt=""></p>
<svg viewBox="0 0 1 1"><path d="M0 0"/><text>x</text></svg><my-part>own</my-part>
<p>onclick= is a word, style too; javascript: as well</p>
</main></body></html>
"""


def faults(source: str, **options) -> list[str]:
    return list(problems(Page(200, "http://localhost/", {"Content-Type": "text/html"}, source.encode()), **options))


def with_main(extra: str) -> str:
    return GOOD.replace("</main>", f"{extra}</main>")


def test_a_good_page_passes():
    assert faults(GOOD) == []


RIGHT = {
    "an element of SVG that closes itself": "<svg/>",
    "raw text in SVG": "<svg><text><![CDATA[a<b]]></text></svg>",
    "a link by its picture's name": '<a href="/x"><svg role="img" aria-label="Home"><path d=""/></svg></a>',
    "a button by its picture's name": '<button><svg role="img" aria-label="Close"/></button>',
    "a link by its title": '<a href="/x" title="Home"><img src="/y" alt=""></a>',
    "a part of a picture by its alt": '<map name="m"><area href="/x" alt="Home"></map>',
    "an id in percents": '<p id="é">x</p><a href="#%C3%A9">x</a>',
    "a link to words of the page": '<a href="#:~:text=Name">x</a> <a href="#n:~:text=Name">x</a>',
    "a link to the top, in capitals": '<a href="#TOP">x</a>',
    "an id again in a template": '<template><p id="main"></p><template></template><p id="main"></p></template>',
    "data in a script": '<script type="text/x-template"><p></script><script type="Application/JSON">{}</script>',
    "a header beside an address": "<header>x</header><address>y</address><footer>z</footer>",
}


@pytest.mark.parametrize("extra", RIGHT.values(), ids=RIGHT)
def test_nothing_is_told_of(extra):
    assert faults(with_main(extra)) == []


@pytest.mark.parametrize(
    "start",
    [
        "<!DOCTYPE HTML>",
        "<!-- x -->\n<!doctype html>",
        '<!doctype html SYSTEM "about:legacy-compat">',
        "\ufeff<!doctype html>",
    ],
)
def test_a_page_may_start_with(start):
    assert faults(GOOD.replace("<!doctype html>", start)) == []


FORM = '<form action="/x" method="post"><input type="hidden" name="csrf_token" value="t">{}</form>'

ADDED = {
    "a second h1": ("<h1>Two</h1>", "exactly one h1"),
    "a control without a label": ('<input name="x">', 'line 24: <input name="x">: no label'),
    "a control with nothing but a placeholder": ('<input placeholder="Name">', "no label"),
    "a control with an empty label": ('<label for="e"> </label><input id="e">', "no label"),
    "an id given twice": ('<p id="main"></p>', "the id 'main' is given 2 times"),
    "a label that points at nothing": ('<label for="none">X</label>', "a label of nothing"),
    "a label that points at what is no control": ('<label for="main">X</label>', "a label of nothing"),
    "a description that is not there": ('<input aria-label="X" aria-describedby="main none">', "points at 'none'"),
    "a name that is not there": ('<nav aria-labelledby="none"></nav>', "aria-labelledby points at 'none'"),
    "a form that is not there": ('<button form="none">X</button>', "form points at 'none'"),
    "a link to a part that is not there": ('<a href="#none">X</a>', "leads to 'none', which is not on the page"),
    "an inline script": ("<script>1</script>", "an inline script"),
    "an inline module": ('<script type="module">1</script>', "an inline script"),
    "an inline script of an old kind": ('<script type="text/javascript">1</script>', "an inline script"),
    "an inline script with an empty src": ("<script src>1</script>", "an inline script"),
    "an inline map of modules": ('<script type="importmap">{}</script>', "an inline script"),
    "a script as an object": ('<object data="javascript:x()"></object>', "a script as data"),
    "an id that is two words": ('<p id="a b">x</p>', "an id is a word"),
    "an id that is none": ('<p id="">x</p>', "an id is a word"),
    "a header in a header": ("<header><footer>x</footer></header>", "may not stand in a header or footer"),
    "a heading in an address": ("<address><h2>x</h2></address>", "<h2>: may not stand in an address"),
    "a picture to press without alt": ('<input type="image" src="/x.png">', "no alt"),
    "a form with a token that is never sent": (
        FORM.format("").replace('value="t"', 'value="t" disabled'),
        "posts without a token",
    ),
    "a form with a method in blanks": (FORM.format("").replace('"post"', '" post "'), "a form without a method"),
    "a style element": ("<style>p{}</style>", "an inline style"),
    "a style attribute": ('<p style="color:red">x</p>', "an inline style"),
    "a handler": ('<p onclick="x()">x</p>', "the handler onclick"),
    "a handler in capitals": ("<p ONCLICK='x()'>x</p>", "the handler onclick"),
    "a script as an address": ('<a href=" JavaScript:x()">x</a>', "a script as href"),
    "a script as an address, written with references": ('<a href="java&#9;script&colon;x()">x</a>', "a script as href"),
    "an element never closed": ("<div>", "<div> is not closed before </main>"),
    "an item never closed": ("<ul><li>a<li>b</ul>", "<li> is not closed before </ul>"),
    "an end without a start": ("</section>", "</section> closes nothing"),
    "an end of what needs none": ("<br></br>", "</br> closes nothing"),
    "elements that overlap": ("<b><i>x</b></i>", "<i> is not closed before </b>"),
    "a block in a paragraph": ("<p><div>x</div></p>", "<div>: may not stand in <p>"),
    "a block in a label": ("<label><p>x</p><input></label>", "<p>: may not stand in <label>"),
    "a block in a link in a paragraph": ('<p><a href="/"><div>x</div></a></p>', "<div>: may not stand in <a>"),
    "an item outside of a list": ("<li>x</li>", "<li>: may not stand in <main>"),
    "a list with something else in it": ("<ul><p>x</p></ul>", "<p>: may not stand in <ul>"),
    "text right in a list": ("<ul>x<li>y</li></ul>", "text right in <ul>: 'x'"),
    "a cell outside of a row": ("<table><tr><th>a</th></tr><td>x</td></table>", "<td>: may not stand in <table>"),
    "text right in a table": ("<table>x<tr><th>a</th></tr></table>", "text right in <table>: 'x'"),
    "a heading in a header cell": ("<table><tr><th><h2>a</h2></th></tr></table>", "<h2>: may not stand in <th>"),
    "a link in a link": ('<a href="/">a <span><a href="/b">b</a></span></a>', "may not stand in a link"),
    "a button in a link": ('<a href="/"><button>b</button></a>', "<button>: may not stand in a link"),
    "a link in a button": ('<button><a href="/">b</a></button>', "may not stand in a button"),
    "a label in a label": ("<label>a <label>b <input></label></label>", "<label>: may not stand in a label"),
    "a form in a form": (FORM.format(FORM.format("")), "may not stand in a form"),
    "an attribute given twice": ('<p class="a" CLASS="b">x</p>', "the attribute class twice"),
    "attributes that run into each other": ('<p class="a"title="b">x</p>', 'attributes are written name="value"'),
    "a quote that is never closed": ('<p class="a>x</p>', "or close the quote"),
    "a raw <": ("<p>1 < 2</p>", "a < that starts no tag"),
    "an element that there is none of": ("<foo>x</foo>", "is no element of HTML"),
    "an obsolete element": ("<center>x</center>", "is no element of HTML"),
    "a form without an action": (FORM.format("").replace(' action="/x"', ""), "a form without an action"),
    "a form without a method": ('<form action="/x"><button>Go</button></form>', "a form without a method"),
    "a form that posts without a token": (
        '<form action="/x" method="post"><button>Go</button></form>',
        "without a token",
    ),
    "a form with an empty token": (FORM.format("").replace('value="t"', 'value=""'), "posts without a token"),
    "a button that posts without a token": (
        '<form action="/x" method="get"><button formmethod="post">Go</button></form>',
        "posts without a token",
    ),
    "a picture without alt": ('<img src="/x.png">', "no alt"),
    "a link without a text": ('<a href="/x"><span> </span></a>', "a link without a text"),
    "a link with an empty picture": ('<a href="/x"><img src="/x.png" alt=""></a>', "a link without a text"),
    "a button without a text": ("<button></button>", "a button without a text"),
    "a table without header cells": ("<table><tr><td>x</td></tr></table>", "a table without header cells"),
    "a radio button alone": ('<label><input type="radio"> x</label>', "outside of a fieldset with a legend"),
}


@pytest.mark.parametrize(("extra", "sentence"), ADDED.values(), ids=ADDED)
def test_told_is(extra, sentence):
    found = faults(with_main(extra))
    assert any(sentence in each for each in found), found


CHANGED = {
    "no doctype": ("<!doctype html>\n", "", "does not start with <!doctype html>"),
    "no language": (' lang="en"', "", "<html>: no lang"),
    "no h1": ("<h1>New user</h1>", "", "exactly one h1"),
    "an empty h1": ("<h1>New user</h1>", "<h1></h1>", "exactly one h1"),
    "no title": ("<title>Error: New user – Site</title>", "", "has no title"),
    "a title of something else": ("<title>Error: New user", "<title>Site – New user", "does not start with the h1"),
    "an element open at the end": ("</main></body></html>", "", "<main> is never closed"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), CHANGED.values(), ids=CHANGED)
def test_told_is_also(old, new, sentence):
    assert old in GOOD
    found = faults(GOOD.replace(old, new))
    assert any(sentence in each for each in found), found


def test_a_fault_is_told_with_its_line_and_its_element():
    source = with_main('\n<p\n class="x" style="a">x</p>')
    assert faults(source) == ['line 25: <p class="x" style="a">: an inline style: move it to a file']


def test_all_faults_are_told_at_once():
    with pytest.raises(PageProblem) as caught:
        check_page(
            Page(200, "http://x/", {"Content-Type": "text/html"}, with_main("<li>x</li><input>").encode()), "GET /x"
        )
    assert str(caught.value).startswith("GET /x: 2 problems\n  line 24: <li>: ")
    assert len(caught.value.problems) == 2
    assert isinstance(caught.value, AssertionError)


def test_the_token_may_have_another_name_or_none():
    form = '<form action="/x" method="post"><input type="hidden" name="{}" value="t"><button>Go</button></form>'
    assert faults(GOOD.replace("csrf_token", "key"), token="key") == []
    assert faults(with_main(form.format("key"))) != []
    assert faults(with_main(form.format("key")), token=None) == []


def test_every_page_that_is_opened_is_checked(served):
    with pytest.raises(PageProblem, match=r"GET / \(200\): 1 problem\n"):
        served("<input>")
    assert served("<input>", check=False).page.status == 200


def test_what_is_no_page_is_not_checked(served):
    assert served("<p>x</p>").open("/sent").json["method"] == "GET"


def test_a_page_of_fifty_rows_is_checked_sooner_than_it_would_be_read_by_the_standard_library():
    cells = "".join(f'<td data-label="C{each}">text {each}</td>' for each in range(5))
    rows = "".join(
        f'<tr><td><input type="checkbox" name="r" value="{row}" aria-label="Row {row}"></td>'
        f'<th scope="row"><a href="/r/{row}">Row {row}</a></th>{cells}</tr>\n'
        for row in range(50)
    )
    source = with_main(f"<table><tbody>{rows}</tbody></table>")

    def reading() -> float:
        start = process_time()
        HTMLParser().feed(source)
        return process_time() - start

    def checking() -> float:
        page = Page(200, "http://localhost/", {"Content-Type": "text/html"}, source.encode())
        assert page.document.forms
        start = process_time()
        assert list(problems(page)) == []
        return process_time() - start

    with untraced():  # turn by turn, so that a slow spell of the machine falls on both
        share = median(checking() / reading() for _ in range(101))
    assert share < 1
