"""`make` sets up what is missing, nothing twice, and again what does not fit any more."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVED = [".venv/bin/plainsite run"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a checkout that is set up, as far as `make` looks at it; its Python says where the package is."""
    folder = tmp_path / "a site"
    for name in ("Makefile", "pyproject.toml", "requirements/run.txt", "site/plainsite/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '{folder}/site/plainsite/__init__.py'\n")
    python.chmod(0o755)
    for name in (".made", ".run"):
        (folder / ".venv" / name).touch()
    return folder


def make(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `make` as somebody does who types it, not as this test's own `make` would."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    return subprocess.run(["make", *words], cwd=folder, env=known, capture_output=True, text=True, check=False)


def test_what_is_set_up_is_not_set_up_again(folder):
    assert make(folder, "-n", "run").stdout.splitlines() == SERVED


def test_an_environment_whose_folder_was_moved_is_made_anew(folder):
    moved = folder.rename(folder.with_name("moved"))
    assert "-m venv --clear .venv\n" in make(moved, "-n", "run").stdout


def test_an_environment_whose_folder_was_copied_is_made_anew_in_the_copy_only(folder):
    shutil.copytree(folder, copy := folder.with_name("copy"))
    assert "-m venv --clear .venv\n" in make(copy, "-n", "run").stdout
    assert make(folder, "-n", "run").stdout.splitlines() == SERVED


def test_an_environment_whose_python_is_gone_is_made_anew(folder):
    (folder / ".venv" / "bin" / "python").unlink()
    assert "-m venv --clear .venv\n" in make(folder, "-n", "run").stdout


def test_a_python_that_is_named_and_none_is_said_and_not_passed_over(folder):
    (folder / ".venv" / ".made").unlink()
    done = make(folder, ".venv/.made", "PYTHON=/no/python3")
    assert done.returncode == 2
    assert "plainsite needs Python 3.11 or newer, and /no/python3 is none.\n" in done.stderr
    assert not (folder / ".venv" / ".made").exists()
