"""A text with the passages that a measure points to: colour, underline shape and number; everything is escaped."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pages.ui.assets import style

KINDS = {"for": "speaks for them", "against": "speaks against", "generic": "any feed has this"}
"""Each with its word; its colour and underline (solid, wavy, dotted) are in assets/voice.css."""
_FIRST = ("against", "generic", "for")
"""Where passages overlap the shortest one shows its colour; of two as short, this order."""


@dataclass(frozen=True)
class Mark:
    """One passage: characters `start` to `end`, its kind, the number of its line, and what is said of it."""

    start: int
    end: int
    kind: str
    number: int
    said: str = ""


def marked(text: str, marks: Iterable[Mark]) -> str:
    """The text as escaped HTML with the passages marked; what lies outside the text is passed over."""
    kept = sorted((m for m in marks if 0 <= m.start < m.end <= len(text)), key=lambda m: m.start)
    cuts = sorted({0, len(text), *(m.start for m in kept), *(m.end for m in kept)})
    out: list[str] = []
    over: list[Mark] = []
    begun = 0
    for start, stop in itertools.pairwise(cuts):
        while begun < len(kept) and kept[begun].start == start:
            over.append(kept[begun])
            begun += 1
        over = [m for m in over if m.end > start]
        out.append(_piece(text[start:stop], over, stop))
    return "".join(out)


def _piece(text: str, over: Sequence[Mark], stop: int) -> str:
    if not over:
        return html.escape(text)
    first = min(over, key=lambda m: (m.end - m.start, _FIRST.index(m.kind)))
    said = html.escape("; ".join(dict.fromkeys(m.said for m in over if m.said)), quote=True)
    ends = sorted({(m.number, m.kind) for m in over if m.end == stop})
    numbers = "<sup>,</sup>".join(f'<sup class="{kind}">{number}</sup>' for number, kind in ends)
    return f'<mark class="{first.kind}" title="{said}">{html.escape(text)}</mark>{numbers}'


def markup(text: str, marks: Sequence[Mark]) -> str:
    """The text in its frame, with the key to the marks that are in it."""
    kinds = [kind for kind in KINDS if any(m.kind == kind for m in marks)]
    key = "".join(f'<span><mark class="{kind}">{KINDS[kind]}</mark></span>' for kind in kinds)
    legend = f'<div class="tb-key">{key}</div>' if key else ""
    return f'{style("voice")}<div class="tb-said" tabindex="0">{marked(text, marks)}</div>{legend}'
