"""The skeleton of a post: the brief's own words in the order of an angle, with places where a sentence may be added.

Nothing in it is invented: story, points, view, hook and call to action stand as they were written, but for what
`core.generate.frames` changes (a few words between them, two sentences made one, don't or do not).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import regex

from analytics import text
from core.generate import body as bodies
from core.generate import constraints
from core.generate.angles import Angle
from core.generate.body import Block, Body
from core.generate.brief import BriefFields
from core.generate.clauses import SUBJECTS, capital, is_clause, lowered
from core.generate.constraints import Constraints
from core.generate.diversity import Patterns
from core.generate.frames import FRAMES, Build, framed
from core.generate.judge import NEGATIONS
from core.generate.parts import Part, as_built, rendered, shorter
from core.generate.repair import ended
from core.generate.style import Style

LEADS = ("That matters because", "That way,", "It means", "In practice,")
"""How an added sentence begins; the prompt's examples show each."""
_BACKWARD = regex.compile(
    r"(?i)^(?:and|but|so|then|or|it|he|she|they|this|that|these|those|his|her|their|its|which|by then|after that|"
    r"instead|because|also|still|there)\b"
)
_REFERS = regex.compile(
    r"(?i)\b(?:it|its|they|them|their|he|him|his|she|her|him|those|these|there(?! (?:is|are|was|were)\b))\b"
)
"""Words for something that was said before: a sentence with one of them opens no post."""


@dataclass
class Slot:
    """A place for a sentence: in block `block` after the words `after`, beginning with `lead`."""

    block: int
    after: str
    lead: str


@dataclass
class Skeleton:
    """A post of the brief's own words, and the places where a sentence may be added."""

    blocks: list[Block] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    def body(self) -> Body:
        """As a body of its own."""
        return Body([Block(list(b.units), b.listed) for b in self.blocks])


@dataclass(frozen=True)
class Material:
    """The brief's own words as sentences."""

    topic: str
    story: list[str]
    points: list[str]
    """Each as a sentence where it is one, else as it stands."""
    clauses: list[bool]
    hook: str
    call: list[str]
    opinion: list[str]
    example: list[str]
    extra: list[str]
    """What may fill up a post that is too short: facts from the sources, whom it is for."""


def material(brief: BriefFields, c: Constraints) -> Material:
    """The brief as sentences."""
    clauses = [is_clause(p) for p in brief.points]
    link = set(c.links)
    call = [s for s in text.sentences(_unlinked(brief.call_to_action, link)) if text.words(s)]
    return Material(
        topic=" ".join(brief.topic.split()).rstrip("."),
        story=[ended(s) for s in text.sentences(brief.story)],
        points=[ended(capital(p)) if clause else p for p, clause in zip(brief.points, clauses, strict=True)],
        clauses=clauses,
        hook=brief.hook_line,
        call=[ended(s) for s in call],
        opinion=[ended(capital(s)) for s in text.sentences(_unlinked(brief.opinion, link))],
        example=[ended(capital(s)) for s in text.sentences(_unlinked(brief.example, link))],
        extra=[*_facts(brief.sources), *_for_whom(brief.audience)],
    )


def _facts(sources: Sequence[str]) -> list[str]:
    """The lines of the sources that are sentences without an address."""
    return [ended(capital(s)) for s in sources if len(text.words(s)) > 4 and not text.links(s) and is_clause(s)]


def _for_whom(audience: str) -> list[str]:
    said = " ".join(audience.split()).rstrip(".")
    return [f"This is for {lowered(said)}."] if 0 < len(text.words(said)) <= 12 else []


def compose(
    angle: Angle,
    brief: BriefFields,
    style: Style,
    c: Constraints,
    seed: int,
    lately: Patterns | None = None,
    build: Build | None = None,
) -> Skeleton:
    """The skeleton of an angle, cut to the room that there is. Its frames are not those of the newest posts."""
    m = material(brief, c)
    person = _person(m, style, c)
    pick = _Picker(person, seed + angle.number, lately or Patterns(), build or usual(style, seed + angle.number))
    order = {"claim": _claim, "story": _story, "question": _question, "list": _list, "lesson": _lesson}[angle.kind]
    parts = _specifics(order(m, angle, pick), m, angle, pick)
    opens_with_hook = m.hook and angle.number % 2 == 1
    if m.hook:
        parts.insert(0 if opens_with_hook else 1, Part([ended(m.hook)], must=True))
    if m.call and not any(p.call for p in parts):
        parts.append(Part(m.call, must=True, call=True))
    longest = round(1.3 * style.chars) if style.samples and angle.number % 2 == 0 else c.chars[1]
    return _room(parts, c, pick, m, max(longest, c.chars[0]))


