"""A process that runs a server for as long as anybody uses it: `python guardian.py ENGINE FOLDER`.

Whoever uses the server holds a shared lock on FOLDER/ENGINE.users. The kernel lets go of it however that process ends,
so the guardian just waits until it can have the lock for itself; then it stops the server and throws its data away.
"""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.servers.programs import PROGRAMS, Program

STARTS_WITHIN = 60.0  # seconds, on a machine with much else to do
TRIES = 3  # a free port may be taken before the server has it


def main(engine: str, root: Path) -> None:
    """Start the server, tell its URL, wait until nobody uses it, stop it."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: sys.exit(1))
    program, register = PROGRAMS[engine], root / f"{engine}.url"
    # Not below `root`: pytest keeps its folders to their owner, and the server runs as somebody else.
    folder = Path(tempfile.mkdtemp(prefix=f"plainsite-{engine}-"))
    process = None
    try:
        process, port = start(program, folder)
        written = register.with_suffix(".new")
        written.write_text(program.url.format(port=port))
        written.replace(register)
        tell("ready")
        with (root / f"{engine}.users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            register.unlink()  # who comes now starts another
            stop(program, process)
    finally:
        stop(program, process)
        shutil.rmtree(folder, ignore_errors=True)


def start(program: Program, folder: Path) -> tuple["subprocess.Popen[bytes]", int]:
    """Set the server up and start it on a free port; raise RuntimeError with its own words when it does not."""
    somebody: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL}
    account = program.runs_as() if os.geteuid() == 0 else None
    if account:
        group = pwd.getpwnam(account).pw_gid
        os.chown(folder, pwd.getpwnam(account).pw_uid, group)
        somebody |= {"user": account, "group": group, "extra_groups": []}
    log = folder / "log"
    with log.open("wb") as said:
        somebody |= {"stdout": said, "stderr": subprocess.STDOUT}
        subprocess.run(program.setting_up(folder), check=False, timeout=STARTS_WITHIN, **somebody)
        for _ in range(TRIES):
            port = free_port()
            process = subprocess.Popen(program.running(folder, port), **somebody)
            if wait_for(program, process, port):
                return process, port
            stop(program, process)
    raise RuntimeError(log.read_text(errors="replace")[-3000:])


def wait_for(program: Program, process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until the server answers; tell whether it does."""
    until = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < until:
        if program.answers(port):
            return True
        time.sleep(0.02)
    return False


def stop(program: Program, process: "subprocess.Popen[bytes] | None") -> None:
    """Stop the server at once."""
    if process and process.poll() is None:
        process.send_signal(getattr(signal, program.stopped_by))
        process.wait(20)


def free_port() -> int:
    """Give a port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tell(words: str) -> None:
    """Say a last word to who started this, and let go of the pipe."""
    print(words, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        tell(f"The server did not start: {error}")
        sys.exit(1)
