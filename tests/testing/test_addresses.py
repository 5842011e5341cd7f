"""Where links, forms and redirects lead: as the tests' browser has it, and as Chromium does."""

import pytest
from flask import Flask, Response, request

from plainsite.testing import Browser, NotPossible
from plainsite.testing.addresses import encoded, joined

PAGE = "http://site.example/deep/page?x=1"
SITE = "http://site.example"
LED = {
    "beside?y=2": f"{SITE}/deep/beside?y=2",
    "./a/../b": f"{SITE}/deep/b",
    "../../../up": f"{SITE}/up",
    "?y=2": f"{SITE}/deep/page?y=2",
    "": PAGE,
    "#part": PAGE,
    " /sent\n": f"{SITE}/sent",
    "/se\tnt": f"{SITE}/sent",
    "\\sent": f"{SITE}/sent",
    "/\\other.example/x": "http://other.example/x",
    "//other.example/x": "http://other.example/x",
    "/a\\b?c\\d": f"{SITE}/a/b?c\\d",
    "mailto:a\\b": "mailto:a\\b",
    "/a b?c d": f"{SITE}/a%20b?c%20d",
    "/é?q=ü&r=漢": f"{SITE}/%C3%A9?q=%C3%BC&r=%E6%BC%A2",
    "/a%2Fb?q=%20+%zz": f"{SITE}/a%2Fb?q=%20+%zz",
    "/x?a='b\"<": f"{SITE}/x?a=%27b%22%3C",
    "/*~!();,@:'?*~!();,@:": f"{SITE}/*~!();,@:'?*~!();,@:",
    "https://site.example:444/": "https://site.example:444/",
}


@pytest.mark.parametrize(("reference", "address"), LED.items())
def test_a_reference_leads_to(reference, address):
    assert encoded(joined(PAGE, reference)) == address


@pytest.mark.browser
def test_chromium_agrees(chromium):
    tab = chromium.new_page()
    tab.set_content(f'<base href="{PAGE}">')
    code = "(all) => all.map((each) => Object.assign(document.createElement('a'), {href: each}).href.split('#')[0])"
    said = tab.evaluate(code, list(LED))
    tab.close()
    assert dict(zip(LED, said, strict=True)) == LED


@pytest.fixture
def browser() -> Browser:
    """Open a page whose addresses are relative to another."""
    app = Flask(__name__)
    base = '<!doctype html><base href="/other/"><base href="/ignored/">'
    forms = "".join(
        f'<form {action}><input type="hidden" name="a" value="1"><button>{name}</button></form>'
        for name, action in {"Relative": 'action="x"', "Empty": 'action=""', "None": ""}.items()
    )
    quiet = '<a href="/told" rel="nofollow NOREFERRER">Quietly</a> <a href="/told" referrerpolicy="origin">Briefly</a>'

    @app.get("/")
    @app.get("/page")
    def page():
        return f'{base}{forms}<a href="x">Link</a> <a href="#part">Part</a> <a href="/page#part">Here</a>{quiet}'

    @app.get("/hushed")
    def hushed():
        return '<meta name="referrer" content="no-referrer"><a href="/told?ü">Told</a><a href="/page">Page</a>'

    @app.get("/told")
    def told():
        return Response(f"{request.referrer} {request.headers['Sec-Fetch-Site']} {request.query_string.decode()}")

    browser = Browser(app, check=False)
    browser.open("/page")
    return browser


def test_the_base_of_a_page_is_what_its_addresses_are_relative_to(browser):
    assert browser.follow("Link").path == "/other/x"
    browser.back()
    assert browser.follow("Part").path == "/other/"
    browser.back()
    assert browser.press("Relative").path == "/other/x?a=1"


@pytest.mark.parametrize("button", ["Empty", "None"])
def test_a_form_without_an_action_is_sent_to_its_own_page_whatever_the_base(browser, button):
    assert browser.press(button).path == "/page?a=1"


def test_a_link_to_a_part_of_the_page_asks_nothing_however_it_is_written(browser):
    page = browser.page
    assert browser.follow("Here") is page


def test_a_link_may_say_what_is_told_of_where_it_stands(browser):
    assert browser.follow("Quietly").text == "None same-origin"
    browser.back()
    assert browser.follow("Briefly").text == "http://localhost/ same-origin"


def test_a_page_may_say_so_too(browser):
    browser.open("/hushed")
    assert browser.follow("Told").text == "None same-origin %C3%BC"


@pytest.mark.parametrize(
    ("base", "address", "ours"),
    [
        ("http://localhost:5000", "http://localhost:5000/page", True),
        ("http://localhost:5000", "http://localhost:8000/page", False),
        ("http://localhost:5000", "http://localhost/page", False),
        ("http://site.example", "https://site.example/page", True),
        ("http://site.example", "https://www.site.example:443/page", True),
        ("http://site.example", "http://nosite.example/page", False),
    ],
)
def test_another_port_is_another_site_unless_it_is_the_one_for_tls(browser, base, address, ours):
    visitor = Browser(browser.client, base=base, check=False)
    if ours:
        assert visitor.open(address).status == 200
    else:
        with pytest.raises(NotPossible, match="another site"):
            visitor.open(address)
