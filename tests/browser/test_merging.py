"""Two people change one record in real browsers without scripts: what is asked can be seen, heard and answered."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from tests.browser.test_every_page import CROOKED, LOOKS, said

from plainsite.services import messages

pytestmark = pytest.mark.browser

WIDE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"  # no place to break it, and as long as a column takes
LONG = "A sentence that stands in the message before and after. " * 20


@pytest.fixture
def two(window, make_user):
    """Give the windows of two admins; scripts are off, but for what the tests themselves ask."""
    return [window(make_user(name, role="admin"), javascript=False) for name in ("Grace", "Hedy")]


def box(page, name):
    return page.get_by_role("textbox", name=re.compile(rf"^{name}\b"))


def save(page, label="Save"):
    page.get_by_role("button", name=label, exact=True).click()


def group(page, label):
    return page.get_by_role("group", name=f"{label}: which is to be kept?")


def test_what_two_changed_is_asked_and_answered_by_keyboard_without_a_script(two) -> None:
    one, other = two
    for page in two:
        page.goto("/data/chinook/Customer/1/edit")
    box(one, "City").fill("Chur")
    box(one, "Fax").fill("1")
    save(one)
    box(other, "City").fill("Genf")
    box(other, "Company").fill("Mine & sons")
    save(other)
    assert other.title().startswith("Error: ")
    assert box(other, "City").input_value() == "Genf"
    assert box(other, "Company").input_value() == "Mine & sons"
    assert other.locator("[type=radio]:checked").count() == 0, "nothing is chosen beforehand"
    described = group(other, "City").get_attribute("aria-describedby")
    assert "was changed meanwhile" in other.locator(f"#{described}").text_content()
    other.get_by_role("link", name=re.compile("City was changed meanwhile")).press("Enter")
    assert other.url.endswith("-choice-0")
    other.keyboard.press("Tab")  # from where the link led on into the group
    group(other, "City").get_by_label("Keep what is there now").focus()
    other.keyboard.press("ArrowDown")
    assert group(other, "City").get_by_label("Take mine").is_checked()
    other.keyboard.press("Enter")
    other.get_by_text("What somebody else changed meanwhile was kept: Fax.").wait_for()
    assert other.get_by_text("Genf").count()
    assert other.get_by_text("Mine & sons").count()


def test_no_page_that_asks_shuts_anybody_out_or_is_wider_than_a_small_phone(window, make_user, session) -> None:
    grace, hedy = (make_user(name, role="admin") for name in ("Grace", "Hedy"))
    one, other = window(grace), window(hedy, bypass_csp=True)
    other.context.add_init_script(Axe().axe_script)
    number = messages.create(session, author_id=grace.id, body=LONG + WIDE).id
    found: dict[Any, Any] = {}
    for path, fills, label in (
        ("/data/chinook/Customer/1/edit", {"City": WIDE[:40], "Phone": "1"}, "Save"),
        (f"/messages/{number}/edit", {"Message": f"{WIDE * 3} {LONG}"}, "Save"),
        (f"/users/{grace.id}/edit", {"Name": WIDE[:50], "E-mail": f"{WIDE}@example.org"}, "Save"),
        ("/data/chinook/Customer/+edit?key=1&key=2", {"City": WIDE[:40]}, "Save 2 records"),
    ):
        for page, more in ((one, ""), (other, "x")):
            page.goto(path)
            for name, text in fills.items():
                if "key" in path:
                    page.get_by_label(f"Change it: {name}").check()
                box(page, name).fill(more + text[: len(text) - len(more)])
        save(one, label)
        one.locator(".flash").wait_for()
        save(other, label)
        other.locator(".clash").first.wait_for()
        found |= looked_at(other, path)
        if path.startswith("/messages"):
            messages.delete(session, number)
            group(other, "Message").get_by_label("Take mine").check()
            save(other)
            other.get_by_role("heading", name="The message is gone").wait_for()
            found |= looked_at(other, "gone")
    assert found == {}, "\n".join(f"{k} {v}" for k, v in found.items())


def looked_at(page, path):
    """Look at the page that is open, in every look; give what is wrong with it."""
    found = {}
    for width, scheme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        if violations := page.evaluate("options => axe.run(options)", options)["violations"]:
            found[path, width, scheme] = [said(violation) for violation in violations]
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if crooked := page.evaluate(CROOKED):
            found[path, width, "crooked"] = crooked
    return found
