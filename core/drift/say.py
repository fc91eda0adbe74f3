"""An alarm in words: the same on every page, in the digest and for other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.store.tables import Alarm

OPEN, ACKNOWLEDGED, PASSED = "open", "acknowledged", "passed"
"""Waits for a person; a person decided; closed by the program, with its reason."""


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 121st."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def day(date: datetime, year: bool = True) -> str:
    """The 14th of March 2025."""
    return f"the {ordinal(date.day)} of {date:%B}" + (f" {date.year}" if year else "")


def since(alarm: Alarm) -> str:
    """When a change was: "since about the 14th of March 2025", or by number where posts have no dates."""
    if alarm.changed_at is not None:
        return f"since about {day(alarm.changed_at)}"
    return f"since about their {ordinal(alarm.number)} post"


def title(alarm: Alarm, name: str) -> str:
    """An alarm in a line."""
    if alarm.status == OPEN and not alarm.standing:
        return f"{name} wrote differently for a while, {since(alarm).removeprefix('since ')} on; lately as before"
    return f"{name} writes differently {since(alarm)}"


def headline(name: str, alarms: Sequence[Alarm], judged: int, begun: bool = False, last: str = "") -> str:
    """The answer to "has this voice changed?", in a sentence.

    `judged`: posts since the newest baseline; `begun`: a person began that one; `last`: when an alarm last stood.
    """
    waiting = [alarm for alarm in alarms if alarm.status == OPEN]
    if waiting:
        return title(waiting[0], name)
    if not judged:
        return f"{name}: a new baseline is being gathered" if begun else f"{name}: too little evidence yet"
    if last:
        return f"{name} writes as before: no alarm stands, the last one did {last}"
    return f"{name} still writes like themselves: no alarm in {judged:,} judged post{'' if judged == 1 else 's'}"


def apart(origins: Sequence[Mapping[str, Any]]) -> str:
    """Whether it is the posts of one origin that drift; empty where all is their own writing."""
    parts = []
    for one in origins:
        posts = f"{one['n']:,} post{'' if one['n'] == 1 else 's'}"
        parts.append(f"{one['origin']} ({posts}): {'an alarm' if one['alarm'] else 'no alarm'}")
    return f"Judged by themselves since the baseline: {'; '.join(parts)}." if parts else ""


def interval(alarm: Alarm) -> str:
    """How sure that place is: between which posts the change most likely lies."""
    found = alarm.finding
    low, high = int(found.get("low", alarm.number)), int(found.get("high", alarm.number))
    if low == high:
        return f"at post {alarm.number:,}"
    numbers = f"posts {low:,} to {high:,}"
    start, end = (datetime.fromisoformat(found[key]) if found.get(key) else None for key in ("low_at", "high_at"))
    if start is None or end is None or start.date() == end.date():
        return f"most likely between {numbers}"
    return f"most likely between {day(start, start.year != end.year)} and {day(end)} ({numbers})"


def effect(alarm: Alarm) -> str:
    """How large the change is."""
    size = alarm.finding.get("effect")
    if size is None or not math.isfinite(size):
        return ""
    return f"{size:.2g} of their own spreads"


def posts_since(alarm: Alarm) -> str:
    """How many posts there are since the change."""
    count = int(alarm.finding.get("since", 0))
    return f"{count:,} post{'' if count == 1 else 's'} since then"


def changed(alarm: Alarm) -> list[str]:
    """What is different, in a writer's words, the clearest first."""
    return [str(one["text"]) for one in alarm.finding.get("changed", ())]


def outcome(alarm: Alarm) -> str:
    """What became of an alarm."""
    if alarm.status == OPEN:
        return "open"
    when = f" on {alarm.closed_at.day} {alarm.closed_at:%b %Y}" if alarm.closed_at else ""
    if alarm.status == ACKNOWLEDGED:
        base = "; a new baseline was begun" if alarm.new_baseline else "; the baseline stayed"
        return f"acknowledged by {alarm.closed_by}{when}{base}"
    why = next((one["why"] for one in reversed(alarm.actions) if one.get("why")), "")
    return f"closed by {alarm.closed_by}{when}" + (f": {why}" if why else "")
