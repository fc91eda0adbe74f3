"""A stand-in for the process of core.images.diffusion_child: it paints and learns nothing, but speaks the same files.

    python -m image_stand_in FOLDER --stay | --train      # this folder being on PYTHONPATH

`image_stand_in.json` in TIMBRE_DATA tells it what to do: {"hold_at": step or file, "fail": "...", "exit": code, ...}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image

from core.images import staying

SAVE_EVERY = 2
stopped: list[int] = []


def main(folder: Path, train: bool) -> int:
    told = json.loads((Path(os.environ["TIMBRE_DATA"]) / "image_stand_in.json").read_text())
    parent = os.getppid()
    with (folder / "begun.txt").open("a") as out:
        out.write(f"{os.getpid()}\n")
    put(folder, phase="loading")
    if told.get("fail"):
        put(folder, phase="failed", message=told["fail"], hint="Do something about it.")
        return 1
    if told.get("exit"):
        return int(told["exit"])

    def held(at: Any) -> bool:
        """Wait where it was told to; whether it is to stop."""
        while told.get("hold_at") == at and not stopped and not (folder / "cancel").exists():
            if os.getppid() != parent:
                return True
            put(folder, phase="training" if train else "making", step=0, steps=9, extra={"holds": True})
            time.sleep(0.01)
        return bool(stopped) or (folder / "cancel").exists()

    return (learn if train else paint)(folder, held)


def learn(folder: Path, held: Any) -> int:
    plan = json.loads((folder / "plan.json").read_text())
    photos = json.loads((folder / "photos.json").read_text())
    assert photos and all((folder / one["file"]).is_file() and one["caption"] for one in photos)
    done = [int(p.name.rsplit("-", 1)[1]) for p in folder.glob("checkpoints/checkpoint-*")]
    for step in range(max(done, default=0) + 1, plan["steps"] + 1):
        if held(step):
            put(folder, phase="cancelled", step=step - 1, steps=plan["steps"])
            return 3
        with (folder / "log.jsonl").open("a") as out:
            out.write(json.dumps({"step": step, "loss": 1 / step}) + "\n")
        put(folder, phase="training", step=step, steps=plan["steps"], loss=1 / step, seconds_a_step=0.5)
        if step % SAVE_EVERY == 0:
            (folder / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
            (folder / "samples").mkdir(exist_ok=True)
            Image.new("RGB", (64, 64), (step, 0, 0)).save(folder / f"samples/step-{step}-0.png")
            with (folder / "samples.jsonl").open("a") as out:
                out.write(json.dumps({"step": step, "id": "0", "brief": "a", "file": f"samples/step-{step}-0.png"}))
                out.write("\n")
    import loras  # beside this file: as a program it knows no package of tests

    loras.lora(folder / "out" / "pytorch_lora_weights.safetensors", rank=plan["rank"])
    put(folder, phase="done", step=plan["steps"], steps=plan["steps"], held_loss=0.5, held_loss_before=1.0)
    return 0


def paint(folder: Path, held: Any) -> int:
    asked = json.loads((folder / "ask.json").read_text())
    for at, one in enumerate(asked["pictures"]):
        if held(one["file"]):
            put(folder, phase="cancelled")
            return 3
        if not (folder / one["file"]).exists():
            with (folder / "painted.txt").open("a") as out:
                out.write(f"{one['file']}\n")
            colour = (one["seed"] % 256, int(200 * one["scale"]), 50)
            Image.new("RGB", (one["width"], one["height"]), colour).save(folder / one["file"])
        put(folder, phase="making", step=at + 1, steps=len(asked["pictures"]))
    put(folder, phase="done")
    return 0


def put(folder: Path, **said: Any) -> None:
    half = folder / "progress.json.part"
    half.write_text(json.dumps(said))
    half.replace(folder / "progress.json")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    if "--train" in sys.argv:
        sys.exit(main(Path(sys.argv[1]), train=True))
    staying.serve(lambda folder: main(folder, train=False), lambda: bool(stopped))
