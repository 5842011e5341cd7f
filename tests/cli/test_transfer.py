"""Messages in from a file and out to one, by the command, with real texts."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select

from plainsite import formats
from plainsite.models import LONGEST_TEXT, Message, User
from plainsite.services import messages

REAL = Path(__file__).parents[1] / "data" / "messages" / "messages.jsonl"
ROWS = [json.loads(line) for line in REAL.read_bytes().splitlines()]
ODD = [row for row in ROWS if "\b" in row["text"] or row["text"] != row["text"].strip()]
ADA = {"author_name": "Ada", "author_email": "ada@example.org", "text": "Hello"}
LATEST = 60.0  # seconds after which something has hung


@pytest.fixture
def run(runner) -> Callable[..., Result]:
    """Run `plainsite` with some words, and say what it should end with."""

    def run(*words: Any, code: int = 0, stdin: bytes | None = None) -> Result:
        result = runner.invoke(args=[str(word) for word in words], input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of JSON lines, each said by what it has other than ADA, or by its bytes."""

    def file(*rows: dict[str, Any] | bytes) -> Path:
        path = tmp_path / "rows.jsonl"
        path.write_bytes(b"\n".join(row if isinstance(row, bytes) else json.dumps(ADA | row).encode() for row in rows))
        return path

    return file


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., "subprocess.Popen[bytes]"]:
    """Start `plainsite` in a process of its own, on an instance of its own."""

    def start(*words: Any, **options: Any) -> "subprocess.Popen[bytes]":
        environment = os.environ | {"PLAINSITE_INSTANCE": str(tmp_path / "instance")}
        return subprocess.Popen([sys.executable, "-m", "plainsite", *map(str, words)], env=environment, **options)

    return start


def texts(session: Any) -> list[str]:
    return [row.body for row in messages.every(session)]


def told(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def count(instance: Path) -> int:
    """Count the messages of a site that another process has."""
    file = instance / "plainsite.sqlite"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(file, timeout=20)) as connection:
        try:
            number: int = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0
    return number


def test_every_real_text_arrives_byte_for_byte_and_a_second_run_adds_nothing(run, session):
    assert len(ROWS) == 1431
    first = run("import", "messages", REAL)
    assert first.stdout == "1,431 added, 0 already there, 0 refused; 5 authors created.\n"
    assert first.stderr == ""
    assert texts(session) == [row["text"] for row in ROWS]
    session.rollback()
    second = run("import", "messages", REAL)
    assert second.stdout == "0 added, 1,431 already there, 0 refused; 0 authors created.\n"
    assert texts(session) == [row["text"] for row in ROWS]


def test_every_real_text_is_read_back_through_the_pages_of_json(run, client):
    run("import", "messages", REAL)
    read, address = [], "/messages/"
    while address:
        answer = client.get(address, headers={"Accept": "application/json"})
        read += [row["message"] for row in answer.json]
        address = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert read[::-1] == [row["text"] for row in ROWS]


@pytest.mark.sweep
@pytest.mark.parametrize("row", ODD, ids=[row["id"] for row in ODD])
def test_an_odd_text_that_is_opened_and_saved_untouched_stays_byte_for_byte(run, session, as_grace, row):
    run("import", "messages", REAL)
    number = ROWS.index(row) + 1
    page = as_grace.open(f"/messages/{number}")
    assert page.status == 200
    for word in row["text"].split():
        if word.isalpha():
            assert word in page.text
    as_grace.open(f"/messages/{number}/edit")
    assert as_grace.press("Save").status == 200
    message = session.get(Message, number)
    assert (message.body, message.edited_at) == (row["text"], None)


