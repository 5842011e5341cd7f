"""What the first page does not need is not brought along when the site starts."""

import subprocess
import sys
from pathlib import Path

START = """
import gc, sys
{first}
from plainsite import create_app
app = create_app(instance={folder!r})
{then}
"""
# Each takes a fiftieth of the whole start, or more.
OTHERS = (
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.mysql",
    "limits",
    "alembic",
    "email_validator",
    "plainsite.cli.command",
)


def started(folder: Path, then: str, *, first: str = "") -> list[str]:
    """Start the site in a process of its own, run some code, and give the words that it prints."""
    code = START.format(folder=str(folder), then=then, first=first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_site_on_sqlite_starts_without_other_engines_and_what_few_pages_use(tmp_path: Path) -> None:
    found = started(tmp_path, f"print(*set(sys.modules) & set({OTHERS!r}))")
    assert found == [], "name it where it is used, or by its name"


def test_garbage_is_found_as_ever_also_what_was_there_before_the_start(tmp_path: Path) -> None:
    found = started(
        tmp_path,
        "del mine; gc.collect()\n"
        "print(gc.get_freeze_count(), gc.isenabled(), any(type(each) is Mine for each in gc.get_objects()))",
        first="class Mine(list): pass\nmine = Mine(); mine.append(mine)",
    )
    assert found == ["0", "True", "False"]


def test_what_somebody_has_frozen_stays_frozen(tmp_path: Path) -> None:
    (frozen,) = started(tmp_path, "print(gc.get_freeze_count())", first="gc.freeze()")
    assert int(frozen) > 1_000


def test_the_command_never_looks_for_garbage_in_what_it_has_imported() -> None:
    code = """
import gc, runpy, sys
sys.argv = ["plainsite", "--version"]
try:
    runpy.run_module("plainsite", run_name="__main__")
except SystemExit:
    print(gc.get_freeze_count())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout.split()[-1]) > 50_000


def test_a_program_that_collects_no_garbage_goes_on_so(tmp_path: Path) -> None:
    assert started(tmp_path, "print(gc.isenabled())", first="gc.disable()") == ["False"]
