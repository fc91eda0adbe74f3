"""Stock moves of a post and where they stand: openings, closings, phrases, "not X but Y", threes, dashes, emoji."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import regex

from analytics.text import EMOJI, FOLD, HASHTAG, LINK, WORD, sentences

PHRASES = Path(__file__).with_name("phrases.txt")
KINDS = (
    "stock opening", "stock closing", "stock phrase", "not X but Y", "list of three", "dash", "run of emoji",
    "one-line paragraphs",
)  # fmt: skip
"""All kinds of passage, in plain words."""
ONE_LINERS = 3
"""So many paragraphs of one short line in a row are a passage; fewer are ordinary."""
ONE_LINE = 14
"""Words: what still counts as one line."""

# One character for one, so that offsets stay true.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "‑": "-", "‐": "-"})
_CLAUSE = r"[^.!?\n;:]"
_START = r"(?:^|(?<=[.!?\n] ?))"
_IS = "(?:'s| is|'re| are| was)"
_NOT_BUT = regex.compile(
    rf"\bnot (?:just|only|merely|simply|because|about|by|to|in|for|an?|the){_CLAUSE}{{1,60}}?,? "
    rf"but\b(?! (?:i|i'm|we|we're|he|she|they|you|it|there|then)\b){_CLAUSE}{{1,60}}"
    rf"|\b(?:it|this|that|they|success|leadership){_IS} not {_CLAUSE}{{1,60}}?[,;.–—]\s*"
    rf"(?:it|that|they){_IS}\b{_CLAUSE}{{1,60}}"
    rf"|\b(?:isn't|aren't|wasn't|weren't|don't|doesn't|didn't) {_CLAUSE}{{1,60}}?[,;.–—]\s*"
    rf"(?:it|that|they){_IS} {_CLAUSE}{{1,60}}"
    rf"|{_START}Not {_CLAUSE}{{1,40}}\.\s+(?:(?:Not {_CLAUSE}{{1,40}}\.\s+)+|(?=(?:Just|But|It's|An?|The)\b))"
    rf"{_CLAUSE}{{1,50}}[.!?]"
    rf"|\b(?:less about|isn't just about|is not just about) {_CLAUSE}{{1,60}}"
    rf"|{_START}No {_CLAUSE}{{1,30}}\.\s+No {_CLAUSE}{{1,30}}\.",
    regex.IGNORECASE,
)
_NO_ITEM = (
    r"(?!(?:and|as|at|because|but|by|especially|for|from|if|in|including|like|of|on|or|so|such|that|then|to|when|where|"
    r"which|while|who|with)\b)"
)
_THREE = regex.compile(
    rf"\b[\p{{L}}'\-]+, {_NO_ITEM}[\p{{L}}'\-]+(?: {_NO_ITEM}[\p{{L}}'\-]+){{0,2}},? and {_NO_ITEM}"
    r"(?:(?:the|an?|our|your|their) )?[\p{L}'\-]+(?: [\p{L}'\-]+(?=\s*(?:[.,;:!?—–)]|$)))?",
    regex.MULTILINE,
)
_DASH = regex.compile(r"—|(?<=\S )–(?= \S)|(?<=\S )--?(?= \S)|(?<=\w)--(?=\w)")
_LINE = regex.compile(r"[^\n]+")
Pattern: TypeAlias = Any
"""A compiled pattern; the library comes without types."""
_STAR = r"[\w'\-]+(?: [\w'\-]+){0,2}"


@dataclass(frozen=True)
class Passage:
    """Something to look at: characters start to end of the text, its kind (one of `KINDS`), and the words."""

    start: int
    end: int
    kind: str
    words: str


@functools.cache
def shipped() -> tuple[str, ...]:
    """The phrases that come with Timbre, as they stand in phrases.txt."""
    return read_phrases(PHRASES.read_text(encoding="utf8"))


def read_phrases(text: str) -> tuple[str, ...]:
    """A list as people write it, one phrase a line, to phrases: no empty line, no comment, nothing twice."""
    rows = (row.strip() for row in text.splitlines())
    return tuple(dict.fromkeys(row for row in rows if row and not row.startswith("#")))


def passages(text: str, phrases: Sequence[str] | None = None) -> list[Passage]:
    """What could be anybody's in a text, in order. `phrases`: the list in force; None is the shipped one."""
    plain = text.translate(_PLAIN)
    end = found.start() if (found := FOLD.search(plain)) else len(plain)
    spans = sorted(_spans(plain[:end], tuple(shipped() if phrases is None else phrases)))
    return [Passage(start, stop, kind, text[start:stop]) for start, stop, kind in spans]


