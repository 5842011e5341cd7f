"""Bringing a database's tables to what the models say, with Alembic, run by the package itself.

Alembic takes 0.2 s to import, so it is imported only when there is something to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.pool import NullPool

from plainsite.engines import Patience, open_own_engine
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


class NotUpgraded(Exception):  # noqa: N818 - a state, not a fault
    """Somebody else has been upgrading for too long; nothing was done."""


def is_current(engine: Engine) -> bool:
    """Tell whether a database stands at the newest migration. Connects; asks one statement or two."""
    return standing(engine) == newest()


def standing(engine: Engine) -> str | None:
    """Give the migration at which a database stands; None for one that has none of our tables."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def newest() -> str:
    """Give the newest migration's name: files are named by their number, so no import is needed."""
    return max(path.stem.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest migration. Two processes that do so at once follow one another.

    Raises NotUpgraded when another one takes more than an hour.
    """
    from alembic import command  # noqa: PLC0415 - see above

    with _without_haste(engine) as connection, _in_turn(connection):
        command.upgrade(_config(connection), "head")


def check(engine: Engine) -> None:
    """Raise alembic.util.CommandError when the models and the migrated tables differ."""
    from alembic import command  # noqa: PLC0415

    with engine.connect() as connection:
        command.check(_config(connection))


def revision(engine: Engine, message: str) -> Path:
    """Write the migration from the tables to the models, to be read before it is kept; give its file."""
    from alembic import command  # noqa: PLC0415

    number = f"{int(newest()) + 1:04d}"
    with engine.connect() as connection:
        script = command.revision(_config(connection), message, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):  # pragma: no cover - only with several heads
        raise RuntimeError(message)
    return Path(script.path)


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
            raise NotUpgraded
        try:
            yield
        finally:
            connection.execute(text(f"SELECT RELEASE_LOCK({LOCK_OF_MARIADB})"))
