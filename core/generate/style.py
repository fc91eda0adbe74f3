"""How an author sets a post: what code copies of it, whatever the model. Read from the samples, kept with the run."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analytics import layout, text
from core.generate import clauses
from core.persona.figures import cleaned

READ = 400
"""The newest samples that are read."""
_MARKS = "-•→➡✅✔▪►▶👉🔹🔸*–"


@dataclass(frozen=True)
class Style:
    """Habits of setting. Lists are ordered, the commonest first."""

    samples: int = 0
    chars: int = 1100
    """The median length of a post."""
    one_block: bool = False
    """Most posts are one block of text."""
    gap: str = "\n\n"
    """What stands between two paragraphs."""
    bullet: str = "-"
    tags: list[str] = field(default_factory=list)
    usual_tags: list[str] = field(default_factory=list)
    """Those in a fifth of the posts or more."""
    small_tags: bool = False
    """Hashtags are in small letters."""
    tags_apart: bool = True
    """Hashtags stand in a paragraph of their own."""
    emoji: list[str] = field(default_factory=list)
    you: float = 0.5
    """The share of posts that speak to the reader."""
    we: float = 0.5
    short: float = 0.5
    """The share of short forms (don't) among the places where one could stand."""
    joins: list[str] = field(default_factory=list)
    """Marks (with their spaces) that join two clauses in a tenth of the posts or more."""
    loud: float = 0.0
    """The share of posts with an exclamation mark."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def read(texts: Sequence[str], blank_line_between: bool) -> Style:
    """The style of these posts; the default where there are fewer than 5."""
    posts = [cleaned(t) for t in texts[-READ:]]
    posts = [p for p in posts if p]
    if len(posts) < 5:
        return Style(samples=len(posts))
    words = [{w.lower() for w in text.words(p)} for p in posts]
    tags = _tags(posts)
    return Style(
        samples=len(posts),
        chars=int(statistics.median(len(p) for p in posts)),
        one_block=_share([layout.layout(_body(p)) in ("one-liner", "single", "link") for p in posts]) > 0.6,
        gap="\n\n" if blank_line_between else "\n",
        bullet=_bullet(posts),
        tags=[tag for tag, n in tags if n > 1 or len(posts) < 20][:40],
        usual_tags=[tag for tag, n in tags if n >= max(2, len(posts) / 5)][:4],
        small_tags=sum(n for tag, n in tags if tag.islower()) > sum(n for tag, n in tags) / 2,
        tags_apart=_apart(posts),
        emoji=[e for e, n in Counter(e for p in posts for e in text.emoji(p)).most_common(8) if n > 1],
        you=_share(["you" in w or "your" in w for w in words]),
        we=_share(["we" in w or "our" in w for w in words]),
        short=_short(posts),
        joins=[mark for mark in ("; ", " – ", " - ", " -- ") if _share([mark in p for p in posts]) >= 0.1],
        loud=_share(["!" in p for p in posts]),
    )


def _body(post: str) -> str:
    """A post without its last line where that holds hashtags or a link only."""
    rows = text.lines(post)
    while len(rows) > 1 and not text.words(" ".join(w for w in rows[-1].split() if w[0] not in "#@")):
        rows = rows[:-1]
    return post[: post.rfind(rows[-1]) + len(rows[-1])] if rows else post


def _short(posts: Sequence[str]) -> float:
    said = clauses.forms("\n".join(posts))
    return round(said[0] / sum(said), 3) if sum(said) >= 10 else 0.5


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


def _bullet(posts: Sequence[str]) -> str:
    first = Counter(
        row[0] for p in posts for row in text.lines(p) if row[:1] in _MARKS and row[1:2] in (" ", "\t", "\ufe0f")
    )
    return first.most_common(1)[0][0] if first else "-"


def _tags(posts: Sequence[str]) -> list[tuple[str, int]]:
    """Hashtags without digits by how many posts have them, as they are spelt most often."""
    seen: Counter[str] = Counter()
    spelt: dict[str, Counter[str]] = {}
    for post in posts:
        for tag in set(text.hashtags(post)):
            if not any(c.isdigit() for c in tag):
                seen[tag.lower()] += 1
                spelt.setdefault(tag.lower(), Counter())[tag] += 1
    return [(spelt[tag].most_common(1)[0][0], n) for tag, n in seen.most_common()]


def _apart(posts: Sequence[str]) -> bool:
    tagged = [p for p in posts if text.hashtags(p)]
    alone = [all(word[0] in "#@" for word in text.lines(p)[-1].split()) for p in tagged]
    return _share(alone) >= 0.5 if alone else True
