"""Serving for developers: one command, one invitation, and a page."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path


def test_a_site_that_reloads_answers_and_invites_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "plainsite", "run", "--debug", "--port", str(port)]
    environment = {**os.environ, "PLAINSITE_INSTANCE": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "/invitations/" in line:
                break
        assert f"answers on http://127.0.0.1:{port}/" in said
        link = re.search(r"http://\S+/invitations/\S+", said)
        assert link
        with urllib.request.urlopen(link[0], timeout=20) as answer:
            assert answer.status == 200
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    assert "/invitations/" not in rest


def test_a_port_that_is_taken_is_said_to_developers_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "plainsite", "run", "--debug", "--port", str(taken.getsockname()[1])]
        environment = {**os.environ, "PLAINSITE_INSTANCE": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "cannot be listened on" in done.stderr
