"""The last touch: line breaks, spaces, hashtags said once, and the link where the brief wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import regex

from analytics import text
from core.generate.brief import BriefFields

if TYPE_CHECKING:
    from core.generate.constraints import Constraints

POSTSCRIPT = "P.S. The link:"
COMMENT = "The link:"
_ODD_SPACE = regex.compile(r"[^\S\n]")
_NOTHING = regex.compile(r"[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\p{Cc}\p{Cs}--[\n\t]]", regex.V1)


class Finished(NamedTuple):
    """The post, and what goes into its first comment ("" where nothing does)."""

    text: str
    comment: str


def tidy(value: str) -> str:
    """Every line break a newline, every space one plain space, none at a line's end, no more than one blank line."""
    plain = _ODD_SPACE.sub(" ", _NOTHING.sub("", text.unified(value)))
    rows = [regex.sub(r" {2,}", " ", row).strip() for row in plain.split("\n")]
    return str(regex.sub(r"\n{3,}", "\n\n", "\n".join(rows))).strip()


def once(value: str) -> str:
    """The text with every hashtag once, whatever its case: one that comes again goes, in a sentence only its sign."""
    seen: set[str] = set()
    rows: list[str] = []
    for row in value.split("\n"):
        hidden = [(m.start(), m.end()) for m in text.LINK.finditer(row)]
        out, at = "", 0
        for found in text.HASHTAG.finditer(row):
            if any(a <= found.start() < b for a, b in hidden):
                continue
            tag = found.group().lower()
            out, at = out + row[at : found.start()], found.end()
            if tag not in seen:
                out += found.group()
            elif text.words(text.HASHTAG.sub("", row)):
                out += found.group()[1:] if text.words(text.HASHTAG.sub("", row[found.end() :])) else ""
            seen.add(tag)
        rows.append(out + row[at:])
    return "\n".join(rows)


def comment(brief: BriefFields) -> str:
    """What goes into the first comment: the link, where the brief wants it there."""
    return f"{COMMENT} {brief.link}" if brief.link and brief.link_place == "comment" else ""


def line(link: str, place: str) -> str:
    """The link as it stands in the post itself: bare, after `P.S.`, or not at all."""
    if not link or place == "comment":
        return ""
    return f"{POSTSCRIPT} {link}" if place == "postscript" else link


def unplaced(value: str) -> str:
    """The text without the lead-in of a postscript, so that it can be set again. The address itself stays."""
    return value.replace(f"{POSTSCRIPT} ", "")


def misplaced(value: str, link: str, place: str) -> str:
    """Why the link does not stand where it should, or ''."""
    if not link:
        return ""
    if place == "comment":
        return "The link is meant for the first comment, but stands in the post." if link in value else ""
    if value.count(link) != 1:
        return "The brief's link does not stand in it exactly once."
    if place == "postscript" and f"{POSTSCRIPT} {link}" not in value:
        return "The link is meant for a postscript, but stands elsewhere."
    return ""


def finish(value: str, brief: BriefFields, c: Constraints) -> Finished:
    """The text tidied, its hashtags once, the brief's link in its place. Doing it again changes nothing."""
    out = once(tidy(value))
    if brief.link and misplaced(out, brief.link, brief.link_place):
        out = _moved(out, brief, c)
    return Finished(tidy(out), comment(brief))


def _moved(value: str, brief: BriefFields, c: Constraints) -> str:
    """Where the link stood alone its line goes; in a sentence only the address does. Set again above the hashtags."""
    kept: list[str] = []
    for row in unplaced(value).split("\n"):
        bare = regex.sub(r"\s+([.,;!?])", r"\1", row.replace(brief.link, "")).rstrip(" :") if brief.link in row else row
        kept.append(bare if bare == row or text.words(bare) else "")
    out = tidy("\n".join(kept))
    placed = line(brief.link, brief.link_place)
    if not placed:
        return out
    head, gap, tail = out.rpartition(c.gap)
    if head and tail and not text.words(text.HASHTAG.sub("", tail)) and text.hashtags(tail):
        return f"{head}{c.gap}{placed}{gap}{tail}"
    return f"{out}{c.gap}{placed}" if out else placed
