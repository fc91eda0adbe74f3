"""Typed facts in a text: numbers, dates, quotes, addresses and names, each with its place."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from analytics.text import HASHTAG, LINK, MENTION
from core.claims import dates, names, numbers
from core.claims.dates import Date
from core.claims.model import Fact, FactKind
from core.claims.names import Name
from core.claims.plain import Plain, plain
from core.claims.spelt import Number

_TLD = (
    "com|org|net|io|ai|dev|app|co|info|edu|gov|uk|de|eu|fr|nl|ch|us|ly|gl|me|be|tv|blog|tech|xyz|so|"
    "biz|ru|cn|site|online|click|cloud|page|shop|store|example|invalid"
)
_DOMAIN = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}@./-])(?:[a-z0-9][a-z0-9-]*\.)+(?:{_TLD})(?![\p{{L}}\p{{N}}-])(?:/[^\s<>\"”]*)?",
    regex.IGNORECASE,
)
_MAIL = regex.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_QUOTES = regex.compile(
    r"“(?P<a>[^“”\n]*(?:\n[^“”\n]+)*)”|\"(?P<b>[^\"\n]*(?:\n[^\"\n]+)*)\"|«(?P<c>[^«»]+)»|„(?P<d>[^„“”]+)[“”]|"
    r"‹(?P<e>[^‹›]+)›|「(?P<f>[^「」]+)」|(?<![\p{L}\p{N}])[‘'](?P<g>(?=\S)[^‘'’\n]*(?:(?<=\p{L})[’'](?=\p{L})[^‘'’\n]*)*)[’'](?![\p{L}\p{N}])|"
    r"“(?P<h>[^“”]+)$|``(?P<i>[^`']+)''|`(?P<j>[^`\n]+)`"
)
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*")
_CAMEL = regex.compile(r"(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L}{2})|_")


@dataclass(frozen=True)
class Read:
    """What a text holds, at places of its plain form."""

    seen: Plain
    links: list[tuple[int, int, str]]
    dates: list[Date]
    numbers: list[Number]
    quotes: list[tuple[int, int, str]]
    names: list[Name]


def facts(text: str) -> list[Fact]:
    """Every typed fact of a text, in order. A quote may hold other facts; otherwise they do not overlap.

    `value` is what is compared; where a fact can be read in several ways they stand apart by `|`.
    """
    return list(_facts(text))


@functools.lru_cache(maxsize=1024)
def _facts(text: str) -> tuple[Fact, ...]:
    held = read(text)
    found: list[tuple[FactKind, int, int, str]] = [
        *(("url", *link) for link in held.links),
        *(("date", d.start, d.end, "|".join(" ".join(sorted(p)) for p in d.parts)) for d in held.dates),
        *(("number", n.start, n.end, "|".join(n.wants)) for n in held.numbers if n.wants),
        *(("quote", *quote) for quote in held.quotes),
        *(("name", n.start, n.end, n.value) for n in held.names),
    ]
    out = []
    for kind, start, end, value in found:
        begin, stop = held.seen.span(start, end)
        out.append(Fact(kind, text[begin:stop], value, begin, stop))
    return tuple(sorted(out, key=lambda f: (f.start, f.end)))


def read(text: str) -> Read:
    """A text read once for everything."""
    seen = plain(text)
    links = _addresses(seen.text)
    masked = [(start, end) for start, end, _ in links]
    days = [d for d in dates.dates(seen.text) if not any(d.start < e and s < d.end for s, e in masked)]
    masked += [(d.start, d.end) for d in days]
    counted = numbers.numbers(seen.text, masked)
    masked += [(n.start, n.end) for n in counted if n.wants]
    called = names.names(seen.text, masked)
    tags = [*_in_tags(seen.text, masked)]
    return Read(seen, links, days, [*counted, *(t for t in tags if isinstance(t, Number))], quotes(seen.text),
                [*called, *(t for t in tags if isinstance(t, Name))])  # fmt: skip


def address(link: str) -> str:
    """An address as it is compared: without scheme, www and the stroke at its end; the host in lower case."""
    bare = regex.sub(r"^(?:https?://)?(?:www\.)?", "", link.strip().rstrip(".,;:!?'’)]}…"), flags=regex.IGNORECASE)
    host, stroke, rest = bare.partition("/")
    return f"{host.lower()}{stroke}{rest}".rstrip("/")


def words(value: str) -> str:
    """Words of a plain text in lower case with single spaces."""
    return " ".join(w.lower() for w in _WORD.findall(value))


def quotes(seen: str) -> list[tuple[int, int, str]]:
    """(start, end, words) of what stands in quotation marks, with them; a single mark counts from two words on."""
    out = []
    for found in _QUOTES.finditer(seen):
        inner = next(value for value in found.groups() if value is not None)
        said = words(inner)
        if said and (" " in said or not (found["g"] or found["j"])):
            out.append((found.start(), found.end(), said))
    return out


def _addresses(seen: str) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    for pattern in (LINK, _MAIL, MENTION, _DOMAIN):
        for found in pattern.finditer(seen):
            text = found.group().rstrip(".,;:!?'’)]}…")
            end = found.start() + len(text)
            if text and not any(found.start() < e and s < end for s, e, _ in out):
                out.append((found.start(), end, address(text)))
    return out


def _in_tags(seen: str, masked: Sequence[tuple[int, int]]) -> Iterator[Number | Name]:
    """Numbers spelt out in hashtags, and names that only a hashtag says."""
    for tag in HASHTAG.finditer(seen):
        parts = _CAMEL.sub(" ", tag.group().lstrip("#＃"))
        for number in numbers.numbers(parts):
            if number.wants and not any(tag.start() < e and s < tag.end() for s, e in masked):
                yield Number(tag.start(), tag.end(), number.wants, number.gives)
        for name in parts.split():
            if name[0].isupper() and name.lower() in names.known():
                yield Name(tag.start(), tag.end(), name.lower())
