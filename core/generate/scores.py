"""What a variant is worth, each figure with what it means; and the order of the variants with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics import distance, overlap, readability, text
from analytics.features import NAMES, VERSION, Matrix, features
from core import samples
from core.generate import body, judge
from core.generate.constraints import Constraints
from core.generate.material import Material
from core.generate.repair import Checked

WEIGHTS = {"typicality": 0.4, "points": 0.25, "topic": 0.2, "originality": 0.15}
"""The parts of the order, each 0 to 1. Stated with every rank."""
NEWEST = 200
COPIED_FROM = 80
"""The newest posts that are searched for copied words, beside the exemplars."""
RUN = 8
"""Words in a row that count as copied."""


@dataclass(frozen=True)
class Own:
    """The author's posts to compare with: their features, texts, and usual reading ease."""

    matrix: Matrix
    texts: list[str]
    ease: tuple[float, float] | None


def own(author_id: str) -> Own:
    """Read from the newest samples; features that are not kept yet are computed."""
    rows = samples.of_author(author_id)[-NEWEST:]
    vectors = [
        np.frombuffer(s.features, dtype=np.float32)
        if s.features and s.features_version == VERSION
        else features(s.text)
        for s in rows
    ]
    matrix = np.stack(vectors) if vectors else np.zeros((0, len(NAMES)), dtype=np.float32)
    eases = [e for s in rows[-60:] if np.isfinite(e := readability.flesch_reading_ease(s.text))]
    spread = (float(np.quantile(eases, 0.1)), float(np.quantile(eases, 0.9))) if len(eases) >= 5 else None
    return Own(matrix, [s.text for s in rows], spread)


def score(
    value: str, checked: Checked, material: Material, mine: Own, others: Sequence[str], near: float
) -> dict[str, Any]:
    """All scores of one variant: name -> {label, value, meaning} and, under `_rank`, what the order is made from.

    `near` is the cosine of its topic to the brief's.
    """
    typical, typical_share = _typicality(value, mine)
    said, points_share = _points(value, material)
    topic, near = _topic(near)
    copied, fresh = _originality(value, material, mine)
    return {
        "typicality": typical,
        "points": said,
        "topic": topic,
        "readability": _readability(value, mine),
        "originality": copied,
        "constraints": _constraints(checked, material.constraints),
        "overlap": _overlap(value, others),
        "_rank": {"typicality": typical_share, "points": points_share, "topic": near, "originality": fresh},
    }


def _line(label: str, value: Any, meaning: str) -> dict[str, Any]:
    return {"label": label, "value": value, "meaning": meaning}


def _typicality(value: str, mine: Own) -> tuple[dict[str, Any], float | None]:
    found = distance.typicality(mine.matrix, features(value)) if len(mine.matrix) else (float("nan"), 0)
    share, count = float(found[0]), int(found[1])
    if not count or not np.isfinite(share):
        return _line("Like the author", None, "Too little to say: too few of their posts, or too short a text."), None
    tens = round(share * 10)
    meaning = f"{tens} of 10 of their own posts are less typical of them than this ({count:,} posts compared)."
    return _line("Like the author", round(share, 2), meaning), share


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


def _topic(near: float) -> tuple[dict[str, Any], float]:
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


def _overlap(value: str, others: Sequence[str]) -> dict[str, Any]:
    most = max((overlap.overlap(value, other) for other in others), default=0.0)
    if not others:
        return _line("Unlike the others", None, "It is the only variant.")
    return _line(
        "Unlike the others", round(1 - most, 2), f"It shares {most:.0%} of its three-word runs with the nearest one."
    )


# ---- the order -----------------------------------------------------------------------------------------------


def order(scored: Sequence[dict[str, Any]]) -> list[tuple[int, float, str]]:
    """(place in `scored`, total, reason), the best first. What has no figure counts as the middle of the others."""
    middle = {
        name: float(np.median(known))
        if (known := [s["_rank"][name] for s in scored if s["_rank"][name] is not None])
        else 0.5
        for name in WEIGHTS
    }
    parts = [{n: s["_rank"][n] if s["_rank"][n] is not None else middle[n] for n in WEIGHTS} for s in scored]
    totals = [sum(WEIGHTS[n] * p[n] for n in WEIGHTS) for p in parts]
    places = sorted(range(len(scored)), key=lambda at: (-totals[at], at))
    return [(at, round(totals[at], 4), _reason(rank, at, parts, scored)) for rank, at in enumerate(places, 1)]


def _reason(rank: int, at: int, parts: Sequence[dict[str, float]], scored: Sequence[dict[str, Any]]) -> str:
    """Why it stands where it does, in a sentence, with the weights."""
    if len(parts) == 1:
        return "The only variant that holds all constraints."
    others = {n: float(np.mean([p[n] for i, p in enumerate(parts) if i != at])) for n in WEIGHTS}
    gains = {n: WEIGHTS[n] * (parts[at][n] - others[n]) for n in WEIGHTS}
    best, worst = max(gains, key=lambda n: gains[n]), min(gains, key=lambda n: gains[n])
    weights = ", ".join(f"{_NAMES[name]} {weight:.0%}" for name, weight in WEIGHTS.items())
    said = "hardly different from the others"
    if rank == 1 and gains[best] > 0.005:
        said = f"ahead on {_NAMES[best]} ({_figure(best, at, parts, scored)})"
    elif rank > 1 and gains[worst] < -0.005:
        said = f"behind on {_NAMES[worst]} ({_figure(worst, at, parts, scored)})"
    return f"Place {rank} of {len(parts)}: {said}. What counts: {weights}."


_NAMES = {
    "typicality": "likeness to the author",
    "points": "what it says of the brief",
    "topic": "closeness to the topic",
    "originality": "originality",
}


def _figure(name: str, at: int, parts: Sequence[dict[str, float]], scored: Sequence[dict[str, Any]]) -> str:
    value = parts[at][name]
    if name == "typicality":
        if scored[at]["_rank"][name] is None:
            return "no figure"
        return f"{round(value * 10)} of 10 of their posts are less typical"
    return f"{value:.2f}, the others {np.mean([p[name] for i, p in enumerate(parts) if i != at]):.2f}"
