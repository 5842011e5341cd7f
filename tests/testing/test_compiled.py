"""Templates are compiled once for all sites of a run of tests, and anew when they are other ones."""

from typing import Any

from jinja2 import DictLoader, Environment

from plainsite.testing.sites import Compiled


def test_a_template_is_compiled_once_for_all_and_again_when_its_source_is_another(monkeypatch) -> None:
    compiled, pages, count = Compiled(), {"page": "one"}, []
    generate = Environment._generate  # noqa: SLF001

    def counting(*given: Any, **more: Any) -> Any:
        count.append(1)
        return generate(*given, **more)

    def shown() -> str:
        return Environment(loader=DictLoader(pages), bytecode_cache=compiled).get_template("page").render()

    monkeypatch.setattr(Environment, "_generate", counting)
    assert [shown(), shown(), len(count)] == ["one", "one", 1]
    pages["page"] = "two"
    assert [shown(), shown(), len(count)] == ["two", "two", 2]
    pages["page"] = "one"
    assert [shown(), len(count)] == ["one", 2]
