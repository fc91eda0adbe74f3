"""A text under revision: its sentences, hashtags and links apart, so that one can change and the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import regex

from analytics import text
from core.generate.adapt_code import worth
from core.generate.adapt_cut import Unit, joined, units
from core.generate.body import plain_words
from core.generate.clauses import capital
from core.generate.judge import content
from core.generate.material import Material
from core.generate.repair import ended

_ENDS_IN_TAGS = regex.compile(r"(\s+)#[\p{L}\p{N}_]+(?:\s+#[\p{L}\p{N}_]+)*\s*$")


class Said(NamedTuple):
    """What came of a wish."""

    done: bool
    text: str


def done(said: str) -> Said:
    """It was done."""
    return Said(True, said)


def refused(said: str) -> Said:
    """It was not, for this reason."""
    return Said(False, said)


def many(count: int, one: str) -> str:
    """`1 sentence`, `3 sentences`."""
    return f"{count} {one if count == 1 else one + 's'}"


@dataclass
class Draft:
    """The units of a text in order. `touched` says whether anything was changed at all."""

    units: list[Unit]
    tags: list[str]
    material: Material
    tag_gap: str = "\n\n"
    touched: bool = False
    kept: set[str] = field(default_factory=set)
    """Sentences that somebody asked to keep."""

    @staticmethod
    def of(value: str, material: Material) -> Draft:
        """A text taken apart."""
        found, tags = units(value)
        gap = _ENDS_IN_TAGS.search(value)
        return Draft(found, tags, material, regex.sub(r"[^\S\n]+(?=\n)", "", gap[1]) if gap else "\n\n")

    def text(self) -> str:
        """The text as it stands now."""
        body = joined(self.units)
        tags = " ".join(self.tags)
        return f"{body}{self.tag_gap}{tags}" if body and tags else body or tags

    def protect(self, wishes: Iterable[str], quoted: Sequence[str]) -> None:
        """Keep what these wishes name: the story, the opening, the end, a quoted phrase, sentences with its words."""
        story = plain_words(self.material.brief.story)
        for wish in wishes:
            words = content(regex.sub(r"\{\d+\}", " ", wish)) - {"keep", "leave", "touch", "change", "part", "sentence"}
            named = [plain_words(quoted[int(n)]) for n in regex.findall(r"\{(\d+)\}", wish)]
            for at, unit in enumerate(self.units):
                said = plain_words(unit.text)
                if (
                    (words & content(unit.text))
                    or any(phrase in said for phrase in named)
                    or ("story" in words and said in story)
                    or (words & {"ending", "end", "last"} and at == self.end() - 1)
                    or (words & {"list", "bullets"} and unit.listed)
                ):
                    self.kept.add(unit.text)

    def set(self, changed: Iterable[Unit]) -> None:
        """Other units in place of all."""
        self.units, self.touched = list(changed), True

    def change(self, work: Callable[[str], str]) -> int:
        """Change every unit that is not to be kept and holds more than a link; returns how many changed."""
        new = [u if u.text in self.kept else replace(u, text=work(u.text)) for u in self.units]
        count = sum(a.text != b.text for a, b in zip(self.units, new, strict=True))
        if count:
            self.set(u for u in new if u.text.strip())
        return count

    def drop(self, gone: Iterable[int]) -> int:
        """Without the units at these places, except those to be kept; what follows keeps the paragraph's break."""
        out: list[Unit] = []
        wanted = {at for at in gone if self.units[at].text not in self.kept}
        held = ""
        for at, unit in enumerate(self.units):
            if at in wanted:
                held = max(held, unit.before, key=len)
                continue
            out.append(replace(unit, before=max(held, unit.before, key=len) if out else ""))
            held = ""
        if wanted:
            self.set(out)
        return len(wanted)

    def insert(self, at: int, said: str) -> None:
        """A sentence as a paragraph of its own at a place."""
        rest = list(self.units[at:])
        if rest:
            rest[0] = replace(rest[0], before="\n\n")
        self.set([*self.units[:at], Unit(said, "\n\n" if at else ""), *rest])

    def end(self) -> int:
        """Where the body ends: before the call to action, the links and the postscript."""
        call = plain_words(self.material.brief.call_to_action)
        at = len(self.units)
        while at > 1 and (self.linked(at - 1) or (call and plain_words(self.units[at - 1].text) in call)):
            at -= 1
        return at

    def linked(self, at: int) -> bool:
        """Whether the unit is little more than a link."""
        said = self.units[at].text
        return bool(text.links(said)) and len(text.words(said)) <= 6

    def called(self, at: int) -> bool:
        """Whether the unit is the brief's call to action."""
        call, said = plain_words(self.material.brief.call_to_action), plain_words(self.units[at].text)
        return bool(call and said and said in call)

    def cost(self, at: int) -> float:
        """How much would be lost without the unit; its opening, its call and its links are never given up."""
        if at == 0 or self.linked(at) or self.called(at) or self.units[at].text in self.kept:
            return 99.0
        follows = at + 1 < len(self.units) and self.units[at + 1].leans and self.units[at + 1].before == " "
        lead = self.units[at].text.endswith(":")
        return worth(self.units[at], self.material.brief) + 1.0 * follows + 3.0 * lead

    def unsaid(self) -> list[str]:
        """Sentences of the brief that the text does not hold yet, as they stand there."""
        brief = self.material.brief
        said = plain_words(self.text())
        rows = [
            *text.sentences(brief.story),
            *brief.points,
            *text.sentences(brief.opinion),
            *text.sentences(brief.example),
        ]
        fresh = (capital(ended(row.strip())) for row in rows if row.strip())
        return [row for row in dict.fromkeys(fresh) if plain_words(row) not in said]
