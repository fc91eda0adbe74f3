"""What is spoken of: sources, typed facts, claims, and the report on a post."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SourceKind = Literal["brief", "knowledge", "sample"]
FactKind = Literal["number", "date", "quote", "url", "name"]
Status = Literal["supported", "unsupported", "no claim"]


@dataclass(frozen=True)
class Source:
    """A text that facts may come from. A sample is the author's own writing: only names may come from it."""

    kind: SourceKind
    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Fact:
    """What can be looked up: `text` as written at characters `start` to `end`, `value` to compare."""

    kind: FactKind
    text: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Claim:
    """One sentence of a text, at characters `start` to `end`, and what was found for it."""

    sentence: str
    start: int
    end: int
    status: Status
    kind: str = "claim"
    """claim | opinion | question | call | greeting | frame"""
    source: str | None = None
    """The id of the source that supports it."""
    quote: str = ""
    """The source's sentence that is nearest to it."""
    facts: list[Fact] = field(default_factory=list)
    """Typed facts in it that no source holds."""
    score: float = 0.0
    """How near the source's sentence is, 0 to 1."""
    why: str = ""
    """What speaks against it, in plain words."""

    @property
    def hash(self) -> str:
        """What a confirmation is bound to: the sentence, whatever its spacing."""
        return sentence_hash(self.sentence)

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @staticmethod
    def restored(kept: dict[str, Any]) -> Claim:
        """The opposite of `record`."""
        return Claim(**{**kept, "facts": [Fact(**fact) for fact in kept.get("facts", [])]})


@dataclass(frozen=True)
class Report:
    """What a post claims. `open` are unsupported sentences that nobody has confirmed."""

    claims: list[Claim]
    unsupported: list[Claim]
    confirmed: list[Claim]
    open: list[Claim]
    blocking: bool
    """Whether `open` keeps the post from review: never so for a post that was written by hand."""
    by_hand: bool = False
    typed: list[Claim] = field(default_factory=list)
    """Unsupported sentences without a typed fact that a person wrote into the text: whoever types one stands by it."""
    sources: list[Source] = field(default_factory=list)
    by: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Sentence hash -> who stands by it, and where they know it from."""


def sentence_hash(sentence: str) -> str:
    """SHA-256 (hex) of a sentence without regard to its spacing."""
    return hashlib.sha256(" ".join(sentence.split()).encode()).hexdigest()
