"""The order of variants learnt from everybody's blind votes: core.learn.weighing does for the team what it does for one
author, and here too nothing changes before somebody promotes it. An author's own accepted lesson goes before it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import store
from core.errors import Unavailable
from core.generate.scores import WEIGHTS
from core.learn import weighing
from core.people import WORKER
from core.store import training
from core.store.tables_training import TrainingRun
from core.train import inuse, labels, phases, workflow
from core.train.inuse import FILES, RERANKER
from core.train.labels import Votes
from core.train.model import Plan
from core.train.small import OUT, TRAIN, Ready, counted, keep_exam, lines, put, rule
from core.train.tidying import put_json

VERSION = "order-1"


def ready(said: Votes) -> Ready:
    """Whether these votes are enough."""
    told = said.record()
    return counted(((told["train"], weighing.FEWEST, "blind votes"), (told["briefs"], weighing.BRIEFS, "briefs")))


@phases.phase
def collect(row: TrainingRun, _: Plan, folder: Path) -> None:
    """The votes, as they are now."""
    said = labels.votes(list(WEIGHTS))
    ready(said).required()
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / TRAIN, [{"difference": c.difference, "group": str(c.group), "name": said.names[author]}
                          for c, author in zip(said.choices, said.authors, strict=True)])  # fmt: skip
    with store.writing(WORKER) as tx:
        training.note(tx, row.id, dataset=said.record(), base=VERSION)


@phases.phase
def train(row: TrainingRun, _: Plan, folder: Path) -> None:
    """Weights that tell the votes, drawn to those that Timbre begins with."""
    found, names, __ = _examined(folder)
    workflow.said(row.id, 1, 4, f"Learning from {len(names)} votes")
    (folder / OUT).mkdir(exist_ok=True)
    weights = dict(zip(WEIGHTS, found.weights, strict=True))
    put_json(folder / OUT / FILES[RERANKER], {"version": VERSION, "weights": weights})


def _examined(folder: Path) -> tuple[weighing.Learned, list[str], tuple[weighing.Choice, ...]]:
    """What the votes say, whose texts each was on, and the votes."""
    rows = lines(folder / TRAIN)
    choices = tuple(weighing.Choice(tuple(map(float, r["difference"])), r["group"]) for r in rows)
    found = weighing.examined(choices, tuple(WEIGHTS.values()), tuple(_now().values()))
    if found is None:
        raise Unavailable("The votes of this run are not whole any more.", "Start it again.")
    return found, [str(r["name"]) for r in rows], choices


def _now() -> dict[str, float]:
    used = inuse.order() or WEIGHTS
    return {name: float(used.get(name, 0.0)) for name in WEIGHTS}


@phases.phase
def examine(_: TrainingRun, __: Plan, folder: Path) -> None:
    """Votes told by weights that have not seen their brief, against those in use; and whether it is worse for anybody.

    The weights in use may have seen some of these votes, which speaks for them: the comparison is on the safe side.
    """
    began = time.monotonic()
    found, names, choices = _examined(folder)
    low, high = weighing.interval(found, choices)
    verdict = [
        rule(
            "Does it tell your votes better than now?",
            found.low > 0,
            f"Of {found.votes} held-out votes on {found.briefs} briefs it tells {found.right} right, the weights in "
            f"use {found.right_now}; the gain in log likelihood is {found.gain:+.3f} a vote, and with 99% at least "
            f"{found.low:+.3f}.",
        ),
        rule(
            "Is the order another one?",
            found.moved >= weighing.SMALLEST,
            f"The weight that changes most changes by {found.moved:.0%}.",
        ),
        _worse(found.gains, names),
    ]
    judged = {
        "unit": "log likelihood a vote",
        "n": found.votes,
        "gain": found.gain,
        "low": low,
        "high": high,
        "base": found.right_now / found.votes,
        "adapter": found.right / found.votes,
        "weights": dict(zip(WEIGHTS, found.weights, strict=True)),
        "now": _now(),
    }
    keep_exam(folder, judged, verdict, began)


def _worse(gains: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """Clearly worse: the mean loss of an author with votes enough is over 2.33 of its standard errors (99%)."""
    of: dict[str, list[float]] = {}
    for name, gain in zip(names, gains, strict=True):
        of.setdefault(name, []).append(gain)
    asked = {name: np.array(found) for name, found in of.items() if len(found) >= weighing.FEWEST}
    worse = [name for name, g in asked.items() if g.mean() + 2.33 * g.std(ddof=1) / np.sqrt(len(g)) < 0]
    said = f"Clearly worse for {', '.join(worse)}." if worse else f"Not clearly worse for any of {len(asked)} authors "
    return rule("Is it worse for nobody?", not worse, said if worse else f"{said}with {weighing.FEWEST} votes or more.")