def counts(text: str, found: Sequence[Passage]) -> dict[str, float]:
    """How often each kind comes in the text; emoji singly, one-line paragraphs by the paragraph."""
    seen = Counter(passage.kind for passage in found)
    out = {kind: float(seen[kind]) for kind in KINDS}
    out["run of emoji"] = float(len(EMOJI.findall(text)))
    out["one-line paragraphs"] = float(sum(short for _, _, short in _rows(text)))
    return out


def _spans(text: str, phrases: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    yield from _stock(text, phrases)
    links = bytearray(len(text))  # 1 where a character belongs to one: looked up at once, however many there are
    for link in LINK.finditer(text):
        links[slice(*link.span())] = b"\1" * len(link.group())
    for kind, pattern in (("not X but Y", _NOT_BUT), ("list of three", _THREE), ("dash", _DASH)):
        for match in pattern.finditer(text):
            if 1 not in links[slice(*match.span())]:
                yield (*_trimmed(text, *match.span()), kind)
    yield from _emoji_runs(text)
    yield from _one_liners(text)


def _stock(text: str, phrases: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    anywhere, opening, closing = _compiled(phrases)
    taken = bytearray(len(text))
    head, tail = _ends(text)
    for pattern, kind, low, high in (
        (opening, "stock opening", 0, head),
        (closing, "stock closing", tail, len(text)),
        (anywhere, "stock phrase", 0, len(text)),
    ):
        for match in pattern.finditer(text, low, high) if pattern else ():
            if 1 not in taken[slice(*match.span())]:
                taken[slice(*match.span())] = b"\1" * len(match.group())
                yield (*match.span(), kind)


def _ends(text: str) -> tuple[int, int]:
    """Where the first two sentences end and the last two begin; those of links and hashtags alone do not count."""
    at, spans = 0, [word.span() for word in WORD.finditer(text)]
    real: list[tuple[int, int]] = []
    for sentence in sentences(text):
        first, at = at, at + len(WORD.findall(sentence))
        if WORD.search(HASHTAG.sub(" ", LINK.sub(" ", sentence))):
            real.append((first, min(at, len(spans))))
    if not real or not spans:
        return len(text), 0
    last = real[min(1, len(real) - 1)][1]
    # The mark after the last word belongs to the sentence ("Thoughts?").
    return min(len(text), spans[last - 1][1] + 1), spans[min(real[max(0, len(real) - 2)][0], len(spans) - 1)][0]


def _emoji_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Two emoji or more with at most blanks between. Not one pattern, which could try them in too many ways."""
    runs: list[list[tuple[int, int]]] = []
    for match in EMOJI.finditer(text):
        if not runs or text[runs[-1][-1][1] : match.start()].strip():
            runs.append([])
        runs[-1].append(match.span())
    for run in runs:
        if len(run) > 1:
            yield run[0][0], run[-1][1], "run of emoji"


def _one_liners(text: str) -> Iterator[tuple[int, int, str]]:
    run: list[tuple[int, int]] = []
    for start, stop, short in [*_rows(text), (0, 0, False)]:
        if short:
            run.append((start, stop))
            continue
        if len(run) >= ONE_LINERS:
            yield run[0][0], run[-1][1], "one-line paragraphs"
        run = []


def _rows(text: str) -> Iterator[tuple[int, int, bool]]:
    """Lines with words, and whether each is a single short one. A text of one line has no paragraphs to count."""
    rows = [m for m in _LINE.finditer(text) if WORD.search(LINK.sub(" ", m.group()))]
    for row in rows:
        n = len(WORD.findall(row.group()))
        yield row.start(), row.end(), len(rows) > 1 and n <= ONE_LINE and not row.group().lstrip().startswith("#")


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return start, stop


@functools.lru_cache(maxsize=64)
def _compiled(phrases: tuple[str, ...]) -> tuple[Pattern | None, Pattern | None, Pattern | None]:
    """Patterns for anywhere, openings, closings; the longest phrase first, so that it wins."""
    kinds: dict[str, list[str]] = {"": [], "opening": [], "closing": []}
    for phrase in phrases:
        head, colon, rest = phrase.partition(":")
        kind = head.strip().lower() if colon and head.strip().lower() in kinds else ""
        wanted = (rest if kind else phrase).translate(_PLAIN).strip()
        if wanted.strip("* "):
            kinds[kind].append(wanted)
    return _pattern(kinds[""]), _pattern(kinds["opening"]), _pattern(kinds["closing"])


def _pattern(phrases: list[str]) -> Pattern | None:
    if not phrases:
        return None
    parts = (
        r"\s+".join(_STAR if word == "*" else regex.escape(word) for word in phrase.split())
        for phrase in sorted(phrases, key=len, reverse=True)
    )
    return regex.compile(rf"(?<![\w]){'(?:' + '|'.join(parts) + ')'}(?![\w])", regex.IGNORECASE)
