"""Pages of data at their worst: odd tables, refused forms and deletions, on phones too, and without a script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import URL
from tests.browser.test_every_page import ANYTHING, COLOURS, CROOKED, said
from tests.servers.fixtures import CHINOOK
from tests.views.test_odd import ODD, relations

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390, 320)
PHONE, DARK, DESK = (390, "light", ANYTHING), (320, "dark", COLOURS), (1280, "light", ANYTHING)
LOOKED_AT = {"moments", "order", "entries", "repeated"}  # the others differ from these in their width only


@pytest.fixture
def app(make_app: Callable[..., Flask], make_database: Callable[[str, Path], URL]) -> Iterator[Flask]:
    """Give a site as it is served, with a Chinook and a database of odd tables, to be written."""
    urls = {name: make_database("sqlite", file) for name, file in (("odd", ODD["sqlite"]), ("shop", CHINOOK["sqlite"]))}
    databases = {name: {"url": str(url), "writable": True} for name, url in urls.items()}
    site = make_app(TESTING=False, PAGE_SIZE=10, DATABASES=databases)
    yield site
    for name in urls:
        site.extensions["plainsite.databases"][name].close()


def amiss(page: Page, *looks: tuple[int, str, dict[str, Any]]) -> list[str]:
    """Say what shuts somebody out of the page that is open, or is wider than a screen."""
    found = []
    if looks:
        page.evaluate(f"() => {{ {Axe().axe_script} }}")
    for width, scheme, options in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [said(each) for each in page.evaluate("options => axe.run(options)", options)["violations"]]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"at {width}: {each}" for each in page.evaluate(CROOKED)]
    return found


def opened_by(window: Any, user: Any, *, javascript: bool) -> Page:
    """Give a page, whose own scripts are empty where there are to be none: what looks at it needs one of its own."""
    page: Page = window(user, bypass_csp=True)
    if not javascript:
        page.route("**/*.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    return page


SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without a script"])


@SCRIPTS
def test_pages_of_every_kind_are_for_everybody(window, grace, javascript) -> None:
    page, found = opened_by(window, grace, javascript=javascript), {}
    for path in (
        *("", "shop/", "odd/", "shop/Track/", "shop/Track/1", "shop/Track/1/edit", "shop/Track/+new"),
        *("shop/Artist/1/delete", "shop/Track/+delete?key=1&key=2", "shop/Track/+delete?all=1&words=love"),
        *(
            "shop/Track/+import",
            "shop/+query",
            "shop/+query?statement=SELECT+*+FROM+Track+LIMIT+20",
            "shop/+query?statement=SELECT",
        ),
        *(
            "shop/+queries/",
            "shop/Track/?column=Name&op=is+NULL",
            "shop/Track/?column=Bytes&op=is&value=",
            "shop/nothing/",
        ),
    ):
        page.goto(f"/data/{path}")
        if wrong := amiss(page, *([PHONE, DARK] if javascript else [PHONE])):
            found[path] = wrong
    assert found == {}, "\n".join(f"{path} {wrong}" for path, wrong in found.items())


@SCRIPTS
def test_what_comes_back_refused_is_for_everybody(window, grace, javascript) -> None:
    page, found = opened_by(window, grace, javascript=javascript), {}
    for path, button in (
        ("shop/Artist/1/delete", "Delete"),
        ("shop/Artist/+delete?key=1&key=2", "Delete 2 records"),
        ("shop/Artist/+delete?all=1&words=ac", "Delete"),
        ("odd/watched/1/delete", "Delete"),
        ("shop/Track/+new", "Save"),
        ("odd/moments/1/edit", "Save"),
    ):
        page.goto(f"/data/{path}")
        if path.endswith("edit"):
            for name in ("#c1", "#c2", "#c3"):
                page.locator(name).fill("")
            page.locator("#c11").fill("no number")
        if button:
            page.locator("main form.form button:visible", has_text=button).first.click()
            page.locator(".problems").wait_for()
            assert page.title().startswith("Error: "), path
        if wrong := amiss(page, *([DESK, DARK] if javascript else [PHONE])):
            found[path] = wrong
    assert found == {}, "\n".join(f"{path} {wrong}" for path, wrong in found.items())


def test_tables_of_every_shape_fit_and_are_for_everybody(window, grace, app) -> None:
    page, found = window(grace, bypass_csp=True), {}
    for relation, address in relations(app):
        page.goto(address)
        addresses = [address]
        link = page.locator("tbody th a").first
        if link.count():
            addresses.append(link.get_attribute("href"))
        if relation.record is not None:
            addresses.append(f"{addresses[-1]}/edit" if link.count() else f"{address}+new")
        for path in addresses:
            page.goto(path)
            if wrong := amiss(page, *([PHONE] if relation.name in LOOKED_AT else [])):
                found[path] = wrong
    assert found == {}, "\n".join(f"{path} {wrong}" for path, wrong in found.items())
