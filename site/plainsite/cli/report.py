"""What became of the rows of a file: refusals are said as they happen, numbers at the end."""

import json
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import click

from plainsite.cli.common import in_words
from plainsite.formats import Broken, Record
from plainsite.refusals import Reason
from plainsite.services import imports, rows

MOST_NAMED = 20  # unknown fields that are said; a file may have new ones in each row

FIELDS = {"name": "author_name", "email": "author_email", "body": "text", "created_at": "date", "edited_at": "edited"}
WORDS = {
    "not_text": "is not a text",
    "not_id": "is neither a text nor a whole number",
    "not_date": "is not a date as ISO 8601 writes it (2026-11-20, or 2026-11-20T06:30:00+01:00)",
    "out_of_years": "is not in the years 1 to 9999 once it is UTC",
    "other": "another message has this id, with another text; an import adds messages and changes none",
}


@dataclass
class Report:
    """Counts, and says what somebody should look at; refused rows are also written to `rejects`."""

    rejects: BinaryIO | None = None
    before: str = ""  # what takes a progress bar off the terminal's line before something is said
    added: int = 0
    there: int = 0
    refused: int = 0
    authors: int = 0
    renamed: int = 0
    unknown: set[str] = field(default_factory=set)

    def count(self, outcome: imports.Outcome) -> None:
        """Take in what became of some rows."""
        self.added += outcome.added
        self.there += outcome.there
        self.authors += len(outcome.authors)
        for author in outcome.authors:
            if author.name != author.asked:
                self.renamed += 1
                self.say(f"{author.asked} <{author.email}> is called {author.name} here: the name was taken.")
        for row, reasons in outcome.refused:
            self.refuse(row.source, reasons)

    def refuse(self, record: Record, reasons: tuple[Reason, ...]) -> None:
        """Say why a row was refused."""
        self._reject(record.line, "; ".join(map(_in_words, reasons)), record.fields)

    def broken(self, row: Broken) -> None:
        """Say why a row could not be read."""
        self._reject(row.line, row.why, {"raw": row.raw})

    def look_at(self, record: Record) -> None:
        """Say once of each field that it is not known."""
        for name in record.fields.keys() - rows.NAMES - self.unknown:
            if len(self.unknown) < MOST_NAMED:
                self.unknown.add(name)
                self.say(f"line {record.line}: the field {name} is not known, and ignored wherever it stands.")

    def say(self, sentence: str) -> None:
        """Say something on standard error."""
        click.echo(self.before + visible(sentence), err=True)

    def summary(self) -> str:
        """Give the numbers in a line."""
        renamed = f" ({self.renamed:,} under another name)" if self.renamed else ""
        return (
            f"{self.added:,} added, {self.there:,} already there, {self.refused:,} refused; "
            f"{self.authors:,} authors created{renamed}."
        )

    def _reject(self, line: int, why: str, told: dict[str, Any]) -> None:
        self.refused += 1
        self.say(f"line {line}: {why}")
        if self.rejects:
            self.rejects.write(json.dumps({"line": line, "refused": why} | told).encode() + b"\n")


def visible(sentence: str) -> str:
    """Give a sentence in which every character can be seen; what came from a file cannot steer the terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in sentence)


def _in_words(reason: Reason) -> str:
    columns = tuple(FIELDS.get(column, column) for column in reason.columns)
    if reason.rule in WORDS:
        return f"{' and '.join(columns)}: {WORDS[reason.rule]}"
    return in_words(replace(reason, columns=columns))
