"""Servers for a run of the tests: started by the first who asks, shared by all workers, gone with the last of them."""

import fcntl
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.servers.programs import PROGRAMS

GUARDIAN = Path(__file__).with_name("guardian.py")


class Servers:
    """The servers of a run: `root` is a folder that all its workers share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held = ExitStack()
        self._urls: dict[str, str] = {}

    def url(self, engine: str) -> str:
        """Give the URL of a server, started now if nobody has; raise RuntimeError when it does not start."""
        if engine not in self._urls:
            self._urls[engine] = self._use(engine)
        return self._urls[engine]

    def close(self) -> None:
        """Let go of the servers: the last to do so ends them."""
        self._held.close()

    def _use(self, engine: str) -> str:
        register = self.root / f"{engine}.url"
        with (self.root / f"{engine}.starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            users = self._held.enter_context((self.root / f"{engine}.users").open("w"))
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a server is being stopped
            if not register.exists():
                self._start(engine)
            return register.read_text()

    def _start(self, engine: str) -> None:
        # It is not measured, nor reached by an interrupt meant for the tests: it ends when they do, and tidies up.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        with (self.root / f"{engine}.log").open("w") as log:
            guardian = subprocess.Popen(
                [sys.executable, GUARDIAN, engine, self.root],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
                text=True,
            )
        with guardian.stdout:
            said = guardian.stdout.read() if guardian.stdout else ""
        guardian.returncode = 0  # it outlives us on purpose: nothing is to complain of that
        if said.strip() != "ready":
            raise RuntimeError(said or (self.root / f"{engine}.log").read_text())


def missing(engine: str) -> str | None:
    """Say what to install for a server that is not here; None when it is."""
    program = PROGRAMS[engine]
    return (
        None if program.found() else f"There is no {engine} here. On Debian and Ubuntu: apt install {program.package}"
    )
