"""Messages in from a file, and out to one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from typing import BinaryIO

import click
from sqlalchemy.exc import SQLAlchemyError

from plainsite import formats
from plainsite.cli.common import migrated, with_site
from plainsite.cli.files import Unusable, cannot, opened, size_of, written
from plainsite.cli.report import Report, visible
from plainsite.refusals import Refused
from plainsite.services import exports, imports
from plainsite.services.identities import Contents
from plainsite.services.rows import NEEDED, Row, row_of
from plainsite.transactions import Unfinished

BATCH = 500  # rows of one transaction

format_option = click.option(
    "--format", "kind", type=click.Choice(formats.KINDS), help="Left out, the file's name tells: .jsonl, .ndjson, .csv."
)


@click.group("import")
def import_() -> None:
    """Bring messages in from a file."""


@click.group("export")
def export() -> None:
    """Write messages to a file."""


@import_.command("messages")
@click.argument("file")
@format_option
@click.option("--rejects", metavar="FILE", help="Write the refused rows here: JSON lines, with line and reasons.")
@with_site
def import_messages(file: str, kind: str | None, rejects: str | None) -> None:
    """Add the messages of FILE ("-" is standard input), and those of their authors who are not there.

    A row has author_name, author_email and text, and may have date, edited and id. A row that is there already is
    not added again. A row that is refused is said with its line number; the others go in.
    """
    kind = kind or _kind_of(file)
    with ExitStack() as stack:
        source = stack.enter_context(opened(file))
        report = Report(stack.enter_context(written(rejects, beside=file)) if rejects else None)
        contents = Contents()
        stack.callback(contents.close)
        session = migrated().session()
        advance = stack.enter_context(_progress(file, source, report))
        stack.enter_context(_troubles_in_words(file))
        understood = _understood(formats.read(kind, source, NEEDED), contents, report)
        while batch := list(islice(understood, BATCH)):
            report.count(imports.add(session, batch))
            advance()
    click.echo(report.summary(), err=rejects == "-")  # standard output is theirs alone
    if report.refused:
        raise click.exceptions.Exit(1)


@export.command("messages")
@click.argument("file", default="-")
@format_option
@with_site
def export_messages(file: str, kind: str | None) -> None:
    """Write all messages to FILE, or to standard output, so that they can be imported.

    FILE appears when it is complete. Standard output is JSON lines unless --format says otherwise.
    """
    kind = kind or ("jsonl" if file == "-" else _kind_of(file))
    session = migrated().session()
    # What is left of a result is put away before its connection is: MariaDB's driver would warn.
    with _troubles_in_words(file), written(file) as target, closing(exports.rows(session)) as rows:
        number = formats.write(kind, target, exports.NAMES, rows)
    if file != "-":
        click.echo(f"{number:,} messages written to {click.format_filename(file)}.")


def _kind_of(file: str) -> str:
    if kind := formats.kind_of(file):
        return kind
    name = "Standard input" if file == "-" else click.format_filename(file)
    message = f"{name} does not tell its format by its name: add --format jsonl or --format csv."
    raise Unusable(message)


def _understood(read: Iterator[formats.Record | formats.Broken], contents: Contents, report: Report) -> Iterator[Row]:
    """Give the rows that can be understood; of the others it is said why not."""
    for row in read:
        if isinstance(row, formats.Broken):
            report.broken(row)
            continue
        report.look_at(row)
        try:
            yield row_of(row.fields, contents, row)
        except Refused as refused:
            report.refuse(row, refused.reasons)


@contextmanager
def _progress(file: str, source: BinaryIO, report: Report) -> Iterator[Callable[[], None]]:
    """Show on a terminal how much of an ordinary file has been read."""
    if not sys.stderr.isatty() or not (size := size_of(source)):
        yield lambda: None
        return
    report.before = "\r\x1b[2K"
    with click.progressbar(length=size, label=click.format_filename(file, shorten=True), file=sys.stderr) as bar:
        yield lambda: bar.update(source.tell() - bar.pos)
        bar.update(size - bar.pos)


@contextmanager
def _troubles_in_words(file: str) -> Iterator[None]:
    try:
        yield
    except formats.Unreadable as error:
        message = f"{click.format_filename(file)} {visible(str(error))}."
        raise Unusable(message) from error
    except BrokenPipeError:
        raise  # nobody reads on, which click ends quietly
    except OSError as error:
        raise cannot("read or written to its end", file, error) from error
    except (Unfinished, SQLAlchemyError) as error:
        why = getattr(error, "orig", None) or "it was busy for too long, or was lost on the way"
        message = f"the database did not do it: {why}. What was done before stays; the same can be run again."
        raise click.ClickException(message) from error
