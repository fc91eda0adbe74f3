"""The card as a prompt needs it: short, plain, corrections first, nothing that the samples do not carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core import store
from core.persona.card import Card
from core.persona.commands import current
from core.persona.corpus import read, subset
from core.persona.fields import SECTIONS
from core.persona.habits import Habits, of_figures
from core.persona.questionnaire import sensitive_rule
from core.persona.sliders import instructions
from core.store import authors, personas

_LISTS = ("lexicon.phrases", "lexicon.taboo", "lexicon.jargon", "identity.subjects", "structure.openings")
_SPOKEN = frozenset({"lexicon.taboo", "lexicon.phrases", "lexicon.jargon"})


def for_prompt(author_id: str) -> dict[str, Any]:
    """What generation is told of an author. Raises NotFound.

    `author`, `version` (0: no card yet), `who` (role, audience, expertise, goals as answered), `sensitive` (a sentence
    or ""), `voice` (plain lines by section), `corrections` (lines a person wrote: they win), `push` (the sliders as
    instructions), `phrases`, `taboo`, `jargon`, `subjects`, `openings` (lists), `passages` (texts, at most 4),
    `samples` (how many posts it rests on).
    """
    card = current(author_id)
    with store.reading() as tx:
        author = authors.get(tx, author_id)
    answers: dict[str, str] = dict(author.questionnaire)
    out: dict[str, Any] = {
        "author": author.name,
        "version": card.version if card else 0,
        "samples": card.samples if card else 0,
        "who": {k: v for k, v in answers.items() if k in ("role", "audience", "expertise", "goals")},
        "sensitive": sensitive_rule(answers),
        "push": instructions(card.sliders) if card else [],
        "voice": _voice(card) if card else {},
        "corrections": [one.text for one in card.lines if one.edit] if card else [],
        "passages": [p.text for p in card.passages] if card else [],
    }
    for path in _LISTS:
        value = card.line(path).value if card else None
        out[path.partition(".")[2]] = list(value or [])
    return out


def _voice(card: Card) -> dict[str, list[str]]:
    """Lines by section; the words to use and to avoid have lists of their own."""
    found = {
        title: [one.text for one in card.section(name) if one.known and one.path not in _SPOKEN]
        for name, title in SECTIONS.items()
    }
    return {title: lines for title, lines in found.items() if lines}


def constraints(author_id: str) -> Habits:
    """The author's habits with a person's corrections on top: what code guarantees of a draft. Raises NotFound.

    Reads the same posts as the card; the defaults where they are fewer than 5.
    """
    with store.reading() as tx:
        authors.get(tx, author_id)
        ids, _ = personas.sample_ids(tx, author_id)
        texts = personas.pick_samples(tx, subset(ids, author_id))
    return corrected(of_figures(read(texts).posts), current(author_id))


def corrected(habits: Habits, card: Card | None) -> Habits:
    """Habits with the card's corrections of ranges and choices put in their place."""
    changed: dict[str, Any] = {}
    for one in card.lines if card else ():
        if one.edit is None or not one.line.habit:
            continue
        value = one.edit.value
        if one.line.habit == "chars":
            changed |= {"min_chars": value[0], "max_chars": value[1]}
        elif one.line.kind == "range":
            changed[one.line.habit] = (value[0], value[1])
        elif one.line.habit == "first_person":
            changed["first_person"] = value
        else:
            changed[one.line.habit] = value == "yes"
    return replace(habits, **changed) if changed else habits
