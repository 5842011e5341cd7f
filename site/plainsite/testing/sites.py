"""The site under test, and the databases that it is lent: each empty, with its tables."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Connection, Engine, make_url, update

if TYPE_CHECKING:
    from flask import Flask

FILE = "plainsite.sqlite"
NewDatabase = Callable[[], URL | str]
# So that the first record of a test has number 1 on each engine: what has given numbers, and how it begins again.
RESTART = {
    "postgresql": (
        "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL",
        "ALTER SEQUENCE {} RESTART",
    ),
    "mariadb": (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment > 1",
        "ALTER TABLE {} AUTO_INCREMENT = 1",
    ),
}


class Compiled(BytecodeCache):
    """Templates as they were compiled once: each site would compile them again, which takes longer than most tests."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template that was compiled before, unless its source is another now."""
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one that was compiled."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_compiled = Compiled()


def make(create_app: "Callable[..., Flask]", settings: Mapping[str, Any], folder: Path) -> "Flask":
    """Make a site in a folder, with templates that are compiled once for all sites."""
    app = create_app(settings, instance=folder)
    app.jinja_env.bytecode_cache = _compiled
    return app


@dataclass
class Databases:
    """Databases for one site after the other: copies of a file of SQLite, or those of a server, emptied in between."""

    fresh: Path  # the file from which SQLite's are copied
    new: NewDatabase | None = None  # what makes an empty one on a server
    spare: list[URL] = field(default_factory=list)

    def lend(self, folder: Path) -> URL:
        """Give the address of an empty one with its tables; `folder` is where a file of SQLite goes."""
        from plainsite import migrations  # noqa: PLC0415 - nothing is imported for tests that ask for nothing
        from plainsite.databases import open_own  # noqa: PLC0415

        url = self.spare.pop() if self.spare else make_url(self.new()) if self.new else None
        if url is None:
            url = URL.create("sqlite", database=str(folder / FILE))
        if url.get_backend_name() == "sqlite" and self.fresh.exists():
            shutil.copyfile(self.fresh, folder / FILE)
            return url
        database = open_own(url)
        migrations.upgrade(database.engine)
        database.close()
        if self.new is None:
            shutil.copyfile(folder / FILE, self.fresh)
        return url

    def remember(self, folder: Path) -> None:
        """Let each test start from what the site has made of its file of SQLite when it started."""
        if self.new is None:
            shutil.copyfile(folder / FILE, self.fresh)

    def take_back(self, url: URL) -> None:
        """Take one back, for the next who asks."""
        from plainsite.databases import open_own  # noqa: PLC0415

        if self.new:
            database = open_own(url)
            empty(database.engine)
            database.close()
            self.spare.append(url)


@dataclass
class Site:
    """An app that tests share, and where its databases come from."""

    app: "Flask"
    databases: Databases

    def __post_init__(self) -> None:
        """Note the settings that it starts with."""
        self.settings = dict(self.app.config)

    def reset(self) -> None:
        """Bring database and settings back to where every test starts, and forget who tried what how often."""
        engine = self.app.extensions["plainsite"].engine
        close(self.app)
        if self.databases.new:
            empty(engine)
        else:
            put(self.databases.fresh, Path(engine.url.database))
        self.app.extensions["plainsite.limits"].forget()
        self.app.config.clear()
        self.app.config.update(self.settings)


def close(app: "Flask") -> None:
    """Close every connection of an app, those to attached databases too."""
    replicas = app.extensions.get("plainsite.replicas")
    for database in (app.extensions["plainsite"], *app.extensions["plainsite.databases"].values(), replicas):
        if database is not None:
            database.close()


def put(fresh: Path, file: Path) -> None:
    """Put a new file in the old one's place: a connection that a failed test left open keeps the old one."""
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    copy = file.with_name(file.name + ".new")
    shutil.copyfile(fresh, copy)
    copy.replace(file)


def empty(engine: Engine, *, afterwards: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> None:
    """Delete what a test wrote; put rows there instead, by table, where some are given.

    The history lets go only of what its head says is pruned, and its head stays.
    """
    from plainsite.ledger import NO_DIGEST, Chain  # noqa: PLC0415
    from plainsite.models import Base  # noqa: PLC0415

    nothing: dict[str, Any] = {"number": 0, "digest": NO_DIGEST, "pruned_number": 0, "pruned_digest": NO_DIGEST}
    with engine.begin() as connection:
        connection.execute(update(Chain).values(pruned_number=Chain.number))
        for table in reversed(Base.metadata.sorted_tables):
            if table is not Chain.__table__:
                connection.execute(table.delete())
        connection.execute(update(Chain).values(nothing))
        if afterwards:
            _fill(connection, afterwards)
            return
        used, restart = RESTART[engine.dialect.name]
        for (name,) in connection.exec_driver_sql(used).all():
            connection.exec_driver_sql(restart.format(name))


def _fill(connection: Connection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    from plainsite.ledger import Chain  # noqa: PLC0415
    from plainsite.models import Base  # noqa: PLC0415

    connection.execute(update(Chain).values(**rows[Chain.__tablename__][0]))
    for table in Base.metadata.sorted_tables:
        if table is not Chain.__table__ and rows[table.name]:
            connection.execute(table.insert(), list(rows[table.name]))
