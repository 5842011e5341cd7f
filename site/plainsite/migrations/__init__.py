"""Bringing a database's tables to what the models say, with Alembic, run by the package itself.

Alembic takes 0.2 s to import, so it is imported only when there is something to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from plainsite.engines import Patience, open_own_engine
from plainsite.models import Base
from plainsite.transactions import WRITES

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
# One number, or name, for all processes that migrate one database at once. Any constant serves.
LOCK = 7_114_151
LOCK_OF_MARIADB = "CONCAT('plainsite ', LEFT(MD5(DATABASE()), 20))"
AT_MOST = 3600  # seconds that a migration waits for another's end
# A server may be busy with a step for long, and whoever waits behind it too.
WITHOUT_HASTE = Patience(lock=AT_MOST, statement=0)


TRIED = "plainsite_tried"  # a table that is made to see what may be done, and dropped
TOO_LONG = "Somebody else has been upgrading this database for an hour. Nothing was done."
NEWER = "The database's tables are those of a newer version (migration {}): run that version."
OF_OTHERS = (
    "The database has tables of something else that are called as the site's ({}): name one of the site's own, "
    "which may be empty, in DATABASE_URL."
)
ENCODING = "The database keeps texts as {}: the site needs one that was made with ENCODING 'UTF8'."
NO_TRIGGERS = (
    "The database's user may not make triggers, by which the history is kept as it is: {}. It needs the right TRIGGER, "
    "and where the server writes a binary log also SUPER, or log_bin_trust_function_creators = 1 during the upgrade."
)
HALF_DONE = (
    "A step failed: {}. What it had done before stays, since MariaDB commits each change of a table: go back to the "
    "copy from before the upgrade, or to an empty database where nothing was in it, before you try again."
)


class NotUpgraded(Exception):  # noqa: N818 - a state, not a fault
    """The tables are not those of this version, and why, in words for whoever runs the site."""


def is_current(engine: Engine) -> bool:
    """Tell whether a database stands at the newest migration. Connects; asks one statement or two."""
    return standing(engine) == newest()


def standing(engine: Engine) -> str | None:
    """Give the migration at which a database stands; None for one that has none of our tables."""
    with engine.connect() as connection:
        return _standing(connection)


def newest() -> str:
    """Give the newest migration's name."""
    return max(_names())


def is_known(name: str) -> bool:
    """Tell whether there is a migration of this name."""
    return name in _names()


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest migration. Two processes that do so at once follow one another.

    Raises NotUpgraded when another one takes more than an hour, for tables of a newer version, and for a database in
    which the tables cannot be.
    """
    with _without_haste(engine) as connection, _in_turn(connection):
        _know(connection)
        if _standing(connection) != newest():
            _demand_fit(connection)
            _run(connection)


def check(engine: Engine) -> None:
    """Raise alembic.util.CommandError when the models and the migrated tables differ; NotUpgraded as `upgrade` does."""
    from alembic import command  # noqa: PLC0415

    with engine.connect() as connection:
        _know(connection)
        command.check(_config(connection))


def revision(engine: Engine, message: str) -> Path:
    """Write the migration from the tables to the models, to be read before it is kept; give its file."""
    from alembic import command  # noqa: PLC0415

    number = f"{int(newest()) + 1:04d}"
    with engine.connect() as connection:
        _know(connection)
        script = command.revision(_config(connection), message, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):  # pragma: no cover - only with several heads
        raise RuntimeError(message)
    return Path(script.path)


def _names() -> set[str]:
    """Give the migrations' names: files are named by their number, so no import is needed."""
    return {path.stem.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py")}


def _standing(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _know(connection: Connection) -> None:
    if (found := _standing(connection)) is not None and not is_known(found):
        raise NotUpgraded(NEWER.format(found))


def _demand_fit(connection: Connection) -> None:
    """Refuse a database in which a later step would fail, before the first one is taken."""
    inspector = inspect(connection)
    others = sorted({*inspector.get_table_names()} & {*Base.metadata.tables})
    if others and not inspector.has_table("alembic_version"):
        raise NotUpgraded(OF_OTHERS.format(", ".join(others)))
    if connection.dialect.name == "postgresql":
        if (encoding := connection.execute(text("SHOW server_encoding")).scalar()) != "UTF8":
            raise NotUpgraded(ENCODING.format(encoding))
    elif connection.dialect.name == "mariadb":
        connection.execute(text(f"CREATE OR REPLACE TABLE {TRIED} (id INTEGER PRIMARY KEY)"))
        try:
            connection.execute(text(f"CREATE TRIGGER {TRIED} BEFORE DELETE ON {TRIED} FOR EACH ROW SET @{TRIED} = 1"))
        except DBAPIError as error:
            raise NotUpgraded(NO_TRIGGERS.format(error.orig)) from error
        finally:
            connection.execute(text(f"DROP TABLE {TRIED}"))


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    try:
        command.upgrade(_config(connection), "head")
    except DBAPIError as error:
        if connection.dialect.name != "mariadb":
            raise
        raise NotUpgraded(HALF_DONE.format(error.orig)) from error


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _without_haste(engine: Engine) -> Iterator[Connection]:
    """Connect so that a step may take as long as it takes."""
    if engine.dialect.name != "sqlite":
        engine = open_own_engine(engine.url, WITHOUT_HASTE, poolclass=NullPool)
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        yield connection


@contextmanager
def _in_turn(connection: Connection) -> Iterator[None]:
    """Begin when nobody else migrates this database; SQLite's writers queue anyway."""
    if connection.dialect.name in {"sqlite", "postgresql"}:
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield
        return
    # MariaDB commits at every step that changes a table, and keeps such a lock until it is let go.
    with connection.begin():
        if not connection.execute(text(f"SELECT GET_LOCK({LOCK_OF_MARIADB}, {AT_MOST})")).scalar():
            raise NotUpgraded(TOO_LONG)
        try:
            yield
        finally:
            connection.execute(text(f"SELECT RELEASE_LOCK({LOCK_OF_MARIADB})"))
