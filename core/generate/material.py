"""What a run writes from: brief, habits, card, exemplars, constraints. Gathered once and kept with the run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics import text
from core import guidelines, llm, persona, samples
from core.exemplars.rank import COMMON
from core.generate import constraints, style
from core.generate.brief import BriefFields
from core.generate.clauses import capital
from core.generate.constraints import Constraints
from core.generate.style import Style
from core.persona.figures import cleaned
from core.persona.habits import Habits
from core.store.tables import Guideline, Run

NEWEST = 300
"""Samples whose words count as the author's own."""


@dataclass(frozen=True)
class Material:
    """Everything a step needs. `known` are the words of the author and of the brief."""

    run_id: str
    author_id: str
    author: str
    brief: BriefFields
    habits: Habits
    style: Style
    constraints: Constraints
    model: llm.Model
    seed: int
    persona: dict[str, Any] = field(default_factory=dict)
    house: str = ""
    """The rules of the house, as a prompt is told them."""
    known: frozenset[str] = frozenset()
    exemplars: list[str] = field(default_factory=list)


def settings_of(brief: BriefFields, author_id: str, seed: int) -> dict[str, Any]:
    """What the run is bound to, as JSON: taken once, when the run begins, so that a resumed one goes on the same."""
    card = persona.for_prompt(author_id)
    habits = persona.constraints(author_id)
    own = [s.text for s in samples.of_author(author_id)]
    rules = guidelines.listed(author_id)
    seen = style.read(own, habits.blank_line_between)
    banned = [*_phrases(rules, "banned"), *[str(t) for t in card.get("taboo") or []]]
    required = [p for g in rules if g.kind == "required" and g.severity == "block" for p in g.phrases]
    bound = constraints.build(brief, habits, seen, banned, required, hashtags(brief, seen))
    model = llm.active()
    return {
        "seed": seed,
        "model": {"provider": model.provider, "name": model.name, "small": model.small, "id": model.id},
        "habits": {"own": habits.own, "samples": habits.samples, "hooks": habits.hooks},
        "style": seen.record(),
        "constraints": bound.record(),
        "persona": card,
        "house": guidelines.told(rules),
        "guidelines": [{"id": g.id, "title": g.title, "version": g.version} for g in rules],
    }


def gather(run: Run, fields: dict[str, Any], exemplars: Sequence[str]) -> Material:
    """The material of a run whose settings are there."""
    kept = run.settings
    brief = BriefFields.model_validate(fields)
    own = [cleaned(s.text) for s in samples.of_author(run.author_id)[-NEWEST:]]
    known = {w.lower().replace("’", "'") for t in (*own, brief.material, brief.about) for w in text.words(t)}
    model = kept["model"]
    return Material(
        run_id=run.id,
        author_id=run.author_id,
        author=str(kept["persona"].get("author") or "the author"),
        brief=brief,
        habits=Habits(hooks=list(kept["habits"]["hooks"]), own=kept["habits"]["own"]),
        style=Style(**kept["style"]),
        constraints=Constraints.restored(kept["constraints"]),
        model=llm.Model(model["provider"], model["name"], model["small"]),
        seed=int(kept["seed"]),
        persona=dict(kept["persona"]),
        house=guidelines.for_prompt(kept.get("house", [])),
        known=frozenset(known),
        exemplars=list(exemplars),
    )


def new_seed() -> int:
    """A fresh seed for a run."""
    return random.randrange(1, 2**31 - 10_000)


def _phrases(rules: Sequence[Guideline], kind: str) -> list[str]:
    return [p for g in rules if g.kind == kind for p in g.phrases]


def hashtags(brief: BriefFields, seen: Style) -> list[str]:
    """Hashtags for a brief: the author's own on its topic, their usual ones, then words of the topic."""
    topic = {w.lower() for w in text.words(brief.topic) if w.lower() not in COMMON}
    close = [tag for tag in seen.tags if _parts(tag) and (_parts(tag) <= topic or tag[1:].lower() in topic)]
    pairs, single = ([tag.lower() if seen.small_tags else tag for tag in rows] for rows in _from_topic(brief))
    by_name: dict[str, str] = {}
    for tag in (*close, *pairs[:2], *seen.usual_tags, *pairs[2:], *single, *seen.tags[:5]):
        by_name.setdefault(tag.lower(), tag)
    return list(by_name.values())


def _parts(tag: str) -> set[str]:
    """The words of a hashtag in CamelCase."""
    spaced = "".join(f" {c}" if c.isupper() else c for c in tag[1:])
    return {w.lower() for w in spaced.split() if len(w) > 1}


def _from_topic(brief: BriefFields) -> tuple[list[str], list[str]]:
    """Runs of telling words of the topic and the audience as hashtags: `Code review in small teams` -> #CodeReview."""
    pairs: list[str] = []
    single: list[str] = []
    for source in (brief.topic, brief.audience):
        group: list[str] = []
        for word in [*text.words(source)[:14], ""]:
            if word.isalpha() and word.lower() not in COMMON and len(word) > 2:
                group.append(capital(word))
                continue
            pairs += ["#" + "".join(group[at : at + 2]) for at in range(0, len(group) - 1)]
            single += [f"#{word}" for word in group if len(word) > 4]
            group = []
    return pairs, single
