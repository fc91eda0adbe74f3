"""What reasons against texts (tags of votes and ratings) say that drafts should do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.learn.model import LEAST, lower

SHARE, CHANCE = 1 / 3, 0.2
RULE = (
    f"Proposed from {LEAST} votes or ratings on, where it is among the reasons of at least a third of those that gave "
    f"any, and the lower end of the 95% interval (Wilson) is above {CHANCE:.0%}."
)
LENGTH = ("too long", "too short")
NOTES = {
    "too generic": "Every paragraph holds something concrete from the brief: a name, a place, a figure or a scene.",
    "weak opening": "Opens with the strongest fact or scene of the brief, not with a general remark.",
    "weak ending": "Ends on the last point; no general remark at the end.",
    "too salesy": "Sells nothing and praises nothing: no superlatives.",
    "hard to follow": "One thought a sentence; a term is explained when it first comes.",
    "off the brief": "Says what the brief says and nothing beside it.",
}
"""What a card can say against a reason. “Not me”, “wrong tone” and “not true” name no remedy."""


@dataclass(frozen=True, slots=True)
class Said:
    """One vote (a best of several is one) or one rating that gave reasons, and a text that it was against."""

    variant: str
    text: str
    tags: tuple[str, ...]
    by: str
    at: datetime


def named(said: Sequence[Said], tag: str) -> list[Said]:
    """Those that gave this reason, one a text; empty where they are too few for chance to be ruled out."""
    rows = {s.variant: s for s in said if tag in s.tags}
    of = len({s.variant for s in said})
    enough = len(rows) >= LEAST and len(rows) >= SHARE * of and lower(len(rows), of) > CHANCE
    return list(rows.values()) if enough else []
