"""What people who compared blind said of an adapter: its texts beside texts that were written without any."""

from __future__ import annotations

from core import store
from core.store import lab
from core.store.tables_training import Adapter
from core.train import verdict

NEWEST = 2_000
"""Votes of an author that are looked at."""


def rule(adapter: Adapter) -> verdict.Rule | None:
    """The exam's rule of blind votes, from the votes that stand now; None while there is none.

    Votes come only once an adapter writes, so they are no part of the exam that let it: they stand beside it.
    """
    if adapter.kind != "voice":
        return None
    with store.reading() as tx:
        votes = [v for v in lab.votes(tx, adapter.author_id, newest=NEWEST) if v.blind and v.choice != "tie"]
        made = lab.adapters_of(tx, {id_ for v in votes for id_ in (v.left_id, v.right_id)})
    counts = {"adapter": 0, "base": 0}
    for vote in votes:
        won, lost = (vote.left_id, vote.right_id) if vote.choice == "left" else (vote.right_id, vote.left_id)
        first, second = made.get(won), made.get(lost)
        if first is None or second is None:
            continue
        if adapter.id in first and not second:
            counts["adapter"] += 1
        elif adapter.id in second and not first:
            counts["base"] += 1
    return verdict.by_votes(counts) if any(counts.values()) else None
