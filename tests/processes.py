"""Real processes for tests: one app server and one Chromium for the whole run, a worker where a test asks for one.

    def test_it(app: App, browser_page: Page) -> None:   # the shared server, its store emptied for this test
        browser_page.goto(app.url)

    at_rest(browser_page).get_by_role("button", name="Save").click()   # not while the page is still being drawn

`app` also points this process's own store at the server's data folder: write rows with core's commands, then look.
`worker` starts worker.py on it. `start_app` and `start_worker` start further ones with other settings.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

from core import jobs, store
from core.config import ROOT, settings
from core.people import local_actor
from core.store.base import Base

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000
"""Milliseconds that a browser test waits for what must come: a slow machine takes its time, a quick one waits less."""
REST = 150
LOOPBACK = ("127.0.0.1", "localhost", "")
UNSET = ("NOTION_TOKEN", "NOTION_PARENT_PAGE", "DATABASE_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "TIMBRE_MODEL_PATH")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a process of ours is started with: nothing configured but what is asked for."""
    return {
        **os.environ,
        **dict.fromkeys(UNSET, ""),
        "TIMBRE_LLM": "embedded",
        "TIMBRE_DATA": str(data),
        "OLLAMA_HOST": "http://127.0.0.1:9",  # nobody listens there: a test never finds this machine's own
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        **more,
    }


@dataclass
class App:
    """A running `streamlit run Home.py`."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        _end(self.process)


@dataclass
class Worker:
    """A running `python worker.py`."""

    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    env: dict[str, str] = field(default_factory=dict)

    def kill(self) -> None:
        """As a power cut would: kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        _end(self.process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _spawn(command: list[str], data: Path, log: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    data.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(command, cwd=ROOT, env=environment(data, **env), stdout=out, stderr=subprocess.STDOUT)


def run_app(data: Path, **env: str) -> App:
    """Start the app on this data folder and wait until it answers."""
    port, log = free_port(), data.parent / f"{data.name}-app.log"
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.port", str(port)]
    app = App(f"http://127.0.0.1:{port}", data, _spawn(command, data, log, env), log)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and app.process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{app.url}/_stcore/health", timeout=2):
            return app
        time.sleep(0.2)
    app.stop()
    raise AssertionError(f"the app did not start:\n{log.read_text()[-4000:]}")


def run_worker(data: Path, **env: str) -> Worker:
    """Start a worker on this data folder and wait for its first heartbeat (its store must be this process's too)."""
    log = data.parent / f"{data.name}-worker.log"
    worker = Worker(data, _spawn([sys.executable, "worker.py"], data, log, env), log, env)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and worker.process.poll() is None:
        if settings().timbre_data == data and jobs.worker_alive(within=5):
            return worker
        time.sleep(0.2)
    worker.stop()
    raise AssertionError(f"the worker did not start:\n{log.read_text()[-4000:]}")


def empty_store() -> None:
    """Take every row out of the store that this process uses, and what is derived from it."""
    with store.writing(local_actor()) as tx:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in ("workspace", "alembic_version"):
                tx.session.execute(table.delete())
    shutil.rmtree(settings().timbre_data / "lance", ignore_errors=True)
    for leftover in settings().timbre_data.glob("jobs.db*"):
        leftover.unlink()


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The one server of this test run. Tests take `app` or `app_url`."""
    app = run_app(tmp_path_factory.mktemp("app") / "data")
    yield app
    app.stop()


@pytest.fixture
def app(shared_app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The shared server with an empty store, which is this process's store too."""
    for name in UNSET:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TIMBRE_LLM", "embedded")
    monkeypatch.setenv("TIMBRE_DATA", str(shared_app.data))
    settings.cache_clear()
    store.migrate()
    empty_store()
    yield shared_app
    store.dispose()
    settings.cache_clear()


@pytest.fixture
def app_url(app: App) -> str:
    """Where the shared server answers."""
    return app.url


@pytest.fixture
def worker(app: App) -> Iterator[Worker]:
    """A real worker beside the shared server; ended after the test."""
    process = run_worker(app.data)
    yield process
    process.stop()


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[Callable[..., App]]:
    """`start_app(data, NOTION_TOKEN=..., ...)`: another server; ended after the test."""
    started: list[App] = []

    def start(data: Path | None = None, **env: str) -> App:
        started.append(run_app(data or tmp_path / "data", **env))
        return started[-1]

    yield start
    for app in started:
        app.stop()


@pytest.fixture
def start_worker() -> Iterator[Callable[..., Worker]]:
    """`start_worker(data, ...)`: a further worker, for example after a kill; ended after the test."""
    started: list[Worker] = []

    def start(data: Path, **env: str) -> Worker:
        started.append(run_worker(data, **env))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of this test run."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs Debian's Chromium at {CHROMIUM}: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`new_page(width=390, dark=True)`: a page of its own. A request to anywhere but this machine fails the test."""
    outside: list[str] = []
    contexts = []

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and (parts.hostname or "") not in LOOPBACK:
            outside.append(request.url)

    def make(width: int = 1280, height: int = 900, dark: bool = False, **more: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", **more
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", watch)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not outside, f"requests left this machine: {sorted(set(outside))}"


@pytest.fixture
def browser_page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 x 900 in the light theme."""
    return new_page()


def key_of(chart: Locator) -> str:
    """The class that carries a chart's Streamlit key: it is another one once the page has drawn it anew."""
    find = "el => [...el.closest('[class*=\"st-key-\"]').classList].find(name => name.startsWith('st-key-'))"
    return str(chart.evaluate(find))


def at_rest(page: Page) -> Page:
    """The page once the app has had nothing under way for a moment: what is being drawn still moves under a click.

    Our own style is there too: on a busy machine the browser has it a second or more after the page (it sets the
    body's color-scheme). Where a test is about a click in the very moment that something appears, it does without.
    """
    page.evaluate("delete window.timbreRest")
    page.wait_for_function(
        """rest => {
            const app = document.querySelector('[data-testid=stApp]');
            const still = app?.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
                && getComputedStyle(document.body).colorScheme !== 'normal';
            window.timbreRest = still ? window.timbreRest ?? performance.now() : undefined;
            return still && performance.now() - window.timbreRest >= rest;
        }""",
        arg=REST,
    )
    return page


def until(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Wait for what no page shows: a row, an answer of the worker."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.1)


def drawn_anew(page: Page, key: str) -> None:
    """Wait until the chart of that key has given way to its successor, and the page has come to rest."""
    expect(page.locator(f".{key}")).to_have_count(0)
    at_rest(page)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop in the main thread, which others would stumble over.

    With several processes (`pytest -n`) the tests of a file stay together, so that what they share is made once; those
    with a browser are a group of their own, as they come last in every process, each with its own server and browser.
    """
    items.sort(key=_in_browser)
    for item in items:
        if hasattr(item.config, "workerinput"):
            name = f"{item.path.parent.name}/{item.path.stem}" + (" in a browser" if _in_browser(item) else "")
            item.add_marker(pytest.mark.xdist_group(name))


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