@pytest.mark.parametrize("kind", formats.KINDS)
def test_what_is_exported_imports_into_an_empty_site_to_the_same_content(run, session, make_app, tmp_path, kind, ada):
    run("import", "messages", REAL)
    session.add_all([Message(author_id=ada.id, body=text) for text in ("written here", '😀 \r\n\t, "quoted"; =1+1 ')])
    session.commit()
    messages.update(session, 1433, body="edited\r\nhere ")
    first, second = tmp_path / f"first.{kind}", tmp_path / f"second.{kind}"
    assert run("export", "messages", first).stdout == f"1,433 messages written to {first}.\n"

    other = make_app()
    arrived = other.test_cli_runner().invoke(args=["import", "messages", str(first)])
    assert arrived.output == "1,433 added, 0 already there, 0 refused; 6 authors created.\n"
    assert other.test_cli_runner().invoke(args=["export", "messages", str(second)]).exit_code == 0
    assert second.read_bytes() == first.read_bytes()

    # and back at home, or there once more, all of them are known
    for one in (other.test_cli_runner(), run.__closure__[0].cell_contents):
        again = one.invoke(args=["import", "messages", str(second)])
        assert again.output == "0 added, 1,433 already there, 0 refused; 0 authors created.\n"


def test_both_formats_export_the_same(run):
    run("import", "messages", REAL)
    as_csv = run("export", "messages", "--format", "csv").stdout_bytes
    as_json = run("export", "messages").stdout_bytes
    assert len(as_json.splitlines()) == 1431
    run("import", "messages", "-", "--format", "csv", stdin=as_csv)
    assert run("export", "messages", "-").stdout_bytes == as_json


def test_refused_rows_are_said_with_their_lines_and_the_others_go_in(run, file, session, tmp_path):
    path = file(
        {"text": "first"},
        b'{"text": "broken',
        {"text": "x" * (LONGEST_TEXT + 1)},
        b"",
        {"text": "a\0b"},
        {"text": "a\ud800b", "id": "half"},
        {"text": "", "author_email": None},
        {"text": 5},
        {"date": "yesterday"},
        b'{"text": "\xff"}',
        {"text": "last"},
        {"id": 1.5, "date": "9999-12-31T23:59:59-10:00"},
    )
    rejects = tmp_path / "rejects.jsonl"
    result = run("import", "messages", path, "--rejects", rejects, code=1)
    assert result.stdout == "2 added, 0 already there, 9 refused; 1 authors created.\n"
    assert sorted(result.stderr.splitlines()) == sorted(
        [
            "line 2: is not JSON: Unterminated string starting at (character 10)",
            "line 3: text: more than 50000 characters",
            "line 5: text: holds a character that cannot be stored (NUL or half a pair)",
            "line 6: text: holds a character that cannot be stored (NUL or half a pair)",
            "line 7: author_email: is needed; text: is needed",
            "line 8: text: is not a text",
            "line 9: date: is not a date as ISO 8601 writes it (2026-11-20, or 2026-11-20T06:30:00+01:00)",
            "line 10: is not UTF-8: byte 0xff at byte 11",
            "line 12: date: is not in the years 1 to 9999 once it is UTC; id: is neither a text nor a whole number",
        ]
    )
    assert texts(session) == ["first", "last"]
    said = {row["line"]: row for row in told(rejects)}
    assert sorted(said) == [2, 3, 5, 6, 7, 8, 9, 10, 12]
    assert said[2]["raw"] == '{"text": "broken'
    assert said[6] == ADA | {
        "line": 6,
        "refused": "text: holds a character that cannot be stored (NUL or half a pair)",
        "text": "a\ud800b",
        "id": "half",
    }


