"""A stand-in for the training process: it learns nothing, but speaks the same files, flags and exit codes.

    python -m stand_in RUN_FOLDER            # this folder being on PYTHONPATH

`stand_in.json` in TIMBRE_DATA tells it what to do: {"steps": 12, "pause": 0.05, "hold_at": 7, "fail": "...", ...}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

SAVE_EVERY = 5


def main(folder: Path, base_only: bool) -> int:
    told = json.loads((Path(os.environ["TIMBRE_DATA"]) / "stand_in.json").read_text())
    stopped: list[int] = []
    if not told.get("deaf"):
        signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    with (folder / "begun.txt").open("a") as out:
        out.write(f"{os.getpid()} {'base' if base_only else 'train'}\n")
    if told.get("fail"):
        _put(folder, phase="failed", message=told["fail"], hint="Do something about it.")
        return 1
    if told.get("exit"):
        return int(told["exit"])
    if base_only:
        return 0
    begun = newest(folder)
    shown = json.loads((folder / "samples.json").read_text())[0]["id"] if (folder / "samples.json").exists() else "a"
    steps = told.get("steps", 12)
    for step in range(begun + 1, steps + 1):
        hold = told.get("hold_at") == step
        while True:
            if stopped or (folder / "cancel").exists():
                save(folder, step - 1)
                _put(folder, phase="cancelled", step=step - 1, steps=steps)
                return 3
            if not hold:
                break
            _put(folder, phase="training", step=step - 1, steps=steps, extra={"holds": True})
            time.sleep(0.02)
        time.sleep(told.get("pause", 0.01))
        row = {"step": step, "loss": 3.0 / step, "tokens_s": 10.0, "at": time.time()}
        with (folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(row) + "\n")
        _put(folder, phase="training", step=step, steps=steps, loss=row["loss"], tokens_s=10.0, memory=1_000_000)
        if step % SAVE_EVERY == 0:
            save(folder, step)
            with (folder / "samples.jsonl").open("a") as out:
                out.write(json.dumps({"step": step, "id": shown, "text": f"written after {step}"}) + "\n")
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "out" / "adapter_config.json").write_text("{}")
    _put(folder, phase="done", step=steps, steps=steps, held_loss=1.5, held_loss_before=2.5, tokens_s=10.0)
    return 0


def save(folder: Path, step: int) -> None:
    target = folder / "checkpoints" / f"checkpoint-{step}"
    target.mkdir(parents=True, exist_ok=True)
    (target / "adapter_model.safetensors").write_bytes(b"weights")
    (target / "trainer_state.json").write_text(json.dumps({"global_step": step}))


def newest(folder: Path) -> int:
    """The step of the newest checkpoint that is whole."""
    found = [0]
    for state in folder.glob("checkpoints/checkpoint-*/trainer_state.json"):
        try:
            found.append(int(json.loads(state.read_text())["global_step"]))
        except (ValueError, KeyError):
            continue
    return max(found)


def _put(folder: Path, **said: Any) -> None:
    half = folder / "progress.json.part"
    half.write_text(json.dumps(said))
    half.replace(folder / "progress.json")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--base" in sys.argv))
