"""What a variant is worth, each figure with what it means; and the order of the variants with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics import overlap, readability, text
from core import samples
from core.generate import body, judge, structure
from core.generate.constraints import Constraints
from core.generate.material import Material
from core.generate.repair import Checked
from core.voice import Measured, nearness, words

WEIGHTS = {"likeness": 0.5, "points": 0.25, "brief": 0.1, "originality": 0.15}
"""The parts of the order, each 0 to 1. Stated with every rank."""
CLEAR = 0.95
"""How sure it must be which of two texts is closer to the author: less is no difference."""
SPAN = 0.25
"""A text that lies so much further from the author than strangers do (the way to the author is 1) counts as 0."""
EDGE = 0.02
"""A likeness nearer to 0 or 1 than this counts as this: nobody can be surer about a single post."""
NEWEST = 200
COPIED_FROM = 80
"""The newest posts that are searched for copied words, beside the exemplars."""
RUN = 8
"""Words in a row that count as copied."""


@dataclass(frozen=True)
class Own:
    """The author's posts to compare with: their texts, and their usual reading ease."""

    author: str
    texts: list[str]
    ease: tuple[float, float] | None


def own(author_id: str, name: str) -> Own:
    """Read from the newest samples."""
    texts = [s.text for s in samples.of_author(author_id)[-NEWEST:]]
    eases = [e for t in texts[-60:] if np.isfinite(e := readability.flesch_reading_ease(t))]
    spread = (float(np.quantile(eases, 0.1)), float(np.quantile(eases, 0.9))) if len(eases) >= 5 else None
    return Own(name, texts, spread)


def score(
    value: str, checked: Checked, material: Material, mine: Own, others: Sequence[str], near: float, measured: Measured
) -> dict[str, Any]:
    """All scores of one variant: name -> {label, value, meaning} and, under `_rank`, what the order is made from.

    `near` is the cosine of its topic to the brief's, `measured` what was measured of it by the author's voice.
    """
    said, points_share = _points(value, material)
    brief, near = _brief(near)
    copied, fresh = _originality(value, material, mine)
    return {
        **words.scores(measured, mine.author),
        "points": said,
        "brief": brief,
        "readability": _readability(value, mine),
        "structure": structure.score(value, mine.texts),
        "guidelines": structure.house(value, material),
        "originality": copied,
        "constraints": _constraints(checked, material.constraints),
        "overlap": overlap_with(value, others),
        "_rank": {
            "likeness": _near_author(material.author_id, value),
            "points": points_share,
            "brief": near,
            "originality": fresh,
        },
    }


_line = words.line


def _near_author(author_id: str, value: str) -> float | None:
    """The best estimate of how near a text is to the author, 0 to 1, for the order alone; None where there is none."""
    found = nearness(author_id, [value])
    return None if found is None else round(max(0.0, min(1.0, (found[0] + SPAN) / (1 + SPAN))), 4)


def _points(value: str, material: Material) -> tuple[dict[str, Any], float]:
    brief = material.brief
    parts = [
        *brief.points,
        *([brief.story] if brief.story else []),
        *([brief.call_to_action] if brief.call_to_action else []),
    ]
    words = judge.content(value)
    held = [p for p in parts if _held(p, words)]
    share = len(held) / len(parts) if parts else 1.0
    meaning = f"{len(held)} of {len(parts)} parts of the brief are in it (points, story, call to action)."
    return _line("Says the brief", round(share, 2), meaning), share


def _held(part: str, words: set[str]) -> bool:
    first = judge.content(part[:400])
    return len(first & words) >= 0.6 * len(first) if first else True


def _brief(near: float) -> tuple[dict[str, Any], float]:
    said = "very close" if near > 0.75 else "close" if near > 0.5 else "rather far"
    meaning = f"Its subject is {said} to the brief's. This says nothing about style."
    return _line("On the topic", round(near, 2), meaning), max(0.0, min(1.0, near))


def _readability(value: str, mine: Own) -> dict[str, Any]:
    ease = readability.flesch_reading_ease(value)
    if not np.isfinite(ease):
        return _line("Reading ease", None, "Too short to say.")
    scale = "easy" if ease >= 70 else "plain" if ease >= 50 else "demanding"
    meaning = f"{scale.capitalize()} to read (Flesch, 100 is easiest)"
    if mine.ease:
        meaning += f"; most of their posts lie between {mine.ease[0]:.0f} and {mine.ease[1]:.0f}"
    return _line("Reading ease", round(ease), f"{meaning}.")


def _originality(value: str, material: Material, mine: Own) -> tuple[dict[str, Any], float]:
    runs = [
        run
        for run in overlap.copied_runs(value, [*material.exemplars, *mine.texts[-COPIED_FROM:]], RUN)
        if body.plain_words(run) not in material.constraints.material
    ]
    if not runs:
        return _line("Original", True, f"No {RUN} words in a row stand in their latest posts."), 1.0
    words = sum(len(run.split()) for run in runs)
    share = words / max(1, len(text.words(value)))
    meaning = f"{len(runs)} runs of {RUN} words or more stand in earlier posts too: “{runs[0][:80]}”."
    return _line("Original", False, meaning), max(0.0, 1 - 2 * share)


