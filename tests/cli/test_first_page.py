"""One command, and nothing but a database's address: the first table page stands within two seconds.

What a busy machine makes the command wait for a processor is taken off: it is not the command's. Where a machine takes
long to load Flask and SQLAlchemy alone, which is a quarter of it, four times that is allowed.
"""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

CHINOOK = Path(__file__).parents[1] / "data" / "chinook" / "Chinook_Sqlite.sqlite"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PASSWORD = "correct horse battery"
WITHIN, TRIES = 2.0, 5  # seconds from the start of the command
BARE = "import flask, sqlalchemy.orm"


def seconds_to_first_page(folder: Path) -> tuple[float, float]:
    """Start in an empty folder, become the admin by the link that is printed, open a table.

    Gives how long it took, and how long it takes to load Flask and SQLAlchemy alone.
    """
    folder.mkdir()
    shutil.copyfile(CHINOOK, folder / "chinook.sqlite")
    # What is installed is compiled: whoever forbids Python to keep that measures the compiler too.
    left_out = ("PLAINSITE_", "COV", "PYTHONDONTWRITEBYTECODE")
    known = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", BARE], env=known, check=True)
    bare, began = time.monotonic() - began, time.monotonic()
    command = subprocess.Popen(
        [sys.executable, "-m", "plainsite", "run", "--port", "0", "--attach", "chinook=sqlite:///chinook.sqlite"],
        cwd=folder,
        env={**known, "PLAINSITE_INSTANCE": str(folder / "instance")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert command.stdout is not None
        link = next(found[0] for line in command.stdout if (found := re.search(r"http://\S+/invitations/\S+", line)))
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(link).port or 0, timeout=20)
        cookie, page = ask(connection, "GET", urlsplit(link).path)
        hidden = dict(re.findall('name="(csrf_token|submission)" value="([^"]+)"', page))
        typed = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD} | hidden
        cookie, _ = ask(connection, "POST", urlsplit(link).path, urlencode(typed), Cookie=cookie)
        _, page = ask(connection, "GET", "/data/chinook/Album/", Cookie=cookie)
        took = time.monotonic() - began - waited_for_a_processor(command.pid)
        connection.close()
        assert "For Those About To Rock" in page
    finally:
        command.kill()
        command.wait()
        if command.stdout is not None:
            command.stdout.close()
    return took, bare


def waited_for_a_processor(pid: int) -> float:
    """Give the seconds in which a process could have run, had there been a processor free; 0 where nobody counts."""
    counted = (task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(waited) for _, waited, _ in counted) / 1e9


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: str = "", **headers: str) -> list[str]:
    """Give the cookie that came, and the page."""
    connection.request(method, path, body or None, {**FORM, **headers})
    answer = connection.getresponse()
    return [(answer.headers["Set-Cookie"] or "").partition(";")[0], answer.read().decode()]


@pytest.mark.load
def test_the_first_table_page_stands_within_two_seconds_of_the_command(tmp_path: Path) -> None:
    took = []
    for number in range(TRIES):
        took.append(seconds_to_first_page(tmp_path / str(number)))
        if took[-1][0] < WITHIN:
            break
    print("first table page after", ", ".join(f"{each:.2f} s (bare {bare:.2f})" for each, bare in took))
    assert any(each < max(WITHIN, 4 * bare) for each, bare in took)
