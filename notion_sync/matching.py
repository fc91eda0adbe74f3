"""Which property of a team's own database could hold which field of ours, and which of their words mean which of ours.

Pure: proposals with their reasons, and what speaks against a choice. Nothing here asks Notion.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from notion_sync.schema import APP_ID, KINDS, Field

Json = dict[str, Any]
CREATE, LEAVE = "+", ""
"""What a field may be instead of a property's id: created in Notion, or left out."""
SUFFIX = " (Timbre)"
"""What a created property's name ends with where the table has a property of that name and another type."""

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("post", "copy", "caption", "text", "body", "content", "draft text", "message", "rule", "guideline",
             "description"),
    "status": ("stage", "state", "progress", "workflow", "phase"),
    "slot": ("date", "publish date", "publication date", "post date", "publish on", "publish at", "due", "due date",
             "scheduled", "scheduled for", "when", "go live"),
    "author": ("owner", "writer", "voice", "by", "speaker", "account", "profile"),
    "pillar": ("theme", "topic", "category", "content pillar", "series", "campaign"),
    "link": ("url", "post url", "live link", "permalink", "link to post"),
    "published": ("published on", "published at", "date published", "live date", "posted", "posted on", "date"),
    "image": ("media", "visual", "picture", "asset", "attachment", "files"),
    "kind": ("type", "category", "rule type"),
    "phrases": ("words", "terms", "examples", "wording"),
    "severity": ("level", "importance", "priority", "strength"),
    "authors": ("author", "for", "who", "applies", "voices", "owner"),
    "summary": ("description", "about", "tone", "persona", "tone of voice"),
    "headline": ("tagline", "one line", "in short"),
    "reader": ("audience", "readers", "target group", "who reads"),
    "taboo": ("banned words", "words to avoid", "avoid", "never says"),
    "notes": ("comments", "remarks"),
    "impressions": ("views", "reach"),
    "reactions": ("likes",),
    "reposts": ("shares", "reshares"),
    "reviewers": ("approver", "approvers", "editor", "editors", "reviewer"),
}  # fmt: skip
"""Other names that teams give to a field, the likelier first."""

WORDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "status": {
        "Idea": ("ideas", "backlog", "not started", "pitch", "inbox", "to do", "todo", "planned"),
        "Drafting": ("draft", "in progress", "writing", "wip", "doing", "in draft", "in writing", "first draft"),
        "In Review": ("review", "ready for review", "needs review", "to review", "pending review", "pending approval",
                      "awaiting approval", "for approval", "waiting for approval", "in approval"),
        "Changes Requested": ("needs changes", "needs edits", "needs work", "revise", "revisions", "rework", "edits"),
        "Approved": ("approve", "ready to publish", "ready to post", "signed off", "good to go", "ready to schedule"),
        "Scheduled": ("queued", "booked", "in queue"),
        "Published": ("posted", "live", "done", "complete", "completed", "sent"),
        "Measured": ("analysed", "analyzed", "reported"),
        "Rejected": ("declined", "killed", "dropped", "cancelled", "canceled", "won't do"),
        "Archived": ("archive", "on ice", "shelved"),
    },
    "kind": {
        "tone": ("voice", "style", "tone rule"),
        "banned": ("forbidden", "don't", "do not use", "avoid", "never"),
        "required": ("must", "mandatory", "always"),
        "topic": ("topics", "subject"),
        "example": ("examples", "sample"),
        "brand": ("visual", "visuals", "design", "identity", "brand kit", "colours", "colors", "logo"),
    },
    "severity": {
        "block": ("error", "must", "high", "critical", "blocker", "required"),
        "warn": ("warning", "should", "low", "medium", "minor", "advice"),
    },
}  # fmt: skip
GROUPS: Final[Mapping[str, str]] = {
    "Idea": "To-do", "Published": "Complete", "Measured": "Complete", "Rejected": "Complete", "Archived": "Complete",
}  # fmt: skip
"""The group that a new option of a status property goes into; any other word is "In progress"."""


@dataclass(frozen=True)
class Property:
    """One property of their table."""

    id: str
    name: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    """(id, name) of each option of a select or status."""


@dataclass
class Choice:
    """What a person chose for one kind; plain values, so that it can be kept and come back."""

    kind: str
    data_source_id: str
    fields: dict[str, str] = field(default_factory=dict)
    """field -> property id, CREATE or LEAVE"""
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """field -> option id -> our word, or '' where Timbre leaves that word alone"""
    add: list[str] = field(default_factory=list)
    """Fields whose missing words Timbre may add to Notion."""
    held: list[str] = field(default_factory=list)
    """Paused fields that stay bound as they are."""


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a field, and why."""

    target: str
    """A property's id, CREATE or LEAVE."""
    why: str


def read(properties: Mapping[str, Any]) -> list[Property]:
    """A data source's `properties` (https://developers.notion.com/reference/property-object) as a list, title first."""
    out = [
        Property(
            unquote(str(p.get("id", ""))),
            str(p.get("name") or name),
            str(p.get("type", "")),
            tuple((str(o.get("id", o["name"])), str(o["name"])) for o in _options(p)),
        )
        for name, p in properties.items()
        if isinstance(p, dict) and p.get("id")
    ]
    return sorted(out, key=lambda p: (p.type != "title", p.name.casefold()))


def _options(prop: Json) -> list[Json]:
    config = prop.get(str(prop.get("type")))
    return list(config.get("options") or []) if isinstance(config, dict) else []


def fitting(one: Field, table: list[Property]) -> list[Property]:
    """The properties that could hold a field, the best type first."""
    return sorted((p for p in table if p.type in one.types), key=lambda p: one.types.index(p.type))