def test_refused_rows_once_mended_can_be_imported_from_the_file_they_were_written_to(run, file, session, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    run("import", "messages", file({"text": "x\0"}), "--rejects", rejects, code=1)
    rejects.write_text(rejects.read_text().replace("\\u0000", "!"))
    assert "1 added" in run("import", "messages", rejects).stdout
    assert texts(session) == ["x!"]


def test_a_csv_row_is_said_with_the_line_on_which_it_begins(run, tmp_path, session):
    path = tmp_path / "rows.csv"
    path.write_bytes(
        b"author_name,author_email,text\r\n"
        b'Ada,ada@example.org,"two\r\nlines, ""quoted"""\r\n'
        b'Ada,ada@example.org,"a\r\n\0"\r\n'
        b"Ada,ada@example.org\r\n"
        b"Ada,ada@example.org, \t spaces \r\n"
    )
    result = run("import", "messages", path, code=1)
    assert result.stderr.splitlines() == [
        "line 4: text: holds a character that cannot be stored (NUL or half a pair)",
        "line 6: has another number of fields (2) than the header (3)",
    ]
    assert texts(session) == ['two\r\nlines, "quoted"', " \t spaces "]


def test_an_unknown_field_is_said_once(run, file):
    result = run("import", "messages", file({"mood": "fine"}, {"mood": "so so", "text": "x", "colour": "red"}))
    assert result.stderr.splitlines() == [
        "line 1: the field mood is not known, and ignored wherever it stands.",
        "line 2: the field colour is not known, and ignored wherever it stands.",
    ]


def test_a_file_with_new_unknown_fields_in_each_row_is_not_told_in_full(run, file):
    result = run("import", "messages", file(*({f"field{number}": 1, "id": number} for number in range(50))))
    assert len(result.stderr.splitlines()) == 20
    assert result.stdout.startswith("50 added")


def test_what_stands_in_a_file_cannot_steer_the_terminal(run, file):
    result = run("import", "messages", file({"\x1b[2Jname\ud800": 1}))
    assert result.stderr == "line 1: the field \\x1b[2Jname\\ud800 is not known, and ignored wherever it stands.\n"


def test_an_author_whose_name_is_taken_is_said_with_the_new_one(run, file, session):
    result = run("import", "messages", file({}, {"author_email": "other@example.org"}))
    assert result.stderr == "Ada <other@example.org> is called Ada 2 here: the name was taken.\n"
    assert result.stdout == "2 added, 0 already there, 0 refused; 2 authors created (1 under another name).\n"
    assert session.scalars(select(User.name).order_by(User.id)).all() == ["Ada", "Ada 2"]


def test_a_file_that_cannot_be_used_is_said_in_one_sentence(run, tmp_path, file):
    (tmp_path / "utf16.csv").write_bytes("text\n".encode("utf-16"))
    (tmp_path / "empty.csv").write_bytes(b"")
    (twice := tmp_path / "twice.csv").write_bytes(b"author_name,author_email,text,a\x1b[2J,a\x1b[2J\n")
    (none := tmp_path / "none.csv").write_bytes(b"author_name,e-mail\nAda,ada@example.org\n")
    good = file({})
    for words, sentence in {
        ("import", "messages", "no.jsonl"): "no.jsonl cannot be read: No such file or directory.",
        ("import", "messages", tmp_path, "--format", "csv"): f"{tmp_path} cannot be read: Is a directory.",
        ("import", "messages", "x.json"): "x.json does not tell its format by its name: add --format jsonl or …",
        ("import", "messages", "-"): "Standard input does not tell its format by its name: add --format jsonl or …",
        ("import", "messages", tmp_path / "utf16.csv"): f"{tmp_path}/utf16.csv is UTF-16: save it as UTF-8.",
        ("import", "messages", tmp_path / "empty.csv"): f"{tmp_path}/empty.csv does not begin with a line of field …",
        (
            "import",
            "messages",
            twice,
        ): f"{twice} names a\\x1b[2J twice in its first line: take one of the two fields out.",
        ("import", "messages", none): f"{none} does not name author_email, text in its first line, which has to …",
        ("import", "messages", good, "--rejects", good): f"{good} is the file that is read: name another to write to.",
        ("import", "messages", good, "--rejects", tmp_path / "no" / "x"): f"{tmp_path}/no/x cannot be written: No …",
        ("export", "messages", "x.txt"): "x.txt does not tell its format by its name: add --format jsonl or …",
        ("export", "messages", tmp_path / "no" / "x.csv"): f"{tmp_path}/no/x.csv cannot be written: No such file …",
        ("export", "messages", tmp_path, "--format", "csv"): f"{tmp_path} cannot be written: Is a directory.",
    }.items():
        result = run(*words, code=2)
        assert result.stderr.startswith(f"Error: {sentence.rstrip('…')}")
        assert (result.stderr.count("\n"), result.stdout) == (1, "")
    assert good.exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens but cannot be read is a Linux one")
def test_a_file_that_opens_but_cannot_be_read_is_said_in_one_sentence(run):
    result = run("import", "messages", "/proc/self/mem", "--format", "jsonl", code=2)
    assert result.stderr == "Error: /proc/self/mem cannot be read or written to its end: Input/output error.\n"


@pytest.mark.own("sqlite")
def test_a_database_that_fails_is_said_in_a_line_and_leaves_what_was_done_before(run, app, session):
    with app.extensions["plainsite"].engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full AFTER INSERT ON messages WHEN new.id > 700 BEGIN SELECT abs(-9223372036854775808); END"
        )
    result = run("import", "messages", REAL, code=1)
    assert result.stderr.startswith("Error: the database did not do it: integer overflow. What was done before stays")
    assert session.scalar(select(func.count()).select_from(Message)) == 500


