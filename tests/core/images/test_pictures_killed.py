"""Pictures with a real worker process: a service waits for no local run; killed, the next one asks for nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import jobs
from core.config import ROOT
from core.images import pictures, pictures_over, provider
from core.images.pictures_memory import run_folder
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.store import Actor
from tests.core.images import fake_stability, painter
from tests.core.images.loopback import Reply

pytestmark = pytest.mark.slow
WORKER = str(Path(__file__).parent / "picture_worker.py")


@pytest.fixture
def start(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    monkeypatch.setitem(provider.PROVIDERS, "painter", painter.__name__)
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        running.append(
            subprocess.Popen([sys.executable, WORKER], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        )
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[fake_stability.FakeStability]:
    with fake_stability.serving(monkeypatch) as fake:
        yield fake


def until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.05)


def test_a_service_works_beside_a_slow_machine_and_a_kill_costs_nothing_twice(
    data: Path, two_authors: dict[str, str], actor: Actor, start: Callable[[], subprocess.Popen[bytes]],
    service: fake_stability.FakeStability,
) -> None:  # fmt: skip
    author = two_authors["Ada"]
    painter.order(wait=1)
    here = pictures.ask(author, None, Wish("painter", n=3, seed=7), Prompt("A door."), actor)
    first = start()
    until(lambda: len(pictures.run(here).images) == 1, "the first picture has its place")
    there = pictures.ask(author, None, Wish("stability", n=1, seed=1), Prompt("A window."), actor)
    until(lambda: not pictures.run(there).live, "the service's run has ended")
    assert pictures.run(there).run.status == "done" and pictures.run(here).live, "it waited for no local run"
    service.turn = lambda _: Reply(wait=threading.Event())
    lost = pictures.ask(author, None, Wish("stability", n=1, seed=2), Prompt("A roof."), actor)
    until(lambda: len(service.forms) == 2, "the service has the next request")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert pictures.run(here).live and pictures.run(lost).live
    (data / "go").touch()
    second = start()
    until(lambda: not pictures.run(here).live and not pictures.run(lost).live, "both have ended")
    view = pictures.run(here)
    assert (view.run.status, [image.number for image in view.images]) == ("done", [1, 2, 3])
    assert painter.asked() == ["0 7", "1 8", "2 9"], "each was asked for once"
    assert not run_folder(here).exists()
    unseen = pictures.run(lost).run
    assert unseen.status == "failed" and "is not known" in unseen.message and len(service.forms) == 2
    service.turn = lambda _: None
    further = pictures_over.repeat(lost, actor)
    until(lambda: not pictures.run(further).live, "it was made anew, as a person decided")
    assert len(pictures.run(further).images) == 1 and jobs.get(lost).status == "cancelled"
    second.terminate()
    assert second.wait(timeout=20) == 0
