"""The site's own database: what each engine is told at each connection, so that all of them keep the same promises.

Every unit sees what was committed before each of its statements (READ COMMITTED) and locks the rows that it decides by:
so it meets the newest state once it has waited for a lock, where a snapshot would show the one from before.
"""

import math
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.engines import connecting, sqlite
from plainsite.engines.addresses import without_secrets
from plainsite.engines.limits import CONNECT_WITHIN, UNTIMED
from plainsite.engines.postgresql import ENCODING

ISOLATION = "READ COMMITTED"
IDLE_WITHIN = 600  # seconds that a transaction may wait for its program: an export's reader may be slow
STRICT = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"


class Patience(NamedTuple):
    """Seconds: that an SQLite writer waits for another, a server's for a lock; that one statement may take (0: any)."""

    busy: float = 20
    lock: float = 5
    statement: float = 30


def open_own_engine(url: URL, patience: Patience, *, flush: str = "NORMAL", **pool: Any) -> Engine:
    """Open an engine for a database whose tables are ours; connects only when first used.

    `flush` is when SQLite writes through to the disk: at intervals ("NORMAL") or at each commit ("FULL").
    """
    kind = url.get_backend_name()
    if kind == "sqlite":
        options = {"timeout": patience.busy, "check_same_thread": False}
        engine = create_engine(url, connect_args=options, hide_parameters=True, **pool)
        whole = sqlite.prepare(
            engine, "journal_mode = WAL", f"synchronous = {flush}", "cache_size = -16384", alone=True
        )
        sqlite.keep_to_name(engine)
        event.listen(engine, "do_connect", lambda dialect, _, *how: connecting.connect(dialect, *how))
        return whole
    pool = {"pool_pre_ping": True, "isolation_level": ISOLATION, **pool}
    url, secret = without_secrets(url)
    if kind == "postgresql":
        return create_engine(url, connect_args=_postgresql(url, patience) | secret, hide_parameters=True, **pool)
    # By this name SQLAlchemy knows what it has before it is connected, and says so when it is MySQL.
    url = url.set(drivername=f"mariadb+{url.get_driver_name()}").update_query_dict({"charset": "utf8mb4"})
    engine = create_engine(url, connect_args=_mariadb(patience) | secret, hide_parameters=True, **pool)
    _prepare_mariadb(engine, patience)
    return engine


def _postgresql(url: URL, patience: Patience) -> dict[str, Any]:
    settings = {
        "timezone": "UTC",
        "lock_timeout": int(patience.lock * 1000),
        "statement_timeout": int(patience.statement * 1000),
        "idle_in_transaction_session_timeout": IDLE_WITHIN * 1000,
    }
    said = url.query.get("options") or ()
    given = [said] if isinstance(said, str) else said
    options = [*(f"-c {name}={value}" for name, value in settings.items()), *given]  # what the address says wins
    return {"connect_timeout": CONNECT_WITHIN, "client_encoding": ENCODING, "options": " ".join(options)}


def _mariadb(patience: Patience) -> dict[str, Any]:
    # The driver would wait for ever for a server that is stuck.
    waits = {"read_timeout": math.ceil(patience.statement) + CONNECT_WITHIN} if patience.statement else {}
    return {"connect_timeout": CONNECT_WITHIN, **waits}


def _prepare_mariadb(engine: Engine, patience: Patience) -> None:
    settings = {
        "sql_mode": f"'{STRICT}'",  # without it a value that does not fit is cut or zeroed, and nobody is told
        "time_zone": "'+00:00'",
        "innodb_lock_wait_timeout": max(1, math.ceil(patience.lock)),
        "lock_wait_timeout": max(1, math.ceil(patience.lock)) if patience.statement else IDLE_WITHIN,  # for a table
        "max_statement_time": patience.statement,
        "idle_transaction_timeout": IDLE_WITHIN,
        "foreign_key_checks": 1,
    }
    told = "SET SESSION " + ", ".join(f"{name} = {value}" for name, value in settings.items())

    # Before SQLAlchemy looks at the first connection: it would go on quoting names as the server's own mode asks.
    @event.listens_for(engine, "connect", insert=True)
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(told)
        cursor.close()

    @event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        if not context.execution_options.get(UNTIMED):
            return False
        # MariaDB's clock runs while somebody reads a stream; PostgreSQL's for each batch of it only.
        cursor.execute(f"SET STATEMENT max_statement_time = 0 FOR {statement}", parameters)
        return True
