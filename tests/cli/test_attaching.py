"""Attaching by a command: an address means what whoever types it means."""

import errno
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plainsite import attached, migrations
from plainsite.app import create_app
from plainsite.cli import add_commands
from plainsite.settings import SettingsError, remembered

CHINOOK = Path(__file__).parents[1] / "data" / "chinook" / "Chinook_Sqlite.sqlite"


def test_a_relative_file_is_one_of_the_folder_that_the_command_is_given_in(tmp_path: Path) -> None:
    shutil.copyfile(CHINOOK, tmp_path / "shop.db")
    command = [sys.executable, "-m", "plainsite", "attach", "shop", "sqlite:///shop.db"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "shop: 11 tables and views" in done.stdout
    remembered = json.loads((tmp_path / "instance" / "databases.json").read_text())
    assert remembered["shop"]["url"] == f"sqlite:///{tmp_path}/shop.db"


def test_a_file_that_is_not_there_is_said_and_not_remembered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "plainsite", "attach", "shop", "sqlite:///nothing.db"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "shop does not answer" in done.stderr
    assert not (tmp_path / "nothing.db").exists()
    assert not (tmp_path / "instance" / "databases.json").exists()


def test_the_sites_own_file_is_not_attached_to_be_written_a_second_time(tmp_path: Path) -> None:
    for again in ("plainsite.db", "./plainsite.db"):
        own = f"sqlite:///{tmp_path}/instance/plainsite.db"
        command = [sys.executable, "-m", "plainsite", "attach", "--writable", "twice", f"sqlite:///instance/{again}"]
        environment = {**os.environ, "PLAINSITE_DATABASE_URL": own}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode != 0
        assert "twice is the site's own database" in done.stderr


def test_what_was_attached_is_detached_and_what_was_not_is_said(tmp_path: Path) -> None:
    shutil.copyfile(CHINOOK, tmp_path / "shop.db")
    app = create_app(instance=tmp_path)
    add_commands(app)
    run = app.test_cli_runner().invoke
    for name in ("shop", "old"):
        assert run(args=["attach", name, f"sqlite:///{tmp_path}/shop.db"]).exit_code == 0
    assert run(args=["detach", "SHOP"]).output == (
        "SHOP is forgotten. Its history stays, and so does all that is in it.\n"
    )
    assert list(remembered.read(tmp_path)) == ["old"]
    again = run(args=["detach", "shop"])
    assert (again.exit_code, again.stderr) == (1, "Error: No database called shop is remembered. These are: old.\n")


def test_a_folder_that_takes_nothing_is_said_in_a_line_and_what_was_remembered_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(CHINOOK, tmp_path / "shop.db")
    app = create_app(instance=tmp_path)
    add_commands(app)
    run = app.test_cli_runner().invoke
    assert run(args=["attach", "shop", f"sqlite:///{tmp_path}/shop.db"]).exit_code == 0

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    for words in (["attach", "other", f"sqlite:///{tmp_path}/shop.db"], ["detach", "shop"]):
        done = run(args=words)
        assert done.exit_code == 1
        assert done.output.splitlines()[-1] == (
            f"Error: {tmp_path}/databases.json cannot be written: No space left on device."
            " Let the site's user write to its folder."
        )
    assert list(json.loads((tmp_path / "databases.json").read_text())) == ["shop"]
    assert not (tmp_path / "databases.json.new").exists()


def test_of_databases_that_are_attached_at_the_same_moment_each_is_remembered(tmp_path: Path) -> None:
    names = [f"shop{number}" for number in range(64)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: remembered.keep(tmp_path, name, "sqlite:///shop.db", writable=False), names))
    assert sorted(remembered.read(tmp_path)) == sorted(names)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: remembered.forget(tmp_path, name), names[1:]))
    assert list(remembered.read(tmp_path)) == names[:1]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("old", {"url": "oracle://somewhere/x"}),
        ("Two Words", "sqlite:///shop.db"),
        ("site", "sqlite:///shop.db"),
        ("shop", {"url": "sqlite:///shop.db", "colour": 1}),
        ("shop", {}),
    ],
)
def test_what_is_remembered_and_cannot_be_opened_is_said_and_can_be_forgotten(tmp_path: Path, name, how) -> None:
    (tmp_path / "databases.json").write_text(json.dumps({name: how}))
    environment = {**os.environ, "PLAINSITE_INSTANCE": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "plainsite", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    said = run("doctor")
    assert said.returncode != 0
    assert f"{tmp_path}/databases.json says so: mend it there, or `plainsite detach " in said.stderr
    assert run("detach", name).returncode == 0
    assert json.loads((tmp_path / "databases.json").read_text()) == {}


def test_the_sites_own_file_is_known_by_any_name(tmp_path: Path) -> None:
    app = create_app(instance=tmp_path)
    migrations.upgrade(app.extensions["plainsite"].engine)
    (tmp_path / "hard.sqlite").hardlink_to(tmp_path / "plainsite.sqlite")
    for address in (f"file:{tmp_path}/plainsite.sqlite?uri=true", f"{tmp_path}/hard.sqlite"):
        with pytest.raises(SettingsError, match="twice is the site's own database"):
            attached.attach_to(app, "twice", f"sqlite:///{address}", writable=True)
        assert not attached.attach_to(app, "twice", f"sqlite:///{address}").writable


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({5: "sqlite:///a.db"}, "a database is called by a text, which 5 is not"),
        ({"Shop": "sqlite:///a.db", "shop": "sqlite:///b.db"}, "two are called shop"),
    ],
)
def test_databases_that_cannot_be_told_apart_are_refused(tmp_path: Path, named, says) -> None:
    with pytest.raises(SettingsError, match=says):
        create_app({"DATABASES": named}, instance=tmp_path)
    with pytest.raises(SettingsError, match="Two databases are called Shop: give one of them another name"):
        list(attached.named(("shop=sqlite:///a.db", "Shop=sqlite:///b.db")))


def run_until_it_answers(folder: Path, *words: str) -> tuple[list[str], str]:
    """Start the site; give what it says up to its address, and then stop it; or else what it complains of."""
    command = [sys.executable, "-m", "plainsite", "run", "--port", "0", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stderr
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "answers on" in line:
                break
        process.terminate()
        return lines, process.stderr.read()


def test_a_database_that_is_remembered_is_made_writable_for_one_run(tmp_path: Path) -> None:
    app = create_app({"DATABASES": {"Shop": "sqlite:///shop.db"}}, instance=tmp_path)
    assert not attached.databases(app)["shop"].writable
    attached.make_writable(app, "SHOP")
    assert attached.databases(app)["shop"].writable
    with pytest.raises(SettingsError, match="--writable other: no database of this name is attached"):
        attached.make_writable(app, "other")


def test_a_run_says_which_database_cannot_be_made_writable(tmp_path: Path) -> None:
    shutil.copyfile(CHINOOK, tmp_path / "shop.db")
    lines, complaint = run_until_it_answers(tmp_path, "--attach", "Shop=sqlite:///shop.db", "--writable", "shop")
    assert (len(lines), complaint) == (2, "")
    lines, complaint = run_until_it_answers(tmp_path, "--writable", "site")
    assert (lines, complaint) == ([], "Error: --writable site: no database of this name is attached.\n")


@pytest.mark.parametrize("name", ["site", "SITE"])
def test_no_other_database_takes_the_name_of_the_sites_own(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="site is what the site's own database is called: take another name"):
        create_app({"DATABASES": {name: "sqlite:///shop.db"}}, instance=tmp_path)
