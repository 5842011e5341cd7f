"""Every page, for everybody who may open it: accessible, never wider than the screen, and true to its own policy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import account, invitations, messages, users

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
}
NO_PAGES = {"home": "leads to the messages", "messages.feed": "an XML document", "static": "files"}
AMISS = ((VISITOR, "/nothing/here"), (("member",), "/messages/{long}/edit"))

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


def test_what_breaks_the_policy_is_heard(window, heard) -> None:
    page = window()
    page.goto("/messages/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(50)
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
            typed = page.locator("main form[method=post]").locator("input:not([type=hidden], [type=radio]), textarea")
            if typed.count():
                for field in typed.all():
                    field.fill("")
                page.locator("main form[method=post] button.primary").click()
                page.locator(".problems").wait_for()
                yield f"{template}, sent empty"


def said(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {violation['help']}: {[node['target'] for node in violation['nodes']][:5]}"