def test_an_export_replaces_a_file_only_when_it_is_complete(run, app, tmp_path, monkeypatch):
    run("import", "messages", REAL)
    target = tmp_path / "all.csv"
    target.write_text("the one before")

    def breaks_off(*_: Any) -> int:
        message = "No space left on device"
        raise OSError(28, message)

    with monkeypatch.context() as patch:
        patch.setattr(formats, "write", breaks_off)
        result = run("export", "messages", target, code=2)
    assert result.stderr == f"Error: {target} cannot be read or written to its end: No space left on device.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]
    assert target.read_text() == "the one before"
    run("export", "messages", target)
    assert target.read_text().startswith("id,author_name")


FULL = Path("/dev/full")
on_linux = pytest.mark.skipif(not FULL.exists(), reason="a disk that is full without being one is a Linux one")


@on_linux
@pytest.mark.parametrize("kind", formats.KINDS)
def test_an_export_to_a_full_disk_ends_in_a_sentence(run, kind):
    run("import", "messages", REAL)
    result = run("export", "messages", FULL, "--format", kind, code=2)
    assert result.stderr == "Error: /dev/full cannot be read or written to its end: No space left on device.\n"


@on_linux
def test_standard_output_that_takes_no_more_is_said_however_little_was_to_be_written(start, file):
    with start("import", "messages", file({}), stdout=subprocess.DEVNULL) as process:
        assert process.wait(LATEST) == 0
    with FULL.open("wb") as full, start("export", "messages", stdout=full, stderr=subprocess.PIPE) as process:
        said = process.communicate(timeout=LATEST)[1]
    assert said == b"Error: Standard output cannot be read or written to its end: No space left on device.\n"
    assert process.returncode == 2


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="standard output has no name here")
def test_standard_output_may_be_said_by_its_name(start, file):
    with start("import", "messages", file({"text": "one"}), stdout=subprocess.DEVNULL) as process:
        assert process.wait(LATEST) == 0
    words = ("export", "messages", "/dev/stdout", "--format", "jsonl")
    with start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        written, said = process.communicate(timeout=LATEST)
    assert (json.loads(written.splitlines()[0])["text"], said) == ("one", b"")


