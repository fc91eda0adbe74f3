"""A run that ended without a text that holds: what is said of it, why, and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from core.store.tables import RunStep, Variant

SAID = "Nothing came of this run."
_FACTS = "If that is true, put it into the brief or its facts. Then write again."
_HABIT = "Write again, or correct that habit on the Persona page if it is one no more."
_RULE = "Write again, or change that guideline if it asks too much."
_ADVICE = {
    "length": "Give the brief another point or more of the story, or choose another length. Then write again.",
    **dict.fromkeys(("numbers", "dates", "quotes", "names", "facts", "link"), _FACTS),
    **dict.fromkeys(("person", "hashtags", "emoji", "line breaks"), _HABIT),
    **dict.fromkeys(("banned", "required"), _RULE),
    "brief": "Say more of the topic in the brief: its points and story are what is written from. Then write again.",
    "copied": "Give the brief something that no earlier post says. Then write again.",
}
"""Constraint -> what to do where it is the one that most variants broke."""
_OTHERWISE = "Add a point, a story or a source to the brief, then write again."


def came_of(variants: Sequence[Variant], steps: Sequence[RunStep], task: str = "write") -> tuple[str, str]:
    """What happened and why, and what to do, for a run of which no variant holds."""
    if not variants:
        return f"{SAID} It wrote no variant.", _hint("", task)
    reasons: Counter[str] = Counter()
    for one in variants:
        reasons.update({_alike(reason) for reason in one.reasons})
    passed = "Its one variant did not pass" if len(variants) == 1 else f"None of its {len(variants)} variants passed"
    said = f"{SAID} {passed}."
    if reasons:
        alike, count = reasons.most_common(1)[0]
        why = next(reason for one in variants for reason in one.reasons if _alike(reason) == alike)
        said += f" {_counted(count, len(variants))}: {_first(why)}"
    return said, _hint(_broken_most(steps), task)


def _hint(broken: str, task: str) -> str:
    """What to do; a text that was to be changed or made into another form stands as it was."""
    if task in ("revise", "adapt"):
        return "Your text is as it was. Ask for something else, or edit it by hand."
    return f"{_ADVICE.get(broken, _OTHERWISE)} The brief is kept."


def _counted(count: int, of: int) -> str:
    return (
        "The reason" if of == 1 else "The reason for all of them" if count == of else f"The reason for {count} of {of}"
    )


def _first(reason: str) -> str:
    """Only what is wrong: what to do is said once, under it."""
    return reason.partition(" Give the brief ")[0]


def _alike(reason: str) -> str:
    """A reason without its numbers and quotations: two texts that are too short say the same."""
    return re.sub(r"“[^”]*”|\d[\d,.]*|(?<=brief: ).*", "", _first(reason))


def _broken_most(steps: Sequence[RunStep]) -> str:
    """The name of the constraint that broke most often at the end of its variant's way."""
    names = Counter(
        name
        for step in steps
        for name in dict.fromkeys(b["name"] for b in step.output.get("broken") or [] if isinstance(b, dict))
    )
    return names.most_common(1)[0][0] if names else ""