def propose(kind: str, table: list[Property], ours: bool = False) -> dict[str, Proposal]:
    """A proposal for every field. `ours`: a table that Timbre made, where what is missing is created by default."""
    fields = KINDS[kind].fields
    out: dict[str, Proposal] = {}
    taken: set[str] = set()
    for judge in (_same_name, _other_name, _only_one):
        for one in fields:
            free = [p for p in fitting(one, table) if p.id not in taken]
            if one.key not in out and (found := judge(one, free, table)) is not None:
                out[one.key] = found
                taken.add(found.target)
    for one in fields:
        if one.key not in out:
            out[one.key] = _nothing(one, table, ours)
    return {one.key: out[one.key] for one in fields}


def _same_name(one: Field, free: list[Property], _table: list[Property]) -> Proposal | None:
    if one.types == ("title",):
        return next((Proposal(p.id, "Every table has one title; it holds the name.") for p in free), None)
    hit = next((p for p in free if plain_name(p.name) in (plain_name(one.name), plain_name(one.name + SUFFIX))), None)
    return Proposal(hit.id, "It has the same name.") if hit else None


def _other_name(one: Field, free: list[Property], _table: list[Property]) -> Proposal | None:
    for name in SYNONYMS.get(one.key, ()):
        hit = next((p for p in free if plain_name(p.name) == name), None)
        if hit is not None:
            return Proposal(hit.id, f"{hit.name} is another usual name for {one.name}.")
    return None


def _only_one(one: Field, free: list[Property], table: list[Property]) -> Proposal | None:
    """A status or a date that is the only one of its type in the table."""
    wanted = {"status": "status", "slot": "date"}.get(one.key, "")
    alone = [p for p in table if p.type == wanted]
    hit = alone[0] if len(alone) == 1 and alone[0] in free else None
    return Proposal(hit.id, f"It is the only {wanted} property of this table.") if hit else None


def _nothing(one: Field, table: list[Property], ours: bool) -> Proposal:
    wanted = " or ".join(one.types).replace("rich_text", "text")
    named = {plain_name(one.name), *SYNONYMS.get(one.key, ())}
    odd = next((p for p in table if plain_name(p.name) in named and p.type not in one.types), None)
    why = f"Nothing in the table fits; it needs {wanted}."
    if odd is not None:
        why = f"{odd.name} is of type {odd.type.replace('rich_text', 'text')}; this needs {wanted}."
    if one.key == APP_ID.key:
        return Proposal(CREATE, "Timbre recognises its rows by it: the one property that it must have.")
    return Proposal(CREATE if ours else LEAVE, why)


def plain_name(name: str) -> str:
    """A name without case, punctuation and emoji."""
    return " ".join(re.findall(r"\w+", name.casefold()))


# ---- words ---------------------------------------------------------------------------------------------------


def has_words(one: Field, prop: Property | None) -> bool:
    """Whether a field has words of ours that a property's options stand for."""
    return prop is not None and bool(one.options) and one.owner != "app" and prop.type in ("select", "status")


def propose_words(one: Field, prop: Property) -> dict[str, str]:
    """option id -> our word, or '' where none is meant for certain."""
    meant = {plain_name(word): word for word in one.options}
    for ours, others in WORDS.get(one.key, {}).items():
        for other in others:
            meant.setdefault(plain_name(other), ours)
    return {option_id: meant.get(plain_name(name), "") for option_id, name in prop.options}


def unsaid(one: Field, words: Mapping[str, str]) -> list[str]:
    """Our words that none of their options stands for."""
    return [word for word in one.options if word not in words.values()]


def written_as(one: Field, prop: Property, words: Mapping[str, str]) -> dict[str, str]:
    """our word -> the option that Timbre writes for it: the one of the same name, else the first."""
    out: dict[str, str] = {}
    for option_id, name in prop.options:
        ours = words.get(option_id, "")
        if ours and (ours not in out or plain_name(name) == plain_name(ours)):
            out[ours] = name
    return {word: out[word] for word in one.options if word in out}


# ---- what speaks against a choice ----------------------------------------------------------------------------


def problems(choice: Choice, table: list[Property]) -> list[str]:
    """Why a choice cannot be carried out; empty where it can."""
    by_id = {p.id: p for p in table}
    out: list[str] = []
    used: dict[str, str] = {}
    for one in (f for f in KINDS[choice.kind].fields if f.key not in choice.held):
        target = choice.fields.get(one.key, LEAVE)
        if one.key == APP_ID.key and target == LEAVE:
            out.append("App ID cannot be left out: without it Timbre would not know its rows again.")
        if one.types == ("title",) and target in (CREATE, LEAVE):
            out.append(f"{one.name} is the table's title: it is always bound.")
        if target in (CREATE, LEAVE):
            continue
        prop = by_id.get(target)
        if prop is None:
            out.append(f"The property chosen for {one.name} is not in the table any more.")
        elif prop.type not in one.types:
            wanted = " or ".join(one.types).replace("rich_text", "text")
            is_now = prop.type.replace("rich_text", "text")
            out.append(f"{prop.name} is of type {is_now}; {one.name} needs {wanted}.")
        elif target in used:
            out.append(f"{prop.name} is chosen twice: for {used[target]} and for {one.name}.")
        used.setdefault(target, one.name)
    return out


def created_name(one: Field, table: list[Property], used: Collection[str] = ()) -> tuple[str, Property | None]:
    """(the name a field is created under, the property that is there already under that name, fits and is free)."""
    for name in (one.name, one.name + SUFFIX):
        same = next((p for p in table if p.name.strip().casefold() == name.casefold()), None)
        if same is None or (same.type in one.types and same.id not in used):
            return name, same
    return f"{one.name} {APP_ID.name}", None
