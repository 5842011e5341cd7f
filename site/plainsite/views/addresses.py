"""Addresses that stand on every page, found once: `url_for` costs more than a row of a table."""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, current_app, request


def keep_addresses(app: Flask) -> None:
    """Let an app remember its addresses, and templates use them."""

    @cache
    def version(name: str) -> str:
        content = (Path(app.static_folder or "") / name).read_bytes()
        return hashlib.sha256(content).hexdigest()[:12]

    @lru_cache(256)
    def find(root: str, endpoint: str, name: str | None = None) -> str:
        values = {"filename": name, "v": version(name)} if name else {}
        return app.url_map.bind("", root).build(endpoint, values)

    app.extensions["plainsite.addresses"] = find
    app.jinja_env.globals.update(at=at, static=static)


def at(endpoint: str) -> str:
    """Give the address of a page that takes nothing."""
    found: str = current_app.extensions["plainsite.addresses"](request.script_root, endpoint)
    return found


def static(name: str) -> str:
    """Give a file's address. It changes with the file's content, so the file can be kept for a year."""
    found: str = current_app.extensions["plainsite.addresses"](request.script_root, "static", name)
    return found
