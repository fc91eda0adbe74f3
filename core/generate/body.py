"""A post as blocks of sentences: read from text, set again as text in an author's way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import regex

from analytics import text

_MARK = regex.compile(r"^[ \t]*(?:[-*•◦‣·–—▪►▶➡→✓✔✅☑🔹🔸👉]\uFE0F?|\(?\d{1,2}[.)])[ \t]+")
_MARKDOWN = regex.compile(r"^\s{0,3}#{1,6}\s+|^\s*(?:[-*_]\s*){3,}$|^\s*```.*$", regex.MULTILINE)
_EMPHASIS = regex.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", regex.DOTALL)
_CONTROL = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\u200b\u2028\u2029\u2060\ufeff\u202a-\u202e\u2066-\u2069--[\n]]", regex.V1
)
_TAG_WORD = regex.compile(r"(?:hashtag)?(?<![\w&/])[#＃]+(?=[\p{L}\p{M}\p{N}_])")
_STRAY_TAG = regex.compile(r"[#＃]")
_CHATTY = regex.compile(
    r"^(?:here(?:'s| is| are)\b[^\n]{0,80}"
    r"\b(?:post|draft|version|rewrite|text)\b[^\n]*[:.]$|as an ai\b|i(?:'m| am) (?:an ai|here to help)\b|"
    r"(?:linkedin )?post:$|i hope this helps|let me know if|(?:note|disclaimer):|[<>‹›]{3}$|"
    r"(?:this|the) (?:post|draft|version|rewrite)\b[^\n]{0,40}\b(?:adheres|follows|meets|keeps|respects|captures|"
    r"reflects|maintains|addresses)\b[^\n]*\b(?:guidelines?|rules?|brief|requirements?|style|tone|voice|point)\b)",
    regex.IGNORECASE,
)


_OPENER = regex.compile(r"^(?:sure|certainly|absolutely|of course|okay|great)[,!.]", regex.IGNORECASE)


@dataclass
class Block:
    """A paragraph: its sentences, or the items of a list (without their marks)."""

    units: list[str]
    listed: bool = False


@dataclass
class Body:
    """What a post says, and apart from it the hashtags that stood in it and the links."""

    blocks: list[Block] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def units(self) -> list[str]:
        """All sentences and items, in order."""
        return [unit for block in self.blocks for unit in block.units]

    def without(self, dropped: Iterable[tuple[int, int]]) -> Body:
        """The same without the units at these (block, place)s."""
        gone = set(dropped)
        kept = [
            replace(b, units=[u for at, u in enumerate(b.units) if (number, at) not in gone])
            for number, b in enumerate(self.blocks)
        ]
        return replace(self, blocks=[b for b in kept if b.units])


def clean(raw: str, talk: bool = True) -> str:
    """A model's text without control characters, markdown, wrapping quotes and, with `talk`, talk about itself."""
    out = _CONTROL.sub("", text.unified(raw).replace("\t", " ").replace("\u00a0", " "))
    out = _EMPHASIS.sub(r"\2", _MARKDOWN.sub("", out)).strip()
    if len(out) > 1 and out[0] in '"“' and out[-1] in '"”' and not regex.search(r"[\"“”]", out[1:-1]):
        out = out[1:-1].strip()
    rows = [row.strip() for row in out.split("\n")]
    while rows and (not rows[0] or (talk and _is_talk(rows))):
        rows.pop(0)
    while rows and (not rows[-1] or (talk and _CHATTY.match(rows[-1]))):
        rows.pop()
    return str(regex.sub(r" {2,}", " ", "\n".join(rows)))


def _is_talk(rows: Sequence[str]) -> bool:
    """Whether the first of these lines is an assistant's, and not the post's."""
    return bool(_CHATTY.match(rows[0]) or (_OPENER.match(rows[0]) and any(rows[1:])))


def parse(raw: str) -> Body:
    """A text as blocks; hashtags at the end of a line leave it, those inside a sentence become plain words."""
    body = Body()
    for paragraph in text.paragraphs(raw):
        rows = text.lines(paragraph)
        listed = [bool(_MARK.match(row)) for row in rows]
        for row, item in zip(rows, listed, strict=True):
            _add(body, row, item)
        if not any(listed):
            _merge(body, len(rows))
    return body


def _add(body: Body, row: str, item: bool) -> None:
    row, links = _without_links(_MARK.sub("", row) if item else row)
    body.links += links
    row, tags = _without_tags(row)
    body.tags += tags
    units = [row] if item and row else text.sentences(row)
    units = [u for u in units if regex.search(r"[\p{L}\p{N}]|\p{Extended_Pictographic}", u)]
    if not units:
        body.blocks.append(Block([]))
    elif item and body.blocks and body.blocks[-1].listed:
        body.blocks[-1].units += units
    else:
        body.blocks.append(Block(units, item))


def _merge(body: Body, rows: int) -> None:
    """Lines of one paragraph are one block again."""
    last = body.blocks[-rows:]
    body.blocks[-rows:] = [Block([u for b in last for u in b.units])]
    body.blocks = [b for b in body.blocks if b.units]


def _without_links(row: str) -> tuple[str, list[str]]:
    links = text.links(row)
    for link in links:
        row = row.replace(link, " ")
    return regex.sub(r"\s+([.,;:!?])", r"\1", regex.sub(r" {2,}", " ", row)).strip(" ()[]<>"), links


def _without_tags(row: str) -> tuple[str, list[str]]:
    tags = text.hashtags(row)
    words = row.split(" ")
    while words and (not words[-1] or text.hashtags(words[-1]) == [words[-1].rstrip(".,;")]):
        words.pop()
    return _STRAY_TAG.sub("", _TAG_WORD.sub("", " ".join(words))).strip(), tags


def render(
    body: Body, *, gap: str, one_block: bool, bullet: str, tags: Sequence[str], link: str, tags_apart: bool
) -> str:
    """The text of a body, with its link and its hashtags at the end."""
    parts: list[str] = []
    for block in body.blocks:
        if block.listed:
            parts.append("\n".join(f"{bullet} {unit}" for unit in block.units))
        else:
            parts.append(" ".join(block.units))
    parts = [part for part in parts if part.strip()]
    out = gap.join(parts)
    if link:
        out += (" " if one_block and not out.count("\n") else gap if out else "") + link
    if tags:
        out += (gap if tags_apart else " ") + " ".join(tags) if out else " ".join(tags)
    return out.strip()


def plain_words(value: str) -> str:
    """Words in lower case with single spaces: what two spellings of a sentence have in common."""
    return " ".join(word.lower().replace("’", "'") for word in text.words(value))
