"""Going from page to page as a browser does."""

import pytest
from flask import Flask, Response, make_response, redirect, request
from werkzeug.test import Client

from plainsite.testing import Browser, NotOnPage, NotPossible, TooManyRedirects


def titled(heading: str, body: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{heading}</title></head>'
        f"<body><h1>{heading}</h1>{body}</body></html>"
    )


FORM = (
    '<form action="{}" method="post"><input type="hidden" name="csrf_token" value="t"><label>A <input name="a"></label>'
    "<button>Send</button></form>"
)


@pytest.fixture
def site() -> Flask:
    app = Flask(__name__)

    @app.get("/")
    @app.get("/deep/page")
    def home():
        forms = "".join(
            f'<section aria-label="{code}">{FORM.format(f"/redirect/{code}")}</section>'
            for code in (301, 302, 303, 307, 308)
        )
        links = {
            "Tell": "/tell",
            "Beside": "beside?x=1#part",
            "Part": "#main",
            "Elsewhere": "https://elsewhere.example/",
            "Write": "mailto:a@b.c",
            "File": "/file",
            "Loop": "/loop",
            "Quietly": '/tell" rel="noreferrer',
            "Away": "/away",
        }
        return titled(
            "Home", "".join(f'<a href="{to}">{text}</a> ' for text, to in links.items()) + forms + '<p id="main"></p>'
        )

    @app.route("/redirect/<int:code>", methods=["POST"])
    def onward(code):
        return redirect("../tell?from=redirect#there", code)

    @app.route("/tell", methods=["GET", "POST"])
    @app.get("/deep/beside")
    def tell():
        said = f"{request.method} {request.full_path} a={request.form.get('a')}"
        heads = "|".join(f"{name}={request.headers.get(name)}" for name in ("Referer", "Origin", "Sec-Fetch-Site"))
        return titled("Told", f"<p>{said}</p><p>{heads}</p><p>cookie={request.cookies.get('who')}</p>")

    @app.get("/loop")
    def loop():
        return redirect("/loop")

    @app.get("/away")
    def away():
        return redirect("https://elsewhere.example/there")

    @app.get("/file")
    def file():
        return Response("a,b\n", mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="x.csv"'})

    @app.get("/login/<who>")
    def login(who):
        response = make_response(redirect("/tell"))
        response.set_cookie("who", who)
        return response

    @app.get("/secret")
    def secret():
        return titled("Secret", '<a href="/tell">Tell</a>' + FORM.format("/tell")), {"Referrer-Policy": "no-referrer"}

    return app


@pytest.fixture
def visitor(site) -> Browser:
    return Browser(site)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (301, "GET /tell?from=redirect a=None"),
        (302, "GET /tell?from=redirect a=None"),
        (303, "GET /tell?from=redirect a=None"),
        (307, "POST /tell?from=redirect a=x"),
        (308, "POST /tell?from=redirect a=x"),
    ],
)
def test_a_redirect_is_followed_with_the_right_method(visitor, code, said):
    visitor.open("/")
    visitor.within(str(code)).fill(A="x")
    page = visitor.within(str(code)).press("Send")
    assert said in page.text
    assert page.path == "/tell?from=redirect"


def test_a_link_is_followed_relative_to_its_page(visitor):
    visitor.open("/deep/page")
    assert visitor.follow("Beside").path == "/deep/beside?x=1"


def test_a_link_to_a_part_of_the_page_asks_nothing(visitor):
    page = visitor.open("/")
    assert visitor.follow("Part") is page
    assert visitor.history == [page]


@pytest.mark.parametrize("link", ["Elsewhere", "Write"])
def test_a_link_that_leaves_the_site_is_not_followed(visitor, link):
    visitor.open("/")
    with pytest.raises(NotPossible, match="another site"):
        visitor.follow(link)


def test_a_redirect_that_leaves_the_site_is_the_page_itself(visitor):
    visitor.open("/")
    page = visitor.follow("Away")
    assert (page.status, page.headers["Location"]) == (302, "https://elsewhere.example/there")


def test_endless_redirects_end(visitor):
    visitor.open("/")
    with pytest.raises(TooManyRedirects, match="20 redirects"):
        visitor.follow("Loop")


def test_a_download_leaves_the_page_where_it_is(visitor):
    home = visitor.open("/")
    download = visitor.follow("File")
    assert (download.body, download.mimetype, download.text) == (b"a,b\n", "text/csv", "a,b\n")
    assert visitor.page is home


def test_a_followed_link_says_where_it_was_followed_from(visitor):
    visitor.open("/deep/page")
    assert "Referer=http://localhost/deep/page|Origin=None|Sec-Fetch-Site=same-origin" in visitor.follow("Tell").text


def test_a_typed_address_comes_from_nowhere(visitor):
    assert "Referer=None|Origin=None|Sec-Fetch-Site=none" in visitor.open("/tell").text


def test_a_form_says_where_it_was_sent_from(visitor):
    visitor.open("/")
    visitor.within("307").fill(A="x")
    page = visitor.within("307").press("Send")
    assert "Referer=http://localhost/|Origin=http://localhost|" in page.text


def test_the_referrer_policy_of_a_page_is_kept(visitor):
    visitor.open("/secret")
    assert "Referer=None|Origin=None" in visitor.follow("Tell").text
    visitor.back()
    assert "Referer=None|Origin=null" in visitor.press("Send").text


def test_a_link_may_ask_for_no_referrer(visitor):
    visitor.open("/")
    assert "Referer=None" in visitor.follow("Quietly").text


