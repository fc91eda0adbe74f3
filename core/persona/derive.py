"""A card from an author's samples: every field with its value, plain words and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from analytics.features import VERSION
from core.persona import cadence, identity, lexicon, passages, structure, tone
from core.persona.corpus import Corpus, Field, field, read
from core.persona.fields import FIELDS
from core.persona.habits import ENOUGH, of_figures
from core.store.tables import Sample

METHOD = "1"
"""Raised when a rule changes, so that a card made by older rules is known as such."""


def derive_card(samples: Sequence[Sample], total: int = 0, newest: datetime | None = None) -> dict[str, Any]:
    """`{"fields": {path: field}, "passages": [...], "basis": {...}}` from samples, the oldest first.

    `total` says how many samples there are where these are a part of them, `newest` when the last of all came in.
    Under 5 samples every field says that it is too little. The same samples give the same card.
    """
    corpus = read(samples)
    basis: dict[str, Any] = {"method": METHOD, "samples": total or len(samples)}
    basis |= {"read": corpus.n, "words": corpus.words}
    basis["newest"] = newest.isoformat() if newest else None
    if corpus.n < ENOUGH:
        return {"fields": {path: _too_little(corpus.n) for path in FIELDS}, "passages": [], "basis": basis}
    subjects = lexicon.subjects(corpus)
    sections = _sections(corpus, subjects)
    fields = {f"{section}.{name}": one for section, found in sections.items() for name, one in found.items()}
    stored = {
        s.id: np.frombuffer(s.features, dtype=np.float32)
        for s in samples
        if s.features and s.features_version == VERSION
    }
    return {"fields": fields, "passages": passages.choose(corpus, stored, subjects), "basis": basis}


def _sections(corpus: Corpus, subjects: list[lexicon.Subject]) -> dict[str, dict[str, Field]]:
    habits = of_figures(corpus.posts)
    return {
        "identity": identity.derive(corpus, habits, subjects),
        "tone": tone.derive(corpus),
        "cadence": cadence.derive(corpus, habits),
        "lexicon": lexicon.derive(corpus, subjects),
        "structure": structure.derive(corpus, habits),
    }


def _too_little(n: int) -> Field:
    return field(None, "Too little to say.", f"{n} {'sample' if n == 1 else 'samples'}; it takes {ENOUGH}", n)
