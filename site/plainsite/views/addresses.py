"""Addresses that stand on every page, found once: `url_for` costs more than a row of a table."""

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path

from flask import Flask, current_app, request


def keep_addresses(app: Flask) -> None:
    """Let an app remember its addresses."""

    @cache
    def version(name: str) -> str:
        content = (Path(app.static_folder or "") / name).read_bytes()
        return hashlib.sha256(content).hexdigest()[:12]

    @lru_cache(256)
    def find(root: str, endpoint: str, name: str | None = None) -> str:
        # A file's address changes with its content, so the file can be kept for a year.
        values = {"filename": name, "v": version(name)} if name else {}
        return app.url_map.bind("", root).build(endpoint, values)

    app.extensions["plainsite.addresses"] = find


def here() -> dict[str, Callable[[str], str]]:
    """Give `at` and `static` for a template, which calls them often: where the site is mounted is looked up once."""
    find, root = current_app.extensions["plainsite.addresses"], request.script_root
    return {"at": partial(find, root), "static": partial(find, root, "static")}


def at(endpoint: str) -> str:
    """Give the address of a page that takes nothing."""
    found: str = current_app.extensions["plainsite.addresses"](request.script_root, endpoint)
    return found
