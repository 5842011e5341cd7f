"""Files that a command reads or writes: "-" is standard input or output, and what cannot be used is said in a line."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click


class Unusable(click.ClickException):
    """A file, or a format, with which nothing can be done."""

    exit_code = 2


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file to read bytes."""
    if name == "-" and sys.stdin is not None:
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below, where reading has troubles of its own
    except (OSError, ValueError) as error:
        raise cannot("read", name, error) from error
    with file:
        yield file


@contextmanager
def written(name: str, *, beside: str | None = None) -> Iterator[BinaryIO]:
    """Write bytes to a file that appears, or replaces the one before, when it is complete.

    What is no ordinary file (a pipe, a terminal) is written as it is. `beside` names a file that must not be this one.
    """
    if name == "-":
        if sys.stdout is None:
            message = "Standard output is closed: name a file to write to."
            raise Unusable(message)
        with _to_its_end(name):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()  # what cannot be written is said here, not when all is over
        return
    target = Path(os.path.realpath(name))  # a link stays a link
    if beside and target == Path(os.path.realpath(beside)):
        message = f"{name} is the file that is read: name another to write to."
        raise Unusable(message)
    try:
        ordinary = (
            not Path(name).exists() or target.is_file()
        )  # /dev/stdout is there, what it leads to may have no name
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished") if ordinary else Path(name)
        file = unfinished.open("wb")
    except (OSError, ValueError) as error:
        raise cannot("written", name, error) from error
    try:
        with _to_its_end(name), file:
            yield file
            file.flush()
            if ordinary:
                os.fsync(file.fileno())
        if ordinary:
            unfinished.replace(target)
    except BaseException:
        if ordinary:
            with suppress(OSError):
                unfinished.unlink()
        raise


@contextmanager
def _to_its_end(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads on, which click ends quietly
    except OSError as error:
        if name == "-":
            write_no_more()
        raise cannot("read or written to its end", name, error) from error


def write_no_more() -> None:
    """Let go of what standard output does not take: Python would try again when all is over, and complain itself."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def size_of(file: BinaryIO) -> int | None:
    """Give an ordinary file's size in bytes; None for what has none."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def cannot(do: str, name: str, error: OSError | ValueError) -> Unusable:
    """Say that a file cannot be read or written."""
    why = getattr(error, "strerror", None) or error
    standard = "Standard output" if "written" in do else "Standard input"
    return Unusable(f"{standard if name == '-' else click.format_filename(name)} cannot be {do}: {why}.")
