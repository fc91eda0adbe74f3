"""The mix: pillars where posts have them, else topics found in the author's texts, and which of them are due."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from core.ideas.corpus import Corpus, spellings, weight
from core.ideas.model import Evidence, Proposal, key_of, short
from core.store.ideas import Text

NEWEST = 12
"""The posts that are looked at, planned ones among them."""
LEAST = 30
"""Texts below which no share is known well enough."""
CHANCE = 0.1
"""So few or fewer of the newest posts would be there by chance in one case of ten at most."""
TOPICS = 8
BURST = 1.3
"""How often a word that can name a topic stands in a text that holds it, on average."""
SHARE = 0.04
"""A topic holds at least this share of the texts, and at least 4 of them."""


@dataclass(frozen=True, eq=False)
class Topic:
    """Texts that belong together. `pillar`: a person named it, and `label` is the name."""

    label: str
    held: npt.NDArray[np.bool_]
    """Which of the texts are of it, the oldest first."""
    pillar: bool = False

    @property
    def share(self) -> float:
        """Of all texts, 0 to 1."""
        return float(self.held.mean()) if len(self.held) else 0.0

    @property
    def lately(self) -> int:
        """How many of the newest NEWEST texts."""
        return int(self.held[-NEWEST:].sum())


def topics(own: Corpus) -> list[Topic]:
    """The author's topics, the largest first: pillars where two or more are in use, else found in the words."""
    names = Counter(text.pillar for text in own.texts if text.pillar)
    if len(names) > 1 and sum(names.values()) >= LEAST:
        tagged = np.array([text.pillar for text in own.texts if text.pillar])
        return [Topic(name, tagged == name, pillar=True) for name, _ in names.most_common(2 * TOPICS)]
    return _found(own)


def due(own: Corpus) -> list[Proposal]:
    """Topics under their usual share in the newest posts, the most surprising first."""
    out: list[tuple[float, Proposal]] = []
    for topic in topics(own):
        rest = topic.held[:-NEWEST]
        if len(rest) < LEAST - NEWEST or topic.held[-max(3 * NEWEST, len(rest) // 3) :].sum() < 2:
            continue  # what somebody gave up long ago is not due
        usual = float(rest.mean())
        chance = float(binom.cdf(topic.lately, NEWEST, usual))
        if chance <= CHANCE:
            out.append((chance, _proposal(own, topic, usual)))
    return [proposal for _, proposal in sorted(out, key=lambda pair: (pair[0], pair[1].key))]


def _proposal(own: Corpus, topic: Topic, usual: float) -> Proposal:
    texts = [t for t in own.texts if t.pillar] if topic.pillar else list(own.texts)
    last = texts[int(np.flatnonzero(topic.held)[-1])]
    count = {0: "None", 1: "One"}.get(topic.lately, str(topic.lately))
    named = "the pillar" if topic.pillar else "the topic"
    ten = 10 * usual
    often = f"{ten:.0f} in 10 are" if ten >= 0.95 else f"{100 * usual:.0f} in 100 are"
    return Proposal(
        key_of("pillar", topic.label),
        "pillar",
        f"{topic.label[:1].upper()}{topic.label[1:]}: due again",
        f"{count} of the newest {NEWEST} posts {'is' if topic.lately < 2 else 'are'} on {named} “{topic.label}”; "
        f"usually {often} ({len(texts):,} posts).",
        {"topic": topic.label},
        (_evidence(last, "The last post on it"),),
    )


def _evidence(text: Text, title: str) -> Evidence:
    dated = f"{title}, {text.at.day} {text.at:%B %Y}" if text.at else title
    return Evidence(text.source, text.id, short(text.text, 220), dated)


# ---- topics found in the words -------------------------------------------------------------------------------


def _found(own: Corpus) -> list[Topic]:
    """Telling words that come back, each with the texts that hold it or two of its companions."""
    if own.n < LEAST:
        return []
    taken = np.zeros(own.n, dtype=bool)
    out: list[Topic] = []
    for word in _seeds(own):
        named, held = _around(own, word)
        if held.sum() < max(4, SHARE * own.n) or (held & taken).sum() > 0.6 * held.sum():
            continue
        out.append(Topic(", ".join(_spelled(own, own.holding(word), named)), held))
        taken |= held
        if len(out) == TOPICS:
            break
    return sorted(out, key=lambda t: (-t.share, t.label))


def _seeds(own: Corpus) -> list[str]:
    """Words in enough of the texts, but not in half of them, the most telling first."""
    least, most = max(4, SHARE * own.n), 0.5 * own.n
    names = own.names
    rated = [
        (count * weight(names[at]) * (own.burst[at] - 1), names[at])
        for at, count in enumerate(own.seen.tolist())
        if least <= count <= most and weight(names[at]) > 1.5 and own.burst[at] >= BURST
    ]
    return [word for _, word in sorted(rated, key=lambda pair: (-pair[0], pair[1]))[: 6 * TOPICS]]


def _around(own: Corpus, word: str) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """A topic's words and texts: those with the word, and those with both of the words that go with it."""
    rows = own.holding(word)
    inside = np.asarray(own.matrix[rows].sum(axis=0)).ravel()
    names = own.names
    near = [
        (math.log(inside[at] / len(rows) / (own.seen[at] / own.n)) * inside[at] * weight(names[at]), names[at])
        for at in np.flatnonzero(inside >= max(3, 0.2 * len(rows)))
        if names[at] != word
        and weight(names[at]) > 1.0
        and own.burst[at] >= 1 + (BURST - 1) / 2
        and inside[at] / len(rows) > 2 * own.seen[at] / own.n
    ]
    with_it = [name for _, name in sorted(near, key=lambda pair: (-pair[0], pair[1]))[:2]]
    held = np.zeros(own.n, dtype=bool)
    held[rows] = True
    if len(with_it) == 2:
        both = set(own.holding(with_it[0]).tolist()) & set(own.holding(with_it[1]).tolist())
        held[list(both)] = True
    return [word, *with_it], held


def _spelled(own: Corpus, rows: Sequence[int] | npt.NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """Stems as the author mostly writes them in these texts."""
    seen = spellings(own.texts[int(row)].text for row in rows[-12:])
    return [seen[name].most_common(1)[0][0] if seen.get(name) else name for name in names]
