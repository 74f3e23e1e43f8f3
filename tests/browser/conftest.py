"""Debian's chromium, driven against the running system; screenshots are kept in var/screenshots."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running import ROOT, RunningSystem

SCREENSHOTS = ROOT / "var" / "screenshots"
# As long as a click waits: the five seconds that are usual are too few on a busy machine.
expect.set_options(timeout=30_000)
ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("chromium must be here in CI")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    running = RunningSystem(tmp_path_factory.mktemp("browser"), borrowers=30)
    running.start()
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(browser: Browser, system: RunningSystem) -> Iterator[Page]:
    """A phone's page that fails the test if its scripts do."""
    context = browser.new_context(
        base_url=system.url, viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="zh-CN"
    )
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    yield opened
    context.close()
    assert not broken


def log_in(page: Page, to: str = "/console") -> None:
    """Into the console as the demonstration's agent, to the page that is wanted."""
    page.goto(to)
    page.get_by_label("账号").fill("demo")
    page.get_by_label("密码").fill("console-password-of-the-tests")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: urlsplit(url).path == to)


def keep(page: Page, name: str) -> Path:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
