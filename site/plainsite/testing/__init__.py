"""Form tests without a browser: open a page of a WSGI site, fill in by label, press, and read what comes back."""

from plainsite.testing.browser import Browser
from plainsite.testing.errors import Ambiguous, NotOnPage, NotPossible, NotSent, PageProblem, TooManyRedirects
from plainsite.testing.page import Page

__all__ = [
    "Ambiguous",
    "Browser",
    "NotOnPage",
    "NotPossible",
    "NotSent",
    "Page",
    "PageProblem",
    "TooManyRedirects",
]
