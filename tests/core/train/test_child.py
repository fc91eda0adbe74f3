"""The training process itself, over a tiny base: it learns, can be killed and stopped, goes on, and says what went wrong."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config import ROOT
from core.errors import Invalid, StorageError, Unavailable
from core.train import child, rows
from core.train.journal import Journal
from core.train.model import Method, Plan
from tests.core.train import child_runs, posts

PLAN = Plan(rank=4, rate=5e-3, steps=6, batch=2, measure_every=3, save_every=2, dtype="bfloat16")
PREFERRED: tuple[Method, ...] = ("dpo", "orpo", "simpo")
FILES = ("adapter_model.safetensors", "adapter_config.json")


def folder(place: Path, plan: Plan = PLAN) -> Path:
    """A run's folder, as its phase `prepare` leaves it."""
    place.mkdir(parents=True)
    texts = [text[:240] for text in posts.varied(16)]
    made = [
        {
            "id": str(n),
            "system": "You write as Ada.",
            "user": f"Brief {n}",
            "post": text,
            "chosen": text,
            "rejected": "No.",
        }
        for n, text in enumerate(texts)
    ]
    (place / "plan.json").write_text(json.dumps(plan.record()))
    for name, part in (("train", made[:12]), ("held", made[12:])):
        (place / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    (place / "samples.json").write_text(json.dumps(made[12:13]))
    return place


def environment(data: Path, base_file: Path) -> dict[str, str]:
    return {**os.environ, "TIMBRE_DATA": str(data), "TIMBRE_MODEL_PATH": str(base_file), "PYTHONPATH": str(ROOT)}


def together(data: Path, base_file: Path, *runs: tuple[Path, list[str]]) -> list[int]:
    """The exit codes of several trainings, one after the other in one process."""
    told = [part for place, more in runs for part in (str(place), json.dumps(more))]
    done = subprocess.run(
        [sys.executable, child_runs.__file__, *told],
        env=environment(data, base_file),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    codes: list[int] = json.loads(done.stdout.splitlines()[-1])
    return codes


def progress(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / "progress.json").read_text())
    return found


def losses(place: Path) -> dict[int, float]:
    """By step; of a step that was done twice the later one."""
    return {row["step"]: row["loss"] for row in rows.read(place / "log.jsonl")}


@pytest.mark.slow
@pytest.mark.timeout(900)  # two imports of torch and trl and seven trainings: 45 s of CPU, minutes on a busy machine
def test_trainings_end_as_they_should(tmp_path: Path, base_file: Path) -> None:
    """Killed and gone on is the same as never killed; a half-written checkpoint is passed over; every method learns."""
    data = tmp_path / "data"
    killed = folder(data / "killed")
    process = subprocess.Popen(
        [sys.executable, "-m", "core.train.child", str(killed)],
        env=environment(data, base_file),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (killed / "checkpoints" / "checkpoint-4" / "trainer_state.json").exists():
        assert process.poll() is None, progress(killed)
        time.sleep(0.01)
    process.kill()
    process.wait()
    torn = killed / "checkpoints" / "checkpoint-4"
    weights = (torn / FILES[0]).read_bytes()
    (torn / FILES[0]).write_bytes(weights[: len(weights) // 2])  # as if the kill had come a moment earlier
    (killed / "log.jsonl").rename(killed / "before.jsonl")

    whole, stopped = folder(data / "whole"), folder(data / "stopped")
    (stopped / "cancel").touch()
    voted = [replace(PLAN, method=method, steps=3) for method in PREFERRED]
    others = [folder(data / plan.method, plan) for plan in voted]
    begun = folder(data / "begun", replace(PLAN, steps=1))
    (begun / "start").symlink_to(whole / "out")
    asks = data / "asks.json"
    same = {"system": "You write as Ada.", "user": "Brief", "seed": 1, "temperature": 0.0, "max_tokens": 12}
    asks.write_text(json.dumps({"asks": [{"id": f"{s}", "scale": s, **same} for s in (0, 1)]}))
    texts = data / "texts.jsonl"
    runs = [(killed, []), (whole, []), (stopped, []), *((other, []) for other in others), (begun, [])]
    runs.append((whole, ["--write", str(asks), str(texts)]))
    assert together(data, base_file, *runs) == [0, 0, 3, 0, 0, 0, 0, 0]

    assert min(losses(killed)) == 3, "gone on from step 2, as checkpoint 4 is torn"
    assert losses(killed) == pytest.approx({s: x for s, x in losses(whole).items() if s > 2}, abs=2e-3)
    assert [row["step"] for row in rows.read(whole / "log.jsonl")] == [1, 2, 3, 4, 5, 6]
    said = progress(whole)
    assert (said["phase"], said["step"], said["steps"]) == ("done", 6, 6)
    assert said["held_loss"] < said["held_loss_before"] - 0.1, "it has learnt something about posts it never saw"
    assert said["first_step_after"] > 0 and said["tokens_s"] > 0 and said["memory"] > 1e8
    assert [row["step"] for row in rows.read(whole / "samples.jsonl")] == [3, 6]
    assert all((whole / "out" / name).is_file() for name in FILES)
    assert str(tmp_path) not in (whole / "out" / FILES[1]).read_text(), "no path of this machine goes along"

    assert progress(begun)["held_loss_before"] == pytest.approx(said["held_loss"], abs=1e-3), (
        "begun where that one ended"
    )

    assert progress(stopped)["phase"] == "cancelled"
    assert not (stopped / "out").exists()
    for other in others:
        said = progress(other)
        assert said["held_loss"] < said["held_loss_before"], other.name
    written = {row["id"]: row["text"] for row in rows.read(texts)}
    assert written["0"] != written["1"], "the adapter is applied at its scale"
    assert progress(whole)["held_loss"] < progress(whole)["held_loss_before"], "writing leaves the figures as they are"


def test_a_missing_base_and_a_broken_plan_are_said_in_words(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(data / "training" / "x", Plan(base=str(data / "nowhere")))
    assert child.main([str(place), "--base"]) == 1
    assert progress(place)["phase"] == "failed"
    assert "There is no model in" in progress(place)["message"] and progress(place)["hint"]


def test_errors_of_libraries_become_sentences() -> None:
    assert isinstance(child.explained(OSError(errno.ENOSPC, "x")), StorageError)
    assert isinstance(
        child.explained(RuntimeError("[enforce fail at inline_container.cc] file write failed")), StorageError
    )
    for memory in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")):
        assert "memory was not enough" in child.explained(memory).message
    assert "requirements-gpu.txt" in child.explained(ImportError("x", name="bitsandbytes")).hint
    mine = Invalid("As it is.")
    assert child.explained(mine) is mine
    assert not isinstance(child.explained(ValueError("odd\nmore")), Unavailable)


class Letters:
    """A tokenizer of single letters."""

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}


def test_only_the_post_is_learnt_and_long_rows_are_left_out() -> None:
    row = {"system": "S", "user": "U", "post": "Hello"}
    (made,) = rows.encoded([row, {**row, "post": "x" * 500}], "embedded", Letters(), 200)
    text = "".join(map(chr, made["input_ids"]))
    assert text.endswith("<|im_start|>assistant\nHello<|im_end|>")
    learnt = [chr(label) for label in made["labels"] if label != rows.IGNORED]
    assert "".join(learnt) == "Hello<|im_end|>"
    assert len(made["labels"]) == len(made["input_ids"])


def test_progress_is_never_half_and_a_stop_is_heard(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.put(step=3, message="x")
    journal.put(step=4)
    assert journal.before()["step"] == 4 and journal.before()["message"] == "x"
    assert list(tmp_path.glob("*.part")) == []
    assert not journal.asked()
    (tmp_path / "cancel").touch()
    assert journal.asked()
    (tmp_path / "progress.json").write_text('{"step"')
    assert journal.before() == {}
