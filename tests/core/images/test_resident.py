"""The process that stays after making pictures: asked again it is the same one, and it gives way to all who need more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.config import ROOT
from core.errors import Cancelled
from core.images import diffusers_provider, diffusion_base, resident
from core.train import process, room
from tests.core.images import image_stand_in, loras

Ask = Callable[..., int]


@pytest.fixture
def tell(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """What the stand-in is told to do."""
    monkeypatch.setenv("PYTHONPATH", str(Path(image_stand_in.__file__).parent))
    monkeypatch.setattr(process, "EVERY", 0.02)
    monkeypatch.setattr(process, "LEAVING", 3.0)
    monkeypatch.setattr(diffusers_provider, "CHILD", "image_stand_in")

    def said(**what: Any) -> None:
        (data / "image_stand_in.json").write_text(json.dumps(what))

    said()
    yield said
    resident.let_go()


@pytest.fixture
def ask(tell: Callable[..., None], data: Path) -> Ask:
    """Have a picture made; the pid of the process that made it."""
    base = diffusion_base.of(loras.model(data / "a-model"))

    def asked(name: str, adapter: Path | None = None, stop: Callable[[], bool] = lambda: False) -> int:
        folder = data / name
        one = {"file": "0.png", "prompt": "a desk", "width": 64, "height": 64, "seed": 1, "scale": 1.0}
        diffusers_provider.run(folder, base, [one], adapter, lambda *_: None, stop)
        assert (folder / "0.png").is_file()
        return int((folder / "begun.txt").read_text().split()[-1])

    return asked


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.02)


def test_asked_again_it_is_the_same_process_until_another_model_is_wanted(ask: Ask, data: Path) -> None:
    first = ask("one")
    assert ask("two") == first and lives(first)
    assert resident.held("cpu") == psutil.Process(first).memory_info().rss > 0
    worn = ask("three", loras.lora(data / "lora.safetensors"))
    assert worn != first and not lives(first)
    os.utime(data / "a-model" / "unet" / "config.json", (1, 1))
    assert ask("four", data / "lora.safetensors") != worn, "its files are others now"
    assert not lives(worn)


def test_it_gives_way_to_a_training_and_to_the_end_of_the_worker(ask: Ask, data: Path) -> None:
    pid = ask("one")
    room.check(data, 0, None)
    assert not lives(pid) and resident.held("cpu") == 0
    pid = ask("two")
    process.follow(data, "this", ["-c", "is no module"], lambda: None)
    assert not lives(pid)
    pid = ask("three")
    process.SPARE[0]()
    assert not lives(pid)


def test_stopped_by_a_person_it_stays_and_a_failure_ends_it(
    ask: Ask, tell: Callable[..., None], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = ask("one")
    tell(hold_at="0.png")
    with pytest.raises(Cancelled):
        ask("two", stop=lambda: "holds" in progress(data / "two"))
    tell()
    assert ask("two") == pid
    tell(fail="No more paint.")
    with pytest.raises(Exception, match="No more paint"):
        ask("three")
    assert not lives(pid)
    tell(hold_at="0.png")

    def leaving() -> bool:
        if "holds" in progress(data / "four"):
            raise process.WorkerStops
        return False

    with pytest.raises(process.WorkerStops):
        ask("four", stop=leaving)
    assert not lives(int((data / "four" / "begun.txt").read_text()))


def test_one_that_went_while_it_waited_is_started_anew(ask: Ask) -> None:
    pid = ask("one")
    psutil.Process(pid).kill()
    until(lambda: not lives(pid), "it has ended")
    assert ask("two") != pid


def test_a_worker_that_is_killed_leaves_none_behind(tell: Callable[..., None], data: Path) -> None:
    """kill -9: the worker can end nothing any more, so its child has to see it."""
    folder = data / "run"
    folder.mkdir()
    one = {"file": "0.png", "seed": 1, "scale": 1.0, "width": 8, "height": 8}
    (folder / "ask.json").write_text(json.dumps({"pictures": [one]}))
    code = (
        "import sys, time; from pathlib import Path; from core.images import resident\n"
        "resident.follow('cpu', 'image_stand_in', 'a key', Path(sys.argv[1]), lambda: None); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT)
    until(lambda: '"done"' in progress(folder), "it has made the picture, and waits")
    pid = int((folder / "begun.txt").read_text())
    worker.kill()
    worker.wait()
    until(lambda: not lives(pid), "its child has ended")


def progress(folder: Path) -> str:
    path = folder / "progress.json"
    return path.read_text() if path.exists() else ""
