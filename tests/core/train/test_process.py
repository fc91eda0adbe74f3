"""The training process under its worker: followed, stopped, its end explained; nothing is left behind, nothing runs twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.config import ROOT
from core.errors import Cancelled, StorageError, TimbreError, Unavailable
from core.train import process
from core.train.follow import history, progress, samples, thinned
from tests.core.train import stand_in

CHILD = "stand_in"


@pytest.fixture
def folder(data: Path) -> Path:
    made = data / "training" / "01RUN"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def told(data: Path) -> Callable[..., None]:
    def tell(**what: Any) -> None:
        (data / "stand_in.json").write_text(json.dumps(what))

    return tell


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(stand_in.__file__).parent))
    monkeypatch.setattr(process, "EVERY", 0.02)
    monkeypatch.setattr(process, "LEAVING", 3.0)


def nothing() -> None:
    pass


def test_a_training_is_followed_to_its_end(folder: Path, told: Callable[..., None]) -> None:
    told(steps=6)
    looks: list[int] = []
    (folder / "cancel").touch()  # left over from before
    assert process.follow(folder, CHILD, [], lambda: looks.append(1)) == 0
    assert looks
    assert progress(folder)["phase"] == "done"
    assert [row["step"] for row in history(folder)] == [1, 2, 3, 4, 5, 6]


def test_a_stopped_training_saves_and_goes_on_from_there(folder: Path, told: Callable[..., None]) -> None:
    told(steps=9, hold_at=8)

    def stop() -> None:
        if progress(folder).get("extra"):
            raise Cancelled("Stopped, as you asked.", "")

    with pytest.raises(Cancelled):
        process.follow(folder, CHILD, [], stop)
    assert progress(folder)["phase"] == "cancelled"
    assert stand_in.newest(folder) == 7
    told(steps=9)
    assert process.follow(folder, CHILD, [], nothing) == 0
    assert [row["step"] for row in history(folder)] == list(range(1, 10)), "the flag was gone, and no step done twice"


def test_one_that_does_not_listen_is_ended_all_the_same(
    folder: Path, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LEAVING", 0.2)
    told(steps=1, pause=60, deaf=True)

    def stop() -> None:
        if (folder / "begun.txt").exists():
            raise Unavailable("The store is gone.", "")

    with pytest.raises(Unavailable):
        process.follow(folder, CHILD, [], stop)
    pid = int((folder / "begun.txt").read_text().split()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_a_dead_worker_left_running_is_ended_first(folder: Path, told: Callable[..., None]) -> None:
    told(steps=4, hold_at=3)
    command = process.command(CHILD, folder)
    left = subprocess.Popen(command, cwd=ROOT, env={**os.environ})
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "x", str(folder)])
    wait_for(lambda: progress(folder).get("extra"))
    told(steps=4)
    try:
        assert process.follow(folder, CHILD, [], nothing) == 0
        assert left.poll() is not None
        assert other.poll() is None, "another program that names the folder is left alone"
    finally:
        other.kill()
        other.wait()
    assert [row["step"] for row in history(folder)] == [1, 2, 3, 4]
    assert stand_in.newest(folder) == 2, "it saved first"


def test_a_worker_that_stops_ends_its_training_and_records_nothing(
    folder: Path, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_stopping", threading.Event())
    told(steps=9, hold_at=4)
    seen: list[BaseException] = []

    def work() -> None:
        try:
            process.follow(folder, CHILD, [], nothing)
        except BaseException as error:
            seen.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_for(lambda: progress(folder).get("extra"))
    process.leave()
    thread.join(5)
    assert [type(error) for error in seen] == [process.WorkerStops]
    assert not isinstance(seen[0], Exception), "an Exception would be recorded as the end of the step"
    assert stand_in.newest(folder) == 3
    with pytest.raises(process.WorkerStops):
        process.leaving()


def test_one_at_a_time_on_a_device(data: Path) -> None:
    looks: list[str] = []

    def look() -> None:
        looks.append("waits")
        if len(looks) == 3:
            raise Cancelled("Stopped, as you asked.", "")

    with process.device("cpu", nothing):
        with process.device("cuda", nothing):
            pass
        with pytest.raises(Cancelled), process.device("cpu", look):
            pytest.fail("two trainings at once")
    with process.device("cpu", look):
        pass
    assert len(looks) == 3


@pytest.mark.parametrize(
    ("code", "said", "kind", "words"),
    [
        (1, {"phase": "failed", "message": "The disk is full.", "hint": "Free some."}, StorageError, "disk is full"),
        (1, {"phase": "failed", "message": "Memory ran out.", "hint": "Less."}, Unavailable, "Memory ran out"),
        (-signal.SIGKILL, {"phase": "training"}, Unavailable, "memory ran out"),
        (-signal.SIGTERM, {"phase": "cancelled"}, Unavailable, "from outside"),
        (3, {"phase": "cancelled"}, Unavailable, "from outside"),
        (2, {}, Unavailable, "error of the program"),
        (1, {"on a full disk": True}, StorageError, "disk is full"),
        (1, {}, Unavailable, "error of the program"),
    ],
)
def test_why_it_ended(code: int, said: dict[str, Any], kind: type[TimbreError], words: str) -> None:
    error = process.ended(code, said, free=0 if "on a full disk" in said else 10**9)
    assert type(error) is kind
    assert words in error.message
    assert "checkpoint is kept" in error.message
    assert error.hint


def test_history_after_a_kill_has_each_step_once(folder: Path) -> None:
    rows = [{"step": n, "loss": n} for n in (1, 2, 3, 4)] + [{"step": 3, "loss": 30}, {"step": 3, "held_loss": 5}]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "log.jsonl").write_text(text + '{"step": 4, "lo')
    assert history(folder) == [{"step": 1, "loss": 1}, {"step": 2, "loss": 2}, {"step": 3, "loss": 30, "held_loss": 5}]


def test_a_long_history_is_thinned_but_keeps_what_matters() -> None:
    rows = [{"step": n, "held_loss": 1.0 if n % 500 == 7 else None} for n in range(5000)]
    kept = thinned(rows, 1000)
    assert len(kept) <= 1000 + 11
    assert kept[-1]["step"] == 4999
    assert {row["step"] for row in kept} >= set(range(7, 5000, 500))
    assert thinned(rows[:10]) == rows[:10]


def test_samples_carry_their_brief(folder: Path) -> None:
    (folder / "samples.json").write_text(json.dumps([{"id": "a", "brief": "Valves"}]))
    lines = [
        {"step": 5, "id": "a", "text": "old"},
        {"step": 5, "id": "a", "text": "new"},
        {"step": 1, "id": "b", "text": "x"},
    ]
    (folder / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{")
    assert [(s["step"], s["brief"], s["text"]) for s in samples(folder)] == [(1, "", "x"), (5, "Valves", "new")]


def wait_for(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
