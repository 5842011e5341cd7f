"""Files that stay between the steps of an import: in the instance folder, under names that nobody can guess.

Beside each stands what is known of it, where every process of the site finds it. Whoever works on a file holds a lock
on it, which goes with the process: so nobody has to guess whether work still goes on.
"""

import fcntl
import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

from flask import abort, current_app

FOLDER = "imports"
KEPT_FOR = 86_400  # seconds
NAME = re.compile("[A-Za-z0-9_-]{32}")
TRIES, PAUSE = 5, 0.02  # of a lock: somebody may just be looking whether it is held


def keep(content: IO[bytes], owner: int) -> str:
    """Keep a file; give the name under which its owner finds it for a day."""
    folder = Path(current_app.config["INSTANCE"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - KEPT_FOR:
            old.unlink(missing_ok=True)
    name = secrets.token_urlsafe(24)
    file = _file(owner, name, "csv")
    file.touch(mode=0o600)
    content.seek(0)
    with file.open("wb") as kept:
        shutil.copyfileobj(content, kept)
    return name


def forget(owner: int, name: str) -> None:
    """Throw a file away that was of no use."""
    _file(owner, name, "csv").unlink(missing_ok=True)


def opened(owner: int, name: str) -> BinaryIO:
    """Open a file; there is no page for one that is somebody else's, or gone."""
    try:
        return _file(owner, name, "csv").open("rb")
    except FileNotFoundError:
        abort(404)


def held(owner: int, name: str) -> BinaryIO | None:
    """Hold a file until it is closed, or the process ends; None while another holds it."""
    file = opened(owner, name)
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        else:
            return file
    file.close()
    return None


def is_held(owner: int, name: str) -> bool:
    """Tell whether somebody holds a file now."""
    with opened(owner, name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def note(owner: int, name: str, facts: dict[str, Any]) -> None:
    """Keep what is known of a file, beside it."""
    _write(_file(owner, name, "json"), [facts])


def noted(owner: int, name: str) -> dict[str, Any]:
    """Give what is known of a file; empty when nothing is yet."""
    return next(iter(_lines(_file(owner, name, "json"))), {})


def note_refused(owner: int, name: str, refused: Iterable[tuple[int, str]]) -> None:
    """Keep which lines of a file were refused, and why: there may be as many as it has lines."""
    _write(_file(owner, name, "refused"), refused)


def refused(owner: int, name: str) -> dict[int, str]:
    """Give why lines of a file were refused, by their numbers."""
    known: dict[str, str] = {}  # the same sentence of many lines is held once
    return {line: known.setdefault(why, why) for line, why in _lines(_file(owner, name, "refused"))}


def _write(file: Path, facts: Iterable[Any]) -> None:
    draft = file.with_suffix(f"{file.suffix}.new")
    draft.touch(mode=0o600)
    with draft.open("w") as written:
        written.writelines(f"{json.dumps(fact)}\n" for fact in facts)
    draft.replace(file)


def _lines(file: Path) -> Iterator[Any]:
    try:
        with file.open() as lines:
            yield from map(json.loads, lines)
    except FileNotFoundError:
        return


def _file(owner: int, name: str, kind: str) -> Path:
    if not NAME.fullmatch(name):
        abort(404)
    return Path(current_app.config["INSTANCE"]) / FOLDER / f"{owner}-{name}.{kind}"
