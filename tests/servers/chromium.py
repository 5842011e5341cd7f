"""The one Chromium of a test worker: Playwright's own loop runs in a worker once, so whoever needs it shares it."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--disable-quic"),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Start the Chromium of this machine, once."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    program = shutil.which("chromium")
    if program is None:
        missing = "There is no Chromium here. On Debian and Ubuntu: apt install chromium"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
