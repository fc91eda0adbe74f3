"""The crash matrix of training, with real processes: killed with -9 anywhere, nothing is lost and nothing half made."""

from __future__ import annotations

import contextlib
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

from core import authors, jobs, store
from core.config import ROOT
from core.llm.loras import file_hash
from core.store import Actor, adapters
from core.store.tables_training import TrainingRun
from core.train import commands, registry
from core.train.follow import progress
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from tests.core.train import posts, stand_in
from tests.core.train import tiny as tiny_model

pytestmark = pytest.mark.slow
WORKER = Path(__file__).parent / "train_worker.py"
PLAN = Plan(steps=12, save_every=5)
Start = Callable[..., psutil.Process]


@pytest.fixture
def ada(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Scope:
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(tiny))
    return Scope(author_id=posts.author(actor, "Ada", 30))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.gguf(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def forked() -> Iterator[Callable[[dict[str, str]], psutil.Process]]:
    """Starts workers: see train_worker."""
    known = {"PYTHONPATH": f"{ROOT}:{WORKER.parent}", "OMP_NUM_THREADS": "1"}
    source = subprocess.Popen(
        [sys.executable, str(WORKER)],
        cwd=ROOT,
        env={**os.environ, **known},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert source.stdin and source.stdout
    assert source.stdout.readline() == "ready\n"

    def fork(env: dict[str, str]) -> psutil.Process:
        assert source.stdin and source.stdout
        source.stdin.write(json.dumps(env) + "\n")
        source.stdin.flush()
        return psutil.Process(int(source.stdout.readline()))

    yield fork
    source.stdin.close()
    source.wait(20)


@pytest.fixture
def worker(data: Path, forked: Callable[[dict[str, str]], psutil.Process]) -> Iterator[Start]:
    started: list[psutil.Process] = []

    def start(stand_in: bool = True, **env: str) -> psutil.Process:
        names = ("TIMBRE_DATA", "TIMBRE_MODEL_PATH", "DATABASE_URL")
        given = {name: os.environ.get(name, "") for name in names}
        log = {"LOG": str(data.parent / "worker.log"), "STAND_IN": "1" if stand_in else ""}
        started.append(forked({**given, **log, **env}))
        return started[-1]

    yield start
    for process in [*started, *children(data)]:
        kill(process)


def children(data: Path) -> list[psutil.Process]:
    """Training processes on this data folder, whoever started them."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(data / "training") in part for part in process.cmdline()):
                found.append(process)
    return found


def kill(*processes: psutil.Process) -> None:
    """As a power cut would: kill -9."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def tell(data: Path, **what: Any) -> None:
    (data / "stand_in.json").write_text(json.dumps(what))


def hold(data: Path, word: str) -> None:
    (data / "hold").write_text(word)


def release(data: Path) -> None:
    (data / "hold").unlink()


def steps(data: Path) -> list[str]:
    path = data / "steps.txt"
    return path.read_text().splitlines() if path.exists() else []


def begun(run_id: str) -> list[str]:
    path = run_folder(run_id) / "begun.txt"
    return [line.split()[1] for line in path.read_text().splitlines()] if path.exists() else []


def ended(run_id: str, seconds: float = 150) -> TrainingRun:
    wait_for(lambda: commands.run(run_id).status not in ("queued", "started", "running"), seconds)
    wait_for(lambda: jobs.get(run_id).status not in ("queued", "started"), 60)
    return commands.run(run_id)


def wait_for(true: Callable[[], object], seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


PLACES = (
    "prepare begins",
    "a file is written",
    "prepare has worked",
    "base has worked",
    "train has worked",
    "export has worked",
    "exam has worked",
    "it is renamed",
    "register has worked",
)


def test_killed_in_every_phase_it_comes_to_one_whole_adapter(
    data: Path, ada: Scope, actor: Actor, worker: Start, tiny: Path
) -> None:
    tell(data, steps=12)
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    for place in PLACES:
        before = steps(data).count(place)
        hold(data, place)
        process = worker()
        wait_for(lambda: steps(data).count(place) > before)  # noqa: B023
        kill(process)
        assert registry.live("voice", ada) is None
        release(data)
    worker()
    row = ended(run_id)
    assert row.status == "done", (row.message, row.hint)
    assert begun(run_id).count("train") == 1, "a training that had come to its end was not done again"
    (made,) = registry.listed(ada)
    assert (made.id, made.passed, row.adapter_id) == (run_id, True, run_id)
    assert registry.problem(made, ada) == ""
    assert registry.live("voice", ada) is None, "it is a person who promotes"
    assert [path.name for path in adapters_folder().iterdir()] == [run_id]
    assert [entry["step"] for entry in row.history] == list(range(1, 13))
    left = {path.name for path in run_folder(run_id).iterdir()}
    assert not left & {"train.jsonl", "held.jsonl", "samples.json", "checkpoints", "out"}, "no text stays"

    with store.writing(actor) as tx:
        adapters.get(tx, run_id).base_hash = file_hash(tiny)  # of the stand-in's, no GGUF says it
    hold(data, "promoted, not committed")
    promoting = worker(PROMOTE=f"{run_id} {ada.author_id}")
    wait_for(lambda: steps(data)[-1] == "promoted, not committed")
    kill(promoting)
    release(data)
    assert registry.live("voice", ada) is None, "half promoted is not promoted"
    assert registry.history("voice", ada) == []
    registry.promote(run_id, ada, actor)
    assert registry.live("voice", ada) is not None


def test_killed_or_stopped_between_steps_it_goes_on_from_its_checkpoint(
    data: Path, ada: Scope, actor: Actor, worker: Start
) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    folder = run_folder(run_id)

    tell(data, steps=20, hold_at=8)
    first = worker()
    held(run_id)
    kill(first, *children(data))  # a power cut: what came after the newest checkpoint is lost
    assert stand_in.newest(folder) == 5

    tell(data, steps=20, hold_at=9)
    second = worker()
    held(run_id, 8)
    kill(second)  # the training process alone lives on
    assert len(children(data)) == 1

    tell(data, steps=20, hold_at=14)
    third = worker()
    held(run_id, 13)
    assert stand_in.newest(folder) == 10
    assert len(children(data)) == 1, "the one that was left over is gone"
    third.terminate()  # `make stop`
    wait_for(lambda: not third.is_running())
    assert children(data) == []
    assert stand_in.newest(folder) == 13, "it saved before it stopped"
    assert commands.run(run_id).status == "running", "stopping Timbre does not end the training"

    tell(data, steps=20)
    worker()
    row = ended(run_id)
    assert row.status == "done", (row.message, row.hint)
    assert [entry["step"] for entry in row.history] == list(range(1, 21))
    done = [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [step for step in range(1, 21) if done.count(step) > 1] == [6, 7], "only these two were done again"
    assert row.samples[-1]["text"] == "written after 20"
    assert row.samples[-1]["brief"]
    assert row.progress["held_loss"] == 1.5


def test_stopped_by_a_person_it_keeps_what_it_has_learnt_and_may_go_on(
    data: Path, ada: Scope, actor: Actor, worker: Start
) -> None:
    tell(data, steps=12, hold_at=8)
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    other = commands.start("voice", "sft", Scope(), PLAN, actor)
    worker()
    held(run_id)
    commands.cancel(run_id, actor)
    tell(data, fail="The disk is full.")
    row = ended(run_id)
    assert (row.status, row.message) == ("cancelled", "Stopped, as you asked.")
    assert stand_in.newest(run_folder(run_id)) == 7
    assert not (run_folder(run_id) / "train.jsonl").exists(), "no text stays"

    full = ended(other)
    assert full.status == "failed"
    assert full.message.startswith("The disk is full.")
    assert full.hint
    assert registry.listed() == []

    tell(data, steps=12)
    again = commands.go_on(run_id, actor)
    row = ended(again)
    assert row.status == "done", (row.message, row.hint)
    assert [entry["step"] for entry in row.history] == list(range(1, 13))
    assert begun(again).count("train") == 2
    assert not run_folder(run_id).exists()
    assert "warnings" not in row.progress

    authors.consent(ada.author_id, True, actor)
    posts.write_samples(ada.author_id, posts.varied(8, seed=99))
    changed = ended(commands.go_on(other, actor))
    assert changed.status == "done"


def test_consent_withdrawn_in_the_middle_ends_it_and_leaves_nothing(
    data: Path, ada: Scope, actor: Actor, worker: Start
) -> None:
    tell(data, steps=12, hold_at=8)
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    worker()
    held(run_id)
    authors.consent(ada.author_id, False, actor)
    row = ended(run_id)
    assert row.status == "failed"
    assert row.message.startswith("Ada no longer agreed")
    assert not run_folder(run_id).exists()
    assert children(data) == []
    assert row.samples == []


def test_another_base_or_none_stops_it_and_the_right_one_lets_it_go_on(
    data: Path, ada: Scope, actor: Actor, worker: Start, tiny: Path, tmp_path: Path
) -> None:
    tell(data, steps=12, hold_at=8)
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    first = worker()
    held(run_id)
    kill(first, *children(data))
    other = tiny_model.gguf(tmp_path, seed=1)
    second = worker(TIMBRE_MODEL_PATH=str(other))
    row = ended(run_id)
    assert row.status == "failed"
    assert "another one than when this training began" in row.message
    kill(second)

    again = commands.go_on(run_id, actor)
    third = worker(TIMBRE_MODEL_PATH=str(tmp_path / "missing.gguf"))
    row = ended(again)
    assert row.status == "failed"
    assert "missing.gguf" in row.message
    kill(third)

    tell(data, steps=12)
    last = commands.go_on(again, actor)
    worker()
    row = ended(last)
    assert row.status == "done", (row.message, row.hint)
    assert row.history[0]["step"] == 1
    assert stand_in.newest(run_folder(run_id)) == 0


@pytest.mark.timeout(900)
def test_the_real_process_killed_in_its_checkpoint_and_in_its_exam_makes_a_real_adapter(
    data: Path, ada: Scope, actor: Actor, worker: Start
) -> None:
    """The tiny model. First the disk is full, then the power goes while a checkpoint is written, then in the exam."""
    plan = Plan(steps=6, save_every=2, measure_every=3, batch=2, rank=2, alpha=4)
    full = commands.start("voice", "sft", ada, plan, actor)
    first = worker(stand_in=False)
    wait_for(lambda: progress(run_folder(full)).get("phase") == "training" and children(data), 240)
    most = (run_folder(full) / "child.log").stat().st_size + 20_000
    for child in children(data):
        child.rlimit(psutil.RLIMIT_FSIZE, (most, most))  # a disk that is full for it, and for nobody else
    row = ended(full, 240)
    assert row.status == "failed"
    assert "disk is full" in row.message.lower(), (row.message, commands.log(full))

    run_id = commands.go_on(full, actor)
    saved = run_folder(run_id) / "checkpoints"
    wait_for(lambda: any(saved.glob("checkpoint-4*/*")), 240)
    kill(first, *children(data))
    newest = max(saved.glob("checkpoint-*/adapter_model.safetensors"), key=lambda file: file.stat().st_mtime)
    newest.write_bytes(newest.read_bytes()[:100])  # whatever was written in that moment, this one is half a file

    hold(data, "texts are written")
    second = worker(stand_in=False)
    wait_for(lambda: "texts are written" in steps(data), 300)
    kill(second)
    assert len((run_folder(run_id) / "exam.jsonl").read_text().splitlines()) == 2
    release(data)
    worker(stand_in=False)
    row = ended(run_id, 300)
    assert row.status == "done", (row.message, row.hint, commands.log(run_id)[-5:])
    assert [entry["step"] for entry in row.history] == [1, 2, 3, 4, 5, 6]
    made = registry.adapter(run_id)
    assert {"adapter.gguf", "adapter_model.safetensors"} <= set(made.files)
    assert registry.problem(made, ada) in ("", "It did not pass its exam.")
    assert made.exam["briefs"] == 3
    assert len(made.exam["texts"]) == 3
    assert steps(data).count("texts are written") == 3, "six texts, two at a time: none is written twice"
    assert row.progress["held_loss_before"] > 0
    assert row.samples


def held(run_id: str, step: int = 0) -> None:
    """Wait until the stand-in is where it was told to hold."""

    def there() -> bool:
        said = progress(run_folder(run_id))
        return bool(said.get("extra")) and said["step"] >= step and bool(children(run_folder(run_id).parent.parent))

    wait_for(there)
