"""Somebody who opens pages of a site, fills in its forms and presses its buttons: a browser without JavaScript."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.test import Client, TestResponse

from plainsite.testing.actions import Actions
from plainsite.testing.addresses import encoded, is_within, joined, referrer, site_of
from plainsite.testing.checks import check_page
from plainsite.testing.cookies import kept_as_in_a_browser
from plainsite.testing.dom import Element, describe
from plainsite.testing.errors import NotPossible, NotSent, TooManyRedirects
from plainsite.testing.finding import Part
from plainsite.testing.page import Page
from plainsite.testing.submission import REDIRECTS, Request, submission
from plainsite.testing.validity import objections

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


MOST_REDIRECTS = 20
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NO_NEW_PAGE = frozenset({204, 205})


class Browser(Actions):
    """A visitor with cookies of their own; a second Browser on the same site is a second person."""

    def __init__(
        self,
        site: "WSGIApplication | Client",
        *,
        check: bool = True,
        token: str | None = "csrf_token",  # noqa: S107 - the name of a field
        headers: Mapping[str, str] | None = None,
        base: str | None = None,
    ) -> None:
        """Take a Flask app, another WSGI application, or a test client of one (whose cookies are then shared).

        Every page is checked (`check=False` for sites that are not yours); a form that posts must hold a field called
        `token` (None: it need not). `headers` go with every request. `base` is where the site is said to be, such as
        "https://example.org"; else the app's SERVER_NAME, or http://localhost.
        """
        self.client = site if isinstance(site, Client) else _client(site)
        self.checked, self.token = check, token
        self.headers = {"Accept": ACCEPT, "Accept-Language": "en", **(headers or {})}
        self.base = (base or _base(self.client.application)).rstrip("/")
        self.history: list[Page] = []

    @property
    def page(self) -> Page:
        """The page that is shown now. Raises NotPossible when none was opened."""
        if not self.history:
            message = "no page is open: open() one first"
            raise NotPossible(message)
        return self.history[-1]

    def open(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Open a page by its path (or whole address), as if typed into the address bar; redirects are followed.

        Gives the page whatever its status. Raises PageProblem when it breaks a rule for all pages, NotPossible when the
        address is of another site, TooManyRedirects after 20.
        """
        at = self.history[-1].address if self.history else f"{self.base}/"
        return self._go(Request(joined(at, path)), headers or {})

    def back(self) -> Page:
        """Go back to the page before, as it was left: what was typed is still there. Nothing is asked of the site."""
        if len(self.history) < 2:  # noqa: PLR2004 - this page and one before it
            message = "there is no page to go back to"
            raise NotPossible(message)
        self.history.pop()
        return self.page

    def reload(self) -> Page:
        """Ask again for the page that is shown; where a form led to it, that sends the form once more."""
        request = self.page.request
        self.history.pop()
        return self._go(request)

    def clear_cookies(self) -> None:
        """Forget all cookies."""
        for cookie in list((self.client._cookies or {}).values()):  # noqa: SLF001 - Werkzeug deletes by name only, and lists none
            self.client.delete_cookie(cookie.key, domain=cookie.domain, path=cookie.path)

    def submit(self, form: "Element", pressed: "Element | None", *, validate: bool = True, lost: bool = False) -> Page:
        """Send a form of the page by one of its buttons; press() and enter() find both."""
        page = self.page
        free = "novalidate" in form.attrib or (pressed is not None and "formnovalidate" in pressed.attrib)
        if validate and not free:
            found = list(objections(page.document, form, page.state))
            if found:
                said = "".join(f"\n  {page.document_labels.label(at)!r} {why}: {describe(at)}" for at, why in found)
                message = f"a browser would not send this form (validate=False does):{said}"
                raise NotSent(message)
        request = submission(page, form, pressed)
        return page if request is None else self._leave(request, lost=lost)

    def visit(self, link: "Element") -> Page:
        """Go where a link of the page leads; follow() finds the link."""
        page, href = self.page, (link.get("href") or "").strip()
        request = Request(joined(page.base, href))
        if "#" in href and request.address == page.address:
            return page
        quiet = "noreferrer" in (link.get("rel") or "").lower().split()
        return self._leave(request, policy="no-referrer" if quiet else link.get("referrerpolicy") or "")

    def _leave(self, request: Request, *, policy: str = "", lost: bool = False) -> Page:
        """Go on from the current page, telling where from as its policy has it, or that of what leads on."""
        policy = policy.lower() or self.page.referrer_policy
        source = referrer(policy, self.page.address, request.address)
        origin = None
        if request.method == "POST":
            origin = "null" if policy == "no-referrer" else site_of(self.page.address)
        near = "same-origin" if site_of(self.page.address) == site_of(request.address) else "same-site"
        told = replace(request, referrer=source, origin=origin, fetched_from=near)
        return self._lose(told) if lost else self._go(told)

    def _lose(self, request: Request) -> Page:
        """Ask, and stay as if no answer had come."""
        kept = dict(self.client._cookies or {})  # noqa: SLF001 - Werkzeug lists none
        self._ask(request, {})
        if self.client._cookies is not None:  # noqa: SLF001
            self.client._cookies = kept  # noqa: SLF001
        return self.page

    def _go(self, request: Request, headers: Mapping[str, str] | None = None) -> Page:
        if not is_within(self.base, request.address):
            message = f"{request.address} is another site than {self.base}"
            raise NotPossible(message)
        way = [request.address]
        response = self._ask(request, headers or {})
        while response.status_code in REDIRECTS and response.location:
            onward = request.redirected(response.status_code, response.location)
            if not is_within(self.base, onward.address):
                break  # the answer itself is then the page: its headers say where it leads
            way.append(onward.address)
            if len(way) > MOST_REDIRECTS + 1:
                raise TooManyRedirects("\n  ".join([f"{MOST_REDIRECTS} redirects:", *way]))
            request = onward
            response = self._ask(request, headers or {})
        return self._show(Page(response.status_code, request, response.headers, response.data))

    def _show(self, page: Page) -> Page:
        """Show a page, unless it is a download or says that there is nothing new."""
        stays = page.status in NO_NEW_PAGE or (page.headers.get("Content-Disposition") or "").startswith("attachment")
        if stays:
            return page
        self.history.append(page)
        if self.checked and page.is_html and page.status not in REDIRECTS:
            check_page(page, f"{page.request.method} {page.path} ({page.status})", token=self.token)
        return page

    def _ask(self, request: Request, headers: Mapping[str, str]) -> TestResponse:
        parts = urlsplit(encoded(request.address))
        sent = {**self.headers, **headers}
        if request.referrer:
            sent["Referer"] = request.referrer
        if request.origin:
            sent["Origin"] = request.origin
        sent |= {"Sec-Fetch-Site": request.fetched_from, "Sec-Fetch-Mode": "navigate"}
        with kept_as_in_a_browser(self.client, request.address):
            return self.client.open(
                path=parts.path or "/",
                base_url=f"{parts.scheme}://{parts.netloc}/",
                query_string=parts.query,
                method=request.method,
                data=request.body or None,
                content_type=request.content_type,
                headers=sent,
                buffered=True,
            )

    @property
    def _part(self) -> Part:
        return Part(self.page)

    @property
    def _browser(self) -> "Browser":
        return self


def _client(site: Any) -> Client:
    """Make a client: Flask's own where there is one."""
    made: Client = site.test_client() if hasattr(site, "test_client") else Client(site)
    return made


def _base(site: Any) -> str:
    """Say where an app says that it is."""
    config = getattr(site, "config", None) or {}
    return f"{config.get('PREFERRED_URL_SCHEME') or 'http'}://{config.get('SERVER_NAME') or 'localhost'}"
