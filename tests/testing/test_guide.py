"""The examples of the guide run, in its order, each seeing what came before it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "testing.md"
BLOCK = re.compile(r"^```python(?: (site|conftest|notes))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(*, of_site: bool) -> dict[str, Callable[..., None]]:
    source, names = GUIDE.read_text(encoding="utf-8"), {"__name__": "guide"}
    for block in BLOCK.finditer(source):
        if block[1] == ("site" if of_site else None):
            line = source.count("\n", 0, block.start(2))
            exec(compile("\n" * line + block[2], str(GUIDE), "exec"), names)  # it is our own page
    return {name: each for name, each in names.items() if name.startswith("test_")}  # type: ignore[misc]


PLAIN = examples(of_site=False)
OF_SITE = examples(of_site=True)


@pytest.mark.parametrize("example", PLAIN.values(), ids=PLAIN)
def test_an_example_runs(example: Callable[[], None]):
    example()


@pytest.mark.parametrize("example", OF_SITE.values(), ids=OF_SITE)
def test_an_example_of_the_plugin_runs(example: Callable[[Any], None], browser):
    example(browser)


def test_no_example_is_overlooked():
    source = GUIDE.read_text(encoding="utf-8")
    assert source.count("```") == 2 * len(BLOCK.findall(source))
    assert len(re.findall(r"^def test_", source, re.MULTILINE)) == len(PLAIN) + len(OF_SITE)
