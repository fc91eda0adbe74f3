"""The diversity budget: what an author's last posts have in common, and what the next one should leave out."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal, get_args

import regex

from analytics import hooks, layout, text
from core import store
from core.persona.figures import cleaned, invites
from core.store import ideas
from core.store.base import now
from core.store.ideas import Text

Kind = Literal["hook", "opening", "layout", "call", "words"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Kind of opening, first three words, layout, kind of call to action, and the same call in the same words."""
WEEKS = 6
FEW, MOST = 6, 12
"""Below FEW posts of the last weeks, the newest samples fill up to FEW; beyond MOST only the newest count."""
LEAST = 4
"""Fewer posts than this show no pattern."""
LONG_TERM = 200
"""Older samples that say what is usual for the author."""
FLOOR: Mapping[Kind, float] = {"hook": 0.4, "opening": 0.2, "layout": 0.5, "call": 0.5, "words": 0.0}
MARGIN = 0.25
"""The budget of a thing: its usual share with this author plus MARGIN, and never under its FLOOR. Somebody who opens
three posts in four with a question may therefore always do so."""
TWICE = 2
RULE = (
    "Something is avoided when it fills more of the last posts than this author's usual share and a quarter on top, "
    "and more than two in five openings, half of the layouts or half of the endings. What an author does in three of "
    "four posts is never held against them."
)
CALLS = {
    "question": "a question to the reader",
    "request": "a request to follow, comment or share",
    "link": "a link",
    "none": "no call to action",
}
_TAIL = regex.compile(r"(?:\s*(?:[#＃][^\s#]+|@\S+))+\s*$")


@dataclass(frozen=True)
class Mark:
    """What can be seen of one post. `starts` are the first three words of its sentences, in small letters."""

    id: str
    source: str  # post | sample
    at: str
    hook: str
    opening: str
    layout: str
    call: str
    words: str
    starts: tuple[str, ...] = ()

    def value(self, kind: Kind) -> str:
        """Its value of a kind; "" where it has none."""
        return str(getattr(self, kind))


@dataclass(frozen=True)
class Avoided:
    """Something that the next post should not do again, and why, in plain words."""

    kind: Kind
    value: str
    why: str


@dataclass(frozen=True)
class Patterns:
    """The newest posts (the newest first) against the author's long-term shares, made of `basis` older posts."""

    marks: tuple[Mark, ...] = ()
    usual: dict[str, dict[str, float]] = field(default_factory=dict)
    basis: int = 0
    weeks: int = WEEKS

    def counts(self, kind: Kind) -> list[tuple[str, int]]:
        """How often each value occurs in the newest posts, the commonest first."""
        seen = Counter(value for mark in self.marks if (value := mark.value(kind)))
        return sorted(seen.items(), key=lambda item: (-item[1], item[0]))

    def share(self, kind: Kind, value: str) -> float:
        """The share of the newest posts with it, 0 to 1; 0 without posts."""
        return sum(m.value(kind) == value for m in self.marks) / len(self.marks) if self.marks else 0.0

    def often(self, kind: Kind, value: str) -> bool:
        """Whether it was used more than usual lately, without being over its budget."""
        usual = self.usual.get(kind, {}).get(value, 0.0)
        return len(self.marks) >= LEAST and self.share(kind, value) > usual + 0.1

    def avoid(self) -> list[Avoided]:
        """What is over its budget."""
        if len(self.marks) < LEAST:
            return []
        found = [(kind, value, count) for kind in KINDS for value, count in self.counts(kind)]
        return [Avoided(k, v, self._why(k, v, n)) for k, v, n in found if self._over(k, v, n)]

    def avoids(self, kind: Kind, value: str) -> Avoided | None:
        """Why this is to be avoided, or None."""
        return next((a for a in self.avoid() if (a.kind, a.value) == (kind, value)), None)

    def fresh(self, wordings: Sequence[str]) -> list[str]:
        """Those wordings of one thing with which no sentence of the newest posts begins; all of them where each was.

        An empty wording says nothing, so it is always fresh.
        """
        said = {start for mark in self.marks for start in mark.starts if start}
        return [one for one in wordings if first_words(one) not in said] or list(wordings)

    def again(self, call: str) -> Avoided | None:
        """Whether a brief's call to action stood at the end of one of the newest posts word for word.

        It is only said: a person's words are never replaced.
        """
        words = _plain(call)
        count = sum(mark.words == words for mark in self.marks) if words else 0
        if not count:
            return None
        why = f"“{' '.join(call.split())[:120]}” ends {_of(count, len(self.marks))} already, word for word."
        return Avoided("words", words, why)

    def told(self) -> list[str]:
        """What to avoid as lines for a prompt; no words of a post are in them."""
        return [f"{_PROMPT[a.kind]} {_named(a.kind, a.value)}" for a in self.avoid() if a.kind in _PROMPT]

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, record: Mapping[str, Any]) -> Patterns:
        """From what `record` gave; an empty one gives no patterns."""
        marks = tuple(Mark(**{**m, "starts": tuple(m.get("starts", ()))}) for m in record.get("marks", ()))
        return cls(marks, dict(record.get("usual", {})), int(record.get("basis", 0)), int(record.get("weeks", WEEKS)))

    def _over(self, kind: Kind, value: str, count: int) -> bool:
        if (kind, value) == ("call", "none"):  # nothing may be invented, so asking nothing is never wrong
            return False
        wording = kind in ("opening", "words")
        if not wording and self.basis < FEW:  # a habit cannot be told from a streak
            return False
        least = TWICE if wording else TWICE + 1
        usual = self.usual.get(kind, {}).get(value, 0.0)
        return count >= least and count / len(self.marks) > max(FLOOR[kind], usual + MARGIN)

    def _why(self, kind: Kind, value: str, count: int) -> str:
        said = f"{_of(count, len(self.marks))} {_VERBS[kind]} {_named(kind, value)}"
        if self.basis < FEW:
            return f"{said}."
        usual = self.usual.get(kind, {}).get(value, 0.0)
        return f"{said}; usually {_in_ten(usual)}."


