"""What a typed text must be, each rule with the sentence that says how to mend it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, String
from sqlalchemy.orm import InstrumentedAttribute
from wtforms import Field, Form
from wtforms.validators import StopValidation

from plainsite.reflection import ROWID
from plainsite.texts import shows, unseen, unstorable

Rule = Callable[[Form, Field], None]


def rules_for(column: Column[Any] | InstrumentedAttribute[Any]) -> list[Rule]:
    """Give the rules that a column already states: a length stands once, in the model."""
    kind = column.type
    rules: list[Rule] = [] if column.nullable else [filled]
    if isinstance(kind, String) and kind.length:
        rules.append(at_most(kind.length))
    return rules


def required(column: Column[Any]) -> bool:
    """Tell whether a new record has to say a value: the column takes no NULL, and the database fills in none."""
    given = column.default is not None or column.server_default is not None or column.identity is not None
    counted = column.autoincrement is True or column is column.table.autoincrement_column
    if column.info.get("engine") == "sqlite":  # which numbers a row by its key only where that is the row's number
        counted = ROWID in column.info
    return not (column.nullable and not column.primary_key) and not given and column.computed is None and not counted


def filled(_: Form, field: Field) -> None:
    """Something is to be there."""
    if not (field.data or "").strip():
        raise StopValidation(f"Enter {called(field)}")


def at_most(characters: int) -> Rule:
    """No more than so many characters."""

    def rule(_: Form, field: Field) -> None:
        length = len(field.data or "")
        if length > characters:
            raise StopValidation(f"{field.label.text} must be {characters:,} characters or fewer; this has {length:,}")

    return rule


def at_least(characters: int) -> Rule:
    """No fewer than so many characters."""

    def rule(_: Form, field: Field) -> None:
        if len(field.data or "") < characters:
            raise StopValidation(f"{field.label.text} must be {characters} characters or more")

    return rule


def one_line(_: Form, field: Field) -> None:
    """Only characters that can be seen."""
    if hidden := unseen(field.data or ""):
        codes = ", ".join(sorted({f"U+{ord(character):04X}" for character in hidden}))
        raise StopValidation(f"{field.label.text} must not hold characters that cannot be seen: {codes}")


def visible(_: Form, field: Field) -> None:
    """Something is to be seen, and not only characters that take no room."""
    if not shows(field.data or ""):
        raise StopValidation(f"Enter {called(field)}")


def storable(_: Form, field: Field) -> None:
    """Only characters that every database keeps."""
    if unstorable(field.data or ""):
        raise StopValidation(f"{field.label.text} holds a character that cannot be stored (NUL): remove it")


def email(_: Form, field: Field) -> None:
    """Only an e-mail address."""
    if not is_email(field.data or ""):
        raise StopValidation("Enter an e-mail address like name@example.org")


def is_email(text: str) -> bool:
    """Tell whether a text is an e-mail address, by its form: whether it is delivered is not asked."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only who types one waits for it

    try:
        validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def called(field: Field) -> str:
    """Name a field within a sentence: "your name", or whatever the form calls it there."""
    return str(getattr(field, "called", None) or f"the {field.label.text.lower()}")
