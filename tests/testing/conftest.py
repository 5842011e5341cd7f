"""A site of one page: it serves the page that a test writes, and tells what is sent to it."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from flask import Flask, Response, jsonify, request

from plainsite.testing import Browser

TOKEN = '<input type="hidden" name="csrf_token" value="t0ken">'


def page_of(body: str, heading: str = "Page") -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{heading} – Site</title></head>
<body><main><h1>{heading}</h1>
{body}
</main></body></html>"""


@pytest.fixture
def served() -> Callable[..., Browser]:
    """Give a function that opens a page of this body; `/sent` answers with what it is sent."""

    def serve(body: str, *, whole: bool = False, **options) -> Browser:
        app = Flask(__name__)

        @app.get("/")
        def _page():
            return body if whole else page_of(body)

        @app.route("/sent", methods=["GET", "POST"])
        def _sent():
            raw = request.get_data()
            said = raw.decode("utf-8", "replace") if request.method == "POST" else request.query_string.decode()
            pairs = parse_qsl(said, keep_blank_values=True) if "=" in said and "\n" not in said else []
            return jsonify(
                method=request.method,
                query=request.query_string.decode(),
                raw=said,
                type=request.mimetype,
                pairs=[pair for pair in pairs if pair[0] != "csrf_token"],
                headers=dict(request.headers),
            )

        @app.get("/file")
        def _file():
            return Response("a,b\n", mimetype="text/csv", headers={"Content-Disposition": "attachment"})

        browser = Browser(app, **options)
        browser.open("/")
        return browser

    return serve


@pytest.fixture
def form(served) -> Callable[..., Browser]:
    """Give a function that opens a page with a form of these controls and a button "Send"."""

    def serve(controls: str, attributes: str = 'method="post"', after: str = "", **options) -> Browser:
        return served(
            f'<form action="/sent" {attributes}>{TOKEN}{controls}<button>Send</button></form>{after}', **options
        )

    return serve


@pytest.fixture
def pairs(form) -> Callable[..., list[tuple[str, str]]]:
    """Give a function that tells what a form of these controls sends, its token left out."""

    def send(controls: str, *steps: Callable[[Browser], object], after: str = "") -> list[tuple[str, str]]:
        browser = form(controls, after=after)
        for step in steps:
            step(browser)
        return [tuple(pair) for pair in browser.press("Send").json["pairs"]]

    return send
