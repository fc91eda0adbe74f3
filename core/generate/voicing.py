"""Writing with an adapter, a model that has learnt the author: it writes the whole post, and code puts the facts in.

A small model's text stands only where it is nearer to the author than the skeleton's, and holds what every text holds.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import regex

from analytics import text
from core import llm
from core.generate import anchor, body, checklist, free, judge, small, voiced
from core.generate.angles import Angle
from core.generate.brief import BriefFields
from core.generate.desk import Step
from core.generate.keeping import kept_to
from core.generate.material import Material
from core.voice import nearness

CANDIDATES = 6
TEMPERATURE = 0.7
WORTH = 0.02
"""How much nearer to the author, in shares of the way, a post must be to stand in place of the skeleton's."""
SHORT = 8
"""Words up to which a sentence need not be about the brief."""
NEAR = 0.4
"""Cosine to the brief under which a longer sentence is about something else (read on 112 of linkedin-05's adapter)."""
MOST_OWN = 0.6
"""Share of the words of a post that may be the small model's own."""
ENDED = regex.compile(r"[.!?…:)\]\"”’\p{Emoji_Presentation}]\s*$")
LONGEST = 600
"""Tokens of an answer at most."""
APART = 7
"""Tokens in a row that it may repeat. On a real author's held-out briefs (linkedin-05) the runs of eight words that an
adapter repeated from its examples fell from 21% to 6%, and it kept to the brief as well. Code takes out the rest."""


def angles(step: Step | None, material: Material) -> list[Angle]:
    """Planned as without an adapter."""
    return list(_plain(material).angles(step, material))


def draft(step: Step, material: Material, angle: Angle) -> dict[str, Any]:
    """A post in the learnt voice: of a small model the best of several, or the skeleton where none is better."""
    asked = request(material, angle.number * 100 + 7)
    if not material.model.small:
        return {"text": body.clean(step.call(asked).texts[0]), "way": "adapter"}
    plain = small.draft(step, material, angle)
    answer = step.call(asked, show=plain["text"])
    tried = [_candidate(raw, material, angle) for raw in dict.fromkeys(answer.texts)]
    sound = [row for row in tried if not row["broken"]]
    held, _ = kept_to(plain["text"], material, angle.number)
    near = nearness(material.author_id, [held.text, *(row["text"] for row in sound)])
    kept = {**plain, "tried": tried}
    if not sound or near is None:
        return {**kept, "way": "skeleton"}
    best = max(range(len(sound)), key=lambda at: near[at + 1])
    if not held.broken and near[best + 1] < near[0] + WORTH:
        return {**kept, "way": "skeleton", "near": near}
    return {**kept, "way": "adapter", "near": near, "text": sound[best]["text"]}


def request(material: Material, seed: int) -> llm.Request:
    """The request for whole posts, in the words that the adapter was trained on."""
    low, high = material.constraints.chars
    words = max(30, round(min(max(material.style.chars, low), high) / 6))
    system, user = voiced.ask(
        material.author, material.brief, material.exemplars, words, material.prompts.get(voiced.PROMPT)
    )
    return llm.Request(
        user,
        system=system,
        n=CANDIDATES if material.model.small else 1,
        seed=material.seed + seed,
        temperature=TEMPERATURE,
        min_p=0.1,
        repeat_penalty=1.1,
        max_tokens=min(LONGEST, 40 + 2 * words),
        apart=APART,
        adapters=material.loras,
    )


def critique(step: Step, material: Material, angle: Angle, drafted: dict[str, Any]) -> list[dict[str, Any]]:
    """Defects: of a small model's post those that code finds."""
    if drafted.get("way") != "adapter" or not material.model.small:
        return list(_plain(material).critique(step, material, angle, drafted))
    return [{"slot": None, **found.record()} for found in checklist.read(drafted["text"], material)]


def rewrite(
    step: Step, material: Material, angle: Angle, drafted: dict[str, Any], defects: list[dict[str, Any]]
) -> dict[str, Any]:
    """A small model's post was chosen as code had set it right; else as without an adapter."""
    if drafted.get("way") != "adapter" or not material.model.small:
        return dict(_plain(material).rewrite(step, material, angle, drafted, defects))
    return {"text": drafted["text"], "done": ["Written in the voice that the adapter has learnt; the facts are yours."]}


def _candidate(raw: str, material: Material, angle: Angle) -> dict[str, Any]:
    made = anchor.anchored(to_the_point(body.clean(raw), material.brief), material.brief)
    held, done = kept_to(made.text, material, angle.number)
    broken = [b.message for b in held.broken]
    if made.own > MOST_OWN:
        broken.append("It says more of its own than of the brief.")
    if not broken and any(f.name == "claim" for f in checklist.read(held.text, material)):
        broken = ["It says something that has no source."]
    row = {"raw": raw[:2000], "text": held.text, "broken": broken, "done": done}
    return {**row, "placed": made.placed, "own": made.own}


def to_the_point(value: str, brief: BriefFields) -> str:
    """A small model's text without a last sentence that broke off, and without long ones that are about something else.

    A short one may be about nothing: that is often how somebody sounds.
    """
    read = body.parse(value)
    units = read.units()
    long = [unit for unit in units if len(text.words(unit)) > SHORT]
    near = dict(zip(long, judge.relevance(long, brief.about), strict=True)) if long else {}
    gone = [
        (number, at)
        for number, block in enumerate(read.blocks)
        for at, unit in enumerate(block.units)
        if near.get(unit, 1.0) < NEAR or (unit is units[-1] and len(units) > 1 and not ENDED.search(unit))
    ]
    for number, at in reversed(gone):
        value = value.replace(read.blocks[number].units[at], "", 1)
    return body.clean(value)


def _plain(material: Material) -> ModuleType:
    return small if material.model.small else free
