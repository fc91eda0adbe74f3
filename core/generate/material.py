"""What a run writes from: brief, habits, card, exemplars, constraints. Gathered once and kept with the run."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from analytics import text
from core import guidelines, knowledge, learn, llm, persona, samples
from core.config import settings
from core.exemplars.rank import COMMON
from core.generate import anti, constraints, diversity, prompts, style
from core.generate.brief import BriefFields
from core.generate.clauses import capital
from core.generate.constraints import Constraints
from core.generate.style import Style
from core.knowledge import found
from core.persona.figures import cleaned
from core.persona.habits import Habits
from core.store.tables import Guideline, Run
from core.train import registry

NEWEST = 300
"""Samples whose words count as the author's own."""
SHORTEST = 60
"""Characters under which nothing is a post."""
PASSAGES, POINTS = 8, 5
"""Passages of the brief's knowledge that a run is told, and sentences of it that stand in for missing key points."""


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
    ref: str = ""
    """The model as TIMBRE_LLM names it."""
    prompts: dict[str, int] = field(default_factory=dict)
    """The version of each prompt that this run uses."""
    passages: list[dict[str, str]] = field(default_factory=list)
    """Of the brief's knowledge: {id, title, url, text}."""
    anti: str = ""
    """A post that the author would never write."""
    avoid: list[str] = field(default_factory=list)
    """What was used often of late, a line each."""
    patterns: diversity.Patterns | None = None
    weights: dict[str, float] | None = None
    """What a person's accepted lesson says of the order of the variants; None: the weights that Timbre begins with."""
    adapter: dict[str, Any] = field(default_factory=dict)
    """The adapter that writes (core.train.registry.Serving as JSON); empty: none."""

    @property
    def loras(self) -> tuple[llm.Lora, ...]:
        """The files to apply over the embedded model. Raises Unavailable where one is gone or was changed."""
        return registry.loras(self.adapter["ids"]) if self.adapter and not self.adapter["model_ref"] else ()

    @property
    def told(self) -> str:
        """The passages as a prompt is told them."""
        return "\n\n".join(f"{p['title']}: {p['text']}" if p["title"] else p["text"] for p in self.passages)


def settings_of(
    brief: BriefFields, author_id: str, seed: int, wanted: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """What the run is bound to, as JSON: taken once, when the run begins, so that a resumed one goes on the same.

    `wanted`: what was asked for when it was started, see `commands.start`.
    """
    told = knowledge.passages(brief.knowledge, brief.about, PASSAGES) if brief.knowledge else []
    ref = str(wanted.get("model") or settings().timbre_llm)
    adapter = registry.wanted(author_id, ref, str(wanted.get("adapter") or ""))
    ref = (adapter.model_ref if adapter else "") or ref
    model = llm.active(ref)
    habits = persona.constraints(author_id)
    points = from_sources(brief, model.small, constraints.chars(brief, habits)[0])
    if points:
        brief = brief.model_copy(update={"points": points})
    card = persona.for_prompt(author_id)
    own = [s.text for s in samples.of_author(author_id)]
    rules = guidelines.for_writing(author_id)
    seen = style.read(own, habits.blank_line_between)
    banned = [*_phrases(rules, "banned"), *[str(t) for t in card.get("taboo") or []]]
    required = [p for g in rules if g.kind == "required" and g.severity == "block" for p in g.phrases]
    texts = [one.text for one in knowledge.texts(brief.knowledge)]
    bound = constraints.build(
        brief, habits, seen, banned, required, hashtags(brief, seen), knowledge=texts, own=[*own[-NEWEST:], *who(card)]
    )
    bound = within_reach(bound, brief, model.small)
    patterns = diversity.recent(author_id)
    return {
        "seed": seed,
        "model": {"provider": model.provider, "name": model.name, "small": model.small, "id": model.id, "ref": ref},
        "prompts": prompts.newest() | dict(wanted.get("prompts") or {}),
        "passages": [{"id": p.knowledge_id, "title": p.title, "url": p.url, "text": p.text} for p in told],
        "points": points,
        "anti": anti.example(author_id),
        "patterns": patterns.record(),
        "avoid": patterns.told(),
        "habits": {"own": habits.own, "samples": habits.samples, "hooks": habits.hooks},
        "style": seen.record(),
        "weights": learn.weights(author_id),
        "adapter": adapter.record() if adapter else {},
        "constraints": bound.record(),
        "persona": card,
        "house": guidelines.told(rules),
        "guidelines": [{"id": g.id, "title": g.title, "version": g.version} for g in rules],
    }


def from_sources(brief: BriefFields, small: bool, least: int) -> list[str]:
    """The key points with sentences of the brief's sources, or none where the brief's own are enough.

    A brief that says nothing itself is made of them. A small model is never told the sources' passages, so one of
    their sentences always joins the brief's own points, and as many more as it takes to reach `least` characters.
    """
    said = bool(brief.points or brief.story)
    if not brief.knowledge or (said and not small):
        return []
    lent = knowledge.points(brief.knowledge, brief.about, POINTS)
    if not said:
        return lent
    points, size = list(brief.points), len(brief.material)
    for sentence in lent:
        if len(points) > len(brief.points) and size >= least:
            break
        if not any(_same(sentence, point) for point in points):
            points.append(sentence)
            size += len(sentence) + 1
    return points


def within_reach(bound: Constraints, brief: BriefFields, small: bool) -> Constraints:
    """The constraints with a least length that a small model can reach: most of what the brief itself says.

    The author's usual length is a habit and not a wish: a thin brief rather gets a short post than none. A length that
    a person chose stands.
    """
    if not small or brief.length != "author" or not brief.material:
        return bound
    least, most = bound.chars
    return replace(bound, chars=(min(least, max(SHORTEST, round(0.7 * len(brief.material)))), most))


def too_little(brief: BriefFields, small: bool, least: int) -> bool:
    """Whether a small model, which adds a sentence here and there, will hardly reach `least` characters with this."""
    if not small or brief.form == "article" or not (brief.material or brief.knowledge):
        return False
    lent = sorted((len(s) for row in knowledge.texts(brief.knowledge) for s in found.standing(row)), reverse=True)
    return len(brief.material) + sum(lent[:POINTS]) < 0.6 * least


def _same(one: str, other: str) -> bool:
    """Whether the shorter of the two says hardly a word that the other does not."""
    words = [{w.lower() for w in text.words(part)} for part in (one, other)]
    return len(words[0] & words[1]) >= 0.75 * max(1, min(map(len, words)))


def gather(run: Run, fields: dict[str, Any], exemplars: Sequence[str]) -> Material:
    """The material of a run whose settings are there."""
    kept = run.settings
    brief = BriefFields.model_validate(fields)
    if kept.get("points"):
        brief = brief.model_copy(update={"points": list(kept["points"])})
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
        ref=str(model.get("ref") or ""),
        prompts=dict(kept.get("prompts") or {}),
        passages=list(kept.get("passages") or []),
        anti=str(kept.get("anti") or anti.HOLLOW),
        avoid=list(kept.get("avoid") or []),
        patterns=diversity.Patterns.restored(kept["patterns"]) if kept.get("patterns") else None,
        weights=kept.get("weights"),
        adapter=dict(kept.get("adapter") or {}),
    )


def who(card: dict[str, Any]) -> list[str]:
    """What is known of the author as a person: names in it may be said."""
    return [str(card.get("author") or ""), *map(str, (card.get("who") or {}).values())]


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
