"""The laws of the house. Each fails with the reason for it: a law is to be understood, or else moved."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from flask import Flask

from plainsite.settings.sources import ADDRESSES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "site" / "plainsite"
MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
TEMPLATES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "templates").rglob("*.*"))}

LONGEST_MODULE = 200
LONGEST_FUNCTION = 50
# Longer ones, each with its reason; the number may only go down.
LONG_MODULES: dict[str, int] = {}


def test_arrows_only_point_down():
    # In a process of its own: it would switch off the loggers of this one.
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    done = subprocess.run(lint, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_services_run_where_there_is_no_flask():
    code = """
import pkgutil, sys
FLASK = {"flask", "flask_wtf", "werkzeug", "wtforms", "jinja2"}
import plainsite.services, plainsite.migrations, plainsite.databases
for module in pkgutil.iter_modules(plainsite.services.__path__, "plainsite.services."):
    __import__(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules} & FLASK))
"""
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert found == [], f"a service is used from a plain shell with a Session; it drew in {found}"


def test_only_transactions_commit_or_roll_back():
    said = [
        f"{name}:{call.lineno} .{call.func.attr}()"
        for name, call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
        if name not in {"transactions.py", "reading.py"}  # the latter ends what was only read
    ]
    assert said == [], "one service call is one transaction, and @transaction ends it: it alone can run it again"


def test_a_transaction_never_calls_another():
    decorated = {
        name: {function.name for function in functions(tree) if "transaction" in decorators(function)}
        for name, tree in TREES.items()
        if name.startswith("services/")
    }
    assert any(decorated.values())
    said = [
        f"{name}:{call.lineno} {ast.unparse(call.func)}() in {function.name}()"
        for name in decorated
        for function in functions(TREES[name])
        if function.name in decorated[name]
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and is_one_of(call.func, name, decorated)
    ]
    assert said == [], "the inner one would commit half of the outer; what two services share is undecorated"


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "templates/macros/forms.html"])
def test_only_the_macros_of_forms_write_controls(name):
    written = re.findall(r"<(?:input|select|textarea|button)\b", markup(name))
    assert written == [], "one file draws every control, so that label, hint, error and token are never forgotten"


def test_the_code_writes_no_controls():
    written = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if not name.startswith("testing/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and re.search(r"<(input|select|textarea|button)\b", str(node.value))
    ]
    assert written == [], "templates/macros/forms.html draws every control"


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_in_a_template_is_inline(name):
    inline = re.findall(r"<style\b|<script\b(?![^>]*\bsrc=)|<[^>]*\s(?:style|on[a-z]+)\s*=|javascript:", markup(name))
    assert inline == [], "the policy of the site forbids inline script and style: browsers would ignore this"


def test_the_source_root_is_no_package():
    assert not (ROOT / "site" / "__init__.py").exists(), "Python has a module called site, and starts with it"


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_short(name):
    longest = LONG_MODULES.get(name, LONGEST_MODULE)
    length = len(MODULES[name].read_text().splitlines())
    assert length <= longest, f"{name} does too much at {length} lines: what in it is a thing of its own?"


# A migration is one list of changes, read once from top to bottom.
@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("migrations/versions/")])
def test_functions_are_short(name):
    long = {
        function.name: length
        for function in functions(TREES[name])
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}, "a function is read at one glance"


def test_modules_that_may_be_long_are_long():
    spare = {name for name, allowed in LONG_MODULES.items() if len(MODULES[name].read_text().splitlines()) < allowed}
    assert spare == set(), "an exception may only become smaller"


def test_the_project_names_no_registry_and_no_folder_of_one_machine():
    # Put together here, so that this file does not name them either.
    words = ["py" + "pi.", "python" + "hosted", "npm" + "js.", "/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"]
    names = re.compile("|".join(map(re.escape, words)).encode())
    said = {str(path.relative_to(ROOT)): found for path in files() if (found := names.findall(path.read_bytes()))}
    assert said == {}, "a clone must not depend on where somebody else got things from, or kept them"


def test_the_file_of_settings_is_loaded_and_never_imported():
    sources = TREES | {str(path): ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    said = [
        f"{name}:{node.lineno}"
        for name, tree in sources.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and {alias.name for alias in node.names} & {"config", "plainsite.config"})
        or (isinstance(node, ast.ImportFrom) and node.module in {"config", "plainsite.config"})
        or (isinstance(node, ast.ImportFrom) and node.module == "plainsite" and "config" in map(name_of, node.names))
    ]
    assert said == [], "an imported setting is the default, whatever the instance and the environment say"


def test_every_setting_is_used():
    said = {node.value for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    unused = settings_there_are() - said - set(Flask.default_config) - FLASK_WTF
    assert unused == set(), "a setting that changes nothing is a promise not kept"


def test_no_setting_is_read_that_does_not_exist():
    known = settings_there_are() | set(Flask.default_config) | FLASK_WTF | {"INSTANCE", "DATABASE_URL_FROM"}
    code = {(name, key) for name, tree in TREES.items() for node in ast.walk(tree) for key in setting_read(node)}
    shown = {(name, key) for name, text in TEMPLATES.items() for key in re.findall(r"\bconfig[.\[\"']+([A-Z_]+)", text)}
    assert code
    assert {(name, key) for name, key in code | shown if key not in known} == set(), "config.py holds every setting"


def test_the_guides_name_only_settings_there_are():
    guides = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    said = {(path.name, name) for path in guides for name in re.findall(r"PLAINSITE_([A-Z_]+)", path.read_text())}
    known = settings_there_are() | set(ADDRESSES) | {"INSTANCE", "NAME"}
    assert {(path, name) for path, name in said if name.partition("__")[0].rstrip("_") not in known} == set()


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_locked_package_has_its_hashes_and_no_address(name):
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line and not line.strip().startswith("#")]
    assert len(packages) > 20
    assert [line for line in packages if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_what_the_site_needs_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [re.match("[a-z0-9-]+", line)[0] for line in project["dependencies"]]
    locked = re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements" / "run.txt").read_text(), re.MULTILINE)
    assert len(needed) > 5
    assert set(needed) <= set(locked), "run `make lock` after a change of the dependencies"


FLASK_WTF = {"WTF_CSRF_TIME_LIMIT"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    return ((name, node) for name, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.Call))


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def decorators(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(one).partition("(")[0] for one in function.decorator_list}


def is_one_of(called: ast.expr, name: str, decorated: dict[str, set[str]]) -> bool:
    """Tell whether a call in the module `name` goes to a decorated function of it, or of a sister of it."""
    if isinstance(called, ast.Name):
        return called.id in decorated[name]
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return called.attr in decorated.get(f"services/{called.value.id}.py", ())
    return False


def markup(name: str) -> str:
    """Give a template's own HTML, without what Jinja does between."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", TEMPLATES[name], flags=re.DOTALL)


def files() -> Iterator[Path]:
    """Give every file of the project: what .gitignore names is not of it."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()] + [".git"]
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not any(fnmatch(part, pattern) for part in parts for pattern in ignored):
            yield path


def name_of(alias: ast.alias) -> str:
    return alias.name


def settings_there_are() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)(?=:| =)", (ROOT / "config.py").read_text(), re.MULTILINE))


def setting_read(node: ast.AST) -> Iterator[str]:
    """Give the name of the setting that `config["NAME"]` or `config.get("NAME")` reads."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        place, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        place, key = node.func.value, node.args[0]
    else:
        return
    if (
        re.search(r"(config|settings)$", ast.unparse(place))
        and isinstance(key, ast.Constant)
        and str(key.value).isupper()
    ):
        yield str(key.value)
