"""Every page, for everybody who may open it: accessible, never wider than the screen, and true to its own policy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import account, invitations, messages, saved, users

pytestmark = pytest.mark.browser

ALL, VISITOR, MEMBERS, ADMIN = ("visitor", "member", "admin"), ("visitor",), ("member", "admin"), ("admin",)

# endpoint -> whom it shows something of its own, and the addresses that show it from each of its sides
PAGES: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "messages.index": ((ALL, "/messages/"), (VISITOR, "/messages/?at=last"), (VISITOR, "/messages/?words=none")),
    "messages.show": ((ALL, "/messages/{own}"), (VISITOR, "/messages/{long}")),
    "messages.new": ((MEMBERS, "/messages/new"),),
    "messages.edit": ((MEMBERS, "/messages/{own}/edit"),),
    "messages.delete": ((MEMBERS, "/messages/{own}/delete"),),
    "users.index": ((ALL, "/users/"), (ADMIN, "/users/?words=nobody")),
    "users.show": ((ALL, "/users/{wide}"), (("member",), "/users/{member}"), (ADMIN, "/users/{closed}")),
    "users.new": ((("visitor", "admin"), "/users/new"),),
    "users.edit": ((("member",), "/users/{member}/edit"), (ADMIN, "/users/{wide}/edit")),
    "users.delete": ((MEMBERS, "/users/{member}/delete"), (ADMIN, "/users/{wide}/delete")),
    "users.close": ((ADMIN, "/users/{wide}/closing"),),
    "users.reopen": ((ADMIN, "/users/{closed}/closing/delete"),),
    "users.invite": ((ADMIN, "/users/{wide}/invitation"),),
    "account.sign_in": ((VISITOR, "/account/sign-in"),),
    "account.sign_out": ((("member",), "/account/sign-out"),),
    "account.show": ((MEMBERS, "/account/"),),
    "account.password": ((("member",), "/account/password"),),
    "account.revoke": ((("member",), "/account/devices/{device}/delete"),),
    "account.revoke_all": ((("member",), "/account/devices/delete"),),
    "account.invitation": (
        (VISITOR, "/account/invitations/{password}"),
        (("visitor", "member"), "/account/invitations/{first_admin}"),
    ),
    "history.index": ((ADMIN, "/history/"), (ADMIN, "/history/?who=nobody"), (ADMIN, "/history/?since=2999-01-01")),
    "history.show": ((ADMIN, "/history/1"),),
    "history.undo": ((ADMIN, "/history/1/undo"),),
    "history.list_uncertain": ((ADMIN, "/history/uncertain"),),
    "data.index": ((ADMIN, "/data/"),),
    "data.database": ((ADMIN, "/data/chinook/"), (ADMIN, "/data/site/")),
    "data.reflect": ((ADMIN, "/data/chinook/+reflection"),),
    "data.table": (
        (ADMIN, "/data/chinook/Track/"),
        (ADMIN, "/data/chinook/Track/?column=Name&op=contains&value=the&sort=Milliseconds&down=1&picked=1"),
        (ADMIN, "/data/chinook/Album/?words=nothing-is-called-this"),
        (ADMIN, "/data/site/messages/"),
    ),
    "data.show": ((ADMIN, "/data/chinook/Track/1"), (ADMIN, "/data/site/messages/{long}")),
    "data.new": ((ADMIN, "/data/chinook/Track/+new"),),
    "data.edit": ((ADMIN, "/data/chinook/Track/1/edit"),),
    "data.edit_many": ((ADMIN, "/data/chinook/Track/+edit?key=1&key=2"),),
    "data.delete": ((ADMIN, "/data/chinook/Artist/1/delete"),),
    "data.delete_many": (
        (ADMIN, "/data/chinook/Track/+delete?key=1&key=2"),
        (ADMIN, "/data/chinook/Track/+delete?all=1&column=Composer&op=is&value=AC/DC"),
    ),
    "data.bring": ((ADMIN, "/data/chinook/Track/+import"),),
    "queries.ask": ((ADMIN, "/data/chinook/+query"),),
    "queries.index": ((ADMIN, "/data/chinook/+queries/"),),
    "queries.show": ((ADMIN, "/data/chinook/+queries/{query}"),),
    "queries.edit": ((ADMIN, "/data/chinook/+queries/{query}/edit"),),
    "queries.delete": ((ADMIN, "/data/chinook/+queries/{query}/delete"),),
}
NO_PAGES = {
    "home": "leads to the messages",
    "messages.feed": "an XML document",
    "static": "files",
    "data.download": "a file",
    "data.export": "a file",
    "data.mapping": "a step of test_imports.py",
    "data.result": "a step of test_imports.py",
    "data.refused_rows": "a file",
    "history.settle": "in test_once.py, of an entry that has no end",
    "queries.export": "a file",
    "queries.export_saved": "a file",
}
AMISS = (
    (VISITOR, "/nothing/here"),
    (("member",), "/messages/{long}/edit"),
    (ADMIN, "/data/chinook/Track/?column=Milliseconds&op=contains&value=5"),
)

LONG = """# A-title-without-a-single-place-to-break-it-0123456789012345678901234567890123456789
{word} https://example.org/{word} `{word}`

