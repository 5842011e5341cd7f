"""What kind of value a column holds, whatever its engine calls it: many types become a handful of kinds, here only."""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Column, types
from sqlalchemy.sql.type_api import TypeEngine

INTEGER, DECIMAL, FLOAT, BOOLEAN = "integer", "decimal", "float", "boolean"
TEXT, LONG_TEXT, CHOICE, CHOICES = "text", "long text", "choice", "choices"
DATE, DATETIME, TIME, INTERVAL = "date", "datetime", "time", "interval"
JSON, LIST, UUID, BINARY, BITS, OTHER = "json", "list", "uuid", "binary", "bits", "other"

NUMBERS = frozenset({INTEGER, DECIMAL, FLOAT})
SEARCHED = frozenset({TEXT, LONG_TEXT, CHOICE})
LONGEST_LINE = 255  # characters; a text that may be longer gets many lines
FEW_BYTES = 32  # a binary of no more, such as a key, is shown itself
# Columns that hold secrets by their names: never shown, filtered, sorted, searched or exported. A name is looked at
# word by word, so that "monkey" and "keyboard" keep their keys.
SECRET_WORDS = frozenset(
    {
        *("passwd", "passphrase", "passcode", "pwd", "pass", "secret", "secrets", "hash", "salt", "token", "tokens"),
        *("otp", "totp", "pin", "cvv", "cvc", "credential", "credentials"),
        *("apikey", "privatekey", "secretkey", "apitoken", "authtoken", "accesstoken", "refreshtoken"),
    }
)
SECRET_KEYS = ("api", "private", "secret", "access", "auth", "ssh", "encryption", "signing")
SECRET_PAIRS = frozenset({*((word, "key") for word in SECRET_KEYS), ("authentication", "string")})


class Named(NamedTuple):
    """Columns of which a site says itself whether they hold secrets: names in small letters."""

    secret: frozenset[str]
    open: frozenset[str]


NOTHING_SAID = Named(frozenset(), frozenset())
_named: ContextVar[Named] = ContextVar("named", default=NOTHING_SAID)

# In this order: some types are also the ones that come later.
BY_CLASS: tuple[tuple[type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...], str], ...] = (
    (types.Boolean, BOOLEAN),
    (types.Enum, CHOICE),
    (types.Integer, INTEGER),
    (types.Float, FLOAT),
    (types.Numeric, DECIMAL),
    (types.DateTime, DATETIME),
    (types.Date, DATE),
    (types.Time, TIME),
    (types.Interval, INTERVAL),
    (types.JSON, JSON),
    (types.ARRAY, LIST),
    (types.Uuid, UUID),
    ((types.LargeBinary, types.BINARY, types.VARBINARY), BINARY),
)
BY_NAME = {
    "SET": CHOICES,
    "BIT": BITS,
    "YEAR": INTEGER,
    "INTERVAL": INTERVAL,
    "MONEY": OTHER,
    "UUID": UUID,
    "BLOB": BINARY,
    "TINYBLOB": BINARY,
    "MEDIUMBLOB": BINARY,
    "LONGBLOB": BINARY,
    "DOUBLE": FLOAT,
    "TIMESTAMP": DATETIME,
    "JSONB": JSON,
    "JSON": JSON,
    "INET": TEXT,
    "CIDR": TEXT,
    "MACADDR": TEXT,
}


def kind_of(column: Column[Any]) -> str:
    """Give the kind of a column's values, by what it was declared as."""
    declared = declared_type(column)
    while isinstance(base := getattr(declared, "data_type", None), TypeEngine):  # a domain: what it is made of
        declared = base
    name = declared.__visit_name__.upper()
    if name in BY_NAME:
        return BY_NAME[name]
    for classes, kind in BY_CLASS:
        if isinstance(declared, classes):
            return kind
    if isinstance(declared, types.String):
        short = declared.length and declared.length <= LONGEST_LINE
        return TEXT if short else LONG_TEXT
    return OTHER


def declared_type(column: Column[Any]) -> TypeEngine[Any]:
    """Give what a column was declared as; a reflected one passes values as they are and keeps that beside it."""
    declared: TypeEngine[Any] = column.info.get("type", column.type)
    return declared


def spell_bits(declared: TypeEngine[Any], value: Any) -> Any:
    """Spell a value of bits as ones and noughts, as many as were declared: MariaDB hands them over as bytes."""
    most = getattr(declared, "length", None) or 1
    return format(int.from_bytes(value), f"0{most}b") if isinstance(value, bytes) else value


def is_secret(name: str) -> bool:
    """Tell whether a column holds a secret, by its name: password, token_hash, apiKey and the like.

    What the site says of a name goes before what it sounds like (see `name_secrets`).
    """
    return _holds_secret(_named.get(), name)


@lru_cache(4096)
def _holds_secret(named: Named, name: str) -> bool:
    small = str.lower(name)  # SQLAlchemy's quoted names would stay as they are
    if small in named.secret or small in named.open:
        return small in named.secret
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    if "password" in small:  # no other word holds it
        return True
    return not SECRET_WORDS.isdisjoint(words) or not SECRET_PAIRS.isdisjoint(pairwise(words))


def name_secrets(secret: Iterable[str], otherwise: Iterable[str]) -> Named:
    """Give columns that hold secrets whatever they are called, and others that hold none, for `go_by`."""
    return Named(frozenset(map(str.lower, secret)), frozenset(map(str.lower, otherwise)))


def go_by(named: Named) -> None:
    """Let whoever works in this thread from now on go by what a site says of its columns."""
    _named.set(named)
