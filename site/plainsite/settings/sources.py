"""Where settings come from: files and the environment. Whatever nobody knows is refused with the nearest name."""

import difflib
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from plainsite.settings import kinds
from plainsite.settings.errors import SettingsError

PREFIX = "PLAINSITE_"
PLAIN = ("HOST", "PORT")  # read without the prefix too: `PORT=9000 make run`
ADDRESSES = ("DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_URL")  # all customary, with the prefix or without


class Given(NamedTuple):
    """One setting as somebody gave it; `path` leads to one of its named parts."""

    name: str
    value: Any
    where: str
    path: tuple[str, ...] = ()


class Known(NamedTuple):
    """The settings there are, with their defaults and what each may be."""

    defaults: Mapping[str, Any]
    kinds: Mapping[str, Any]

    @classmethod
    def from_defaults(cls, path: Path) -> "Known":
        module = _module(path)
        defaults = {name: value for name, value in vars(module).items() if name.isupper()}
        said = inspect.get_annotations(module)
        return cls(defaults, {name: said.get(name, type(value)) for name, value in defaults.items()})

    def check(self, given: Given) -> None:
        """Refuse a name nobody knows, a part of what has no parts, a value of the wrong kind."""
        kind = self.kind(given)
        if given.path and kind is not dict:
            message = f"{given.where} names a part of {given.name}, which has no parts."
            raise SettingsError(message)
        if not given.path and given.name not in ADDRESSES and not kinds.fits(given.value, kind):
            raise _wrong(given, kind)

    def kind(self, given: Given) -> Any:
        """Tell what a setting may be. Raises SettingsError with the nearest name where there is no such setting."""
        if given.name in ADDRESSES:
            return str
        if given.name in self.kinds:
            return self.kinds[given.name]
        near = difflib.get_close_matches(given.name.upper(), [*self.kinds, *ADDRESSES], n=1)
        advice = f"Did you mean {near[0]}?" if near else "config.py lists the settings there are."
        message = f"{given.where}: there is no setting called {given.name}. {advice}"
        raise SettingsError(message)


def from_file(path: Path, known: Known) -> Iterator[Given]:
    """Give the settings of the owner's own file, which need not exist."""
    try:
        there = path.exists()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}. Let the user who runs the site into its folder."
        raise SettingsError(message) from error
    for name, value in vars(_module(path)).items() if there else ():
        slip = name.upper() in known.kinds  # `page_size` is a slip of the pen, `_PAGES` a variable of their own
        if slip or (name.isupper() and not name.startswith("_")):
            yield Given(name, value, f"{name} in {path}")


def from_environment(environ: Mapping[str, str], known: Known) -> Iterator[Given]:
    """Give the settings of the environment, the prefixed last; an empty one is not set, as compose files mean it."""
    prefixed = {name: name.removeprefix(PREFIX) for name in environ if name.startswith(PREFIX)}
    for variable, rest in ({name: name for name in (*PLAIN, *ADDRESSES)} | prefixed).items():
        text = environ.get(variable)
        if not text or rest == "INSTANCE":
            continue
        name, *path = rest.split("__")
        given = Given(name, text, variable, tuple(path))
        kind = known.kind(given)
        try:
            yield given._replace(value=_json_or_text(text) if path else kinds.read(text, kind))
        except ValueError:
            raise _wrong(given, kind) from None


def _module(path: Path) -> ModuleType:
    module = ModuleType("config")
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))  # noqa: S102  the owner's own file
    except SystemExit as error:
        message = f"{path} ends the program, where it should only name settings: take what exits out of it."
        raise SettingsError(message) from error
    except Exception as error:
        number = getattr(error, "lineno", None)  # there is none where it cannot even be read line by line
        line = f", line {number}," if number else ""
        message = f"{path}{line} cannot be read as settings: {type(error).__name__}: {error}"
        raise SettingsError(message) from error
    return module


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _wrong(given: Given, kind: Any) -> SettingsError:
    return SettingsError(f"{given.where} must be {kinds.in_words(kind)}.")
