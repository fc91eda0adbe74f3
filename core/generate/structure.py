"""How a post is built beside how its author builds: opening, layout, paragraphs. And which house rules it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics import hooks, layout, text
from core import guidelines
from core.generate.material import Material
from core.review.findings import against
from core.voice.words import line

RARE = 0.1
"""Share of the author's posts under which an opening or a layout counts as unusual for them."""
FEW = 5
_OPENS = {
    "link": "a link", "quote": "a quotation", "question": "a question", "contrarian": "a contrary view",
    "announcement": "news", "number": "a number", "story": "a scene", "command": "a request",
    "address": "a word to the reader", "statement": "a plain statement",
}  # fmt: skip
_LAYOUTS = {
    "one-liner": "a single line", "single": "one block", "link": "a link with a line", "list": "a list",
    "mixed": "paragraphs and a list", "lines": "short lines", "paragraphs": "paragraphs",
}  # fmt: skip


def score(value: str, own: Sequence[str]) -> dict[str, Any]:
    """The share of the author's posts that open and are laid out as this one does, 0 to 1; None under 5 posts."""
    opens, laid = hooks.hook(value), layout.layout(value)
    blocks = len(text.paragraphs(value))
    if len(own) < FEW:
        return line(
            "Built like theirs", None, f"It opens with {_OPENS[opens]}; under {FEW} posts nothing can be compared."
        )
    as_opened = sum(hooks.hook(t) == opens for t in own) / len(own)
    as_laid = sum(layout.layout(t) == laid for t in own) / len(own)
    low, high = (round(float(q)) for q in np.quantile([len(text.paragraphs(t)) for t in own], (0.1, 0.9)))
    usual = f"{low}" if low == high else f"{low} to {high}"
    parts = [
        f"It opens with {_OPENS[opens]}, as {_share(as_opened)} of their posts do",
        f"it is {_LAYOUTS[laid]}, as {_share(as_laid)} are",
        f"it has {blocks} {'paragraph' if blocks == 1 else 'paragraphs'}, theirs mostly {usual}",
    ]
    rare = " One of these is unusual for them." if min(as_opened, as_laid) < RARE or not low <= blocks <= high else ""
    return line("Built like theirs", round((as_opened + as_laid) / 2, 2), f"{'; '.join(parts)}.{rare}")


def house(value: str, material: Material) -> dict[str, Any]:
    """Whether the rules of the house that code can check are kept."""
    found = against(value, guidelines.listed(material.author_id))
    if not found:
        return line("House rules", True, "None that can be checked by code is broken.")
    return line("House rules", not any(f.block for f in found), " ".join(f.text for f in found[:3]))


def _share(value: float) -> str:
    return "none" if value == 0 else f"{value:.0%}" if value >= 0.01 else "hardly any"
