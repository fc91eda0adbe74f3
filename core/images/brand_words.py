"""What a guideline of the kind "brand" says, read by rules: colours by role, typefaces, a footer, a logo.

Its text is data: only colours, names of shipped typefaces and one line of footer are taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from core.images import colour, fonts
from core.store.tables import Guideline

WORDS: Final = {"paper": "Ground", "ink": "Text", "accent": "Emphasis", "quiet": "Small print"}
"""The roles of colours, for people."""
_ROLES: Final = {
    "paper": ("paper", "background", "ground", "canvas", "backdrop"),
    "ink": ("ink", "text", "type", "foreground", "copy", "body"),
    "quiet": ("quiet", "secondary", "muted", "grey", "gray", "small print", "caption", "subtle"),
    "accent": ("accent", "primary", "brand", "highlight", "emphasis", "main"),
}
_COLOUR: Final = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z])|rgb\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*\)", re.I)
_DARK: Final = re.compile(r"\b(?:dark|night)\b", re.I)
_HEADING: Final = re.compile(r"\b(?:headings?|headlines?|titles?|display)\b", re.I)
_BODY: Final = re.compile(r"\b(?:body|text|copy|paragraphs?)\b", re.I)
_TYPE: Final = re.compile(
    r"\b(?:fonts?|typefaces?|typography|typeset|headings?|headlines?|titles?|body|text|copy)\b", re.I
)
_LABEL: Final = re.compile(r"\s*[-*•]?\s*\**(?P<label>footer|logo)\**\s*(?::|=|–|—|-)\**\s*(?P<rest>.+)", re.I)
_CLOSE: Final = {
    "Inter": ("helvetica neue", "helvetica", "arial", "roboto", "sf pro", "san francisco", "segoe ui", "open sans",
              "lato", "noto sans", "system-ui", "aeonik", "graphik", "suisse"),
    "DM Sans": ("poppins", "montserrat", "futura", "gotham", "avenir", "circular", "proxima nova", "nunito"),
    "Source Serif 4": ("georgia", "times new roman", "times", "source serif", "merriweather", "charter", "minion"),
    "Playfair Display": ("bodoni", "didot", "canela", "playfair"),
    "Lora": ("garamond", "palatino", "baskerville", "caslon", "crimson"),
    "Archivo": ("impact", "oswald", "bebas neue", "franklin gothic", "league gothic"),
    "IBM Plex Mono": ("courier new", "courier", "jetbrains mono", "menlo", "consolas", "roboto mono"),
}  # fmt: skip
"""Typefaces that are often named and are not shipped (most may not be), under the nearest that is."""


@dataclass(frozen=True)
class Proposal:
    """One thing that a guideline says of images. `value` is empty where a person has to do it (a logo)."""

    field: str
    """colours.THEME.ROLE | heading | body | footer | logo"""
    value: str
    said: str
    """For people: what it is and what was made of it."""
    guideline_id: str
    title: str
    version: int


def read(rules: Iterable[Guideline]) -> list[Proposal]:
    """What these rules say; of two that say the same thing differently, the later one counts."""
    found: dict[str, Proposal] = {}
    for rule in rules:
        for line in (ln for part in (rule.text, *rule.phrases, rule.body) for ln in part.splitlines() if ln.strip()):
            for field, value, said in _line(line):
                found[field] = Proposal(field, value, said, rule.id, rule.title, rule.version)
    return list(found.values())


def _line(line: str) -> Iterator[tuple[str, str, str]]:
    """(field, value, said) of one line."""
    label = _LABEL.match(line)
    if label is not None:
        rest = label["rest"].strip().strip("*“”\"'")
        if label["label"].lower() == "footer":
            yield "footer", " ".join(rest.split())[:120], "Footer"
        else:
            yield "logo", "", f"A logo is named ({rest[:120]}). Nothing is fetched from there: add the file below."
        return
    yield from _colours(line)
    yield from _typefaces(line)


def _colours(line: str) -> Iterator[tuple[str, str, str]]:
    start = 0
    theme = "dark" if _DARK.search(line) else "light"
    for match in _COLOUR.finditer(line):
        before, start = line[start : match.start()], match.end()
        role = _role(before) or _role(re.split(r"[,;.]", line[match.end() :])[0])
        if role:
            value = colour.hexed(match.groups()) if match[1] else colour.parse(match[0])
            yield f"colours.{theme}.{role}", value, f"{WORDS[role]}, {theme} theme"


def _role(words: str) -> str:
    """The role that is named last in these words: `text in` stands right before its colour."""
    places = [(m.start(), role) for role, names in _ROLES.items() for name in names
              for m in re.finditer(rf"\b{name}\b", words, re.I)]  # fmt: skip
    return max(places)[1] if places else ""


def _typefaces(line: str) -> Iterator[tuple[str, str, str]]:
    if not _TYPE.search(line):
        return
    rest = 0
    for at, end, named, shipped in _named(line):
        near = line[rest:at]
        rest = end
        after = re.split(r"[,;.]", line[end:])[0]
        said = "" if named.casefold() == shipped.casefold() else f"{named} is not shipped; {shipped} is the nearest."
        uses = [f for f, wanted in (("heading", _HEADING), ("body", _BODY)) if wanted.search(near)]
        uses = uses or [f for f, wanted in (("heading", _HEADING), ("body", _BODY)) if wanted.search(after)]
        for use in uses or ["heading", "body"]:
            what = "Typeface of headings" if use == "heading" else "Typeface of text"
            yield use, shipped, f"{what}: {said}" if said else what


def _named(line: str) -> list[tuple[int, int, str, str]]:
    """(start, end, name as it stands, shipped family) of the typefaces of a line, in order, none inside another."""
    known = {name: name for name in fonts.FAMILIES} | {name: ours for ours, names in _CLOSE.items() for name in names}
    hits = [(m.start(), m.end(), m[0], ours) for name, ours in known.items()
            for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", line, re.I)]  # fmt: skip
    return sorted(h for h in hits if not any(o[0] <= h[0] and h[1] <= o[1] and o[:2] != h[:2] for o in hits))