_VERBS: dict[Kind, str] = {
    "hook": "open with",
    "opening": "begin with",
    "layout": "are set as",
    "call": "end with",
    "words": "end with the same words:",
}
_PROMPT: dict[Kind, str] = {"hook": "Do not open with", "layout": "Do not set the post as", "call": "Do not end with"}
_HOOKS = {
    "link": "a link",
    "quote": "a quotation",
    "question": "a question",
    "contrarian": "a contradiction",
    "announcement": "an announcement",
    "number": "a number",
    "story": "something that happened",
    "command": "a request",
    "address": "an address to the reader",
    "statement": "a plain statement",
}
_LAYOUTS = {
    "one-liner": "a single line",
    "single": "one unbroken paragraph",
    "link": "a few words around a link",
    "list": "a list",
    "mixed": "paragraphs and a list",
    "lines": "single lines with air between them",
    "paragraphs": "prose in paragraphs",
}


def named(kind: Kind, value: str) -> str:
    """A value in plain words, `a question` for the hook `question`."""
    return _named(kind, value)


def _named(kind: Kind, value: str) -> str:
    names = {"hook": _HOOKS, "layout": _LAYOUTS, "call": CALLS}.get(kind)
    return names.get(value, value) if names else f"“{value}”"


def _of(count: int, total: int) -> str:
    return f"{count} of the last {total} posts"


def _in_ten(share: float) -> str:
    if 0 < share < 0.05:
        return "hardly any"
    tenths = math.floor(10 * share + 0.5)
    return {0: "none do", 10: "nearly all do"}.get(tenths, f"{tenths} in 10 do")


def first_words(value: str, count: int = 3) -> str:
    """The first words in small letters."""
    return " ".join(w.lower().replace("’", "'") for w in text.words(value)[:count])


def _plain(value: str) -> str:
    return " ".join(w.lower().replace("’", "'") for w in text.words(value))


def call_of(value: str) -> tuple[str, str]:
    """How a text ends: the kind of its call to action (CALLS) and the words of it, in small letters."""
    body = _TAIL.sub("", value).rstrip()
    last = [s for s in text.sentences(body) if text.words(s)][-2:]
    for sentence in reversed(last):
        bare = text.LINK.sub("", sentence).rstrip()
        if bare.endswith(("?", "？")):
            return "question", _plain(sentence)
        if invites(sentence):
            return "request", _plain(sentence)
    if text.links("\n".join(text.lines(body)[-2:])):
        return "link", ""
    return "none", ""


def mark(id_: str, source: str, at: str, value: str) -> Mark:
    """What can be seen of a text."""
    value = cleaned(value)
    call, words = call_of(value)
    opening = first_words(hooks.first_sentence(value))
    starts = dict.fromkeys(first_words(s) for s in text.sentences(value))
    return Mark(id_, source, at, hooks.hook(value), opening, layout.layout(value), call, words, tuple(starts))


def of_texts(newest: Sequence[Mark], older: Sequence[Mark], weeks: int = WEEKS) -> Patterns:
    """Patterns of marks that are there already, the newest first."""
    return Patterns(tuple(newest), _shares(older), len(older), weeks)


def _shares(marks: Sequence[Mark]) -> dict[str, dict[str, float]]:
    """Long-term shares by kind and value; of rare wordings only those that come again."""
    out: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        seen = Counter(value for m in marks if (value := m.value(kind)))
        least = TWICE if kind in ("opening", "words") else 1
        out[kind] = {v: round(n / len(marks), 4) for v, n in seen.items() if n >= least}
    return out


def recent(author_id: str, weeks: int = WEEKS) -> Patterns:
    """The patterns of an author's newest posts: Timbre's that were chosen, approved or published in the last weeks,
    and the newest samples where those are few. Kept until a post or a sample changes.
    """
    with store.reading() as tx:
        revision = ideas.revision(tx, author_id)
    return _recent(author_id, weeks, now().date().isoformat(), revision)


@functools.lru_cache(maxsize=64)
def _recent(author_id: str, weeks: int, _day: str, _revision: ideas.Revision) -> Patterns:
    """As `recent`; day and revision are in the key so that what is new is read."""
    since = now() - timedelta(weeks=weeks)
    with store.reading() as tx:
        written = ideas.written(tx, author_id, since, MOST)
        own = ideas.newest(tx, author_id, LONG_TERM + MOST)
    seen = {_plain(post.text) for post in written}
    own = [row for row in own if _plain(row.text) not in seen]  # a post that was published and imported again
    young = [row for row in own if row.at is not None and row.at >= since]
    newest = sorted([*written, *young], key=lambda row: row.at or since, reverse=True)[:MOST]
    rest = [row for row in own if row not in newest]
    fill = rest[: max(0, FEW - len(newest))]
    older = rest[len(fill) :][:LONG_TERM]
    return of_texts(_marks([*newest, *fill]), _marks(older), weeks)


def _marks(rows: Sequence[Text]) -> list[Mark]:
    return [mark(row.id, row.source, row.at.isoformat() if row.at else "", row.text) for row in rows]
