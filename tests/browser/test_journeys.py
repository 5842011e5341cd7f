"""What people do, from the first page to the last, in a real browser with and without its JavaScript."""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect
from tests.servers.chromium import FLAGS

from plainsite.services import invitations, messages

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def fill(page: Page, **typed: str) -> None:
    """Fill fields in by their labels."""
    for label, text in typed.items():
        page.get_by_label(label.replace("_", "-"), exact=True).fill(text)


def press(page: Page, button: str) -> None:
    page.locator("main").get_by_role("button", name=button, exact=True).click()


def follow(page: Page, link: str) -> None:
    page.locator("main").get_by_role("link", name=link, exact=True).click()


def flash(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for the message at the top of a page."""
    expect(page.get_by_role("status").first).to_have_text(text)


def test_somebody_joins_writes_edits_deletes_and_leaves(window, script) -> None:
    page = window(javascript=script)
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Join", exact=True).click()
    fill(page, Name="Ada", E_mail="ada@example.org", Password=PASSWORD)
    press(page, "Join")
    flash(page, "Welcome, Ada. You are signed in.")

    follow(page, "Write the first one")
    fill(page, Message="# Hello\n\n*first* words")
    press(page, "Post")
    flash(page, "Your message was posted.")
    expect(page).to_have_url(re.compile(r"/messages/1$"))
    expect(page.locator("article em")).to_have_text("first")

    follow(page, "Edit")
    fill(page, Message="other words")
    press(page, "Save")
    flash(page, "The message was changed.")
    expect(page.locator("article")).to_have_text("other words")

    follow(page, "Delete…")
    expect(page).to_have_title(re.compile(r"^Delete this message\?"))
    expect(page.locator("main")).to_contain_text("other words")
    press(page, "Delete message")
    flash(page, "The message was deleted. Undo")

    page.get_by_role("button", name="Sign out", exact=True).click()
    flash(page, "You are signed out.")
    page.goto("/account/")
    expect(page).to_have_title(re.compile("^Sign in"))


def test_a_taken_name_is_said_first_and_at_its_field(window, script, ada) -> None:
    page = window(javascript=script)
    page.goto("/users/new")
    fill(page, Name="ADA", E_mail="someone@example.org", Password=PASSWORD)
    press(page, "Join")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("There is a problem")
    expect(page).to_have_title(re.compile("^Error: Join"))
    if script:
        expect(summary).to_be_focused()

    said = "Choose another name: ADA is taken"
    summary.get_by_role("link", name=said).click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_value("ADA")
    expect(name).to_have_accessible_description(re.compile(said))
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("someone@example.org")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")

    fill(page, Name="Ada L.", Password=PASSWORD)
    press(page, "Join")
    flash(page, "Welcome, Ada L.. You are signed in.")


def test_the_first_admin_adds_somebody_who_comes_in_by_a_link(window, script, session) -> None:
    token = invitations.invite(session, user_id=None, hours=1)
    page = window(javascript=script)
    page.goto(f"/account/invitations/{token}")
    fill(page, Name="Grace", E_mail="grace@example.org", Password=PASSWORD)
    press(page, "Become the admin")
    flash(page, "You are signed in.")

    page.get_by_role("link", name="Users", exact=True).click()
    follow(page, "Add a user")
    fill(page, Name="Bob", E_mail="bob@example.org")
    press(page, "Add user")
    flash(page, re.compile("^Send Bob this link to choose a password"))
    link = page.get_by_role("status").get_by_role("link").get_attribute("href")

    theirs = window(javascript=script)
    theirs.goto(link)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Set your password")
    theirs.get_by_label("New password", exact=True).fill(PASSWORD)
    press(theirs, "Set password")
    flash(theirs, "You are signed in.")
    again = window(javascript=script)
    assert again.goto(link).status == 404, "a link that has been used leads nowhere"


def test_a_link_that_is_shown_once_is_copied_by_one_press(window, grace, ada) -> None:
    page = window(grace)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/users/{ada.id}/invitation")
    press(page, "Make the link")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied", exact=True)).to_be_focused()
    link = page.get_by_role("status").get_by_role("link").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_list_is_searched_and_turned_over(window, script, session, ada) -> None:
    for number in range(25):
        messages.create(session, author_id=ada.id, body=f"Message {number} {'odd' if number % 2 else 'even'}")
    page = window(javascript=script)
    page.goto("/messages/")
    first = page.locator(".messages .text").first
    expect(first).to_have_text("Message 24 even")
    follow(page, "Older")
    expect(first).to_have_text("Message 14 even")
    follow(page, "Oldest")
    expect(page.locator(".messages .text").last).to_have_text("Message 0 even")
    follow(page, "Newest")
    expect(first).to_have_text("Message 24 even")

    words = page.get_by_role("searchbox", name="Words")
    words.fill("odd")
    words.press("Enter")
    expect(first).to_have_text("Message 23 odd")
    expect(words).to_have_value("odd")
    expect(page).to_have_title(re.compile("^Messages: odd"))
    follow(page, "Older")
    expect(first).to_have_text("Message 3 odd")
    words.fill("nothing like it")
    words.press("Enter")
    expect(page.locator("main")).to_contain_text("No message has all of these words.")
    follow(page, "show all messages")
    expect(first).to_have_text("Message 24 even")


FOCUSED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), look = getComputedStyle(here);
  return {
    name: here.ariaLabel || here.labels?.[0]?.innerText || here.innerText || here.tagName,
    ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
    seen: box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus; see on the way that one always sees where it is."""
    passed = []
    for _ in range(30):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        passed.append(here["name"])
        assert here["ringed"], f"nothing shows that {here['name']} has the focus"
        assert here["seen"], f"{here['name']} has the focus out of sight"
        if here["name"] == name:
            return
    pytest.fail(f"Tab never reaches {name}, only {passed}")


def test_the_keyboard_is_enough_to_join_and_to_write(window, script) -> None:
    page = window(javascript=script)
    page.goto("/users/new")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Skip to content"
    assert page.evaluate(FOCUSED)["seen"]
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")

    for label, text in {"Name": "Ada", "E-mail": "ada@example.org", "Password": PASSWORD}.items():
        tab_to(page, label)
        page.keyboard.type(text)
    tab_to(page, "Join")
    page.keyboard.press("Enter")
    flash(page, "Welcome, Ada. You are signed in.")

    tab_to(page, "Write the first one")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^New message"))
    tab_to(page, "Message")
    page.keyboard.type("Typed, ")
    page.keyboard.press("Enter")
    page.keyboard.type("nothing clicked")
    tab_to(page, "Post")
    page.keyboard.press("Enter")
    flash(page, "Your message was posted.")
    expect(page.locator("article")).to_contain_text("nothing clicked")


def test_a_password_is_shown_on_request_and_sent_hidden(window) -> None:
    page = window()
    page.goto("/account/sign-in")
    password = page.get_by_label("Password", exact=True)
    password.fill(PASSWORD)
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
    expect(password).to_have_value(PASSWORD)


@pytest.mark.parametrize("path", ["/account/sign-out", "/account/sign-in", "/users/new"])
def test_a_form_on_another_sites_page_signs_nobody_out(window, address, ada, path) -> None:
    page = window()
    page.goto("/account/sign-in")
    fill(page, E_mail="ada@example.org", Password=PASSWORD)
    press(page, "Sign in")
    flash(page, "You are signed in as Ada.")

    page.goto(f"data:text/html,<main><form method=post action={address}{path}><button>Win</button></form></main>")
    press(page, "Win")
    page.wait_for_url(f"{address}/**")
    page.goto("/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")


def test_going_back_after_signing_out_shows_nothing_of_ones_own(chromium, address, ada) -> None:
    """In a Chromium that keeps pages in memory, as people have it; that of the other tests does not."""
    program = {"executable_path": shutil.which("chromium"), "args": FLAGS}
    browser = chromium.browser_type.launch(**program, ignore_default_args=["--disable-back-forward-cache"])
    try:
        page = browser.new_page(base_url=address)
        page.goto("/account/sign-in")
        fill(page, E_mail="ada@example.org", Password=PASSWORD)
        press(page, "Sign in")
        page.goto("/account/")
        expect(page.locator("main")).to_contain_text("ada@example.org")
        page.goto("/users/")
        page.evaluate("history.back()")
        expect(page.locator("main")).to_contain_text("ada@example.org")
        page.get_by_role("banner").get_by_role("button", name="Sign out").click()
        flash(page, "You are signed out.")
        page.evaluate("history.back()")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.locator("body")).not_to_contain_text("ada@example.org")
    finally:
        browser.close()
