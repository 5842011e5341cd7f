"""Connecting as an address asks for it: what a driver can make nothing of is an error of the database."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any


def connect(dialect: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Connect by a dialect's driver. Raises the driver's OperationalError, too, for an option it has no use for."""
    start = _pymysql() if dialect.driver == "pymysql" else dialect.connect
    try:
        return start(*arguments, **options)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise dialect.loaded_dbapi.OperationalError(str(error)) from error


@cache
def _pymysql() -> Callable[..., Any]:
    """Give what connects by PyMySQL.

    Where an address says nothing of TLS it encrypts if the server does, and checks nothing; but it reads all
    certificates of the machine for it, which takes a tenth of a second for each connection.
    """
    import ssl  # noqa: PLC0415 - who has no MariaDB needs neither

    from pymysql.connections import Connection  # noqa: PLC0415

    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

    class QuickConnection(Connection):
        def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:
            return super()._create_ssl_ctx(sslp) if sslp else unchecked  # type: ignore[misc]  # no hook of its own

    return QuickConnection
