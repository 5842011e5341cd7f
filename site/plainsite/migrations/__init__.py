"""Bringing a database's tables to what the models say, with Alembic, run by the package itself.

Alembic takes 0.2 s to import, so it is imported only when there is something to do.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from plainsite.transactions import WRITES

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
# One number for all processes that migrate at once: PostgreSQL's advisory lock. Any constant serves.
LOCK = 7_114_151


def is_current(engine: Engine) -> bool:
    """Tell whether a database stands at the newest migration. Connects; asks one statement or two."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest()


def newest() -> str:
    """Give the newest migration's name: files are named by their number, so no import is needed."""
    return max(path.stem.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest migration. Two processes that do so at once follow one another."""
    from alembic import command  # noqa: PLC0415 - see above

    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        _queue(connection)
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


def _queue(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
