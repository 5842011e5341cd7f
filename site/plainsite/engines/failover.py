"""Several servers that hold one database: where one does not answer, or is not ready, the next is tried."""

import logging
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import ArgumentError

from plainsite.again import NOT_READY
from plainsite.engines import connecting
from plainsite.engines.limits import CONNECT_WITHIN

PASSED_OVER_FOR = 10.0  # seconds for which a server that did not answer is tried after the others
# libpq would wait a quarter of an hour for a machine that was cut off (milliseconds; then seconds)
NOTICED = {"tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
SAME = ("username", "password", "database")  # what the servers of one database have in common
FOR_WRITERS = {"target_session_attrs": "primary"}  # passes over a PostgreSQL server that only follows another

log = logging.getLogger(__name__)


def follow(engine: Engine, others: Sequence[str] = ()) -> None:
    """Make an engine's connections to the first server that takes them and is ready: its address's own, or another.

    Takes the others as "host", "host:port" or the whole address of the same database there. The one that answered last
    is asked first, so that nobody waits each time for one that is gone, and writers stay together. On Galera, whatever
    was committed on any node before is then seen by reads. A connection raises what the driver raises for the last
    server when none is ready.
    """
    kind, own = engine.url.get_backend_name(), engine.url
    servers = [{"host": own.host, "port": own.port}, *(server_of(own, each) for each in others)]
    nodes = [{name: value for name, value in server.items() if value} for server in servers]
    settings: dict[str, Any] = {}
    if kind == "postgresql":
        settings = NOTICED | FOR_WRITERS if others else NOTICED
    last, away = 0, [0.0] * len(nodes)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _: object, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
        nonlocal last
        now, first, failed = time.monotonic(), last, None
        for number in sorted(range(len(nodes)), key=lambda n: (away[n] > now, (n - first) % len(nodes))):
            try:
                connection = _connect(dialect, arguments, {**settings, **options, **nodes[number]})
                if kind != "postgresql":
                    _demand_ready(connection, dialect.loaded_dbapi)
            except dialect.loaded_dbapi.OperationalError as error:
                failed, away[number] = error, now + PASSED_OVER_FOR
                log.warning("passed over %s: %s", nodes[number], error)
            else:
                last, away[number] = number, 0.0
                return connection
        raise failed or RuntimeError


def server_of(own: URL, text: str) -> dict[str, Any]:
    """Read "host", "host:port" (of IPv6 an address in brackets) or a whole address. Raises ValueError for another."""
    if "://" in text:
        return _same(own, text)
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.netloc != text or parts.username:
        raise ValueError(text)
    return {"host": parts.hostname, "port": parts.port}


def _same(own: URL, text: str) -> dict[str, Any]:
    """Read the address of another server that holds what `own` does: to the same user, by the same password."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ValueError(text) from error
    kinds = {"postgres" if each.get_backend_name().startswith("postgres") else "mysql" for each in (own, url)}
    if not url.host or len(kinds) > 1 or any(getattr(own, name) != getattr(url, name) for name in SAME):
        raise ValueError(text)
    return {"host": url.host, "port": url.port}


def _connect(dialect: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    """Connect; PyMySQL would give a server that is stuck as long for its greeting as for any statement."""
    if dialect.driver != "pymysql":
        return connecting.connect(dialect, arguments, options)
    connection = connecting.connect(dialect, arguments, {**options, "read_timeout": CONNECT_WITHIN})
    connection._read_timeout = options.get("read_timeout")  # noqa: SLF001 - there is no other way to change it
    return connection


def _demand_ready(connection: Any, driver: Any) -> None:
    """Close and refuse a node of Galera that answers, but is cut off from the others or still joins them."""
    cursor = connection.cursor()
    if _said(cursor, "VARIABLES", "wsrep_on") == "ON":
        if _said(cursor, "STATUS", "wsrep_ready") != "ON":
            connection.close()
            raise driver.OperationalError(NOT_READY, "this node of the cluster is not ready")
        cursor.execute("SET SESSION wsrep_sync_wait = 1")
    cursor.close()


def _said(cursor: Any, where: str, name: str) -> str | None:
    cursor.execute(f"SHOW {where} LIKE '{name}'")
    found = cursor.fetchone()
    return found and str(found[1])
