"""What the commands say: links that can be opened, and troubles in one line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from plainsite.models import User
from plainsite.services import imports, users
from plainsite.services.identities import Contents
from plainsite.services.rows import row_of
from plainsite.testing import Browser

LATEST = 60.0  # seconds after which something has hung
LINK = re.compile(r"  (https?://\S+)(/account/invitations/\S+)\n")
ADA = ("user", "add", "Ada", "ada@example.org")


def run(app: Flask, *words: str, code: int = 0) -> Result:
    """Run `plainsite` with some words, and say what it should end with."""
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def start(folder: Path, *words: str, out: Any = subprocess.PIPE, **environ: str) -> "subprocess.Popen[str]":
    """Start `plainsite` in a process and a folder of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PLAINSITE_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "plainsite", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env={**known, **environ}, text=True, stdout=out, stderr=pipe)


def said(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Run a command to its end; give its exit code, and what it said and complained of."""
    with start(folder, *words, **environ) as process:
        out, err = process.communicate(timeout=LATEST)
    return process.returncode, out, err


# Links


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"HOST": "::1", "PORT": 9000}, "http://[::1]:9000"),
        ({"HOST": "[::]"}, "http://[::1]:8000"),
        ({"TRUSTED_HOSTS": ["site.example", "127.0.0.1"]}, "http://127.0.0.1:8000"),
        ({"TRUSTED_HOSTS": ["site.example"]}, "http://site.example:8000"),
        ({"TRUSTED_HOSTS": [".site.example"], "HOST": "::"}, "http://site.example:8000"),
        ({"TRUSTED_HOSTS": ["site.example", "b.example"], "TRUSTED_PROXIES": 1}, "https://site.example"),
    ],
)
def test_the_link_for_a_new_user_has_an_address_at_which_the_site_answers(
    make_app: Callable[..., Flask], settings: dict[str, Any], address: str
) -> None:
    found = LINK.search(run(make_app(**settings), *ADA).output)
    assert found
    assert found[1] == address


def test_the_link_of_a_site_that_answers_to_one_name_sets_the_password(make_app: Callable[..., Flask]) -> None:
    app = make_app(TRUSTED_HOSTS=["localhost"])
    found = LINK.search(run(app, *ADA).output)
    assert found
    browser = Browser(app)
    browser.open(found[2])
    browser.fill("New password", "correct horse battery")
    assert browser.press("Set password").status == 200


def test_a_site_that_answers_to_one_name_starts_and_says_that_name(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "--port", "0", PLAINSITE_TRUSTED_HOSTS="site.example")
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LATEST)
    assert re.fullmatch(r"plainsite answers on http://site\.example:\d+/\n", lines[0]), lines
    assert LINK.fullmatch(lines[2]), lines


def test_who_is_promoted_without_a_password_gets_a_link_to_choose_one(app: Flask, session: Any, ada: User) -> None:
    assert run(app, "user", "promote", ada.email).output == "Ada is an admin.\n"
    row = {"author_name": "Grace", "author_email": "grace@example.org", "text": "Hello"}
    contents = Contents()
    imports.add(session, [row_of(row, contents)])
    contents.close()
    session.rollback()
    assert LINK.search(run(app, "user", "promote", "grace@example.org").output)


def test_who_cannot_sign_in_is_not_promoted(app: Flask, session: Any, ada: User) -> None:
    users.close(session, ada.id)
    session.rollback()
    result = run(app, "user", "promote", ada.email, code=1)
    assert result.stderr == "Error: The account of Ada is closed: an admin has to reopen it first.\n"
    assert session.get(User, ada.id, populate_existing=True).role == "member"


@pytest.mark.parametrize("words", [("Ada", "ada"), ("ada@example.org", "Ada"), ("Ada", "")])
def test_what_is_no_e_mail_address_is_said_and_nobody_added(app: Flask, session: Any, words: tuple[str, str]) -> None:
    result = run(app, "user", "add", *words, code=1)
    assert result.stderr.startswith(f"Error: {words[1]} is no e-mail address. Name and address are said in this order")
    assert session.query(User).count() == 0


# Troubles

COMMANDS = (ADA, ("user", "promote", "ada@example.org"), ("export", "messages"), ("db", "upgrade"), ("db", "check"))


@pytest.mark.own("sqlite")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_file_that_is_no_database_is_said_in_a_line(
    make_app: Callable[..., Flask], tmp_path: Path, words: Any
) -> None:
    (tmp_path / "other.sqlite").write_bytes(b"no database" * 100)
    result = run(make_app(DATABASE_URL=f"sqlite:///{tmp_path}/other.sqlite"), *words, code=1)
    assert result.stderr == (
        "Error: The database did not do it: file is not a database. `plainsite doctor` tells which one it is.\n"
    )


@pytest.mark.own("sqlite")
def test_a_server_that_is_away_is_said_in_a_line(make_app: Callable[..., Flask]) -> None:
    app = make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/site")
    for words in (ADA, ("doctor",)):
        assert re.match("Error: [Tt]he database d[^\n]*Connection refused[^\n]*\n$", run(app, *words, code=1).stderr)


@pytest.mark.own("sqlite")
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql+pymysql://127.0.0.1:1/x?bogus=1", "unexpected keyword argument 'bogus'"),
        ("mysql+pymysql://127.0.0.1:1/x?ssl_ca=/nowhere", "No such file or directory"),
        ("sqlite:///x.db?cached_statements=99999999999999999999", "too large"),
    ],
)
def test_an_option_that_the_driver_has_no_use_for_is_said_in_a_line(
    make_app: Callable[..., Flask], address: str, why: str
) -> None:
    app = make_app(DATABASE_URL=address)
    for words in (ADA, ("doctor",)):
        assert re.match(f"Error: [Tt]he database d[^\n]*{why}[^\n]*\n$", run(app, *words, code=1).stderr)


def test_tables_of_a_newer_version_are_left_alone_and_said_to_be(app: Flask) -> None:
    engine = app.extensions["plainsite"].engine
    with engine.begin() as connection:
        before = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        for words in (*COMMANDS, ("db", "revision", "-m", "x")):
            result = run(app, *words, code=1)
            assert result.stderr == (
                "Error: The database's tables are those of a newer version (migration 9999): run that version.\n"
            )
        assert "they are a newer one's (migration 9999), so run that one" in run(app, "doctor", code=1).output
    finally:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})


@pytest.mark.parametrize("days", ["3650000", "99999999999", "nan", "inf", "-1"])
def test_days_that_no_history_has_are_refused_with_those_it_may_have(app: Flask, days: str) -> None:
    result = run(app, "history", "prune", "--older-than", days, code=2)
    assert result.stderr.endswith("\nError: --older-than is a number of days from 0 to 36500.\n")
    assert run(app, "history", "prune", "--older-than", "36500").output == "0 entries were deleted.\n"


def test_a_command_of_ones_own_stands_beside_the_sites_and_may_take_the_place_of_one(make_app) -> None:
    app = make_app()  # others use the other one
    for name in ("mine", "doctor"):
        app.cli.command(name)(lambda: print("mine"))
    assert {"db", "export", "mine"} <= set(run(app, "--help").output.split())
    assert [run(app, name).output for name in ("mine", "doctor")] == ["mine\n", "mine\n"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full, as Linux has one to try")
def test_an_output_that_takes_no_more_is_said_in_a_line(tmp_path: Path) -> None:
    line = {"author_name": "Grace", "author_email": "grace@example.org", "text": "Hello"}
    (tmp_path / "one.jsonl").write_text(json.dumps(line))
    assert said(tmp_path, "import", "messages", "one.jsonl")[0] == 0
    tried = ((("doctor",), ""), (("db", "upgrade"), "1"), (("export", "messages"), ""), (("user", "--help"), ""))
    for words, unbuffered in tried:
        with (
            Path("/dev/full").open("w") as full,
            start(tmp_path, *words, out=full, PYTHONUNBUFFERED=unbuffered) as process,
        ):
            complaint = process.communicate(timeout=LATEST)[1]
        assert process.returncode in {1, 2}
        assert re.fullmatch("Error: Standard output [^\n]*: No space left on device.\n", complaint)


def test_an_export_whose_output_is_closed_asks_for_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os, sys; os.close(1); os.execv(sys.executable, sys.argv[1:])"]
    command += [sys.executable, "-m", "plainsite", "export", "messages"]
    done = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=LATEST, check=False)
    assert (done.returncode, done.stderr) == (2, "Error: Standard output is closed: name a file to write to.\n")


def test_a_host_that_is_none_and_a_port_that_is_taken_are_told_apart(tmp_path: Path) -> None:
    for host in ("256.1.1.1", "203.0.113.7"):
        code, _, err = said(tmp_path, "run", HOST=host)
        assert (code, err) == (
            1,
            f"Error: {host} is no address of this machine. Name one that is: HOST=127.0.0.1 or --host.\n",
        )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = said(tmp_path, "run", PORT=port)
    assert code == 1
    assert err.startswith(
        f"Error: Port {port} of 127.0.0.1 cannot be listened on (Address already in use). Name another"
    )
    assert err.count("\n") == 1


def test_a_command_says_what_it_refuses_and_nothing_of_how_it_was_found(tmp_path: Path) -> None:
    code, _, err = said(tmp_path, *ADA)
    assert (code, err) == (0, "")
    code, _, err = said(tmp_path, *ADA)
    assert (code, err) == (1, "Error: name: somebody else has this; email: somebody else has this\n")


@pytest.mark.own("postgresql")
def test_a_server_that_can_only_be_read_is_said_in_a_line_and_no_row_is_blamed(
    make_app: Callable[..., Flask], app: Flask, tmp_path: Path
) -> None:
    url = app.extensions["plainsite"].engine.url.update_query_dict({"options": "-c default_transaction_read_only=on"})
    site = make_app(DATABASE_URL=url.render_as_string(hide_password=False))
    (file := tmp_path / "rows.jsonl").write_text('{"author_name": "A", "author_email": "a@b.example", "text": "x"}\n')
    for words in (
        ["user", "add", "Q", "q@example.org"],
        ["import", "messages", str(file)],
        ["history", "prune", "--older-than", "0"],
    ):
        said = run(site, *words, code=1).output.splitlines()[-1]
        assert said.startswith("Error: ")
        assert "the database can only be read here" in said
