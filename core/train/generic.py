"""Genericness learnt further from the texts that the team called generic, and from those that it liked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analytics import slop_learn, slop_model
from analytics.genericness import VERSION
from analytics.slop_learn import Text
from core import store
from core.errors import NotFound
from core.learn.weighing import BRIEFS
from core.people import WORKER
from core.store import adapters, training
from core.store.tables_training import TrainingRun
from core.train import inuse, labels, phases, workflow
from core.train.inuse import FILES, GENERICNESS
from core.train.labels import Said
from core.train.model import Plan
from core.train.small import HELD, OUT, TRAIN, Ready, counted, keep_exam, lines, put, rule

EACH = 20
"""Texts called generic, and texts that were liked, that it takes at least."""
LEAST_OWN = 40
"""Own posts of the team that it takes: half of them to centre new weights on, half to look at what they do to them."""
MORE_OVER = 0.02
"""Share of people's own posts that may come over the line beside those that are over it now."""
UNSEEN = 10
"""Labels of each kind that the weights in use must not have learnt from: else there is nothing to compare on."""


def ready(said: Said) -> Ready:
    """Whether these labels are enough."""
    told = said.record()
    rows = (
        (told["generic"], EACH, "texts that were called too generic"),
        (told["liked"], EACH, "texts that were liked"),
        (told["briefs"], BRIEFS, "briefs"),
        (told["held"], LEAST_OWN, "posts of your own people"),
    )
    left = "; ".join(f"{n} left out, as {reason}" for reason, n in said.left_out.most_common())
    return counted(rows, f" Beside these {left}." if left else "")


@phases.phase
def collect(row: TrainingRun, _: Plan, folder: Path) -> None:
    """The labels, as they are now: the phases that follow see these and no others."""
    said = labels.genericness()
    ready(said).required()
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / TRAIN, [asdict(label) for label in said.labels])
    put(folder / HELD, said.own)
    record = said.record() | {"ids": {"train": [label.id for label in said.labels]}}
    with store.writing(WORKER) as tx:
        training.note(tx, row.id, dataset=record, base=VERSION)


@phases.phase
def train(row: TrainingRun, _: Plan, folder: Path) -> None:
    """The weights that Timbre ships with, moved as far as the labels tell; centred on every other post of the team."""
    stands = slop_model.load()
    texts, generic, _ids, _groups = _labels(folder, stands)
    workflow.said(row.id, 1, 4, f"Learning from {len(texts)} labels")
    own = [slop_learn.read(kept["text"], stands) for kept in lines(folder / HELD)[::2]]
    made = slop_learn.weights(slop_learn.learn(texts, generic, stands), stands, own)
    half = folder / "half.npz"
    slop_model.save(made, half)
    (folder / OUT).mkdir(exist_ok=True)
    half.replace(folder / OUT / FILES[GENERICNESS])


def _labels(folder: Path, stands: slop_model.Weights) -> tuple[list[Text], list[bool], list[str], list[str]]:
    """Texts, whether each was called generic, ids and briefs."""
    rows = lines(folder / TRAIN)
    texts = [slop_learn.read(row["text"], stands) for row in rows]
    return texts, [bool(r["generic"]) for r in rows], [str(r["id"]) for r in rows], [str(r["group"]) for r in rows]


@phases.phase
def examine(row: TrainingRun, _: Plan, folder: Path) -> None:
    """Labels told by weights that have not seen their brief, against those in use; and the team's own posts."""
    began, stands = time.monotonic(), slop_model.load()
    workflow.said(row.id, 2, 4, "Telling labels that it has not learnt from")
    texts, generic, ids, groups = _labels(folder, stands)
    adapter_id, used = inuse.genericness()
    seen = _learnt(adapter_id)
    new = [id_ not in seen for id_ in ids]
    counted = [sum(n and g is kind for n, g in zip(new, generic, strict=True)) for kind in (True, False)]
    in_use = [_log_odds(kept["text"], used or stands) for kept in lines(folder / TRAIN)]
    told = slop_learn.judge(texts, generic, groups, stands, in_use, new) if min(counted) >= UNSEEN else None
    made = slop_model.load(folder / OUT / FILES[GENERICNESS])
    verdict = [_told_apart(told, counted), _own_posts(lines(folder / HELD)[1::2], used or stands, made)]
    judged = {"unit": "chance of naming the generic one of two texts", "n": sum(counted)}
    if told:
        judged |= {"gain": told.right - told.now, "low": told.low, "high": told.high, "base": told.now,
                   "adapter": told.right, "pairs": told.pairs}  # fmt: skip
    keep_exam(folder, judged, verdict, began)


def _learnt(adapter_id: str) -> set[str]:
    """The labels that the weights in use have learnt from: they tell these better than they should."""
    if not adapter_id:
        return set()
    with store.reading() as tx:
        try:
            kept = training.get(tx, adapters.get(tx, adapter_id).run_id or "").dataset
        except NotFound:
            return set()
    return set((kept.get("ids") or {}).get("train") or ())


def _log_odds(text: str, weights: slop_model.Weights) -> float:
    return slop_learn.read(text, weights).stands


def _told_apart(told: slop_learn.Judged | None, counted: Sequence[int]) -> dict[str, Any]:
    name = "Does it name what you call generic more often than now?"
    if told is None:
        said = f"{counted[0]} texts called generic and {counted[1]} liked ones are new since the measure in use was "
        return rule(name, False, f"{said}learnt; it takes {UNSEEN} of each to compare the two.")
    said = (
        f"Of two texts, one of them called generic, it names that one in {told.right:.0%} of the cases, the measure in "
        f"use in {told.now:.0%}; the gain is {told.right - told.now:+.1%}, and with 99% at least {told.least:+.1%}."
    )
    return rule(name, told.least > 0, said)


def _own_posts(own: Sequence[dict[str, Any]], used: slop_model.Weights, made: slop_model.Weights) -> dict[str, Any]:
    over = [sum(_score(row["text"], weights) >= weights.line for row in own) for weights in (used, made)]
    said = f"Of {len(own)} posts that your people wrote, {over[1]} are over the line; now it is {over[0]}."
    return rule("Does it leave your own people's posts alone?", over[1] - over[0] <= MORE_OVER * len(own), said)


def _score(text: str, weights: slop_model.Weights) -> float:
    return weights.score(slop_model.tokens(slop_model.normalised(text)))
