"""Templates that were compiled are kept in the instance folder: a site that starts once more compiles none."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from plainsite import create_app
from plainsite.views.compiled import FOLDER, Compiled


@pytest.fixture
def compilations(monkeypatch) -> list[None]:
    """Count what is compiled from now on."""
    count: list[None] = []
    generate = Environment._generate  # noqa: SLF001

    def counting(*given: Any, **more: Any) -> Any:
        count.append(None)
        return generate(*given, **more)

    monkeypatch.setattr(Environment, "_generate", counting)
    return count


def shown(instance: Path, source: str = "one") -> str:
    """Show a page of a site that has just been started."""
    return (
        Environment(loader=DictLoader({"page": source}), bytecode_cache=Compiled(instance))
        .get_template("page")
        .render()
    )


def test_a_site_that_starts_again_compiles_nothing(tmp_path: Path, compilations: list[None]) -> None:
    def opened() -> bytes:
        site = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite"}, instance=tmp_path)
        return site.test_client().get("/account/sign-in").data.partition(b"<form")[0]

    first, compiled = opened(), len(compilations)
    assert compiled > 1
    assert opened() == first
    assert len(compilations) == compiled


def test_a_template_that_is_another_now_is_compiled_anew(tmp_path: Path, compilations: list[None]) -> None:
    assert [shown(tmp_path), shown(tmp_path, "two"), shown(tmp_path, "two")] == ["one", "two", "two"]
    assert len(compilations) == 2


@pytest.mark.parametrize("kept", [0, 5, 20, 60, 150])
def test_what_was_not_kept_whole_is_compiled_anew(tmp_path: Path, compilations: list[None], kept: int) -> None:
    shown(tmp_path)
    (file,) = (tmp_path / FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:kept])
    assert [shown(tmp_path), shown(tmp_path)] == ["one", "one"]
    assert len(compilations) == 2


def test_a_file_of_nonsense_is_compiled_over(tmp_path: Path) -> None:
    shown(tmp_path)
    (file,) = (tmp_path / FOLDER).iterdir()
    start = file.read_bytes()[:10]
    for nonsense in (b"", start + b"\x80\x05garbage", start + b"cnowhere\nnothing\n."):
        file.write_bytes(nonsense)
        assert shown(tmp_path) == "one"


def test_where_nothing_can_be_kept_pages_are_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    assert shown(tmp_path) == "one"
    assert shown(tmp_path / "not there") == "one"
    assert not (tmp_path / "not there").exists()


def test_nobody_else_may_put_something_there(tmp_path: Path) -> None:
    shown(tmp_path)
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700
