"""The small measures, learnt from the team's own labels: what sounds generic, and the order of variants.

They are runs as any other: collected, learnt, examined on labels that they were not learnt from, kept, and used only
once a person promotes them (core.train.inuse reads what is in use). They take seconds, so they need no process.
"""

from __future__ import annotations

from core.errors import NotFound
from core.generate.scores import WEIGHTS
from core.store import Actor
from core.train import commands, generic, labels, order, small, workflow
from core.train.inuse import GENERICNESS, RERANKER
from core.train.model import Plan
from core.train.scope import Scope
from core.train.small import Ready

__all__ = ["Ready", "ready", "start"]


def ready(kind: str) -> Ready:
    """Whether there is enough to learn from now; a second or less. Raises NotFound for a kind that is not learnt so."""
    if kind == GENERICNESS:
        return generic.ready(labels.genericness())
    if kind == RERANKER:
        return order.ready(labels.votes(list(WEIGHTS)))
    raise NotFound(f"{kind} is not learnt from labels.", f"Choose {GENERICNESS} or {RERANKER}.")


def start(kind: str, actor: Actor, why: str = "asked") -> str:
    """Ask for a measure to be learnt anew; returns the run's id. Raises Denied; Invalid that says what is missing."""
    ready(kind).required()
    return commands.start(kind, "logistic", Scope(), Plan(method="logistic"), actor, why)


workflow.WORK[GENERICNESS] = {
    "prepare": generic.collect,
    "train": generic.train,
    "exam": generic.examine,
    "register": small.keep,
}
workflow.WORK[RERANKER] = {
    "prepare": order.collect,
    "train": order.train,
    "exam": order.examine,
    "register": small.keep,
}
