"""The wheel, installed alone in an empty environment, is the whole site."""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 30  # seconds for the first start: it makes its database before it answers


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """Give the programs of an environment that has the wheel, the packages it needs and nothing of this checkout.

    Those packages are not installed again but found where this test's own are: a line of a .pth file leads to them,
    and the .pth files that stand there, the checkout's among them, are not read.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    python = str(programs / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


@pytest.fixture
def address(environment, tmp_path):
    """Start the site in an empty folder, as somebody does who has just installed it."""
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [environment / "plainsite", "run"],
            cwd=tmp_path,
            env=bare_environment() | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield wait_for(process, f"http://127.0.0.1:{port}", tmp_path / "log")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_the_wheel_carries_the_site_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"plainsite"}
    for needed in ("config.py", "py.typed", "templates/base.html", "static/site.css"):
        assert f"plainsite/{needed}" in names
    assert [name for name in names if name.startswith("plainsite/migrations/versions/0001")]
    assert [name for name in names if re.search(r"tests|instance|__pycache__|\.sqlite", name)] == []


def test_everything_comes_from_the_wheel(environment, tmp_path):
    code = """
import sys
from plainsite import app, migrations, settings
site = app.create_app(instance="instance")
found = [app.__file__, migrations.__file__, settings.shipped("config.py"), site.template_folder, site.static_folder]
print(*found, *sys.path, sep="\\n")
"""
    lines = run(environment / "python", "-c", code, cwd=tmp_path).splitlines()
    assert [path for path in lines[:5] if not Path(path).is_relative_to(environment.parent)] == []
    assert [path for path in lines if Path(path) == ROOT / "site"] == []


def test_a_stranger_installs_it_starts_it_and_gets_a_page(address, tmp_path):
    status, page = get(address + "/messages/")
    assert status == 200
    assert "<h1" in page
    style = re.search(r'<link[^>]*href="(/[^"]*\.css[^"]*)"', page)
    assert style
    assert get(address + style[1])[0] == 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instance", "log"]
    assert (tmp_path / "instance" / "plainsite.sqlite").exists()


def run(*command, cwd=None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=bare_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bare_environment() -> dict[str, str]:
    """Give this process's environment without what would lead Python or the site elsewhere."""
    names = re.compile("PYTHON|PLAINSITE_|DATABASE_URL|SQLALCHEMY_|HOST$|COV")
    return {name: value for name, value in os.environ.items() if not names.match(name)}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(process, address, log) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            get(address + "/messages/")
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return address
    pytest.fail(f"the site did not start:\n{log.read_text()}")


def get(address) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.status, answer.read().decode()
