"""Hard constraints: what holds for every variant whatever the model wrote. Checked, repaired, or the variant fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from analytics import layout, text
from analytics.wordclasses import CLASSES
from core.claims import Allowed, Fact, Source, address, facts
from core.generate import body as bodies
from core.generate import figures, finish
from core.generate.brief import BriefFields
from core.generate.style import Style
from core.persona.habits import Habits
from core.platforms import LINKEDIN

FIRST = frozenset(CLASSES["first_singular"][1].split())
LENGTHS = {"short": (120, 500), "medium": (450, 1000), "long": (900, 2200)}
LIMIT = LINKEDIN
"""LinkedIn's longest post."""
NAME = 4
"""Own texts of so few words are names: the author's."""
_KINDS = {
    "number": ("numbers", "a number"),
    "date": ("dates", "a date"),
    "quote": ("quotes", "a quote"),
    "url": ("link", "an address"),
    "name": ("names", "a name"),
}
"""Kind of fact -> the constraint it breaks, and the fact in words."""


@dataclass(frozen=True)
class Constraints:
    """What must hold. Ranges are inclusive; `numbers` are the values that may occur."""

    chars: tuple[int, int] = (800, 1600)
    person: str = "yes"  # yes: says I; no: never does; free
    hashtags: tuple[int, int] = (3, 5)
    emoji: tuple[int, int] = (0, 1)
    sentences: int = 3
    """The most in one paragraph."""
    gap: str = "\n\n"
    one_block: bool = False
    bullets: bool = True
    bullet: str = "-"
    tags: tuple[str, ...] = ()
    """Hashtags to take, the best first."""
    tags_apart: bool = True
    favourite_emoji: tuple[str, ...] = ()
    link: str = ""
    link_place: str = "post"  # post | postscript | comment
    links: tuple[str, ...] = ()
    """Web addresses that may stand in the text."""
    banned: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    """What may be counted in a run of an earlier release, which has no `allowed`."""
    allowed: Allowed | None = None
    """The facts that may occur: numbers, dates, quotes, addresses, names."""
    material: str = ""
    """The brief's own words, as plain words: they are kept where anything else can go."""
    call: str = ""
    """The call to action, as plain words."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "allowed"}
        allowed = {"allowed": self.allowed.record()} if self.allowed is not None else {}
        return {**kept, "numbers": sorted(self.numbers), **allowed}

    @staticmethod
    def restored(kept: dict[str, Any]) -> Constraints:
        """The opposite of `record`."""
        read: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.items()}
        allowed = Allowed.restored(kept["allowed"]) if kept.get("allowed") else None
        return Constraints(**{**read, "numbers": frozenset(kept["numbers"]), "allowed": allowed})

    def summary(self) -> list[str]:
        """In plain words, a line each."""
        said = {"yes": "Says I", "no": "Never says I", "free": "May say I"}
        return [
            f"{self.chars[0]:,} to {self.chars[1]:,} characters",
            said[self.person],
            amount(self.hashtags, "hashtag", "hashtags"),
            amount(self.emoji, "emoji", "emoji"),
            f"At most {self.sentences} {'sentence' if self.sentences == 1 else 'sentences'} in a paragraph",
            *([] if self.bullets else ["No lists"]),
            *([f"None of {len(self.banned)} banned phrases"] if self.banned else []),
            "No number, date, quote, link or name that is not in the brief or its sources"
            if self.allowed is not None
            else "No number that is not in the brief or its sources",
        ]


@dataclass(frozen=True)
class Broken:
    """One constraint that does not hold."""

    name: str
    message: str


def chars(brief: BriefFields, habits: Habits) -> tuple[int, int]:
    """The least and the most characters that are meant."""
    return LENGTHS.get(brief.length) or (habits.min_chars, min(habits.max_chars, LIMIT))


def build(
    brief: BriefFields,
    habits: Habits,
    style: Style,
    banned: Sequence[str] = (),
    required: Sequence[str] = (),
    tags: Sequence[str] = (),
    knowledge: Sequence[str] = (),
    own: Sequence[str] = (),
) -> Constraints:
    """The constraints of one run. What the brief itself says wins over a habit: its words, emoji and hashtags stay.

    Facts may come from the brief and the texts of its `knowledge`, names also from the author's `own` writing.
    """
    material = brief.material
    said = text.hashtags(material)
    emoji = len(text.emoji(material))
    low, high = chars(brief, habits)
    person = "free" if habits.first_person == "no" and first_person(material) else habits.first_person
    links = [*([brief.link] if brief.link else []), *text.links(brief.hook_line + "\n" + brief.call_to_action)]
    told = "\n".join([brief.topic, brief.goal, brief.audience, *required])
    links += [fact.text for fact in facts(told) if fact.kind == "url"]
    return Constraints(
        chars=(low, high),
        person=person,
        hashtags=(habits.hashtags[0], max(habits.hashtags[1], len(set(said)))),
        emoji=(habits.emoji[0] if style.emoji else 0, max(habits.emoji[1], emoji)),
        sentences=max(1, math.ceil(habits.paragraph_sentences[1])),
        gap=style.gap,
        one_block=style.one_block,
        bullets=habits.bullets,
        bullet=style.bullet,
        tags=tuple(dict.fromkeys([*said, *tags])),
        tags_apart=style.tags_apart,
        favourite_emoji=tuple(style.emoji),
        link=brief.link,
        link_place=brief.link_place,
        links=tuple(dict.fromkeys(links)),
        banned=tuple(dict.fromkeys(b.strip() for b in banned if b.strip())),
        required=tuple(dict.fromkeys(r.strip() for r in required if r.strip())),
        numbers=figures.allowed("\n".join([material, brief.topic, brief.goal, brief.audience, *knowledge])),
        allowed=Allowed.of(_sources(brief, required, knowledge, own), [n for n in own if len(n.split()) <= NAME]),
        material=bodies.plain_words(material),
        call=bodies.plain_words(brief.call_to_action),
    )


def _sources(
    brief: BriefFields, required: Sequence[str], knowledge: Sequence[str], own: Sequence[str]
) -> Iterator[Source]:
    """Where facts may come from: the brief, phrases that the house requires, knowledge; names from own writing."""
    yield Source("brief", "brief", brief.topic, "\n".join([brief.material, brief.goal, brief.audience, brief.link]))
    yield from (Source("brief", "required", "", phrase) for phrase in required)
    yield from (Source("knowledge", str(number), "", text) for number, text in enumerate(knowledge))
    yield from (Source("sample", str(number), "", text) for number, text in enumerate(own))


def amount(limits: tuple[int, int], one: str, many: str) -> str:
    """A range in words: `No emoji`, `1 hashtag`, `At most 2 emoji`, `3 to 5 hashtags`."""
    low, high = limits
    if high == 0:
        return f"No {many}"
    if low == high:
        return f"{low} {one if low == 1 else many}"
    return f"At most {high} {one if high == 1 else many}" if low == 0 else f"{low} to {high} {many}"


# ---- checking ------------------------------------------------------------------------------------------------


def check(value: str, c: Constraints) -> list[Broken]:
    """Everything that does not hold, each with a sentence that says so."""
    found = [*_length(value, c), *_person(value, c), *_amounts(value, c), *_lines(value, c), *_links(value, c)]
    found += _facts(value, c)
    if hit := banned_in(value, c.banned):
        found.append(Broken("banned", f"It says “{hit[0]}”, which is banned."))
    found += [
        Broken("required", f"It does not say “{phrase}”, which a guideline requires.")
        for phrase in c.required
        if not banned_in(value, [phrase])
    ]
    return found


def first_person(value: str) -> bool:
    """Whether a text says I, me or my."""
    return any(word.lower().replace("’", "'") in FIRST for word in text.words(value))


def banned_in(value: str, phrases: Sequence[str]) -> list[str]:
    """The phrases that stand in a text as whole words, whatever their case."""
    plain = f" {bodies.plain_words(value)} "
    lowered = value.lower()
    out = []
    for phrase in phrases:
        words = bodies.plain_words(phrase)
        if f" {words} " in plain if words else phrase.lower() in lowered:
            out.append(phrase)
    return out


def _length(value: str, c: Constraints) -> list[Broken]:
    if not text.words(value):
        return [Broken("length", "Nothing was left to show.")]
    low, high = c.chars
    if len(value) > high:
        return [Broken("length", f"It has {len(value):,} characters; at most {high:,} are meant.")]
    if len(value) < low:
        return [
            Broken(
                "length",
                f"It has {len(value):,} characters; at least {low:,} are meant. Give the brief another point or more "
                "of the story, or choose a shorter length.",
            )
        ]
    return []


def _person(value: str, c: Constraints) -> list[Broken]:
    says = first_person(value)
    if c.person == "no" and says:
        return [Broken("person", "It says I, which this author never does.")]
    if c.person == "yes" and not says:
        return [Broken("person", "It never says I, which this author does.")]
    return []


def _amounts(value: str, c: Constraints) -> list[Broken]:
    out = []
    for name, found, (low, high) in (
        ("hashtags", text.hashtags(value), c.hashtags),
        ("emoji", text.emoji(value), c.emoji),
    ):
        if not low <= len(found) <= high:
            out.append(Broken(name, f"It has {len(found)} {name}; {low} to {high} are meant."))
    tags = [t.lower() for t in text.hashtags(value)]
    if len(tags) != len(set(tags)):
        out.append(Broken("hashtags", "A hashtag stands in it twice."))
    return out


def _lines(value: str, c: Constraints) -> list[Broken]:
    out = []
    blank = layout.has_blank_lines(value)
    if c.gap == "\n" and blank:
        out.append(Broken("line breaks", "It has blank lines, which this author does not use."))
    if c.gap == "\n\n" and not blank and len(text.lines(value)) > 1 and not _is_list(value):
        out.append(Broken("line breaks", "Its paragraphs are not parted by blank lines."))
    if not c.bullets and layout.bullets(value):
        out.append(Broken("line breaks", "It has a list, which this author does not use."))
    said = bodies.parse(value)
    longest = max((len(block.units) for block in said.blocks if not block.listed), default=0)
    if longest > c.sentences:
        out.append(Broken("line breaks", f"A paragraph has {longest} sentences; at most {c.sentences} are meant."))
    return out


def _is_list(value: str) -> bool:
    return layout.bullets(value) >= len(text.lines(value)) - 2


def _links(value: str, c: Constraints) -> list[Broken]:
    found = text.links(value)
    if strange := [link for link in found if link not in _shown(c)]:
        return [Broken("link", f"It links to {strange[0][:80]}, which is not in the brief.")]
    why = finish.misplaced(value, c.link, c.link_place)
    return [Broken("link", why)] if why else []


def _shown(c: Constraints) -> set[str]:
    """The allowed addresses as `text.links` reads them."""
    return {link for allowed in c.links for link in (allowed, *text.links(allowed))}


def _facts(value: str, c: Constraints) -> list[Broken]:
    """A line for each kind of fact that no source holds."""
    by_kind: dict[str, list[str]] = {}
    for fact in foreign(finish.unplaced(value), c):
        by_kind.setdefault(fact.kind, []).append(fact.text)
    return [
        Broken(_KINDS[kind][0], f"It holds {_KINDS[kind][1]} that is not in the brief: {', '.join(found[:3])}.")
        for kind, found in by_kind.items()
    ]


def foreign(value: str, c: Constraints) -> list[Fact]:
    """The facts of a text that neither the brief nor its sources hold.

    A source lends no address: networks make a link of `example.com` by themselves, and whoever wrote the source would
    choose where it leads.
    """
    if c.allowed is not None:
        known = {address(link) for link in _shown(c)}
        strange = c.allowed.foreign(value)
        lent = [f for f in facts(value) if f.kind == "url" and f not in strange and not _typed(f, c)]
        found = [*strange, *lent] if lent else strange
        return sorted((f for f in found if not (f.kind == "url" and f.value in known)), key=lambda f: (f.start, f.end))
    for tag in text.hashtags(value):
        value = value.replace(tag, " ") if not any(ch.isdigit() for ch in tag) else value
    return [Fact("number", number, number, 0, 0) for number in figures.foreign(value, c.numbers)]


def _typed(found: Fact, c: Constraints) -> bool:
    """Whether an address stands in the brief itself, where a person wrote it."""
    return f" {bodies.plain_words(found.text)} " in f" {c.material} "


def widened(c: Constraints, *said: str) -> Constraints:
    """The same, where facts may also come from these texts: what a person wrote or wants."""
    allowed = c.allowed and c.allowed.plus(Source("brief", "said", "", one) for one in said)
    return replace(c, numbers=c.numbers | figures.allowed("\n".join(said)), allowed=allowed)


def unknown(fact: Fact) -> str:
    """Why a fact may not stand: `the number 40 is not in the brief`."""
    return f"the {fact.kind if fact.kind != 'url' else 'address'} {fact.text[:60]} is not in the brief"


def forbidden(unit: str, c: Constraints) -> str:
    """Why a sentence may not stand, or ''."""
    if strange := foreign(unit, c):
        return unknown(strange[0])
    if hit := banned_in(unit, c.banned):
        return f"“{hit[0]}” is banned"
    if c.person == "no" and first_person(unit):
        return "this author never says I"
    return ""
