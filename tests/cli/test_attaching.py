"""Attaching by a command: an address means what whoever types it means."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
