"""Everything that a page shows of a text: likeness, style, topic, what speaks for and against, what is generic."""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from analytics import genericness, voice
from analytics.explain import explain
from analytics.slop_model import Weights
from analytics.voice import VoiceProfile
from core.collect.previews import text_hash
from core.train import inuse
from core.voice import phrases, profiles
from core.voice.profiles import Key, Known

KEPT = 512
"""Measured texts kept in memory."""
SHOWN = 8
"""Contributions that are kept; they come with what speaks against first, the strongest of each kind first."""
LONGEST = 100_000
Span = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """Something that speaks for (weight > 0) or against the author, in a writer's words."""

    text: str
    weight: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A passage that any feed has: what it is, in plain words, and the words."""

    start: int
    end: int
    kind: str
    words: str


@dataclass(frozen=True)
class Habit:
    """How often something stands here, and how often the author has it."""

    name: str
    here: int
    text: str
    over: bool


@dataclass(frozen=True)
class Measured:
    """What was measured of one text. `version` names the measures; JSON by `record`, back by `restored`."""

    version: str
    of: str
    """Which text: see `digest`."""
    evidence: str
    """Of style, topic and likeness: ok | too little, and then `reason` says why."""
    reason: str = ""
    style: float | None = None
    usual_style: tuple[float, float] | None = None
    """Where four in five of the author's own posts lie, each measured without itself; a stranger's lie around 0."""
    topic: float | None = None
    likeness: float | None = None
    typical: tuple[int, int] | None = None
    """(own posts that are less typical than this, own posts asked)"""
    contributions: tuple[Said, ...] = ()
    generic: float | None = None
    generic_high: bool = False
    """Over the line that hardly any person's posts cross."""
    generic_evidence: str = "too little"
    generic_reason: str = ""
    passages: tuple[Passage, ...] = ()
    budget: tuple[Habit, ...] = ()
    posts: int = 0
    others: int = 0
    held_out: bool = False
    """Whether the text is one of the author's posts, and was held out of what it was measured by."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


_measured: OrderedDict[tuple[Key, str], Measured] = OrderedDict()
_lock = threading.Lock()


def version() -> str:
    """Which measures these are."""
    return f"{voice.VERSION} {genericness.VERSION}"


def digest(text: str) -> str:
    """Names one exact text: spans hold for no other."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def measure(author_id: str, text: str, background: bool = True) -> Measured:
    """Measure a text by an author's voice and habits; waits for the profile where it must be fitted first.

    Never inside a transaction: readings that are missing are kept in transactions of their own. `background`: tell the
    author apart from the team's others too, where the team allows it.
    """
    return _by(profiles.known(author_id, background), text)


def glance(author_id: str, text: str, wait: float = 0.25) -> Measured | None:
    """The same for a page: None where the author is still being read, ask again in a moment."""
    found = profiles.glance(author_id, wait)
    return None if found is None else _by(found, text)


def with_generic(kept: Measured, now: Measured) -> Measured:
    """What was kept of a text, with what is generic in it by the phrase lists and habits of now."""
    return replace(
        kept,
        generic=now.generic,
        generic_high=now.generic_high,
        generic_evidence=now.generic_evidence,
        generic_reason=now.generic_reason,
        passages=now.passages,
        budget=now.budget,
    )


def restored(record: Mapping[str, Any]) -> Measured | None:
    """What `record` made; None for what another release made and this one cannot read."""
    try:
        kept = dict(record)
        kept["contributions"] = tuple(
            Said(row["text"], row["weight"], _pairs(row["spans"])) for row in kept["contributions"]
        )
        kept["passages"] = tuple(Passage(**row) for row in kept["passages"])
        kept["budget"] = tuple(Habit(**row) for row in kept["budget"])
        for pair in ("typical", "usual_style"):
            kept[pair] = (kept[pair][0], kept[pair][1]) if kept[pair] else None
        return Measured(**kept)
    except (KeyError, TypeError, IndexError, ValueError):
        return None


def _pairs(spans: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((int(first), int(last)) for first, last in spans)


def _by(known: Known, text: str) -> Measured:
    text = text[:LONGEST].encode("utf-8", "replace").decode()  # half a character is no text; offsets stay
    listed, (adapter, weights) = phrases.in_force(known.author_id), inuse.genericness()
    key = ((known.author_id, known.key, hash(listed), adapter), digest(text))
    with _lock:
        if kept := _measured.get(key):
            _measured.move_to_end(key)
            return kept
    found = _generic(known, text, listed, _voice(known, text), weights)
    with _lock:
        _measured[key] = found
        while len(_measured) > KEPT:
            _measured.popitem(last=False)
    return found


def _voice(known: Known, text: str) -> Measured:
    own = text_hash(text)
    held_out = own in known.hashes
    profile = profiles.apart(known, own) if held_out else known.profile
    reading = voice.read(text)
    score = voice.score(profile, reading)
    said = explain(profile, text) if score.evidence == "ok" else []
    return Measured(
        version=version(),
        of=digest(text),
        evidence=score.evidence,
        reason=score.reason,
        style=_number(score.style),
        usual_style=_usual(profile) if score.evidence == "ok" else None,
        topic=_number(score.topic),
        likeness=_number(score.likeness),
        typical=score.typical,
        contributions=tuple(Said(c.text, float(c.weight), _within(c.spans, text)) for c in said[:SHOWN]),
        posts=known.posts - held_out,
        others=known.others,
        held_out=held_out,
    )


def _generic(known: Known, text: str, listed: tuple[str, ...], measured: Measured, weights: Weights | None) -> Measured:
    found, own = genericness.generic(text, listed, weights), profiles.habits(known, listed)
    return replace(
        measured,
        generic=_number(found.score),
        generic_high=found.high,
        generic_evidence=found.evidence,
        generic_reason=found.reason,
        passages=tuple(
            Passage(p.start, p.end, p.kind, p.words) for p in found.passages if 0 <= p.start < p.end <= len(text)
        ),
        budget=tuple(Habit(b.name, int(b.here), b.text, bool(b.over)) for b in genericness.budget(found, own)),
    )


def _usual(profile: VoiceProfile) -> tuple[float, float] | None:
    if len(profile.own) < voice.MIN_REFERENCES:
        return None
    low, high = np.quantile(profile.own, (0.1, 0.9))
    return float(low), float(high)


def _number(value: float | None) -> float | None:
    """A figure that JSON can hold."""
    return float(value) if value is not None and math.isfinite(value) else None


def _within(spans: Sequence[Span], text: str) -> tuple[Span, ...]:
    """The spans that lie in the text, in its order."""
    return tuple(sorted((int(a), int(b)) for a, b in spans if 0 <= a < b <= len(text)))