def usual(style: Style, seed: int) -> Build:
    """The build that an author's habits speak for, where nothing can be compared."""
    forms = "short" if style.short >= 0.8 else "long" if style.short <= 0.2 else ""
    return Build(lesson=seed, first=seed, back=seed, proof=seed, opinion=seed, example=seed, forms=forms)


# ---- the orders ----------------------------------------------------------------------------------------------


@dataclass
class _Picker:
    person: str
    seed: int
    lately: Patterns
    build: Build

    def frame(self, name: str) -> list[str]:
        """A frame that is a unit of its own; none where the build has none."""
        rows = self.lately.fresh(FRAMES[name][self.person])
        said = rows[int(getattr(self.build, name)) % len(rows)]
        return [said] if said else []

    def framed(self, name: str, unit: str) -> str:
        """A sentence after a frame."""
        return framed(unit, name, next(iter(self.frame(name)), ""))

    def one(self, wordings: Sequence[str]) -> str:
        rows = self.lately.fresh(wordings)
        return rows[self.seed % len(rows)]

    def lead(self, at: int) -> str:
        return LEADS[(self.seed + at) % len(LEADS)]


def _claim(m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    first, rest = _lead_and_rest(m, angle)
    parts = [Part([first], must=True, slot=True)] if first else []
    if m.story:
        parts.append(Part([*pick.frame("proof"), *m.story] if first else list(m.story), told=True))
    return [*parts, *rest]


def _story(m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    first, rest = _lead_and_rest(m, angle)
    parts = [Part([m.story[0]], must=True)]
    if m.story[1:]:
        parts.append(Part(m.story[1:], must=True, told=True))
    if first:
        parts.append(Part([pick.framed("lesson", first)], must=True, slot=True))
    return [*parts, *rest]


def _question(m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    first, rest = _lead_and_rest(m, angle)
    asked = [s for s in m.call if s.endswith("?")]
    if asked and len(asked) == len(m.call):
        parts = [Part(m.call, must=True, call=True)]
    else:
        parts = [Part([pick.one(questions(m.topic))], must=True)]
    if first:
        parts.append(Part([first], must=True, slot=True))
    return [*parts, *rest, *([Part(list(m.story), told=True)] if m.story else [])]


def _list(m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    lead = angle.lead
    points = [*m.points[lead:], *m.points[:lead]]
    heading = f"{capital(m.topic)}:" if len(m.topic) <= 90 else next(iter(pick.frame("lesson")), "In short:")
    parts = [Part([heading], must=True), Part(_items(points), must=True, listed=True, slot=True)]
    return [*parts, *([Part(list(m.story), told=True, spare=True)] if m.story else [])]


def _lesson(m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    first, rest = _lead_and_rest(m, angle)
    end = m.story[-1]
    if _BACKWARD.match(end) or _REFERS.search(end):
        opening, before = pick.framed("first", first), m.story
        parts = [Part([opening], must=True, slot=True), Part(list(before), must=True, told=True), *rest]
    else:
        parts = [Part([end], must=True), Part([*pick.frame("back"), *m.story[:-1]], must=True, told=True)]
        parts += [Part([pick.framed("lesson", first)], must=True, slot=True), *rest]
    return parts


def _specifics(parts: list[Part], m: Material, angle: Angle, pick: _Picker) -> list[Part]:
    """With the author's view and their example: every post says them, each kind of angle at its own place."""
    if m.example:
        at = next((n for n, p in enumerate(parts) if n and not p.told), len(parts))
        said = [pick.framed("example", m.example[0]), *m.example[1:]]
        parts.insert(at if angle.kind in ("claim", "question") else len(parts), Part(said, must=True, told=True))
    if m.opinion:
        said = [pick.framed("opinion", m.opinion[0]), *m.opinion[1:]]
        at = 1 if angle.kind in ("question", "story") else len(parts)
        told = angle.kind == "story" and any(p.told for p in parts[1:2])
        parts.insert(at + told, Part(said, must=True, told=True))
    return parts


def _lead_and_rest(m: Material, angle: Angle) -> tuple[str, list[Part]]:
    """The leading point, and the others: fragments together as a list, sentences each on its own."""
    if not m.points:
        return "", []
    at = min(angle.lead, len(m.points) - 1)
    others = [n for n in range(len(m.points)) if n != at]
    others = others[angle.number % max(1, len(others)) :] + others[: angle.number % max(1, len(others))]
    whole = [Part([m.points[n]], slot=True) for n in others if m.clauses[n]]
    pieces = [m.points[n] for n in others if not m.clauses[n]]
    if pieces:
        whole.append(Part(_items(pieces), listed=True) if len(pieces) > 1 else Part([ended(capital(pieces[0]))]))
    first = m.points[at]
    return (first if m.clauses[at] else ended(capital(first))), whole


def _items(points: Sequence[str]) -> list[str]:
    """Points as the items of a list: capitals, and full stops on all of them or on none."""
    if all(p[-1:] in ".!?" for p in points):
        return [capital(p) for p in points]
    return [capital(p[:-1] if p[-1:] == "." else p) for p in points]


def questions(topic: str) -> tuple[str, ...]:
    """Questions about a topic that make sense for any noun phrase."""
    if topic.endswith("?"):
        return (topic,)
    low, first = lowered(topic), next(iter(text.words(topic)), "").lower()
    if len(text.words(topic)) > 9 or topic.endswith((".", "!")) or first in SUBJECTS:
        return ("Have you seen this too?", "How would you decide?", "What do you make of this?")
    return (
        f"{capital(topic)}: what would you change?",
        f"What do we get wrong about {low}?",
        f"{capital(topic)}: what helps?",
    )


# ---- fitting -------------------------------------------------------------------------------------------------


def _room(parts: list[Part], c: Constraints, pick: _Picker, m: Material, usual: int) -> Skeleton:
    """Cut to the longest length, fill to the shortest with what the brief still has, and open slots."""
    while len(rendered(parts, c)) > c.chars[1] and shorter(parts):
        pass
    # Every other variant does without a story that would make it longer than the author's usual post.
    long = len(rendered(parts, c)) > usual
    without = [p for p in parts if not (p.spare or (long and p.told and not p.must))]
    if len(rendered(without, c)) >= c.chars[0]:
        parts = without
    for unit in m.extra:
        if len(rendered(parts, c)) >= c.chars[0]:
            break
        parts.insert(max(1, len(parts) - 1), Part([unit]))
    parts = [p for p in parts if p.units]
    built = as_built(parts, pick.build, pick.framed, c.sentences)
    parts = built if c.chars[0] <= len(rendered(built, c)) <= c.chars[1] else parts
    slots = [
        Slot(at, part.units[-1], pick.lead(at))
        for at, part in enumerate(parts)
        if part.slot and not _denies(part.units[-1]) and is_clause(part.units[-1])
    ]
    return Skeleton([Block(list(p.units), p.listed) for p in parts], slots)


def _denies(unit: str) -> bool:
    """Whether a sentence says what is not so: what goes on from it too easily says the opposite."""
    words = {w.lower().replace("’", "'") for w in text.words(unit)}
    return bool(words & NEGATIONS) or any(w.endswith("n't") for w in words)


def _person(m: Material, style: Style, c: Constraints) -> str:
    """In whose name the frames speak."""
    said = " ".join([*m.story, *m.points, *m.opinion, *m.example])
    if c.person == "yes" or (c.person == "free" and constraints.first_person(said)):
        return "i"
    words = {w.lower() for w in text.words(said)}
    return "we" if words & {"we", "our", "us"} and style.we >= 0.2 else ""


# ---- words ---------------------------------------------------------------------------------------------------


def _unlinked(value: str, links: set[str]) -> str:
    for link in links:
        value = value.replace(link, "")
    return (bodies.parse(value).units() and value.strip()) or ""


def filled(skeleton: Skeleton, sentences: Sequence[str | None]) -> Body:
    """The skeleton with a sentence in each slot that has one; after a list it stands in a block of its own."""
    body = skeleton.body()
    added = 0
    for slot, sentence in zip(skeleton.slots, sentences, strict=True):
        if not sentence:
            continue
        at = slot.block + added
        if body.blocks[at].listed:
            body.blocks.insert(at + 1, Block([sentence]))
            added += 1
        else:
            body.blocks[at] = replace(body.blocks[at], units=[*body.blocks[at].units, sentence])
    return body
