"""Servers of a test's own, which it may kill, hold still and start again; gone when the test's process is."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.servers.guardian import STARTS_WITHIN
from tests.servers.programs import PROGRAMS, MariaDB, Program

PORTS = range(20_000, 32_000)  # below those that a system gives out by itself: a killed server finds its own free
given_out: set[int] = set()
# A server ends with the thread that started it (see `mortal`): one that is there as long as the tests are.
launcher = ThreadPoolExecutor(1, "servers")


class Server:
    """A server in a folder of its own, on a port that stays the same however often it is killed.

    Killing loses nothing that was acknowledged: what was written is with the system, though not yet on a disk.
    """

    def __init__(self, engine: str) -> None:
        """Take what it is to be; nothing runs yet."""
        self.program: Program = PROGRAMS[engine]
        self.folder = Path(tempfile.mkdtemp(prefix=f"plainsite-{engine}-"))
        self.port = free_ports(1)[0]
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._give(self.folder)

    @property
    def url(self) -> str:
        """Give its address, as one who may do everything there."""
        return self.program.url.format(port=self.port)

    def set_up(self) -> None:
        """Make its data folder."""
        self.run(self.program.setting_up(self.folder))

    def start(self) -> None:
        """Start it, and wait until it answers; raise RuntimeError with its own words when it does not."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as said:
            command, somebody = mortal(self.command()), self._somebody()
            self._process = launcher.submit(
                lambda: subprocess.Popen(command, **somebody, stdout=said, stderr=said)
            ).result()

    def command(self) -> list[str]:
        """Give the command that runs it."""
        # Whoever kills servers wants to find again what they had acknowledged.
        careful = ["--innodb-flush-log-at-trx-commit=1"] if isinstance(self.program, MariaDB) else []
        return [*self.program.running(self.folder, self.port), *careful]

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + STARTS_WITHIN
        while self.is_running and time.monotonic() < until:
            if self.answers():
                return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(self.log.read_text(errors="replace")[-5000:])

    def answers(self) -> bool:
        """Tell whether it can be used."""
        return self.program.answers(self.port)

    @property
    def is_running(self) -> bool:
        """Tell whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as a failing machine does: at once, and all that belongs to it (SIGKILL)."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    def stop(self) -> None:
        """End it in good order, which takes it a moment."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT if self.program is PROGRAMS["postgresql"] else signal.SIGTERM)
            self._process.wait(60)
            self._process = None

    def pause(self) -> None:
        """Hold it still: it takes connections and answers nothing, like a machine that was cut off (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and throw its data away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
        """Run one of its programs to the end; raise RuntimeError with what it said when it fails."""
        done = subprocess.run(command, check=False, timeout=STARTS_WITHIN, capture_output=True, **self._somebody())
        if done.returncode:
            raise RuntimeError((done.stdout + done.stderr).decode(errors="replace")[-3000:])
        return done

    def _signal(self, by: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, by)

    def _somebody(self) -> dict[str, Any]:
        """Give whom it runs as: servers refuse root, or had better."""
        plain: dict[str, Any] = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "start_new_session": True}
        account = self.program.runs_as() if os.geteuid() == 0 else None
        if account is None:
            return plain
        return {**plain, "user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}

    def _give(self, folder: Path) -> None:
        account = self.program.runs_as() if os.geteuid() == 0 else None
        if account:
            os.chown(folder, pwd.getpwnam(account).pw_uid, pwd.getpwnam(account).pw_gid)


class Replica(Server):
    """A streaming replica of a PostgreSQL server: it only reads, a moment later."""

    def __init__(self, primary: Server) -> None:
        """Take whom it follows."""
        super().__init__("postgresql")
        self.primary = primary

    def set_up(self) -> None:
        """Copy the server that it follows."""
        copy = Path(self.program.setting_up(self.folder)[0]).with_name("pg_basebackup")
        source = ("-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "postgres")
        self.run([str(copy), *source, "-D", f"{self.folder}/data", "-R", "-X", "stream", "-c", "fast"])

    def promote(self) -> None:
        """Make it one that writes, as after the loss of its primary."""
        control = Path(self.program.setting_up(self.folder)[0]).with_name("pg_ctl")
        self.run([str(control), "promote", "-w", "-D", f"{self.folder}/data"])


def free_ports(count: int) -> list[int]:
    """Give ports that nobody has now, nor is given by chance later."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(PORTS)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given_out:
            given_out.add(port)
            found.append(port)
    return found


def mortal(command: list[str]) -> list[str]:
    """Make a command end with the process that started it, however that ends."""
    wrapper = shutil.which("setpriv")
    return [wrapper, "--pdeathsig", "KILL", *command] if wrapper else command
