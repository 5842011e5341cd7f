"""The steps of an import in a real browser: nobody is shut out, and nothing is wider than a small phone."""

from threading import Event

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from tests.browser.test_every_page import CROOKED, LOOKS, said

from plainsite.services.taking import take
from plainsite.views import jobs

pytestmark = pytest.mark.browser

ROWS = b"AlbumId,Title,ArtistId\n1,Another title,1\n900,New,1\n901,Nobody's,9999\n"


def test_no_step_of_an_import_shuts_anybody_out(window, grace) -> None:
    page = window(grace, bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    found = {}
    page.goto("/data/chinook/Album/+import")
    for button in ("Go on", "Try it", ""):
        step = page.get_by_role("heading", level=1).inner_text()
        for width, scheme, options in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            if violations := page.evaluate("options => axe.run(options)", options)["violations"]:
                found[step, width, scheme] = [said(violation) for violation in violations]
            if crooked := page.evaluate(CROOKED):
                found[step, width, "crooked"] = crooked
        if button == "Go on":
            page.locator("input[type=file]").set_input_files(
                {"name": "albums.csv", "mimeType": "text/csv", "buffer": ROWS}
            )
        if button:
            page.get_by_role("button", name=button, exact=True).click()
            page.get_by_role("heading", level=1, name="import").wait_for()
    assert "What an import would do to Album" in page.title()
    assert found == {}, "\n".join(f"{k} {v}" for k, v in found.items())


def test_the_progress_of_an_import_shows_by_itself_without_a_script(window, grace, monkeypatch) -> None:
    go_on = Event()

    def take_slowly(*args, told, **choices):
        def told_slowly(*facts):
            told(*facts)
            go_on.wait(20)

        return take(*args, told=told_slowly, **choices)

    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    monkeypatch.setattr(jobs, "TOLD_EVERY", 0)
    monkeypatch.setattr(jobs, "take", take_slowly)
    page = window(grace, javascript=False, width=320)
    page.goto("/data/chinook/Artist/+import")
    page.get_by_label("Or paste its text").fill("Name\n" + "Somebody\n" * 150)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("100 of 150 rows so far").wait_for()
    assert page.get_by_role("progressbar", name="Rows that are done").get_attribute("value") == "100"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    go_on.set()
    page.get_by_role("heading", level=1, name="What an import would do to Artist").wait_for()
    page.get_by_role("button", name="Import 150 rows").click()
    page.get_by_role("heading", level=1, name="Imported into Artist").wait_for()
