"""One start of the site: prints a line when its first page is there, and its memory in MiB after 30 more."""

import os
import sys
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from plainsite import create_app

MEBIBYTE = 1024 * 1024


def main(file: Path) -> None:
    """Start on a database."""
    app = create_app({"DATABASE_URL": f"sqlite:///{file}", "SECRET_KEY": "bench"}, instance=file.parent)
    for turn in range(31):
        environ: dict[str, Any] = {"PATH_INFO": "/messages/"}
        setup_testing_defaults(environ)
        b"".join(app.wsgi_app(environ, lambda *_: lambda _: None))
        if not turn:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
    sys.stdout.write(f"{_resident():.0f}\n")


def _resident() -> float:
    """Give the MiB this process holds, as Linux tells it; elsewhere 0."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE if statm.exists() else 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
