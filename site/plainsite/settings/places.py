"""Where things are: the instance folder with the site's own data and key, the files of the package, the database."""

import errno
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from plainsite.engines.addresses import with_fastest_driver
from plainsite.settings.errors import SettingsError

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_KNOWN = {"sqlite", "postgresql", "mysql", "mariadb"}
_NO_ADDRESS = "{} is not a database address. One looks like postgresql://user:password@host/name or sqlite:///shop.db."
_OPEN_TO_OTHERS = 0o077
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}  # as disks of cameras say it

log = logging.getLogger(__name__)


def shipped(name: str) -> Path:
    """Tell where a file or folder of the package is: beside its modules in a wheel, at the top in a checkout."""
    package = Path(__file__).parents[1]
    return package / name if (package / name).exists() else package.parents[1] / name


def instance_folder(instance: Path | str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of the site's own data: as said, else PLAINSITE_INSTANCE, else `instance` where one stands.

    Makes it, for its owner only, when it is missing. Raises SettingsError where that cannot be done.
    """
    folder = Path(instance or environ.get("PLAINSITE_INSTANCE") or "instance").absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"The instance folder {folder} cannot be made: {error.strerror}. PLAINSITE_INSTANCE names another."
        raise SettingsError(message) from error
    return folder


def database_url(text: str | URL, instance: Path, *, where: str = "The database address") -> URL:
    """Understand an address as people paste it; a relative SQLite file is one of the instance folder.

    MariaDB's driver that is written in C is taken where it is installed and the address names none. Raises
    SettingsError, which begins with `where` and never shows the address: it may hold a password.
    """
    try:
        url = make_url(text.strip() if isinstance(text, str) else text)
        url = with_fastest_driver(url.set(drivername=_DRIVERS.get(url.drivername, url.drivername)))
        waits = url.get_dialect().is_async
    except (ArgumentError, ValueError, TypeError):
        raise SettingsError(_NO_ADDRESS.format(where)) from None
    if (kind := url.get_backend_name()) not in _KNOWN:
        raise SettingsError(f"{where} is one of {kind}. SQLite, PostgreSQL, MariaDB and MySQL are understood.")
    if waits:
        raise SettingsError(f"{where} names a driver for asyncio: leave it out, as in {kind}://…")
    if "@" in (url.host or "") or (kind != "sqlite" and isinstance(text, str) and _holds_another_at(text)):
        raise SettingsError(f"{where} has an @ in its password: write it as %40.")
    url = _file(url, instance, where) if kind == "sqlite" else url
    try:
        url.get_dialect()().create_connect_args(url)  # as each connection will, where nobody could say whose it is
    except ArgumentError:
        raise SettingsError(_NO_ADDRESS.format(where)) from None
    except (ValueError, TypeError):
        message = f"{where} has an option with a value that cannot be: look at what stands after its question mark."
        raise SettingsError(message) from None
    return url


def _holds_another_at(text: str) -> bool:
    """Tell whether an @ stands where a password may be, beside the one that ends it: what follows would be shown."""
    return text.partition("://")[2].partition("?")[0].partition(":")[2].count("@") > 1


def _file(url: URL, instance: Path, where: str) -> URL:
    """Give the address of an SQLite file with its whole path; refuse one that is in memory."""
    file = url.database or ""
    if file in {"", ":memory:"} or file.startswith("file::memory:") or url.query.get("mode") == "memory":
        raise SettingsError(f"{where} is in memory, where nothing stays: name a file, as in sqlite:///site.sqlite.")
    return url if file.startswith("file:") else url.set(database=str(instance / file))


def secret_key(instance: Path) -> str:
    """Give the key that signs cookies, made at the first start. Raises SettingsError where the file is no good."""
    path = instance / "secret_key"
    try:
        if not path.exists():
            _make_secret_key(path)
    except OSError as error:
        message = (
            f"{path} cannot be made: {error.strerror}. Let the site's user write to its folder, or set SECRET_KEY."
        )
        raise SettingsError(message) from error
    try:
        key = path.read_text().strip()
        _close_to_others(path)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        message = f"{path} cannot be used: {why}. Make it readable for the user who runs the site, or set SECRET_KEY."
        raise SettingsError(message) from error
    if not key:
        message = f"{path} is empty. Delete it and start again: a new key is made, and everybody signs in once more."
        raise SettingsError(message)
    return key


def _make_secret_key(path: Path) -> None:
    """Write it whole, then give it its name: of two sites that start together both read the one that came first."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp: for the owner only
    try:
        os.write(descriptor, secrets.token_urlsafe(32).encode())
        os.close(descriptor)
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        Path(draft).replace(path)  # the best there is, where two that start at once are rare
    finally:
        Path(draft).unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    """Mend and warn, not refuse: a copied or restored folder should start, and its owner should know."""
    if os.name == "posix" and path.stat().st_mode & _OPEN_TO_OTHERS:
        try:
            path.chmod(0o600)
        except OSError as error:  # somebody else's, as a secret that is mounted, or a disk that knows no modes
            log.warning("%s can be read by others, and cannot be closed here: %s.", path, error.strerror)
            return
        log.warning("%s could be read by others and is closed now. If somebody may have read it, delete it.", path)
