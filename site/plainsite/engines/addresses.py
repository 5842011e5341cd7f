"""Addresses of databases, as a driver is to have them."""

from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL

SECRETS = frozenset({"password", "passwd", "sslpassword"})  # in the query of a URL, which whoever prints it shows


def without_secrets(url: URL) -> tuple[URL, dict[str, Any]]:
    """Take what must not be seen out of a URL's query, for the driver: a URL hides only its own password."""
    return url.difference_update_query(SECRETS), {name: url.query[name] for name in SECRETS & url.query.keys()}


def with_fastest_driver(url: URL) -> URL:
    """Take MariaDB's driver that is written in C where it is installed, unless the address says which."""
    if "+" in url.drivername or url.drivername not in {"mysql", "mariadb"}:
        return url
    return url.set(drivername=f"{url.drivername}+{'mysqldb' if find_spec('MySQLdb') else 'pymysql'}")


def with_plain_driver(url: URL) -> URL:
    """Take the driver whose values can be had as MariaDB prints them."""
    kind, _, driver = url.drivername.partition("+")
    return url.set(drivername=f"{kind}+pymysql") if driver == "mysqldb" else url
