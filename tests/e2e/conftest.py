"""A real browser against a real server, both on loopback.

Skipped where no Chromium is there, unless ``AIMS_NEED_BROWSER`` says that there must be one.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from engine.settings import Settings
from engine.workspace import Workspace

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def chromium(found: str | None) -> str:
    """``found``, the path of a Chromium; without one the test fails or is skipped."""
    if found is None:
        told = "no Chromium on this machine; .ci/run installs it"
        if os.environ.get("AIMS_NEED_BROWSER"):
            pytest.fail(f"{told}, and AIMS_NEED_BROWSER is set")
        pytest.skip(told)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, headless."""
    path = chromium(CHROMIUM)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@contextmanager
def served(root: Path, settings: Settings | None = None) -> Iterator[str]:
    """The address of a server over the workspace ``root``."""
    with Workspace.open(root, face="server") as workspace:
        config = uvicorn.Config(
            create_app(workspace, settings or Settings()), port=0, log_level="warning"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def clean_site(tmp_path_factory: pytest.TempPathFactory, example_root: Path) -> Iterator[str]:
    """The clean example, served."""
    root = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(example_root, root)
    with served(root) as address:
        yield address


@pytest.fixture(scope="session")
def faulty_site(tmp_path_factory: pytest.TempPathFactory, faulty_root: Path) -> Iterator[str]:
    """The example with its planted faults, served."""
    root = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(faulty_root, root)
    with served(root) as address:
        yield address


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """``open_page(address, width)``: a page whose console and errors must stay silent."""
    told: list[str] = []
    context = browser.new_context()

    def opened(address: str, width: int = 1280) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("console", lambda message: told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.goto(address)
        return page

    yield opened
    context.close()
    assert told == [], "the console stays silent: no script error, no policy report"


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page that may be told of failing requests."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
