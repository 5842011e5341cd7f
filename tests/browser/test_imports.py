"""The steps of an import in a real browser: nobody is shut out, and nothing is wider than a small phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from tests.browser.test_every_page import CROOKED, LOOKS, said

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
