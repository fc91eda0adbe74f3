"""Which facts a text may hold: those of its sources."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import regex

from core.claims import facts
from core.claims.model import Fact, Source

_STEM = 5
PACKED = 4_000
"""Characters of words from which they are kept compressed."""


@dataclass(frozen=True)
class Allowed:
    """The facts of some sources. Numbers, dates, quotes and addresses come from briefs and knowledge only."""

    numbers: frozenset[str] = frozenset()
    dates: tuple[frozenset[str], ...] = ()
    links: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Names of the author's own samples, and the author."""
    words: str = ""
    """The words of brief and knowledge, in lower case, a source a line: for quotes and for names."""

    @staticmethod
    def of(sources: Iterable[Source], names: Sequence[str] = ()) -> Allowed:
        """What the sources hold. `names` are known besides: the author's own."""
        numbers: set[str] = set()
        dates: dict[frozenset[str], None] = {}
        links: set[str] = set()
        called = {part for name in names for part in (_plain(name), *_plain(name).split())}
        lines: list[str] = []
        for source in sources:
            held = facts.read(f"{source.title}\n{source.text}" if source.kind != "sample" else source.text)
            called.update(n.value for n in held.names)
            if source.kind == "sample":
                called.update(part for n in held.names for part in n.value.split())
                continue
            lines.append(facts.words(held.seen.text))
            for number in held.numbers:
                numbers.update((*number.wants, *number.gives))
            for date in held.dates:
                dates.update(dict.fromkeys(date.parts))
                for parts in date.parts:
                    numbers.update(f"#{p[1:]}" for p in parts if regex.fullmatch(r"d\d+", p))
                    numbers.update(p[1:] for p in parts if regex.fullmatch(r"y\d+", p))
            links.update(value for _, _, value in held.links)
        return Allowed(frozenset(numbers), tuple(dates), frozenset(links), frozenset(called), "\n".join(lines))

    def plus(self, sources: Iterable[Source]) -> Allowed:
        """These and what more sources hold."""
        more = Allowed.of(sources)
        return Allowed(
            self.numbers | more.numbers,
            (*self.dates, *more.dates),
            self.links | more.links,
            self.names | more.names,
            "\n".join(line for line in (self.words, more.words) if line),
        )

    def foreign(self, text: str) -> list[Fact]:
        """The facts of a text that no source holds, in order."""
        return [fact for fact in facts.facts(text) if not self.knows(fact)]

    def knows(self, fact: Fact) -> bool:
        """Whether a source holds this fact."""
        if fact.kind == "number":
            return any(value in self.numbers for value in fact.value.split("|"))
        if fact.kind == "date":
            return any(self._dated(frozenset(value.split())) for value in fact.value.split("|"))
        if fact.kind == "url":
            return fact.value in self.links
        if fact.kind == "quote":
            return self._says(fact.value)
        return self._named(fact.value)

    def _dated(self, parts: frozenset[str]) -> bool:
        if any(parts <= known for known in self.dates):
            return True
        return len(parts) == 1 and next(iter(parts))[1:] in self.numbers and next(iter(parts))[0] == "y"

    def _says(self, words: str) -> bool:
        return any(f" {words} " in f" {line} " for line in self.words.split("\n"))

    def _named(self, name: str) -> bool:
        if name in self.names or self._says(name):
            return True
        squashed = regex.sub(r"[ .'&-]", "", name)
        if len(squashed) > 5 and any(squashed in line.replace(" ", "") for line in self.words.split("\n")):
            return True
        if " " in name:
            return False
        stem = name[: max(_STEM, len(name) - 3)]
        return len(stem) >= _STEM and f" {stem}" in f" {self.words}".replace("\n", " ")

    def record(self) -> dict[str, Any]:
        """As JSON."""
        lists = {name: sorted(value) for name, value in asdict(self).items() if isinstance(value, frozenset)}
        words: Any = self.words
        if len(words) > PACKED:  # a paper: every variant of the run keeps this
            words = {"zlib": base64.b64encode(zlib.compress(words.encode(), 9)).decode()}
        return {**lists, "dates": [sorted(parts) for parts in self.dates], "words": words}

    @staticmethod
    def restored(kept: dict[str, Any]) -> Allowed:
        """The opposite of `record`."""
        sets = {name: frozenset(kept.get(name, [])) for name in ("numbers", "links", "names")}
        dates = tuple(frozenset(parts) for parts in kept.get("dates", []))
        words = kept.get("words", "")
        if isinstance(words, dict):
            words = zlib.decompress(base64.b64decode(words["zlib"])).decode()
        return Allowed(**sets, dates=dates, words=words)


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("’", "'").split())
