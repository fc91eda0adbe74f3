"""The training process against a bare TRL script with the same settings: speed, memory, time to the first step.

`python -m bench.training [--rounds 3] [--steps 6]`; real people's adapters are judged by bench.voices.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.report import Line, report
from core.config import ROOT, settings
from core.train.model import Plan

WORDS = (
    "the",
    "of",
    "a",
    "to",
    "we",
    "and",
    "team",
    "it",
    "what",
    "people",
    "work",
    "for",
    "is",
    "plan",
    "how",
    "time",
)
PROMPT, POST = 230, (70, 150)
"""Words of a prompt, and of a post at least and at most: what posts of LinkedIn and their briefs come to."""
BARE = "SFTTrainer of trl 1.16 as its documentation shows it (bench/train/bare.py), same model, data, LoRA, dtype"
EIGHT_B = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
}
CARD_GOAL = 22e9
Figures = dict[str, Any]


def rows(count: int, seed: int) -> list[dict[str, str]]:
    """Texts of drawn words: only their lengths matter here."""
    draw = random.Random(seed)

    def text(words: int) -> str:
        return " ".join(draw.choice(WORDS) for _ in range(words))

    return [{"id": str(n), "system": text(30), "user": text(PROMPT - 30), "post": text(draw.randint(*POST))}
            for n in range(count)]  # fmt: skip


def folder(place: Path, plan: Plan) -> Path:
    """A run's folder."""
    place.mkdir(parents=True)
    (place / "plan.json").write_text(json.dumps(plan.record()))
    for name, count, seed in (("train", plan.batch * plan.accumulate * plan.steps, 1), ("held", 8, 2)):
        (place / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(count, seed)))
    return place


def ours(place: Path, _: Path) -> Figures:
    """What the training process says of itself."""
    _run("core.train.child", str(place))
    found: Figures = json.loads((place / "progress.json").read_text())
    return found


def bare(place: Path, base: Path) -> Figures:
    """What the bare script says of itself."""
    found: Figures = json.loads(_run("bench.train.bare", str(place), str(base)).splitlines()[-1])
    return found


def _run(*module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(module)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def both(what: str, place: Path, plan: Plan, base: Path, rounds: int, most: str) -> tuple[list[Line], list[Figures]]:
    """Interleaved: one of theirs, one of ours, and again."""
    arms: dict[str, Callable[[Path, Path], Figures]] = {"bare": bare, "ours": ours}
    found: dict[str, list[Figures]] = {name: [] for name in arms}
    for n in range(rounds):
        for name, work in arms.items():
            found[name].append(work(folder(place / f"{name}-{n}", plan), base))
            print(f"{what}, {name}: {found[name][-1]['seconds_a_step']:.2f} s a step", file=sys.stderr, flush=True)

    def line(name: str, unit: str, of: Callable[[Figures], float], goal: str) -> Line:
        mine, theirs = ([of(f) for f in found[arm]] for arm in ("ours", "bare"))
        return Line(f"{what}: {name}", unit, mine, theirs, BARE, goal)

    return [
        line("speed", "steps/s", lambda f: 1 / f["seconds_a_step"], "at least 0.9 of the peer"),
        line("memory at most", "GB", lambda f: f["memory"] / 1e9, most),
        line("start of the process to first step", "s", lambda f: f["first_step_after"], "at most 20 s"),
    ], found["ours"]


def eight_billion(place: Path, like: Path) -> Path:
    """A base in the shape of 8B models with random weights: enough for speed and memory."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

    make: Any = AutoModelForCausalLM.from_config
    with torch.device("cuda"):
        model = make(LlamaConfig(**EIGHT_B), dtype=torch.bfloat16)  # type: ignore[arg-type]
    model.save_pretrained(place)
    AutoTokenizer.from_pretrained(like).save_pretrained(place)
    return place


def on_card(place: Path, base: Path, rounds: int) -> tuple[list[Line], str]:
    """QLoRA at the 8B shape with the preset for 24 GB, where there is a card for it."""
    import torch

    if not torch.cuda.is_available():
        return [], "QLoRA at the 8B shape: not measured, this machine has no NVIDIA card that torch can use."
    from core.train import dial

    shape = eight_billion(place / "8b", base)
    plan = dial.plan("standard", 200, 80_000, str(shape), "cuda", "24GB")
    plan = replace(plan, steps=10, save_every=50, measure_every=50)
    lines, mine = both("8B, 4 bits", place / "card", plan, shape, rounds, "at most 22 GB")
    tokens = [float(f["tokens_s"]) for f in mine]
    lines.append(Line("8B, 4 bits: tokens learnt from", "tokens/s", tokens, [], "", "reported"))
    worst = max(f["memory"] for f in mine)
    return lines, f"24 GB preset: {worst / 1e9:.1f} GB at most, goal 22: {'met' if worst < CARD_GOAL else 'MISSED'}."


def main() -> None:
    """The table and bench/results/training.json."""
    asked = argparse.ArgumentParser(prog="bench.training")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--steps", type=int, default=6)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        os.environ |= {"TIMBRE_DATA": str(place / "data"), "TIMBRE_MODEL_PATH": ""}
        settings.cache_clear()
        from core.train import bases

        base = bases.ensure("embedded")
        plan = Plan(dtype="bfloat16", steps=told.steps, save_every=5, measure_every=100)
        lines, _ = both("built-in model", place, plan, base.folder, told.rounds, "at most 1.1 of the peer")
        more, said = on_card(place, base.folder, told.rounds)
        report(
            "training", [*lines, *more], [said, f"Load when it began: {os.getloadavg()[0]:.1f}."], plan=plan.record()
        )


if __name__ == "__main__":
    main()
