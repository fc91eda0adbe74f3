"""Edits of single sentences, as a model asks for them: what was not named stays word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from analytics import text
from core.generate.body import clean, plain_words

LONGEST = 700
"""Characters of what may stand in place of one sentence."""
_MANY_BREAKS = regex.compile(r"\n{3,}")


@dataclass
class Edited:
    """The text after its edits, what was done in plain words, and the share of its sentences that stayed (0 to 1)."""

    text: str
    said: list[str] = field(default_factory=list)
    kept: float = 1.0


def apply(value: str, asked: Sequence[Any], own: Sequence[str] = (), most: int = 8) -> Edited:
    """Replace sentences one by one. An edit whose `old` does not stand in the text changes nothing, and so does one
    that would take away the author's own words (`own`).
    """
    out = Edited(value)
    for row in asked[:most]:
        if not isinstance(row, dict):
            continue
        old, new = str(row.get("old") or "").strip(), _said(str(row.get("new") or ""))
        found = _find(out.text, old)
        if not found or found == new:
            continue
        if lost := next((w for w in own if _has(found, w) and not _has(new, w)), ""):
            out.said.append(f"Kept “{found[:80]}”: “{lost}” is how they say it.")
            continue
        out.text = _MANY_BREAKS.sub("\n\n", out.text.replace(found, new, 1)).strip()
        out.said.append(f"“{found[:80]}” became “{new[:80]}”." if new else f"Took out “{found[:80]}”.")
    out.kept = share_kept(value, out.text)
    return out


def own_words(value: str, card: Mapping[str, Any]) -> list[str]:
    """The phrases of the persona card that stand in a text: the voice that a correction must not iron out."""
    return [p for p in map(str, card.get("phrases") or []) if len(p) > 3 and _has(value, p)][:15]


def share_kept(before: str, after: str) -> float:
    """The share of the sentences of a text that still stand in another, 0 to 1."""
    left = {plain_words(s) for s in text.sentences(after)}
    own = [plain_words(s) for s in text.sentences(before)]
    return round(sum(s in left for s in own) / len(own), 3) if own else 1.0


def _find(value: str, old: str) -> str:
    """The words of the text that an edit means: as they stand, or the sentence of the same words."""
    if not old:
        return ""
    if old in value:
        return old
    wanted = plain_words(old)
    return next((s for s in text.sentences(value) if plain_words(s) == wanted), "") if wanted else ""


def _has(value: str, phrase: str) -> bool:
    return f" {plain_words(phrase)} " in f" {plain_words(value)} "


def _said(new: str) -> str:
    return clean(new)[:LONGEST] if new.strip() else ""
