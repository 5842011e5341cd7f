"""Cookies are kept and sent as browsers do; each of these was tried in Chromium."""

import pytest
from flask import Flask, Response, redirect, request

from plainsite.testing import Browser

PAST = "Thu, 01 Jan 2015 00:00:00 GMT"


@pytest.fixture
def site() -> Flask:
    app = Flask(__name__)

    @app.get("/set/here")
    def _set():
        answer = redirect("/told/here", 303)
        for cookie in request.args.getlist("cookie"):
            answer.headers.add("Set-Cookie", cookie)
        return answer

    @app.get("/told/here")
    def _told():
        return Response(request.headers.get("Cookie", "none"), mimetype="text/plain")

    @app.get("/elsewhere")
    def _elsewhere():
        return redirect("http://site.example/told/here", 303)

    return app


def told(browser: Browser, *cookies: str) -> str:
    """Let the site set these cookies, and tell which it is sent afterwards."""
    return browser.open("/set/here?" + "&".join(f"cookie={each.replace(';', '%3B')}" for each in cookies)).text


@pytest.mark.parametrize(
    ("cookies", "sent"),
    [
        (["a=1"], "none"),  # it is for /set only
        (["a=1; Path=/"], "a=1"),
        (["a=1; Path=/told"], "a=1"),
        (["a=1; Path=/to"], "none"),
        (["a=1; Path=/", "a=2; Path=/"], "a=2"),
        (["a=1; Path=/", "a=; Path=/; Max-Age=0"], "none"),
        (["a=1; Path=/", "a=; Path=/; Max-Age=-1"], "none"),
        (["a=1; Path=/", f"a=; Path=/; Expires={PAST}"], "none"),
        (["a=1; Path=/; Domain=.site.example"], "a=1"),
        (["a=1; Path=/; Domain=other.example"], "none"),
        (["a=1; Path=/; Secure"], "none"),
        (["a=1; Path=/; SameSite=Strict"], "a=1"),
        (["a=1; Path=/; SameSite=None"], "none"),
        (["__Host-a=1; Path=/", "__Secure-b=1; Path=/"], "none"),
        (["__host-a=1; Path=/", "__secure-b=1; Path=/"], "none"),
        ([f"a=1; Path=/; Max-Age=100; Expires={PAST}"], "a=1"),
        (["a=root; Path=/", "a=deep; Path=/told"], "a=deep; a=root"),
        ([f"a={'x' * 4095}; Path=/"], f"a={'x' * 4095}"),
        ([f"a={'x' * 4096}; Path=/"], "none"),
    ],
)
def test_over_the_open_net_there_are_sent(site, cookies, sent):
    assert told(Browser(site, base="http://site.example"), *cookies) == sent


def test_one_that_is_not_taken_leaves_the_one_before(site):
    browser = Browser(site, base="http://site.example")
    assert told(browser, "a=1; Path=/") == "a=1"
    assert told(browser, f"a={'x' * 4096}; Path=/") == "a=1"


@pytest.mark.parametrize("base", ["https://site.example", "http://localhost", "http://127.0.0.1:8000"])
def test_where_nobody_reads_along_secure_cookies_are_sent(site, base):
    assert told(Browser(site, base=base), "__Host-a=1; Path=/; Secure; SameSite=None") == "__Host-a=1"


def test_a_secure_cookie_waits_while_a_page_is_asked_for_in_the_clear(site):
    browser = Browser(site, base="https://site.example")
    told(browser, "a=1; Path=/; Secure", "b=2; Path=/")
    assert browser.open("/elsewhere").text == "b=2"
    assert browser.open("https://site.example/told/here").text in {"a=1; b=2", "b=2; a=1"}
