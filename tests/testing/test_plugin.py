"""The plugin of pytest in somebody else's project, each run in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "testing.md"

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


OF_OWN_SITE = """
import notes
import pytest
from sqlalchemy import func, select


def count(session):
    return session.scalar(select(func.count()).select_from(notes.Note))


@pytest.mark.parametrize("round", range(4))
def test_what_is_committed_is_gone_with_its_test(browser, session, round):
    assert count(session) == 0
    session.add(notes.Note(title="Ada"))
    session.commit()
    assert browser.open("/notes/").json == ["Ada"]


@pytest.mark.xfail(strict=True, raises=ZeroDivisionError)
def test_a_test_that_ends_half_way(app, session):
    session.add(notes.Note(title="Ada"))
    session.flush()
    app.kept = app.extensions["plainsite"].engine.connect()
    app.kept.execute(select(notes.Note.id))
    app.config["SITE_NAME"] = "Other"
    1 / 0


def test_the_test_after_it(app, client, runner, session):
    assert count(session) == 0
    assert app.config["SITE_NAME"] == "plainsite"
    assert client.get("/notes/").json == []
    assert "Ada" in runner.invoke(args=["user", "add", "Ada", "ada@example.org"]).output


def test_another_site(make_app):
    site = make_app(SITE_NAME="Other")
    assert site.test_client().get("/notes/").json == []
"""


def test_a_site_of_one_s_own_is_fresh_for_each_test(project):
    blocks = re.findall(r"^```python (conftest|notes)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = {f"{name}.py": source for name, source in blocks} | {"test_own.py": OF_OWN_SITE}
    assert "6 passed, 1 xfailed" in project(files, "-W", "error")


def test_an_app_that_is_not_plainsite_s_has_client_runner_and_browser(project):
    own = """
import flask, pytest

@pytest.fixture
def app():
    app = flask.Flask(__name__)
    app.add_url_rule("/", "page", lambda: {"own": True})
    return app

def test_own(client, runner, browser):
    assert client.get("/").json == browser.open("/").json == {"own": True}
    assert runner.invoke(args=["none"]).exit_code == 2
"""
    assert "1 passed" in project({"test_own.py": own}, "-W", "error")


def test_the_plugin_can_be_left_out(project):
    own = """
from plainsite.testing import Browser

def test_none(request):
    assert request.session._fixturemanager.getfixturedefs("browser", request.node) is None
    assert Browser.__name__ == "Browser"
"""
    assert "1 passed" in project({"test_own.py": own}, "-p", "no:plainsite")
