"""Form tests without a browser: open a page of a WSGI site, fill in by label, press, and read what comes back."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
PLACES = {"Browser": "browser", "Page": "page"}


def __getattr__(name: str) -> Any:
    """Import only what is asked for: pytest imports the plugin beside this also where there is no lxml."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{PLACES.get(name, 'errors')}"), name)
