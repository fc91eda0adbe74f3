"""What an edit did to a draft: the moves that come back, each with what the card would say of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analytics import hooks, text
from core.learn.model import Case
from core.persona.cadence import hook_words

CHANGED = 0.15
"""A text is shorter or longer from this share of its characters on."""
KEPT, OTHER = 0.6, 0.5
"""Two lines are one where they share this much of their words; below OTHER they are two."""


@dataclass(frozen=True)
class Read:
    """What the moves look at in a text."""

    units: tuple[tuple[str, ...], ...]
    """Words of its lines, or of its sentences where it has less than three lines; no tags or links."""
    first: str
    asks: bool
    tags: int
    emoji: int
    chars: int
    bullets: int
    blocks: int
    paragraph: float
    """Sentences a paragraph, the mean."""
    words: frozenset[str]


@lru_cache(maxsize=1024)
def read(value: str) -> Read:
    """Read a text once; what was read is remembered, as most drafts do not change between two looks."""
    bare = text.HASHTAG.sub(" ", text.LINK.sub(" ", value))
    sentences = text.sentences(bare)
    rows = [row for row in text.lines(bare) if text.words(row)]
    units = tuple(tuple(w.lower() for w in text.words(r)) for r in (rows if len(rows) > 2 else sentences))
    blocks = [b for b in text.paragraphs(bare) if text.words(b)]
    last = next((s for s in reversed(sentences) if text.words(s)), "")
    return Read(
        units=tuple(u for u in units if u),
        first=next(iter(sentences), ""),
        asks=last.rstrip("\"'”’)").endswith("?"),
        tags=len(text.hashtags(value)),
        emoji=len(text.emoji(value)),
        chars=len(value.strip()),
        bullets=len(text.BULLET.findall(value)),
        blocks=len(blocks),
        paragraph=len(sentences) / max(1, len(blocks)),
        words=frozenset(w.lower() for w in text.words(bare)),
    )


def alike(a: Sequence[str], b: Sequence[str]) -> float:
    """The share of their words that two lines have in common, 0 to 1."""
    shared = sum((Counter(a) & Counter(b)).values())
    return 2 * shared / (len(a) + len(b)) if a or b else 1.0


def _has(line: Sequence[str], rows: Sequence[Sequence[str]], least: float) -> bool:
    return any(alike(line, row) >= least for row in rows)


def _cut_last(a: Read, b: Read) -> bool:
    """The last line is gone, nothing stands in its place, and the text ends with a line that stood before it."""
    return not _has(a.units[-1], b.units, OTHER) and bool(b.units) and _has(b.units[-1], a.units[:-1], KEPT)


def without_last(case: Case) -> str:
    """The draft without its last line where that was cut: so its phrases are not counted once more."""
    before, after = read(case.before), read(case.after)
    if case.asked or len(before.units) < 3 or not _cut_last(before, after):
        return case.before
    rows = [r for r in text.lines(case.before) if text.words(text.HASHTAG.sub(" ", text.LINK.sub(" ", r)))]
    last = (rows if len(rows) > 2 else text.sentences(case.before))[-1]
    return case.before[: case.before.rindex(last)] if last in case.before else case.before


def _other_first(a: Read, b: Read) -> bool:
    return alike(*([w.lower() for w in text.words(r.first)] for r in (a, b))) < OTHER


def _split(a: Read, b: Read) -> bool:
    return b.blocks > a.blocks and len(a.words & b.words) >= 0.8 * len(a.words)


@dataclass(frozen=True)
class Move:
    """`could`: whether the draft gave occasion to it; `did`: whether the edit did it; `asked`: what asks for it."""

    name: str
    said: str
    could: Callable[[Read], bool]
    did: Callable[[Read, Read], bool]
    path: str
    value: Callable[[list[Case], list[Case]], object | None]
    """(the cases, all edited drafts) -> what the line of the card would say, or None where there is nothing to say."""
    asked: str = ""


def _counts(name: str) -> Callable[[list[Case], list[Case]], object]:
    def value(_: list[Case], edited: list[Case]) -> object:
        return spread([getattr(read(c.after), name) for c in edited if not c.asked])

    return value


def spread(values: Sequence[float], step: int = 1) -> list[int] | None:
    """The range that four in five of the values keep to, whole steps outwards; None where there are too few."""
    if len(values) < 4:
        return None
    low, high = np.quantile(np.sort(np.array(values, dtype=float)), [0.1, 0.9], method="inverted_cdf")
    return [int(low // step) * step, int(-(-high // step)) * step]


def _length(_: list[Case], edited: list[Case]) -> object:
    found = spread([read(c.after).chars for c in edited if not c.asked], 10)
    return found and [found[0], max(found[1], found[0] + 60)]


def _note(sentence: str) -> Callable[[list[Case], list[Case]], object]:
    return lambda _cases, _edited: sentence


def _opening(cases: list[Case], _: list[Case]) -> object:
    """What the new first lines have in common that the old ones had not; None where there is nothing."""
    pairs = [(read(c.before).first, read(c.after).first) for c in cases if not c.asked]
    if len(pairs) < 4:
        return None
    (kind, count), *_rest = Counter(hooks.hook(new) for _, new in pairs).most_common(1)
    if count >= 0.6 * len(pairs) and sum(hooks.hook(old) == kind for old, _ in pairs) <= 0.4 * len(pairs):
        return f"Opens with {hook_words(kind)}."
    if sum(len(new) < 0.75 * len(old) for old, new in pairs) >= 0.75 * len(pairs):
        words = round(float(np.median([len(text.words(new)) for _, new in pairs])))
        return f"Opens with a short line, of about {words} words."
    return None


_NO = r"\b(?:no|not|without|fewer|less|remove|drop|cut|skip|delete|take out|too many)\b[^.;]{0,25}"
_ANY: Callable[[Read], bool] = lambda _: True  # noqa: E731 (a table reads better)
_NEVER: Callable[[Read, Read], bool] = lambda _a, _b: False  # noqa: E731
MOVES: tuple[Move, ...] = (
    Move("last-line-out", "The last line was cut", lambda a: len(a.units) > 2, _cut_last, "identity.notes",
         _note("Ends with the last point; no closing line after it."),
         rf"{_NO}\b(?:last|closing|final) (?:line|sentence|paragraph)"),
    Move("question-out", "The question at the end was taken out", lambda a: a.asks, lambda _, b: not b.asks,
         "identity.notes", _note("Does not end a post with a question."), rf"{_NO}\bquestion"),
    Move("question-in", "A question was put at the end", lambda a: not a.asks, lambda _, b: b.asks,
         "identity.notes", _note("Ends a post with a question to the reader."),
         r"\b(?:end|close|finish)\b.{0,20}\bquestion|\bquestion at the end"),
    Move("first-line", "The first line was rewritten", lambda a: len(a.units) > 1, _other_first, "identity.notes",
         _opening, r"\b(?:other|another|different|new|better|stronger)\b.{0,15}\b(?:opening|hook|first line)"),
    Move("hashtags-out", "Hashtags were taken out", lambda a: a.tags > 0, lambda a, b: b.tags < a.tags,
         "cadence.hashtags", _counts("tags"), rf"{_NO}\bhash\s?tags?"),
    Move("hashtags-in", "Hashtags were put in", _ANY, lambda a, b: b.tags > a.tags, "cadence.hashtags",
         _counts("tags"), r"\b(?:add|more|put in|with)\b[^.;]{0,15}\bhash\s?tags?"),
    Move("emoji-out", "Emoji were taken out", lambda a: a.emoji > 0, lambda a, b: b.emoji < a.emoji, "cadence.emoji",
         _counts("emoji"), rf"{_NO}\bemojis?"),
    Move("emoji-in", "Emoji were put in", _ANY, lambda a, b: b.emoji > a.emoji, "cadence.emoji", _counts("emoji"),
         r"\b(?:add|more|put in|with)\b[^.;]{0,15}\bemojis?"),
    Move("shorter", "The text was shortened", _ANY, lambda a, b: b.chars <= (1 - CHANGED) * a.chars, "cadence.length",
         _length, r"\b(?:shorter|shorten|too long|tighter|trim|more concise)\b"),
    Move("longer", "The text was lengthened", _ANY, lambda a, b: b.chars >= (1 + CHANGED) * a.chars, "cadence.length",
         _length, r"\b(?:longer|lengthen|too short|more detail|expand)\b"),
    Move("split", "Paragraphs were split", lambda a: a.paragraph > 1, _split, "cadence.paragraphs",
         _counts("paragraph"), r"\b(?:shorter|split|smaller)\b.{0,15}\bparagraphs?"),
    Move("list-out", "The list was turned into sentences", lambda a: a.bullets > 1, lambda _, b: not b.bullets,
         "cadence.bullets", _note("no"), rf"{_NO}\b(?:lists?|bullets?)"),
    Move("list-in", "Sentences were turned into a list", lambda a: not a.bullets, lambda _, b: b.bullets > 1,
         "cadence.bullets", _note("yes"), r"\bas a list\b|\b(?:add|use|with)\b.{0,12}\bbullets?"),
    Move("casual", "A more casual tone was asked for", _ANY, _NEVER, "identity.notes",
         _note("Keeps the tone casual: contractions, everyday words."),
         r"(?<!less )\bcasual\b|\b(?:informal|relaxed|less formal)\b"),
    Move("formal", "A more formal tone was asked for", _ANY, _NEVER, "identity.notes",
         _note("Keeps the tone formal: no contractions, no slang."), r"\b(?:more formal|less casual|less chatty)\b"),
)  # fmt: skip


def found(move: Move, cases: Sequence[Case]) -> tuple[list[Case], int]:
    """The cases in which it was done or asked for, and how many gave occasion to it; each draft counts once."""
    could: set[str] = set()
    out: dict[str, Case] = {}
    for case in cases:
        if case.asked:
            could.add(case.variant)  # whoever asks for a change might have asked for this one
            did = bool(move.asked) and re.search(move.asked, case.asked, re.IGNORECASE) is not None
        elif not move.could(read(case.before)):
            continue
        else:
            could.add(case.variant)
            did = case.edited and move.did(read(case.before), read(case.after))
        if did:
            out.setdefault(case.variant, case)
    return list(out.values()), len(could)
