"""Databases for tests: made anew from a file of SQL each time, as cheaply as each engine can."""

import fcntl
import hashlib
import re
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

# A dump may name its own database: here it goes where it is told.
NAMED = re.compile(r"^(?:(?:DROP|CREATE) DATABASE|USE|\\c)\b.*$", re.MULTILINE)


def fresh_sqlite(file: Path, folder: Path) -> URL:
    """Make an SQLite database from SQL, or a copy of one that is there."""
    made = folder / f"{file.stem}_{uuid.uuid4().hex[:8]}.sqlite"
    if file.suffix == ".sql":
        source = folder / f"{file.stem}_{_digest(file)}.source"
        if not source.exists():
            with closing(sqlite3.connect(source, isolation_level=None)) as connection:
                connection.executescript(f"PRAGMA synchronous = OFF; BEGIN; {file.read_text()}; COMMIT;")
        file = source
    shutil.copyfile(file, made)
    return URL.create("sqlite", database=str(made))


def fresh_postgresql(server: str, file: Path, folder: Path) -> URL:
    """Make a PostgreSQL database: the first of a file is loaded, the others are copies of that."""
    source = f"{file.stem}_{_digest(file)}".lower()
    name = f"{source}_{uuid.uuid4().hex[:8]}"
    with closing(_to_postgresql(server)) as connection, (folder / "postgresql.loading").open("w") as loading:
        fcntl.flock(loading, fcntl.LOCK_EX)  # nobody copies what is still being loaded
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [source]).fetchone():
            connection.execute(f'CREATE DATABASE "{source}_new"')
            with closing(_to_postgresql(server, f"{source}_new")) as inside:
                inside.execute(_statements(file))
            connection.execute(f'ALTER DATABASE "{source}_new" RENAME TO "{source}"')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return make_url(server).set(database=name)


def fresh_mariadb(server: str, file: Path) -> URL:
    """Make a MariaDB database, loaded: that takes a tenth of a second."""
    name = f"{file.stem}_{uuid.uuid4().hex[:8]}".lower()
    with closing(_to_mariadb(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}`")
        cursor.execute(f"USE `{name}`")
        cursor.execute(_statements(file))
        while cursor.nextset():
            pass
    return make_url(server).set(database=name)


def empty_postgresql(server: str) -> URL:
    """Make a PostgreSQL database with nothing in it."""
    name = f"site_{uuid.uuid4().hex[:8]}"
    with closing(_to_postgresql(server)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_url(server).set(database=name)


def empty_mariadb(server: str) -> URL:
    """Make a MariaDB database with nothing in it, whose own texts would be taken for one another."""
    name = f"site_{uuid.uuid4().hex[:8]}"
    with closing(_to_mariadb(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    return make_url(server).set(database=name)


def _to_postgresql(server: str, name: str | None = None) -> Any:
    import psycopg  # noqa: PLC0415 - only who tests with it needs its driver

    url = make_url(server)
    return psycopg.connect(
        host=url.host, port=url.port, user=url.username, dbname=name or url.database, autocommit=True
    )


def _to_mariadb(server: str) -> Any:
    import pymysql  # noqa: PLC0415 - as above
    from pymysql.constants.CLIENT import MULTI_STATEMENTS  # noqa: PLC0415

    url = make_url(server)
    options: dict[str, Any] = {"charset": "utf8mb4", "client_flag": MULTI_STATEMENTS, "autocommit": True}
    options["ssl_disabled"] = True  # or the certificates of the machine are read each time
    return pymysql.connect(host=url.host, port=url.port or 0, user=url.username, **options)


def _statements(file: Path) -> str:
    return NAMED.sub("", file.read_text())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
