"""The plugin of pytest in somebody else's project, each run in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

WITHOUT_LXML = """
import sys

sys.modules["lxml"] = None  # as if it were not installed
import pytest

sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., str]:
    """Give a function that runs pytest on these files in a folder of their own, and tells what it said."""

    def run(files: dict[str, str], *options: str, code: str | None = None, succeeds: bool = True) -> str:
        for name, source in files.items():
            (tmp_path / name).write_text(source, encoding="utf-8")
        start = ["-c", code] if code else ["-m", "pytest"]
        done = subprocess.run(
            [sys.executable, *start, "-q", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={name: each for name, each in os.environ.items() if not name.startswith(("PYTEST_", "PLAINSITE_"))},
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is succeeds, done.stdout + done.stderr
        return done.stdout

    return run


def test_where_there_is_no_lxml_other_tests_run_all_the_same(project):
    own = {"test_own.py": "def test_own(): pass\ndef test_page(browser): pass\n"}
    said = project(own, code=WITHOUT_LXML, succeeds=False)
    assert "1 passed, 1 error" in said
    assert 'pip install "plainsite[testing]"' in said
