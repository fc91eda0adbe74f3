"""A text as units (sentences, list items), and their packing into parts: no word, address or number is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import regex

from analytics import text
from core.generate.clauses import SUBJECTS
from core.generate.finish import tidy

_MARK = text.BULLET
_CLAUSE = regex.compile(r"[,;:–—、，；：][\"”’)]*$")
_NO_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}]"
_SPACELESS = regex.compile(_NO_SPACES)
_SIGN = regex.compile(rf"[[\p{{L}}\p{{N}}\p{{M}}]--{_NO_SPACES}]+\s*|\X", regex.V1)
_TAG = regex.compile(r"(?:hashtag)?[#＃](?=[\p{N}_]*\p{L})[\p{L}\p{N}\p{M}_]+[.,;]?$")
_ENDED = regex.compile(rf"[.!?…:)”\"。！？]$|^(?:{text.LINK.pattern})", regex.I)
"""A word after which hashtags are no part of the sentence."""
_MORE = regex.compile(r"(?:(?<!\S)…more|(?<![^\n])(?:…|\.\.\.) ?more)\Z", regex.I)
"""The same in LinkedIn's app; `... more` with a blank is it on a line of its own only: "Less is ... more"."""
_ORDINAL = regex.compile(r"\b(?:am|im|der|die|das|dem|den|des|vom|zum|beim|ab|bis|seit) \d{1,2}\.$", regex.I)
"""The 1. of "am 1. Mai": German, Danish and Norwegian write so what English writes as 1st."""
_RUN = 3
"""Hashtags in a row that no sentence ends with."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LEANS = _set(
    "that this these those it its he him his she her they them their there then so and but or because which who also "
    "still yet instead otherwise both neither such same here again"
)
"""A sentence that begins with one of these leans on the one before it."""


@dataclass(frozen=True)
class Unit:
    """A sentence or an item of a list (with its mark). `before` parts it from the one before it."""

    text: str
    before: str = ""
    listed: bool = False

    @property
    def leans(self) -> bool:
        """Whether it says little without the sentence before it."""
        first = next(iter(text.words(self.text)), "").lower().partition("'")[0].partition("’")[0]
        return first in _LEANS


def units(value: str) -> tuple[list[Unit], list[str]]:
    """The units of a text in order, and apart from them the hashtags that end its lines; nothing else is lost.

    Hashtags inside a sentence become plain words; LinkedIn's own "…see more" below a copied post is none of its words.
    """
    found: list[Unit] = []
    tags: list[str] = []
    for paragraph in text.paragraphs(unfolded(tidy(value))):
        before = "\n\n"
        for row in text.lines(paragraph):
            said, ended = _without_tags(row)
            tags += ended
            listed = bool(_MARK.match(said))
            for sentence in [said] if listed else text.sentences(said):
                # "Alphabet Inc. , Amazon", "am 1. Mai": no sentence ended there
                if before == " " and (sentence[0] in ",;" or _ORDINAL.search(found[-1].text)):
                    found[-1] = replace(found[-1], text=f"{found[-1].text} {sentence}")
                    continue
                found.append(Unit(sentence, before if found else "", listed))
                before = " "
            before = "\n"
    return found, list({tag.lower(): tag for tag in reversed(tags)}.values())[::-1]


def unfolded(value: str) -> str:
    """A tidy text without LinkedIn's own "…see more" or "…more" at its end."""
    return str(_MORE.sub("", text.FOLD.sub("", value))).rstrip()


def _without_tags(row: str) -> tuple[str, list[str]]:
    said, apart = _without_runs(row.split(" "))
    words, signs = [*said], list[str]()
    while words and text.emoji(words[-1]) and not text.words(words[-1]):  # after a hashtag as well as after a sentence
        signs.insert(0, words.pop())
    tags: list[str] = []
    while words and (_TAG.match(words[-1]) or (tags and words[-1] == "#")):  # of a tag that was lost
        tags.insert(0, words.pop().removeprefix("hashtag").rstrip(".,;"))
    tags = [tag for tag in tags if tag != "#"]
    if words and len(tags) < _RUN and tags and not _ENDED.search(words[-1]) and not text.emoji(words[-1]):
        words, signs, tags = said, [], []  # the sentence needs its last word
    value = " ".join([*words, *signs])
    for tag in text.hashtags(value):
        value = value.replace(f"hashtag{tag}", tag[1:]).replace(tag, tag[1:])
    return value, [*apart, *tags]


