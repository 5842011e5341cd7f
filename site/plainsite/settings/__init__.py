"""Settings: the defaults of `config.py`, the instance's own, the environment's, the caller's; the later wins."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from plainsite.settings.errors import SettingsError
from plainsite.settings.places import database_url, instance_folder, secret_key, shipped
from plainsite.settings.sources import ADDRESSES, PREFIX, Given, Known, from_environment, from_file

__all__ = ["SettingsError", "database_url", "defaults", "instance_folder", "load", "shipped"]


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    instance: Path | str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Give every setting by name, and beside them INSTANCE (the folder) and DATABASE_URL_FROM (who said the address).

    DATABASE_URL is an SQLAlchemy URL, SECRET_KEY is never empty. Makes the instance folder and the key when they
    are missing. Raises SettingsError for a name nobody knows, a value of the wrong kind, two database addresses.
    """
    folder = instance_folder(instance, environ)
    known = Known.from_defaults(shipped("config.py"))
    own = list(from_file(folder / "config.py", known))
    variables = list(from_environment(environ, known))
    code = [Given(name, value, f"{name} as given to the app") for name, value in (overrides or {}).items()]
    settings = dict(known.defaults)
    for given in (*own, *sorted(variables, key=lambda each: len(each.path)), *code):
        known.check(given)
        settings[given.name] = _placed(settings.get(given.name), given.value, given.path)
    for name in ADDRESSES:
        settings.pop(name, None)
    address, origin = _address(own, variables, code, folder)
    key = settings["SECRET_KEY"] or secret_key(folder)
    return settings | {"DATABASE_URL": address, "DATABASE_URL_FROM": origin, "SECRET_KEY": key, "INSTANCE": folder}


def defaults() -> Mapping[str, Any]:
    """Give what each setting is where nobody says otherwise, by name."""
    return Known.from_defaults(shipped("config.py")).defaults


def _placed(current: Any, value: Any, path: tuple[str, ...]) -> Any:
    """Put the value at its place among the named parts; `current` itself stays as it was."""
    if not path:
        return value
    parts = dict(current) if isinstance(current, dict) else {"url": current} if current else {}  # an address alone
    key = next((name for name in parts if str(name).lower() == path[0].lower()), path[0].lower())
    return parts | {key: _placed(parts.get(key), value, path[1:])}


def _address(own: list[Given], variables: list[Given], code: list[Given], folder: Path) -> tuple[URL, str]:
    """Find the one address said; the app's caller outdoes all, a variable with our prefix the instance's file."""
    if any(given.name in ADDRESSES and given.where.startswith(PREFIX) for given in variables):
        own = []
    said = [_addresses(code, folder), _addresses([*variables, *own], folder)]
    (address, origin), *others = (
        said[0] or said[1] or [(database_url("sqlite:///plainsite.sqlite", folder), "the default")]
    )
    for other, where in others:
        if other != address:
            message = f"{origin} and {where} name two different databases. Take one of them away."
            raise SettingsError(message)
    return address, origin


def _addresses(layer: list[Given], folder: Path) -> list[tuple[URL, str]]:
    said = [given for given in layer if given.name in ADDRESSES and given.value]
    return [(_own_url(given, folder), given.where) for given in said]


def _own_url(given: Given, folder: Path) -> URL:
    url = database_url(given.value, folder, where=given.where)
    if not url.database and url.get_backend_name() in {"mysql", "mariadb"}:
        raise SettingsError(f"{given.where} names no database: write its name after the host, as in mysql://host/name.")
    return url
