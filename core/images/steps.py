"""Steps back and forward of a design, as a person expects them: a burst of typing in one field is one step. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

Json = dict[str, Any]
Steps = list[Any]

BURST: Final = timedelta(seconds=8)
"""A pause of so long ends a step of typing."""
LONGEST_BURST: Final = timedelta(seconds=60)
"""And so does typing on for so long: nobody wants to lose more with one step back."""
MOST: Final = 60
"""Steps back that are kept."""
LOST: Final = 5
"""Texts that lost against somebody else's change and are kept to be put in by a step forward."""


def taken(undo: Sequence[Any], before: Mapping[str, Any], key: str, by: str, at: datetime) -> Steps:
    """The steps back after an edit of `key`; `before` is the card that it changed.

    The same person's next edit of the same field within `BURST` belongs to the step before. `key` "": never does.
    """
    if undo and key and _goes_on(undo[-1], key, by, at):
        return [*undo[:-1], {**undo[-1], "last": at.isoformat()}]
    step = {"card": dict(before), "key": key, "by": by, "at": at.isoformat(), "last": at.isoformat()}
    return [*undo, step][-MOST:]


def closed(undo: Sequence[Any]) -> Steps:
    """The steps back, where whatever is typed next begins a step of its own."""
    return [*undo[:-1], {**undo[-1], "key": ""}] if undo else []


def kept(redo: Sequence[Any]) -> Steps:
    """What of the steps forward outlives a new edit: only texts that lost, which are patches and always fit."""
    return [step for step in redo if "lost" in step][-LOST:]


def lost(redo: Sequence[Any], patch: Mapping[str, Any], by: str) -> Steps:
    """The steps forward with a text that lost, as the next one; what is typed on takes the place of what was typed."""
    same = {"page": patch["page"], "field": patch["field"]}
    others = [
        step
        for step in redo
        if not ("lost" in step and step["by"] == by and {k: step["lost"][k] for k in same} == same)
    ]
    return [*others, {"lost": dict(patch), "by": by}]


def _goes_on(step: Mapping[str, Any], key: str, by: str, at: datetime) -> bool:
    same = step.get("key") == key and step.get("by") == by
    began, last = datetime.fromisoformat(step["at"]), datetime.fromisoformat(step["last"])
    return same and at - last <= BURST and at - began <= LONGEST_BURST
