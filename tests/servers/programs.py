"""The server programs of this machine: where they are, how they are set up and started, and whether they answer."""

import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

ANYWHERE = "/usr/local/sbin:/usr/sbin:/sbin"  # where servers are, and who is not root does not look


@dataclass(frozen=True)
class Program:
    """A server program: the Debian package it comes in, whom root runs it as, and its address as a URL."""

    package: str
    account: str
    url: str
    stopped_by: str = "SIGQUIT"  # at once, as what it holds is thrown away

    def found(self) -> bool:
        """Tell whether it is installed."""
        return Path(self.setting_up(Path())[0]).is_absolute() and Path(self.running(Path(), 0)[0]).is_absolute()

    def runs_as(self) -> str | None:
        """Give whom root runs it as: servers refuse root, or had better."""
        names = {each.pw_name for each in pwd.getpwall()}
        return next((name for name in (self.account, "nobody") if name in names), None)

    def setting_up(self, folder: Path) -> list[str]:
        """Give the command that makes its data folder."""
        raise NotImplementedError

    def running(self, folder: Path, port: int) -> list[str]:
        """Give the command that runs it, in the foreground."""
        raise NotImplementedError

    def answers(self, port: int) -> bool:
        """Tell whether it takes connections already."""
        raise NotImplementedError


class PostgreSQL(Program):
    """PostgreSQL, of whatever version stands here; the newest where there are several."""

    def setting_up(self, folder: Path) -> list[str]:
        """Give the command that makes its data folder."""
        known = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        return [_of_postgresql("initdb"), "-D", f"{folder}/data", *known]

    def running(self, folder: Path, port: int) -> list[str]:
        """Give the command that runs it, in the foreground."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 200,
        }
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [_of_postgresql("postgres"), "-D", f"{folder}/data", *given]

    def answers(self, port: int) -> bool:
        """Tell whether it takes connections already."""
        import psycopg  # noqa: PLC0415 - only who tests with it needs its driver

        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


class MariaDB(Program):
    """MariaDB."""

    def setting_up(self, folder: Path) -> list[str]:
        """Give the command that makes its data folder."""
        known = ("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
        return [_found("mariadb-install-db"), "--no-defaults", f"--datadir={folder}/data", *known, *self._careless()]

    def running(self, folder: Path, port: int) -> list[str]:
        """Give the command that runs it, in the foreground."""
        at = ("--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder}/socket", f"--pid-file={folder}/pid")
        # A server that starts clears away temporary tables where it keeps its own: not those of another one.
        charset = ("--character-set-server=utf8mb4", "--skip-name-resolve", f"--tmpdir={folder}")
        return [
            _found("mariadbd"),
            "--no-defaults",
            f"--datadir={folder}/data",
            *at,
            *charset,
            "--max-connections=200",
            *self._careless(),
        ]

    def answers(self, port: int) -> bool:
        """Tell whether it takes connections already."""
        import pymysql  # noqa: PLC0415 - as above

        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=5).close()
        except pymysql.OperationalError:
            return False
        return True

    @staticmethod
    def _careless() -> tuple[str, ...]:
        """Give what makes it quick and forgetful."""
        return (
            "--innodb-flush-method=nosync",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-log-file-size=16M",
            "--innodb-buffer-pool-size=64M",
        )


PROGRAMS: dict[str, Program] = {
    "postgresql": PostgreSQL("postgresql", "postgres", "postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"),
    "mariadb": MariaDB("mariadb-server", "mysql", "mysql+pymysql://root@127.0.0.1:{port}/mysql", "SIGKILL"),
}


def _found(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path=ANYWHERE) or name


def _of_postgresql(name: str) -> str:
    """Find a program of PostgreSQL: Debian keeps them by version, away from the others."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return str(versions[-1]) if versions else _found(name)
