"""The three-way merge, field by field. Pure: no store, no network.

`base` is what both sides agreed on last (what was *written*, never what was read), `ours` and `theirs` what each holds
now. Whoever changed it wins; where both did, nothing is decided: both values are kept and a person chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from notion_sync.schema import Owner
from notion_sync.values import same

MISSING: Final = "\x00missing"
"""No agreement yet: the row is new, or what was known of it is lost. No text can hold a NUL."""
Verdict = Literal["same", "push", "pull", "conflict"]


def verdict(owner: Owner, base: Any, ours: Any, theirs: Any) -> Verdict:
    """Who moves: nobody, Notion (push), we (pull), or a person (conflict)."""
    if same(ours, theirs):
        return "same"
    if owner == "app":
        return "push"
    if owner == "notion":
        return "push" if base == MISSING and empty(theirs) else "pull"
    if base == MISSING:
        return "push" if empty(theirs) else "pull" if empty(ours) else "conflict"
    if same(ours, base):
        return "pull"
    return "push" if same(theirs, base) else "conflict"


def empty(value: Any) -> bool:
    """Whether a value says nothing: None, no text, an empty list."""
    return value is None or value in ("", [])


@dataclass
class Merge:
    """What follows for one row."""

    pull: dict[str, Any] = field(default_factory=dict)
    """field -> value of theirs to take over"""
    push: dict[str, Any] = field(default_factory=dict)
    """field -> value of ours to write"""
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """field -> {base, ours, theirs}"""
    base: dict[str, Any] = field(default_factory=dict)
    """The new base before anything is pushed: what both sides hold once `pull` is applied."""


def merge(
    owners: Mapping[str, Owner], base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Merge:
    """Merge a row. Fields that one side does not know (not bound, paused) are left alone."""
    out = Merge(base=dict(base))
    for key, owner in owners.items():
        if key not in ours or key not in theirs:
            continue
        mine, other = ours[key], theirs[key]
        decision = verdict(owner, base.get(key, MISSING), mine, other)
        if decision == "conflict":
            out.conflicts[key] = {"base": base.get(key), "ours": mine, "theirs": other}
            continue
        out.base[key] = other  # for a push: what Notion holds until the write succeeds
        if decision == "pull":
            out.pull[key] = other
        elif decision == "push":
            out.push[key] = mine
    return out
