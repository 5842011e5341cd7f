"""The pages of queries in a real browser: nobody is shut out, nothing is wider than a small phone, and it works."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from tests.browser.test_every_page import CROOKED, LOOKS, said

pytestmark = pytest.mark.browser


def test_no_page_of_queries_shuts_anybody_out(window, grace) -> None:
    page = window(grace, bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    page.goto("/data/chinook/+query")
    page.get_by_label("Statement").fill("SELECT * FROM Track WHERE TrackId > :after LIMIT 20")
    page.get_by_label("Name").fill("Tracks with a rather long name that goes on and on")
    page.get_by_role("button", name="Save").click()
    page.get_by_label(":after").fill("5")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="Result").wait_for()
    found, here = {}, page.url
    query = "/data/chinook/+query"
    paths = [query, f"{query}?statement=SELECT+*+FROM+Customer+LIMIT+20", f"{query}?statement=SELECT+nothing", here]
    paths += [f"/data/chinook/+queries/{rest}" for rest in ("", "1/edit", "1/delete")]
    for path in [*paths, "/data/site/+query"]:
        page.goto(path)
        for width, scheme, options in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            if violations := page.evaluate("options => axe.run(options)", options)["violations"]:
                found[path, width, scheme] = [said(violation) for violation in violations]
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if crooked := page.evaluate(CROOKED):
                found[path, width, "crooked"] = crooked
    assert found == {}, "\n".join(f"{k} {v}" for k, v in found.items())
