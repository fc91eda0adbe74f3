"""Pictures with a real worker process: killed in the middle, the next one goes on and asks for nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import ROOT
from core.images import pictures, provider
from core.images.pictures_memory import run_folder
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.store import Actor
from tests.core.images import painter

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


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.05)


def test_killed_while_the_second_of_three_is_made(
    data: Path, two_authors: dict[str, str], actor: Actor, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    painter.order(wait=1)
    run_id = pictures.ask(two_authors["Ada"], None, Wish("painter", n=3, seed=7), Prompt("A door."), actor)
    first = start()
    until(lambda: len(pictures.run(run_id).images) == 1, "the first picture has its place")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert pictures.run(run_id).live
    (data / "go").touch()
    second = start()
    until(lambda: not pictures.run(run_id).live, "the run has ended")
    view = pictures.run(run_id)
    assert (view.run.status, [image.number for image in view.images]) == ("done", [1, 2, 3])
    assert painter.asked() == ["0 7", "1 8", "2 9"], "each was asked for once"
    assert not run_folder(run_id).exists()
    second.terminate()
    assert second.wait(timeout=20) == 0
