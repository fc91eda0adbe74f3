"""What a proposal is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["knowledge", "pillar", "unsaid", "follow-up"]
KINDS: dict[Kind, str] = {
    "knowledge": "From your sources",
    "pillar": "Topics that are due",
    "unsaid": "Not said yet",
    "follow-up": "Worth a follow-up",
}


@dataclass(frozen=True)
class Evidence:
    """What a proposal rests on: words of a sample, a post or a source, as they stand there."""

    kind: str  # sample | post | knowledge
    id: str
    text: str
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Proposal:
    """A post that could be written: why, on what evidence, and a brief to begin with. Nothing in it is invented."""

    key: str
    kind: Kind
    title: str
    why: str
    fields: dict[str, Any] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


def key_of(kind: str, *parts: str) -> str:
    """The same for the same proposal, at most 120 characters."""
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}"


def short(value: str, most: int = 90) -> str:
    """One line of it, cut between words."""
    line = " ".join(value.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
