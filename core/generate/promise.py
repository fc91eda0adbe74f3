"""What will hold, said before and after a run: for a brief as typed so far, and for a text that a person has edited."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core import guidelines, llm, persona, samples
from core.errors import TimbreError
from core.generate import constraints, style
from core.generate.brief import BriefFields
from core.generate.constraints import Broken, Constraints
from core.generate.material import within_reach
from core.generate.style import Style
from core.persona.card import Card
from core.persona.habits import Habits
from core.review.findings import BY_READING
from core.store.tables import Variant

TOLD = "told to the model, for you to check"
NEWEST = 500
"""Samples from which the style is read here."""


@dataclass(frozen=True)
class Promise:
    """The constraints of a run in plain words, and what they rest on: own habits of so many posts, or defaults."""

    lines: list[str]
    own: bool
    samples: int


def promise(author_id: str, fields: dict[str, Any]) -> Promise:
    """What code will guarantee of every variant of this brief, complete or not. Quick once an author was read."""
    try:
        brief = BriefFields.model_validate(fields)
    except ValidationError:
        brief = BriefFields()  # what is wrong with it is said when it is used
    card = persona.current(author_id)
    habits, seen = _now(author_id, card)
    rules = guidelines.listed(author_id)
    banned = [p for g in rules if g.kind == "banned" for p in g.phrases]
    required = [p for g in rules if g.kind == "required" and g.severity == "block" for p in g.phrases]
    taboo = [str(word) for word in persona.for_prompt(author_id).get("taboo") or []] if card else []
    bound = within_reach(constraints.build(brief, habits, seen, [*banned, *taboo], required), brief, _small())
    said = [f"Says “{phrase}”" for phrase in bound.required]
    if left := sum(rule.kind in BY_READING for rule in rules):
        said.append(f"{left} {'rule' if left == 1 else 'rules'} on tone, topics and examples: {_who_follows()}")
    return Promise([*bound.summary(), *said], habits.own, habits.samples)


def _who_follows() -> str:
    """What becomes of the rules that no code can check."""
    return "this model is too small to follow them, so check them yourself" if _small() else TOLD


def _small() -> bool:
    try:
        return llm.active().small
    except TimbreError:
        return False


def broken(variant: Variant, text: str) -> list[Broken]:
    """Which of its run's constraints a text made from this variant no longer holds; none are known: nothing."""
    kept = (variant.provenance or {}).get("constraints")
    return constraints.check(text, Constraints.restored(kept)) if kept else []


def held(variant: Variant) -> list[str]:
    """The constraints that the variant was written to, in plain words."""
    kept = (variant.provenance or {}).get("constraints")
    return Constraints.restored(kept).summary() if kept else []


def usual(author_id: str) -> Habits:
    """The author's habits with a person's corrections, read once for each number of samples and version of the card."""
    return _now(author_id, persona.current(author_id))[0]


def one_block(author_id: str) -> bool:
    """Whether the author's posts are mostly one unbroken block, in which no list can stand."""
    return _now(author_id, persona.current(author_id))[1].one_block


def _now(author_id: str, card: Card | None) -> tuple[Habits, Style]:
    return _known(author_id, samples.counts().get(author_id, 0), card.version if card else 0)


@functools.lru_cache(maxsize=64)
def _known(author_id: str, _count: int, _version: int) -> tuple[Habits, Style]:
    """Habits and style of an author; count and card version are in the key so that new ones are read."""
    habits = persona.constraints(author_id)
    newest, _ = samples.page(author_id, excluded=False, size=NEWEST)
    return habits, style.read([s.text for s in reversed(newest)], habits.blank_line_between)
