"""The checklist that every draft is read against, and the part of it that code can read: each defect with its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from analytics import hooks, overlap, slop, text
from core import claims
from core.claims import Source
from core.generate import constraints, edits, repair, specifics
from core.generate.body import parse, plain_words
from core.generate.guard import leaks
from core.generate.material import Material

CHECKLIST = (
    "The first line would make this author's readers stop.",
    "One specific story, detail or example from the brief is in it.",
    "One number or example of the brief is in it, where the brief has one.",
    "Every key point of the brief is said once.",
    "There is a point of view, and no empty phrase.",
    "Nothing is claimed that the brief and its sources do not say.",
    "It ends with the call to action, where the brief has one.",
    "Sentence lengths and line breaks are the author's.",
)
STOCK = ("stock opening", "stock closing", "stock phrase", "not X but Y", "run of emoji")
"""Passages that count as empty (analytics.slop.KINDS); threes and dashes are habits, not defects."""
TWICE = 0.8
"""Share of a point's telling words in each of two sentences that say it twice."""
LONG_SENTENCE = 34
"""Words; a sentence may also be as long as a quarter more than the longest of the exemplars."""


@dataclass(frozen=True)
class Defect:
    """Something wrong with a draft. `quote` are its words, or "" where something is missing."""

    name: str
    text: str
    quote: str = ""
    fix: str = ""

    def record(self) -> dict[str, Any]:
        """As the critique step keeps it."""
        return {"quote": self.quote, "text": self.text, "fix": self.fix, "by": "code", "name": self.name}


Reader = Callable[[str, Material], Iterator[Defect]]


def read(value: str, material: Material) -> list[Defect]:
    """Everything that code finds wrong with a draft, in the order of the checklist, each thing once."""
    seen: dict[tuple[str, str], Defect] = {}
    for reader in READERS:
        for found in reader(value, material):
            seen.setdefault((found.name, found.quote or found.text), found)
    return list(seen.values())


def sources(material: Material) -> list[Source]:
    """What the draft may draw from."""
    brief = material.brief
    said = "\n".join(row for row in (brief.topic, brief.goal, brief.audience, brief.material, brief.link) if row)
    own = [Source("sample", f"exemplar {n}", "", text) for n, text in enumerate(material.exemplars, 1)]
    passages = [Source("knowledge", p["id"], p["title"], p["text"]) for p in material.passages]
    return [Source("brief", material.run_id, "the brief", said), *passages, *own]


# ---- the readers, a line of the checklist each -----------------------------------------------------------------


def _hook(value: str, material: Material) -> Iterator[Defect]:
    first = next(iter(text.sentences(value)), "")
    stock = [p for p in slop.passages(value) if p.kind == "stock opening"]
    if stock:
        yield Defect("hook", "It opens with a stock phrase.", value[stock[0].start : stock[0].end], "Open with a fact.")
    wanted = material.brief.hook_kind
    if wanted and hooks.hook(value) != wanted:
        yield Defect("hook", f"It does not open as was asked for ({wanted}).", first)
    line = material.brief.hook_line
    if line and plain_words(line) not in plain_words(value):
        yield Defect("hook", "The opening line that was asked for is not in it.", "", f"Open with: {line}")


def _specifics(value: str, material: Material) -> Iterator[Defect]:
    names = {
        "detail": "It leaves out the story or detail",
        "metric": "It leaves out the number or example",
        "opinion": "It leaves out the point of view",
    }
    for one in specifics.missing(value, material.brief):
        yield Defect(one.name, f"{names[one.name]}: {one.text[:200]}", "", "Put it in.")


def _points(value: str, material: Material) -> Iterator[Defect]:
    for point in specifics.unsaid(value, material.brief):
        yield Defect("point", f"It leaves out the key point: {point[:200]}", "", "Say it.")
    units = text.sentences(value)
    for point in material.brief.points:
        saying = [u for u in units if specifics.holds(u, point, TWICE)]
        if len(saying) > 1:
            yield Defect("twice", f"It says a key point twice: {point[:200]}", saying[-1], "Say it once.")
    for at, unit in enumerate(units):
        if len(unit.split()) > 4 and any(overlap.overlap(unit, other, 2) > TWICE for other in units[:at]):
            yield Defect("twice", "It says the same sentence again.", unit, "Take it out.")


def _empty(value: str, _material: Material) -> Iterator[Defect]:
    for found in slop.passages(value):
        if found.kind in STOCK:
            yield Defect(
                "empty", f"An empty phrase ({found.kind}).", value[found.start : found.end], "Say what is meant."
            )


def _claims(value: str, material: Material) -> Iterator[Defect]:
    found = [c for c in claims.check(value, sources(material)) if c.status == "unsupported"]
    for claim in sorted(found, key=lambda c: c.score):  # what is farthest from every source first
        why = (claim.why or "neither the brief nor its sources say so").rstrip(".")
        fix = "Take it out, or say what the brief says."
        yield Defect("claim", f"No source for this: {why}.", claim.sentence, fix)


def _call(value: str, material: Material) -> Iterator[Defect]:
    call = material.brief.call_to_action
    if not call:
        return
    units = [u for u in parse(value).units() if text.words(u)]
    saying = [at for at, unit in enumerate(units) if specifics.holds(unit, call)]
    if not saying:
        yield Defect("call", "The call to action is not in it.", "", f"End with: {call}")
    elif saying[-1] < len(units) - 2 - len(text.sentences(call)):
        yield Defect("call", "The call to action does not stand at the end.", units[saying[-1]], "Move it to the end.")


def _lengths(value: str, material: Material) -> Iterator[Defect]:
    longest = max((len(s.split()) for one in material.exemplars for s in text.sentences(one)), default=0)
    most = max(LONG_SENTENCE, round(1.25 * longest))
    for unit in text.sentences(value):
        if len(unit.split()) > most:
            yield Defect(
                "length",
                f"A sentence of {len(unit.split())} words; theirs have at most {most}.",
                unit,
                "Cut it in two.",
            )


def _constraints(value: str, material: Material) -> Iterator[Defect]:
    for broken in constraints.check(value, material.constraints):
        yield Defect(broken.name, broken.message)
    if leaks(value):
        yield Defect("leak", "It repeats what Timbre told the model.", "", "Take it out.")


READERS: tuple[Reader, ...] = (_hook, _specifics, _points, _empty, _claims, _call, _lengths, _constraints)
"""Adding a reading: a function and its place here, and a way to plant its defect in bench/critique.py."""


def sourced(value: str, material: Material) -> tuple[str, list[str]]:
    """The text without sentences that have no source, as far as it holds without them; a line for each."""
    gone = []
    for defect in _claims(value, material):
        without = edits.apply(value, [{"old": defect.quote, "new": ""}]).text
        if without != value and not repair.repair(without, material.constraints).broken:
            value = without
            gone.append(f"Took out “{defect.quote[:80]}”: it has no source.")
    return value, gone
