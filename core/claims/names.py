"""Names in a text: people, firms, products, places. Rules and word lists, no model; English."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from analytics import vocabulary
from core.claims.plain import listed

LISTS = Path(__file__).with_name("names.txt")
_WORD = regex.compile(
    r"(?<![\p{L}\p{N}#@_/])(?:\p{L}\.(?:\p{L}\.)+|(?:Mc|Mac|O'|D')?[\p{L}][\p{L}\p{M}\p{N}]*(?:['-][\p{L}\p{N}]+)*(?:&\p{Lu})?)(?:\.(?:js|io|ai|com|org|net)\b)?"
)
_BREAK = regex.compile(r"[.!?…:;\n|/•·>→\"“”«»(\[{*_~=+]|[^\p{ASCII}\p{L}\p{M}\p{P}]")
_JOINS = regex.compile(r" (?:(?:&|de|del|della|di|da|van|von|der|den|la|le|bin|al) )*")
_SMALL = frozenset(listed("the and for with from but not our your into over via per nor yet"))
"""Words that have no capital in a title."""
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "vs", "no", "inc", "sr", "jr", "e.g", "i.e", "cf"})
_ENDINGS = (
    "ing", "ed", "ly", "tion", "sion", "ness", "able", "ible", "ful", "less", "ity", "ment", "ments", "ive", "ous",
    "ize", "ise", "ism", "ist", "ists", "ers", "est", "ance", "ence", "ship", "hood", "tions", "ings", "ify", "ability",
)  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A name at characters `start` to `end`; `value` is it in lower case, without what names nobody (CEO, Dr)."""

    start: int
    end: int
    value: str


@dataclass
class _Token:
    start: int
    end: int
    word: str
    first: bool
    """It stands where every word has a capital: at the beginning of a sentence or in a heading."""

    @property
    def plain(self) -> str:
        return bare(self.word)


def names(text: str, masked: Sequence[tuple[int, int]] = ()) -> list[Name]:
    """The names of a plain text in order, outside the masked spans."""
    small = {w.group().lower() for w in _WORD.finditer(text) if w.group().islower()}
    out: list[Name] = []
    run: list[_Token] = []
    for token in _tokens(text, masked):
        if run and not _JOINS.fullmatch(text, run[-1].end, token.start):
            out += _named(text, run, small)
            run = []
        if run and token.first and run[-1].first is False and text[run[-1].end : token.start] != " ":
            run = []
        run.append(token)
    return out + _named(text, run, small)


def bare(word: str) -> str:
    """A word as names are compared: lower case, without a possessive."""
    return str(regex.sub(r"'s?$", "", word.lower())).rstrip(".")


def _tokens(text: str, masked: Sequence[tuple[int, int]]) -> list[_Token]:
    """The words with a capital in them."""
    out = []
    heads = _headings(text)
    for found in _WORD.finditer(text):
        word = found.group()
        if word.islower() or not any(c.isupper() for c in word):
            continue
        if any(found.start() < end and start < found.end() for start, end in masked):
            continue
        first = _opens(text, found.start()) or any(a <= found.start() < b for a, b in heads)
        out.append(_Token(found.start(), found.end(), word, first))
    return out


def _opens(text: str, at: int) -> bool:
    """Whether a sentence begins here."""
    before = text[:at].rstrip(" \u00a0'")
    newline = text[len(before) : at].count("\n") > 0
    if not before or newline or before.endswith("\n"):
        return True
    last = before[-1]
    if last == ".":
        word = regex.search(r"[\p{L}.]+$", before[:-1])
        return word is None or (word.group().lower() not in _TITLES and not regex.fullmatch(r"\p{Lu}", word.group()))
    if last == "-" and before[-2:-1] in (" ", "\n", ""):
        return True
    return _BREAK.match(last) is not None


def _headings(text: str) -> list[tuple[int, int]]:
    """Lines in title case or in capitals."""
    out = []
    for line in regex.finditer(r"[^\n]+", text):
        words = [w.group() for w in _WORD.finditer(line.group()) if len(w.group()) > 2 and w.group() not in _SMALL]
        share = 0.9 if line.group().rstrip().endswith((".", "!", "?")) else 0.7
        if len(words) >= 3 and sum(w[0].isupper() for w in words) >= share * len(words):
            out.append(line.span())
    return out


def _named(text: str, run: list[_Token], small: set[str]) -> list[Name]:
    """The names in a run of words with capitals; those that name nobody part it at its ends."""
    lists = _lists()
    kept = list(run)
    while kept and _idle(text, kept[0], kept[1:], small):
        kept.pop(0)
    while len(kept) > 1 and (kept[-1].plain in lists["generic"] or (kept[-1].first and common(kept[-1].plain))):
        kept.pop()
    if not kept:
        return []
    words = [t.plain for t in kept]
    return [Name(kept[0].start, kept[-1].end, " ".join(words))]


def _idle(text: str, token: _Token, after: Sequence[_Token], small: set[str]) -> bool:
    """Whether a word at the beginning of a run names nobody."""
    lists, word = _lists(), token.plain
    if word in lists["generic"] or len(word) < 2 or word in _contracted():
        return True
    odd = any(c.isupper() for c in token.word[1:]) and not token.word.isupper()
    if odd:
        return False
    if token.word.isupper() and len(word) > 3 and common(word):
        return True  # said loudly
    if not token.first:
        return False
    if word in lists["ambiguous"]:
        follows = regex.match(r"'s\b| (\p{L}[\p{L}']*)", text[token.end :])
        does = bool(follows) and (not follows.group(1) or follows.group(1).lower() in lists["follow"])
        return not (does or token.word.endswith("'s") or bool(after and not after[0].first))
    if word in lists["names"]:
        return False
    return word in small or common(word)


@functools.cache
def common(word: str) -> bool:
    """Whether a word in lower case is an ordinary English one: frequent, made from one, or with an ending of one."""
    known = vocabulary.background()
    lists = _lists()
    if word in lists["names"]:
        return False
    if word in known or word in lists["generic"] or word.endswith(_ENDINGS):
        return True
    parts = word.split("-")
    if len(parts) > 1:
        return all(common(p) for p in parts if p)
    stems = {word.removesuffix(end) for end in ("s", "es", "d", "er", "r", "y", "n't", "'ll", "'re", "'ve", "'d", "'m")}
    starts = {word.removeprefix(start) for start in ("un", "re", "over", "out", "non", "pre", "mis", "in")}
    return any(one in known for one in (stems | starts) - {word} if len(one) > 2)


def known() -> frozenset[str]:
    """Words that are names wherever they stand."""
    return _lists()["names"]


@functools.cache
def _contracted() -> frozenset[str]:
    return frozenset(listed("don can won isn aren wasn weren didn doesn hasn haven hadn couldn wouldn shouldn ain"))


@functools.cache
def _lists() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    name = ""
    for line in LISTS.read_text(encoding="utf8").splitlines():
        if line.startswith("["):
            name = line[1 : line.index("]")]
            out[name] = set()
        elif line and not line.startswith("#"):
            out[name].update(line.split())
    return {key: frozenset(words) for key, words in out.items()}
