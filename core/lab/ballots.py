"""Votes as comparisons of what was voted on: of the texts themselves, or of their models, prompts, adapters, hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.preference import LEFT, RIGHT, TIE, Ballot
from core.lab.material import By, Candidate
from core.store.tables_writing import Vote

CHOICES = {"left": LEFT, "right": RIGHT, "tie": TIE}


def ballots(votes: Sequence[Vote], known: Mapping[str, Candidate], by: By | None) -> list[Ballot]:
    """One a vote, of the texts (`by` None) or of where they came from; votes on texts that are gone are left out."""
    out = []
    for vote in votes:
        left, right = known.get(vote.left_id), known.get(vote.right_id)
        if left is None or right is None:
            continue
        names = (left.id, right.id) if by is None else (left.labels[by], right.labels[by])
        out.append(Ballot(*names, CHOICES[vote.choice], left.brief_id, vote.by))
    return out
