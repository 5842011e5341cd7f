"""Files that stay between the steps of an import: in the instance folder, under names that nobody can guess."""

import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

from flask import abort, current_app

FOLDER = "imports"
KEPT_FOR = 86_400  # seconds
NAME = re.compile("[A-Za-z0-9_-]{32}")


def keep(content: bytes, owner: int) -> str:
    """Keep a file; give the name under which its owner finds it for a day."""
    folder = Path(current_app.config["INSTANCE"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - KEPT_FOR:
            old.unlink(missing_ok=True)
    name = secrets.token_urlsafe(24)
    file = _file(owner, name, "csv")
    file.touch(mode=0o600)
    file.write_bytes(content)
    return name


def kept(owner: int, name: str) -> bytes:
    """Give a file's content; there is no page for one that is somebody else's, or gone."""
    try:
        return _file(owner, name, "csv").read_bytes()
    except FileNotFoundError:
        abort(404)


def note(owner: int, name: str, facts: dict[str, Any]) -> None:
    """Keep what became of a file, beside it."""
    file = _file(owner, name, "json")
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(facts))
    draft.replace(file)


def noted(owner: int, name: str) -> dict[str, Any]:
    """Give what became of a file; empty when nothing has yet."""
    try:
        found: dict[str, Any] = json.loads(_file(owner, name, "json").read_text())
    except FileNotFoundError:
        return {}
    return found


def _file(owner: int, name: str, kind: str) -> Path:
    if not NAME.fullmatch(name):
        abort(404)
    return Path(current_app.config["INSTANCE"]) / FOLDER / f"{owner}-{name}.{kind}"
