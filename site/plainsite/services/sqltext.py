"""A statement as it was typed: its parts, the parameters it names, and how each engine's driver wants them written.

The engine judges what a statement may do. What is read here is only what the engine cannot be asked: where `:name` is
a parameter and not a part of a text, whether there is one statement, and functions that reach beyond the database.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MOST_PARAMETERS = 50
FIRST_WORDS = frozenset({"select", "with", "values", "table", "explain", "show", "desc", "describe"})

QUOTED, COMMENT, PARAMETER, NAME, END, OTHER = "quoted", "comment", "parameter", "name", "end", "other"
Part = tuple[str, str]

# In this order. What is quoted by ' is a text everywhere; by " a name, or a text of MariaDB.
PARTS = {
    "comment": {
        "sqlite": r"--[^\n]*|/\*.*?\*/",
        "postgresql": r"--[^\n\r]*|/\*.*?\*/",
        "mysql": r"--(?=[ \t\r\n]|\Z)[^\n]*|\#[^\n]*|/\*.*?\*/",
    },
    "quoted": {
        "sqlite": r"'(?:[^']|'')*'",
        "postgresql": r"'(?:[^']|'')*'|(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$",
        "mysql": r"'(?:[^'\\]|\\.|'')*'" + r'|"(?:[^"\\]|\\.|"")*"',
    },
    "name": {
        "sqlite": r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[^\W\d][\w$]*',
        "postgresql": r'"(?:[^"]|"")*"|[^\W\d][\w$]*',
        "mysql": r"`(?:[^`]|``)*`|[^\W\d][\w$]*",
    },
}
OPENS = {"sqlite": "'\"`", "postgresql": "'\"", "mysql": "'\"`"}

# Beyond the database: files, programs, other servers; settings that would lift what holds; SQL that comes as a text, in
# which none of this would be found; and stored passwords. Most need rights that few have: who has them meets this.
BEYOND = {
    "postgresql": r"pg_read_\w*file\w*|pg_stat_file|pg_ls_\w+|pg_file_\w+|pg_logdir_ls|pg_current_logfile|dblink\w*"
    r"|lo_(import|export|creat|create|unlink|put|open|from_bytea|truncate\w*)|lowrite|pg_background_\w+"
    r"|set_config|pg_reload_conf|pg_rotate_logfile\w*|pg_terminate_backend|pg_cancel_backend|pg_promote|pg_switch_wal"
    r"|pg_(create|drop|copy|backup|start|stop|replication|logical|import|wal_replay|log)_\w+|pg_stat_\w*reset\w*"
    r"|pg_(try_)?advisory_\w*lock\w*|pg_hba_file_rules|pg_ident_file_mappings|pg_file_settings|pg_show_all_file_settings"
    r"|(query|cursor|table|schema|database)_to_xml\w*|ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table"
    r"|pg_notify|pg_authid|pg_shadow|pg_user_mappings?|pg_subscription",
    "mysql": r"load_file|outfile|dumpfile|sys_exec|sys_eval|sys_get|sys_set|global_priv",
}
# Of MariaDB and MySQL, as words with one blank between them: where they keep the accounts, and what tells of these.
ACCOUNTS = re.compile(r"(^| )mysql \.|^show (create user|grants)\b", re.IGNORECASE)
# Some end what another engine goes on with.
CONTROLS = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unwelcome(Exception):  # noqa: N818 - it is about what was typed
    """A statement that is not even sent; says why in a sentence."""


@lru_cache(256)
def parts_of(statement: str, engine: str) -> tuple[Part, ...]:
    """Take a statement apart, for an engine ("sqlite", "postgresql", "mysql"); joined, the texts are the statement."""
    return tuple(_parts(statement, "mysql" if engine == "mariadb" else engine))


def parameters(statement: str, engine: str) -> list[str]:
    """Give the names of the parameters that a statement asks for, each once, in their order."""
    named = (text[1:] for kind, text in parts_of(statement, engine) if kind == PARAMETER)
    return list(dict.fromkeys(named))[:MOST_PARAMETERS]


def single(statement: str, engine: str) -> list[Part]:
    """Give the parts of the one statement that is there, from its first word on. Raises Unwelcome with the reason."""
    engine = "mysql" if engine == "mariadb" else engine
    parts = list(parts_of(statement, engine))
    while parts and _says_nothing(parts[0]):
        del parts[0]
    ends = [number for number, (kind, _) in enumerate(parts) if kind == END]
    if ends and not all(kind == END or _says_nothing((kind, text)) for kind, text in parts[ends[0] :]):
        raise Unwelcome("Write one statement: there is another after the semicolon")
    parts = parts[: ends[0]] if ends else parts
    first = next((text.lower() for kind, text in parts if not (text.isspace() or text == "(" or kind == COMMENT)), "")
    if first not in FIRST_WORDS:
        raise Unwelcome("Write a statement that reads: it begins with SELECT, WITH, VALUES, EXPLAIN or the like")
    if len({text for kind, text in parts if kind == PARAMETER}) > MOST_PARAMETERS:
        raise Unwelcome(f"Ask for at most {MOST_PARAMETERS} parameters")
    _check(parts, engine)
    return parts


def _check(parts: list[Part], engine: str) -> None:
    whole = "".join(text for _, text in parts)
    if CONTROLS.search(whole):
        raise Unwelcome("Remove the control characters: engines do not agree on what they mean")
    if any(kind == OTHER and (text in OPENS[engine] or text == "/*") for kind, text in parts):
        raise Unwelcome("Close what was opened: a quotation mark or a comment has no end")
    # To PostgreSQL a no-break space is a letter, so a quotation by $ may begin, or not begin, behind it.
    strange = next((sign for kind, text in parts if kind == OTHER for sign in text if not sign.isascii()), None)
    if strange:
        name = unicodedata.name(strange, f"character U+{ord(strange):04X}").lower()
        raise Unwelcome(f"Replace the {name}: outside of quotation marks engines do not agree on what it means")
    comments = [text for kind, text in parts if kind == COMMENT and text.startswith("/*")]
    if engine == "mysql" and any(re.match(r"/\*M?!", text) for text in comments):
        raise Unwelcome("Write no comment that begins with /*!: the server would carry it out")
    if engine == "postgresql":
        _check_postgresql(whole, comments)
    for kind, text in parts:
        if kind == NAME and engine in BEYOND and re.fullmatch(BEYOND[engine], _bare(text), re.IGNORECASE):
            raise Unwelcome(f"{_bare(text)} is not to be used here: it reaches beyond the tables of this database")
    words = (_bare(text) for kind, text in parts if kind in {NAME, OTHER} and not text.isspace())
    if engine == "mysql" and ACCOUNTS.search(" ".join(words)):
        raise Unwelcome("The server's accounts are not to be asked for here: they hold digests of passwords")


def _check_postgresql(whole: str, comments: list[str]) -> None:
    """Refuse what would be read here otherwise than by the server."""
    if any("/*" in text[2:] for text in comments):
        raise Unwelcome("Put no comment into a comment")
    if "\\'" in whole:
        raise Unwelcome("Write a quotation mark in a text as '' and not as \\'")
    if re.search(r"\bU&[\"']", whole, re.IGNORECASE):
        raise Unwelcome("Write characters as they are: U&\"…\" and U&'…' are not read here")


def _bare(text: str) -> str:
    """Give a name without its quotation marks."""
    return text[1:-1] if text[0] in '"`[' else text


def _says_nothing(part: Part) -> bool:
    return part[0] == COMMENT or part[1].isspace()


def _parts(statement: str, engine: str) -> Iterator[Part]:
    for found in _pattern(engine).finditer(statement):
        kind = found.lastgroup or OTHER
        yield (OTHER if kind in {"cast", "opened"} else kind), found[0]


@lru_cache
def _pattern(engine: str) -> re.Pattern[str]:
    parts = {name: found[engine] for name, found in PARTS.items()}
    return re.compile(
        rf"(?P<comment>{parts['comment']})|(?P<quoted>{parts['quoted']})|(?P<cast>::|:=)"
        rf"|(?P<parameter>(?<![\w:\])]):[^\W\d]\w*)|(?P<name>{parts['name']})|(?P<end>;)|(?P<opened>/\*)"
        r"|(?P<other>\s+|\d+|.)",
        re.DOTALL,
    )
