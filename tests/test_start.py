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
# Each takes a twentieth of the whole start, or more.
OTHERS = ("sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql", "limits", "alembic", "email_validator")


def started(folder: Path, then: str, *, first: str = "") -> list[str]:
    """Start the site in a process of its own, run some code, and give the words that it prints."""
    code = START.format(folder=str(folder), then=then, first=first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_site_on_sqlite_starts_without_other_engines_and_what_few_pages_use(tmp_path: Path) -> None:
    found = started(tmp_path, f"print(*set(sys.modules) & set({OTHERS!r}))")
    assert found == [], "name it where it is used, or by its name"


def test_what_was_imported_is_not_looked_through_for_garbage_and_what_comes_after_is(tmp_path: Path) -> None:
    frozen, enabled, left = started(
        tmp_path,
        "ring = []; ring.append(ring); mark = id(ring); del ring; gc.collect()\n"
        "print(gc.get_freeze_count(), gc.isenabled(), any(id(each) == mark for each in gc.get_objects()))",
    )
    assert int(frozen) > 50_000
    assert (enabled, left) == ("True", "False")


def test_a_program_that_collects_no_garbage_goes_on_so(tmp_path: Path) -> None:
    assert started(tmp_path, "print(gc.isenabled())", first="gc.disable()") == ["False"]