def _constraints(checked: Checked, c: Constraints) -> dict[str, Any]:
    if checked.broken:
        return _line("Constraints", False, " ".join(b.message for b in checked.broken))
    return _line(
        "Constraints", True, "All hold: " + "; ".join(line[:1].lower() + line[1:] for line in c.summary()) + "."
    )


def overlap_with(value: str, others: Sequence[str]) -> dict[str, Any]:
    """How unlike the other variants of its run a text is."""
    most = max((overlap.overlap(value, other) for other in others), default=0.0)
    if not others:
        return _line("Unlike the others", None, "It is the only variant.")
    return _line(
        "Unlike the others", round(1 - most, 2), f"It shares {most:.0%} of its three-word runs with the nearest one."
    )


# ---- the order -----------------------------------------------------------------------------------------------


def order(scored: Sequence[dict[str, Any]], weights: Mapping[str, float] | None = None) -> list[tuple[int, float, str]]:
    """(place in `scored`, total, reason), the best first. What has no figure counts as the middle of the others.

    Likeness counts by its best estimate, also where the difference is not clear: one of them must stand first. What a
    page says of it is `verdict`, which names no winner inside the error bars. `weights`: None for `WEIGHTS`.
    """
    counted = {name: float((weights or WEIGHTS).get(name, 0.0)) for name in WEIGHTS}
    ranked = [s["_rank"] for s in scored]
    middle = {
        name: float(np.median(known)) if (known := [r[name] for r in ranked if r.get(name) is not None]) else 0.5
        for name in counted
    }
    parts = [{n: r[n] if r.get(n) is not None else middle[n] for n in counted} for r in ranked]
    totals = [sum(counted[n] * p[n] for n in counted) for p in parts]
    places = sorted(range(len(scored)), key=lambda at: (-totals[at], at))
    return [(at, round(totals[at], 4), _reason(rank, at, parts, scored, counted)) for rank, at in enumerate(places, 1)]


def clearer(first: dict[str, Any], second: dict[str, Any]) -> int:
    """1 where the first scores are clearly closer to the author than the second, -1 the other way, else 0.

    From the two calibrated likelihoods p and q: if one of the two texts is the author's, it is the first with a
    probability of p(1 - q) / (p(1 - q) + q(1 - p)).
    """
    p, q = (_likeness(s) for s in (first, second))
    if p is None or q is None:
        return 0
    chance = p * (1 - q) / (p * (1 - q) + q * (1 - p))
    return 1 if chance >= CLEAR else -1 if chance <= 1 - CLEAR else 0


def _likeness(scored: dict[str, Any]) -> float | None:
    found = (scored.get("voice") or {}).get("likeness")
    return None if found is None else min(1 - EDGE, max(EDGE, float(found)))


def verdict(scored: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """Which of several variants are closer to the author, in a sentence; never a winner inside the error bars."""
    if len(scored) < 2 or not all(s.get("voice") for s in scored):  # an earlier release measured otherwise
        return ""
    if any((s.get("voice") or {}).get("evidence") != "ok" for s in scored):
        return "There is too little evidence to say which of them is closest to the author."
    ahead = [n for n, s in zip(names, scored, strict=True) if any(clearer(s, o) > 0 for o in scored)]
    behind = [n for n, s in zip(names, scored, strict=True) if any(clearer(s, o) < 0 for o in scored)]
    if not ahead:
        return (
            "No clear difference in likeness to the author: the measure cannot tell these apart with 95 in 100. "
            "Choose by what they say."
        )
    rest = " No other difference is clear." if len(scored) > 2 else ""
    return f"Clearly closer to the author: {_and(ahead)} than {_and(behind)}.{rest}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _reason(
    rank: int,
    at: int,
    parts: Sequence[dict[str, float]],
    scored: Sequence[dict[str, Any]],
    weights: Mapping[str, float],
) -> str:
    """Why it stands where it does, in a sentence, with the weights."""
    if len(parts) == 1:
        return "The only variant that holds all constraints."
    others = {n: float(np.mean([p[n] for i, p in enumerate(parts) if i != at])) for n in weights}
    gains = {n: weights[n] * (parts[at][n] - others[n]) for n in weights}
    best, worst = max(gains, key=lambda n: gains[n]), min(gains, key=lambda n: gains[n])
    said, told = "hardly different from the others", ""
    if rank == 1 and gains[best] > 0.005:
        told, said = best, f"ahead on {_NAMES[best]} ({_figure(best, at, parts)})"
    elif rank > 1 and gains[worst] < -0.005:
        told, said = worst, f"behind on {_NAMES[worst]} ({_figure(worst, at, parts)})"
    if not any(clearer(scored[at], s) for s in scored):
        vague = "the best estimate; the difference is not clear" if told == "likeness" else ""
        said = f"{said}, {vague}" if vague else f"no clear difference in likeness to the author; {said}"
    listed = ", ".join(f"{_NAMES[name]} {weight:.0%}" for name, weight in weights.items())
    return f"Place {rank} of {len(parts)}: {said}. What counts: {listed}."


_NAMES = {
    "likeness": "likeness to the author",
    "points": "what it says of the brief",
    "brief": "closeness to the topic",
    "originality": "originality",
}


def _figure(name: str, at: int, parts: Sequence[dict[str, float]]) -> str:
    others = float(np.mean([p[name] for i, p in enumerate(parts) if i != at]))
    return f"{parts[at][name]:.2g}, the others {others:.2g}"