def test_cookies_are_kept_until_they_are_cleared(visitor):
    assert "cookie=ada" in visitor.open("/login/ada").text
    assert "cookie=ada" in visitor.open("/tell").text
    visitor.clear_cookies()
    assert "cookie=None" in visitor.open("/tell").text


def test_a_second_browser_is_a_second_person(site):
    ada, bob = Browser(site), Browser(site)
    ada.open("/login/ada")
    bob.open("/login/bob")
    assert "cookie=ada" in ada.open("/tell").text
    assert "cookie=bob" in bob.open("/tell").text


def test_a_browser_made_from_a_client_shares_its_cookies(site):
    client = site.test_client()
    Browser(client).open("/login/ada")
    assert "cookie=ada" in client.get("/tell").text


def test_any_wsgi_application_can_be_visited(site):
    assert Browser(site.wsgi_app).open("/tell").heading == "Told"
    assert Browser(Client(site.wsgi_app)).open("/tell").heading == "Told"


def test_back_shows_the_page_as_it_was_left(visitor):
    visitor.open("/")
    visitor.within("303").fill(A="typed")
    visitor.within("303").press("Send")
    assert visitor.back().heading == "Home"
    assert visitor.within("303").press("Send").heading == "Told"


def test_a_page_that_answered_a_form_is_asked_for_again_by_sending_the_form_once_more(visitor):
    visitor.open("/")
    visitor.within("307").fill(A="x")
    visitor.within("307").press("Send")
    assert "POST /tell?from=redirect a=x" in visitor.reload().text
    assert len(visitor.history) == 2


def test_a_page_that_a_form_only_led_to_is_asked_for_again_without_the_form(visitor):
    visitor.open("/")
    visitor.within("303").fill(A="x")
    visitor.within("303").press("Send")
    assert "GET /tell?from=redirect a=None" in visitor.reload().text


def test_an_answer_that_is_lost_leaves_the_page_and_its_cookies_as_they_were(visitor, site):
    @site.after_request
    def mark(answer):
        if request.method == "POST":
            answer.set_cookie("who", "eve")
        return answer

    asked = []
    site.before_request(lambda: asked.append(f"{request.method} {request.path}"))
    visitor.open("/")
    visitor.within("303").fill(A="x")
    assert visitor.within("303").press("Send", lost=True).heading == "Home"
    assert asked == ["GET /", "POST /redirect/303"]
    assert "cookie=None" in visitor.open("/tell").text
    visitor.back()
    assert "cookie=eve" in visitor.within("303").press("Send").text


def test_back_has_an_end(visitor):
    with pytest.raises(NotPossible, match="no page to go back to"):
        visitor.back()
    visitor.open("/")
    with pytest.raises(NotPossible, match="no page to go back to"):
        visitor.back()


def test_nothing_can_be_done_before_a_page_is_open(visitor):
    with pytest.raises(NotPossible, match="open\\(\\) one first"):
        visitor.fill(A="x")


def test_a_part_of_a_page_is_gone_with_its_page(visitor):
    visitor.open("/")
    part = visitor.within("303")
    part.press("Send")
    with pytest.raises(NotPossible, match="the browser now shows"):
        part.fill(A="x")


def test_pages_with_any_status_are_given(visitor):
    assert Browser(visitor.client, check=False).open("/nowhere").status == 404


def test_headers_go_with_every_request_or_with_one(site):
    @site.get("/language")
    def language():
        return {"language": request.headers["Accept-Language"], "accept": request.headers["Accept"]}

    visitor = Browser(site, headers={"Accept-Language": "de"})
    assert visitor.open("/language").json["language"] == "de"
    assert visitor.open("/language", headers={"Accept": "application/json"}).json["accept"] == "application/json"


def test_the_site_may_be_said_to_be_elsewhere(site):
    visitor = Browser(site, base="https://site.example")
    visitor.open("/")
    assert "Referer=https://site.example/|" in visitor.follow("Tell").text


def test_enter_presses_the_first_button(form):
    browser = form('<label>A <input name="a"></label><button name="b" value="first">First</button>')
    assert browser.enter("A").json["pairs"] == [["a", ""], ["b", "first"]]


def test_enter_sends_a_form_without_a_button(served):
    browser = served('<form action="/sent" method="get"><label>Search <input type="search" name="q"></label></form>')
    browser.fill(Search="x")
    assert browser.enter("Search").path == "/sent?q=x"


def test_enter_does_nothing_among_several_controls_without_a_button(served):
    browser = served('<form action="/sent" method="get"><label>A <input></label><label>B <input></label></form>')
    with pytest.raises(NotPossible, match="several text controls and no button"):
        browser.enter("A")


def test_enter_outside_of_a_form_does_nothing(served):
    with pytest.raises(NotPossible, match="belongs to no form"):
        served('<label>A <input name="a"></label>').enter("A")


def test_without_a_form_nothing_can_be_forged(served):
    with pytest.raises(NotOnPage, match="no form to send 'a'"):
        served("<p>x</p>").forge("a", "1")


def test_a_pattern_that_only_javascript_understands_holds_nothing_back(form):
    assert form('<label>A <input name="a" pattern="\\p{L}+" value="x"></label>').press("Send").status == 200


def test_a_link_is_not_a_button_and_the_message_says_so(visitor):
    visitor.open("/")
    with pytest.raises(NotOnPage, match="use follow"):
        visitor.press("Tell")
    with pytest.raises(NotOnPage, match="use press"):
        visitor.follow("Send")
