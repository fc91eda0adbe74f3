"""What can be compared: variants written for one brief, and what is known of where each came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from analytics import hooks
from core.store import Reading, lab
from core.store.lab import Line

By = Literal["arm", "model", "prompt", "adapter", "hook"]
BY: tuple[By, ...] = get_args(By)
BRIEFS = 60
"""The newest briefs, of which pairs are drawn."""
NONE = "none"
_PROMPT = re.compile(r"(?P<name>[\w.-]+)@(?P<version>\d+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: an author's variants, or an experiment's arms."""

    author_id: str | None = None
    experiment_id: str | None = None

    @property
    def where(self) -> tuple[str | None, str | None]:
        """As the store asks: an experiment is one whoever the author is."""
        return (None, self.experiment_id) if self.experiment_id else (self.author_id, None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant as the lab compares it: as the machine wrote it, whatever a person made of it since."""

    id: str
    author_id: str
    brief_id: str
    experiment_id: str | None
    text: str
    place: int
    """Its place among the variants of its run, from 1: like is compared with like across arms."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Of the text that is compared."""
        return text_hash(self.text)


def text_hash(text: str) -> str:
    """As votes and ratings remember which text they were about."""
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()


def same(a: str, b: str) -> bool:
    """Whether two texts read the same: only blanks differ, if anything."""
    return a.split() == b.split()


def candidate(line: Line) -> Candidate:
    """A variant as the lab sees it."""
    row = line.variant
    text = row.generated or row.text
    known: dict[str, Any] = row.provenance or {}
    labels = {
        "arm": str(known.get("arm") or line.arm or NONE),
        "model": str(known.get("model") or "not known"),
        "prompt": _prompts(known.get("prompts")),
        "adapter": str(known.get("adapter") or NONE),
        "hook": str(known.get("hook") or hooks.hook(text)),
    }
    return Candidate(row.id, row.author_id, line.brief_id, line.experiment_id, text, row.rank or row.number, labels)


def _prompts(known: Any) -> str:
    """Names and versions of the prompts: `draft 2, plan 1`."""
    rows = [f"{name}@{version}" for name, version in known.items()] if isinstance(known, dict) else known or []
    found = {m["name"]: int(m["version"]) for row in rows if (m := _PROMPT.match(str(row)))}
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items())) or "not known"


def shortened(labels: Sequence[str]) -> dict[str, str]:
    """Names of prompt versions without the prompts that are the same in all of them."""
    parts = {label: label.split(", ") for label in dict.fromkeys(labels)}
    if len(parts) < 2:
        return {label: label for label in parts}
    shared = set.intersection(*(set(rows) for rows in parts.values()))
    return {label: ", ".join(r for r in rows if r not in shared) or label for label, rows in parts.items()}


def by_brief(tx: Reading, scope: Scope) -> dict[str, list[Candidate]]:
    """What can be compared, by brief; briefs with less than two different texts are left out.

    Within a run's list a text that reads like an earlier one of the same brief is left out: there is nothing to choose.
    """
    out: dict[str, list[Candidate]] = {}
    for line in lab.comparable(tx, *scope.where, BRIEFS):
        made = candidate(line)
        if made.text.strip():
            out.setdefault(made.brief_id, []).append(made)
    return {brief: rows for brief, rows in out.items() if any(_pair(a, b, scope) for a in rows for b in rows)}


def _pair(a: Candidate, b: Candidate, scope: Scope) -> bool:
    return comparable(a, b, scope) and a.id < b.id


def comparable(a: Candidate, b: Candidate, scope: Scope) -> bool:
    """Whether two may stand side by side: one brief, two texts; in an experiment two arms, one place in each."""
    if a.id == b.id or a.brief_id != b.brief_id or same(a.text, b.text):
        return False
    return not scope.experiment_id or (a.labels["arm"] != b.labels["arm"] and a.place == b.place)
