"""How far texts are on the way from a stranger to the author: to put texts in an order, never to be shown as sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics import voice
from core.voice import profiles

LEAST_OWN = 0.3
"""An author whose own posts lie nearer to strangers' than this says nothing about what is near."""


def nearness(author_id: str, texts: Sequence[str]) -> list[float] | None:
    """For each text 0 where strangers' posts lie and 1 where the author's own do; None under 5 posts of theirs.

    Short texts have a value too: it is the best estimate, and a poor one. Waits for the profile as `measure` does.
    """
    found = profiles.known(author_id).profile
    if found.n < voice.MIN_REFERENCES:
        return None
    x = voice.rows([voice.read(text) for text in texts], voice.bank())
    style = (x @ found.weight - found.strangers) / found.spread
    return [float(share) for share in np.atleast_1d(style) / max(LEAST_OWN, found.own_mean)]