## Code

```
{line}
```

| {words} |
|{dashes}|
| {words} |

> > > > {word}

1. 1. 1. {word}

مرحبا بالعالم 你好世界你好世界你好世界你好世界你好世界你好世界你好世界你好世界你好世界你好世界你好世界 👩🏽‍💻
""".format(
    word="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    line="one line of code that goes on and on " * 8,
    words=" | ".join(["column of a table"] * 12),
    dashes="|".join(["---"] * 12),
)

QUERY = "SELECT Name, Composer, Milliseconds FROM Track WHERE Milliseconds > 2700000"

# Rules that ask what colours only change with the scheme; all others are asked once for each width.
ANYTHING: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,
    "rules": {"target-size": {"enabled": True}},
}
COLOURS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
LOOKS = [(1280, "light", ANYTHING), (1280, "dark", COLOURS), (320, "dark", COLOURS), (320, "light", ANYTHING)]

# What reaches over an edge without being able to scroll there, and what is too small to be hit (WCAG 2.5.8).
CROOKED = """() => {
  const found = [], root = document.scrollingElement;
  const called = (one) => `<${one.localName} class="${one.className}"> ${one.textContent.trim().slice(0, 40)}`;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide on ${root.clientWidth}`);
  for (const one of document.body.querySelectorAll("*")) {
    const look = getComputedStyle(one);
    const scrolls = /auto|scroll/.test(look.overflowX) || look.textOverflow === "ellipsis" || look.clipPath !== "none";
    const inside = one.closest("pre, .prose table, thead, .skip, input, select");
    if (look.display === "inline" || scrolls || inside || !one.checkVisibility()) continue;
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1) found.push(`cut off: ${called(one)}`);
  }
  for (const one of document.querySelectorAll("nav a, header a, footer a, button, .button, summary")) {
    const { width, height } = one.getBoundingClientRect();
    if (one.checkVisibility() && Math.min(width, height) < 24) found.push(`${width} x ${height}: ${called(one)}`);
  }
  return found;
}"""


@pytest.fixture
def somewhere(session: Session, make_user: Callable[..., User]) -> dict[str, Any]:
    """Fill the site with what is hard to lay out; give the numbers and tokens that stand in addresses."""
    member = make_user("Ada")
    admin = make_user("国" * 50, role="admin")
    wide = users.create(session, name="W" * 50, email=f"{'w' * 60}@{'m' * 60}.{'n' * 60}.example", role="member")
    closed = make_user("Closed")
    users.close(session, closed.id)
    long = messages.create(session, author_id=admin.id, body=LONG)
    for number in range(12):
        messages.create(session, author_id=admin.id, body=f"{number} " + "unbreakable" * 60)
    own = messages.create(session, author_id=member.id, body=LONG[:300])
    messages.update(session, own.id, body=LONG[:200])
    account.sign_in(session, member.id, device="x" * 200, address="2001:db8:85a3:8d3:1319:8a2e:370:7348")
    (device,) = account.devices(session, member.id)
    return {
        "people": {"visitor": None, "member": member, "admin": admin},
        "member": member.id,
        "wide": wide.id,
        "closed": closed.id,
        "long": long.id,
        "own": own.id,
        "device": device.id,
        "query": saved.create(session, database="chinook", name="Long ones", statement=QUERY).id,
        "password": invitations.invite(session, user_id=wide.id, hours=1),
        "first_admin": invitations.invite(session, user_id=None, hours=1),
    }


def test_every_page_is_in_the_list(app: Flask) -> None:
    opened = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert opened == set(PAGES) | set(NO_PAGES), "a new page is to be looked at too: add it to PAGES"


@pytest.mark.parametrize("who", ALL)
def test_no_page_shuts_anybody_out(window, somewhere, who) -> None:
    page = window(somewhere["people"][who], bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    found = {}
    for name in opened(page, who, somewhere):
        for width, scheme, options in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            violations = page.evaluate("options => axe.run(options)", options)["violations"]
            if violations:
                found[name, width, scheme] = [said(violation) for violation in violations]
    assert found == {}, "\n".join(f"{k} {v}" for k, v in found.items())


@pytest.mark.parametrize("who", ALL)
def test_no_page_is_wider_than_a_small_phone_or_has_targets_too_small(window, somewhere, who) -> None:
    page = window(somewhere["people"][who])
    found = {}
    for name in opened(page, who, somewhere):
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        for width, size in ((1280, "100%"), (320, "100%"), (320, "200%")):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            if crooked := page.evaluate(CROOKED):
                found[name, width, size] = crooked
    assert found == {}, "\n".join(f"{k} {v}" for k, v in found.items())


def test_a_site_with_nothing_in_it_is_as_good(window, ada) -> None:
    for user in (None, ada):
        page = window(user, bypass_csp=True)
        page.context.add_init_script(Axe().axe_script)
        for path in ("/messages/", "/users/", f"/users/{ada.id}"):
            page.goto(path)
            assert page.evaluate("options => axe.run(options)", ANYTHING)["violations"] == []
            assert page.evaluate(CROOKED) == []


def test_a_link_to_hand_on_is_as_good_on_a_small_phone(window, grace, ada) -> None:
    page = window(grace, width=320, bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    page.goto(f"/users/{ada.id}/invitation")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_role("button", name="Copy").wait_for()
    assert page.evaluate("options => axe.run(options)", ANYTHING)["violations"] == []
    assert page.evaluate(CROOKED) == []


def test_what_opens_over_a_page_of_data_and_what_a_foreign_key_is_chosen_from_are_as_good(window, somewhere) -> None:
    page = window(somewhere["people"]["admin"], bypass_csp=True)
    page.context.add_init_script(Axe().axe_script)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/data/chinook/Track/")
        for name in ("Columns", "+ Add filter"):
            if name == "Columns" and width < 400:
                page.locator("summary", has_text="More").click()
            page.locator("summary", has_text=name).click()
            assert page.evaluate("options => axe.run(options)", ANYTHING)["violations"] == []
            page.keyboard.press("Escape")
            assert page.locator(".menu[open]").count() == 0
        page.goto("/data/chinook/Track/1/edit")
        page.get_by_role("button", name="Find… (AlbumId)").click()
        page.get_by_role("button", name="Back without choosing").wait_for()
        assert page.evaluate("options => axe.run(options)", ANYTHING)["violations"] == []
        assert page.evaluate(CROOKED) == []


def test_a_script_leaves_out_the_comparisons_that_a_column_does_not_allow(window, somewhere) -> None:
    page = window(somewhere["people"]["admin"])
    page.goto("/data/chinook/Track/?column=Name&op=contains&value=the")
    page.locator("summary", has_text="+ Add filter").click()
    offered = page.get_by_label("Comparison").locator("option")
    assert offered.count() == 15
    page.get_by_label("Column", exact=True).select_option("Milliseconds")
    assert "contains" not in offered.all_text_contents()
    page.get_by_label("Column", exact=True).select_option("Name")
    assert "contains" in offered.all_text_contents()


def test_chosen_rows_are_counted_without_a_script(window, somewhere) -> None:
    page = window(somewhere["people"]["admin"], javascript=False)
    page.goto("/data/chinook/Track/")
    assert not page.locator(".bulk").is_visible()
    for box in page.locator("tbody .pick input").all()[:3]:
        box.check()
    assert page.locator(".bulk").is_visible()
    assert "3" in page.locator(".bulk").aria_snapshot()


def test_a_phone_shows_of_each_row_what_it_is_called_and_sorted_by(window, somewhere) -> None:
    page = window(somewhere["people"]["admin"], width=390, javascript=False)
    for asked, shown in (
        ("", ["CustomerId", "InvoiceDate", "BillingAddress"]),
        ("?sort=Total", ["CustomerId", "InvoiceDate", "Total"]),
        ("?show=BillingCity&show=Total&show=BillingCountry&sort=InvoiceId", ["Total", "BillingCountry"]),
    ):
        page.goto(f"/data/chinook/Invoice/{asked}")
        seen = page.locator("tbody tr").first.locator("td:not(.pick):visible")
        assert seen.evaluate_all("cells => cells.map((cell) => cell.dataset.label)") == shown


def test_what_breaks_the_policy_is_heard(window, heard) -> None:
    page = window()
    page.goto("/messages/")
    with page.expect_console_message(lambda said: "policy violated: style-src-attr" in said.text):
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert any("policy violated: style-src-attr" in each for each in heard)
    heard.clear()


def opened(page: Page, who: str, somewhere: dict[str, Any]) -> Iterator[str]:
    """Open every page that somebody sees; where it has a form to fill in, also what comes back for an empty one."""
    for shown in (*PAGES.values(), AMISS):
        for people, template in shown:
            if who not in people:
                continue
            path = template.format(**somewhere)
            page.set_viewport_size({"width": 1280, "height": 800})
            page.emulate_media(color_scheme="light")
            status = page.goto(path).status
            assert page.url.endswith(path), f"{path} leads to {page.url}"
            assert status == 200 or shown is AMISS
            yield template
            form = page.locator("main form.form[method=post]")
            typed = form.locator(
                "input:not([type=hidden], [type=radio], [type=checkbox], [type=file], [readonly]), textarea"
            )
            if typed.count():
                for field in typed.all():
                    field.fill("")
                form.locator("button.primary").click()
                page.locator(".problems").wait_for()
                yield f"{template}, sent empty"


def said(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {violation['help']}: {[node['target'] for node in violation['nodes']][:5]}"
