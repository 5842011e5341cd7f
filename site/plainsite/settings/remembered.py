"""The databases that `plainsite attach` remembers: a file of the instance folder, until `plainsite detach`."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from plainsite.settings.errors import SettingsError

FILE = "databases.json"  # for its owner only: addresses may hold passwords


def read(instance: Path) -> dict[str, Any]:
    """Give them by name, as they are written there."""
    file = instance / FILE
    if not file.exists():
        return {}
    try:
        found: dict[str, Any] = dict(json.loads(file.read_text()))
    except (OSError, TypeError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: mend or remove it.") from error
    return found


def keep(instance: Path, name: str, url: str, *, writable: bool) -> None:
    """Keep a database's address for the next start."""
    with _kept(instance) as known:
        known[name.lower()] = {"url": url, "writable": writable}


def forget(instance: Path, name: str) -> None:
    """Keep a database's address no longer. Raises SettingsError for one that is not remembered."""
    with _kept(instance) as known:
        found = next((each for each in known if each.lower() == name.lower()), None)
        if found is None:
            there = f"These are: {', '.join(sorted(known))}." if known else "None is."
            raise SettingsError(f"No database called {name} is remembered. {there}")
        del known[found]


@contextmanager
def _kept(instance: Path) -> Iterator[dict[str, Any]]:
    """Give what is remembered, and keep it as it is then; another command that comes meanwhile waits."""
    lock, draft = os.open(instance, os.O_RDONLY), instance / f"{FILE}.new"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read(instance)
        yield known
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(known, indent=1))
        draft.replace(instance / FILE)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        message = f"{instance / FILE} cannot be written: {error.strerror}. Let the site's user write to its folder."
        raise SettingsError(message) from error
    finally:
        os.close(lock)