def test_a_real_import_says_nothing_but_the_rows_that_it_refuses(start, file):
    path = file(*({"text": f"{number}"} for number in range(20)), {"text": "x" * (LONGEST_TEXT + 1)})
    with start("import", "messages", path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        done, said = process.communicate(timeout=LATEST)
    assert done.startswith(b"20 added")
    assert said == b"line 21: text: more than 50000 characters\n"


def test_an_export_goes_through_a_link_and_into_what_is_no_ordinary_file(run, tmp_path):
    run("import", "messages", REAL)
    link, target, pipe = tmp_path / "link.csv", tmp_path / "target.csv", tmp_path / "pipe.csv"
    link.symlink_to(target)
    run("export", "messages", link)
    assert link.is_symlink()
    os.mkfifo(pipe)
    with (tmp_path / "read").open("wb") as read, subprocess.Popen(["cat", pipe], stdout=read) as reader:
        run("export", "messages", pipe)
        reader.wait(LATEST)
    assert (tmp_path / "read").read_bytes() == target.read_bytes()
    assert pipe.is_fifo()


def test_rejects_on_standard_output_are_alone_there(run, file):
    result = run("import", "messages", file({}, {"author_email": ""}), "--rejects", "-", code=1)
    assert [json.loads(line)["line"] for line in result.stdout_bytes.splitlines()] == [2]
    assert result.stderr.endswith("1 added, 0 already there, 1 refused; 1 authors created.\n")


def test_standard_output_is_nothing_but_the_messages(run):
    run("import", "messages", REAL)
    result = run("export", "messages")
    assert [json.loads(line)["text"] for line in result.stdout_bytes.splitlines()] == [row["text"] for row in ROWS]
    assert result.stderr == ""


def without_ids() -> bytes:
    """Give the real texts without their ids, so that their content is all that tells them apart."""
    return b"".join(json.dumps({k: v for k, v in row.items() if k != "id"}).encode() + b"\n" for row in ROWS)


@pytest.mark.parametrize("content", [REAL.read_bytes(), without_ids()], ids=["with ids", "without ids"])
def test_an_import_that_is_killed_half_way_and_run_again_has_every_message_once(start, tmp_path, content):
    lines, instance = content.splitlines(keepends=True), tmp_path / "instance"
    words = ("import", "messages", "-", "--format", "jsonl")
    with start(*words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as killed:
        killed.stdin.write(b"".join(lines[:1200]))
        killed.stdin.flush()
        until = time.monotonic() + LATEST
        while not count(instance) and time.monotonic() < until:
            time.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
        killed.stdin.close()
    assert killed.returncode == -signal.SIGKILL
    half = count(instance)
    assert 1 <= half <= 1430
    (path := tmp_path / "all.jsonl").write_bytes(content)
    with start("import", "messages", path, stdout=subprocess.PIPE) as again:
        said = again.communicate(timeout=LATEST)[0].decode()
    assert said == f"{1431 - half:,} added, {half:,} already there, 0 refused; {said.split()[-3]} authors created.\n"
    with closing(sqlite3.connect(instance / "plainsite.sqlite")) as connection:
        arrived = [body for (body,) in connection.execute("SELECT body FROM messages ORDER BY id")]
    assert arrived == [row["text"] for row in ROWS]


def test_an_export_that_is_killed_leaves_no_half_file(start, tmp_path):
    with start("import", "messages", REAL, stdout=subprocess.DEVNULL) as process:
        process.wait(LATEST)
    with closing(sqlite3.connect(tmp_path / "instance" / "plainsite.sqlite")) as connection:
        connection.execute("DROP TRIGGER messages_search_added")
        for _ in range(5):  # so much that nobody is done before the signal comes
            connection.execute(
                "INSERT INTO messages (author_id, body, created_at) SELECT 1, body, created_at FROM messages"
            )
        connection.commit()
    target = tmp_path / "all.jsonl"
    with start("export", "messages", target, stdout=subprocess.DEVNULL) as killed:
        until = time.monotonic() + LATEST
        while not list(tmp_path.glob(".all.jsonl.*")) and time.monotonic() < until:
            time.sleep(0.005)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    assert len(list(tmp_path.glob(".all.jsonl.*.unfinished"))) == 1


def test_a_terminal_shows_a_bar_and_a_pipe_none(start, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(REAL.read_bytes() + b"{}\n")
    mine, theirs = pty.openpty()
    with start("import", "messages", bad, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += (part := os.read(mine, 65536))
            except OSError:  # Linux's way to say that the other side is closed
                break
            if not part:
                break
        said = process.communicate(timeout=LATEST)[0]
    os.close(mine)
    assert b"100%" in shown
    assert b"\r\x1b[2Kline 1432: author_name: is needed" in shown
    assert said.startswith(b"1,431 added")
    with start("import", "messages", REAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.communicate(timeout=LATEST)[1] == b""


# SQLite's page cache fills with any larger file, up to the 16 MiB it may have; kept small, it hides nothing else.
MEASURED = textwrap.dedent(
    """
    import sys, resource, pathlib
    from sqlalchemy import Engine, event
    from plainsite.cli.command import group
    @event.listens_for(Engine, "connect")
    def small(connection, record):
        connection.execute("PRAGMA cache_size = -500").close()
    event.listen(Engine, "checkout", lambda connection, *_: connection.execute("PRAGMA cache_size = -500").close())
    try:
        group(sys.argv[1:], prog_name="plainsite")
    finally:
        status = pathlib.Path("/proc/self/status")  # getrusage counts what the process was before exec, too
        peak = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        print(int(peak) * 1024, file=sys.stderr)
    """
)


def peak_of(instance: Path, *words: Any) -> int:
    """Run the command and give the most memory it had, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, words)],
        env=os.environ | {"PLAINSITE_INSTANCE": str(instance)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stderr.split()[-1])


def row_number(number: int, *, with_id: bool) -> bytes:
    row = ROWS[number % len(ROWS)]
    new = row | {"text": f"{row['text'][:200]} {number}", "author_email": f"{number % 1000}@example.org"}
    new |= {"author_name": f"Author {number % 1000}", "id": str(number)}
    return json.dumps(new if with_id else {k: v for k, v in new.items() if k != "id"}).encode() + b"\n"


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured as Linux tells it")
@pytest.mark.parametrize("with_id", [True, False], ids=["with ids", "without ids"])
def test_the_memory_of_an_import_does_not_grow_with_the_rows(tmp_path, with_id):
    peaks = []
    for rows in (2_000, 50_000):
        path = tmp_path / f"{rows}.jsonl"
        with path.open("wb") as file:
            file.writelines(row_number(number, with_id=with_id) for number in range(rows))
        peaks.append(peak_of(tmp_path / f"instance{rows}", "import", "messages", path))
    assert peaks[1] - peaks[0] < 15_000_000, peaks


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured as Linux tells it")
@pytest.mark.parametrize("kind", formats.KINDS)
def test_the_memory_of_an_export_does_not_grow_with_the_rows(tmp_path, kind):
    peaks = []
    for rows in (2_000, 200_000):
        instance = tmp_path / f"instance{rows}"
        (tmp_path / "first.jsonl").write_bytes(b"".join(row_number(number, with_id=True) for number in range(2_000)))
        peak_of(instance, "import", "messages", tmp_path / "first.jsonl")
        with closing(sqlite3.connect(instance / "plainsite.sqlite")) as connection:
            connection.execute("DROP TRIGGER messages_search_added")
            connection.execute(
                "INSERT INTO messages (author_id, body, created_at) SELECT one.author_id, one.body, one.created_at"
                " FROM messages AS one, (SELECT id FROM messages ORDER BY id LIMIT ?)",
                (rows // 2_000 - 1,),
            )
            connection.commit()
        assert count(instance) == rows
        peaks.append(peak_of(instance, "export", "messages", tmp_path / f"{rows}.{kind}"))
    assert peaks[1] - peaks[0] < 15_000_000, peaks