def _without_runs(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of a row, and apart from them hashtags in a row between two sentences, or before an address."""
    said: list[str] = []
    tags: list[str] = []
    at = 0
    while at < len(words):
        run = list(takewhile(lambda word: _TAG.match(word) and word[-1] not in ",;", words[at:]))
        at += len(run)
        if len(run) >= _RUN and said and _ENDED.search(said[-1]):
            tags += [tag.removeprefix("hashtag").rstrip(".") for tag in run]
            continue
        said += [*run, *words[at : at + 1]]
        at += 1
    return said, tags


def joined(found: Sequence[Unit]) -> str:
    """Units as text, parted as they were."""
    return "".join((unit.before if at else "") + unit.text for at, unit in enumerate(found))


def pack(found: Sequence[Unit], fits: Callable[[str], bool]) -> list[str]:
    """All units in order in as few parts as may be; a paragraph that fits stays whole, a sentence is cut last."""
    parts: list[str] = []
    now = ""
    for paragraph in _paragraphs(found):
        whole = joined(paragraph)
        if fits(now + paragraph[0].before + whole if now else whole):
            now += (paragraph[0].before if now else "") + whole
            continue
        if fits(whole):
            parts, now = [*parts, now] if now else parts, whole
            continue
        for unit in paragraph:
            for piece, before in _pieces(unit, fits):
                if now and fits(now + before + piece):
                    now += before + piece
                else:
                    parts, now = [*parts, now] if now else parts, piece
    return [*parts, now] if now else parts


def _paragraphs(found: Sequence[Unit]) -> list[list[Unit]]:
    out: list[list[Unit]] = []
    for unit in found:
        if unit.before == "\n\n" or not out:
            out.append([])
        out[-1].append(unit)
    return out


def _pieces(unit: Unit, fits: Callable[[str], bool]) -> list[tuple[str, str]]:
    """A sentence that fits as it is; a longer one in pieces, each with what parts it from the piece before."""
    if fits(unit.text):
        return [(unit.text, unit.before)]
    pieces: list[tuple[str, str]] = []
    rest, before = _tokens(unit.text), unit.before
    while rest:
        size = _most(rest, fits)
        pieces.append(("".join(rest[:size]).strip(), before))
        before = " " if rest[size - 1][-1:] == " " else ""
        rest = rest[size:]
    return pieces


def _tokens(value: str) -> list[str]:
    """What may not be cut, each with the space after it; scripts without spaces may be cut between two signs."""
    out: list[str] = []
    for word in regex.findall(r"\S+\s*", value):
        if text.LINK.match(word) or not _SPACELESS.search(word):
            out.append(word)
        else:
            out += _SIGN.findall(word)
    return out


def _most(tokens: list[str], fits: Callable[[str], bool]) -> int:
    """How many tokens go into a piece: up to a clause's end where one lies in its second half, else what fits."""
    size = 1
    while size < len(tokens) and fits("".join(tokens[: size + 1]).strip()):
        size += 1
    if size == len(tokens):
        return size
    for end in range(size, size // 2, -1):
        if _CLAUSE.search(tokens[end - 1].strip()):
            return end
    while size > 1 and tokens[size - 1].strip()[-1:].isdigit() and tokens[size][:1].isdigit():
        size -= 1  # 3 000
    return size


def shortened(value: str, words: int) -> str:
    """The beginning of a sentence in at most so many words: to a clause's end, else marked as cut."""
    said = value.split()
    if len(said) <= words:
        return value.strip()
    for end in range(words, 2, -1):
        head = " ".join(said[:end]).rstrip(",;:–— ")
        if _CLAUSE.search(said[end - 1]) and said[end - 1].strip(",;:–—") and whole(head):
            return head
    taken = said[:words]
    while len(taken) > 3 and taken[-1].lower().strip("’'") in _WEAK_ENDS:
        taken.pop()
    return " ".join(taken).rstrip(",;:–— ") + " …"


def whole(value: str) -> bool:
    """Whether every quotation and bracket that is opened is closed again."""
    pairs = all(value.count(a) == value.count(b) for a, b in ("()", "[]", "“”", "«»"))
    return pairs and value.count('"') % 2 == 0


_WEAK_ENDS = SUBJECTS | _set("a an the of in to for with on at by from into and or but as than is are was")
