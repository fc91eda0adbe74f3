"""The wizard's door: choices kept while a person makes them, and each step as one call. Pages and the shell use it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from core import review, store
from core.config import settings
from core.errors import Denied, Invalid, NotFound
from core.store import Actor, choices, notion
from notion_sync import bind, find, matching
from notion_sync.bind import Line, Plan
from notion_sync.client import Notion
from notion_sync.find import Found
from notion_sync.matching import CREATE, LEAVE, Choice, Property
from notion_sync.passes import alone
from notion_sync.schema import KINDS

CHOICE, TABLE = "notion.binding.{}", "notion.table.{}"
"""Settings by kind: what was chosen so far, and the table as it was read (apart: each choice is then a small one)."""


@dataclass
class Draft:
    """An unfinished binding: the table as it was read, and what was chosen so far."""

    choice: Choice
    name: str
    url: str
    properties: list[Property]

    def prop(self, field_key: str) -> Property | None:
        """The property chosen for a field."""
        return next((p for p in self.properties if p.id == self.choice.fields.get(field_key)), None)


def tables(query: str = "") -> list[Found]:
    """Tables to choose from; what is asked for by name is searched for. Raises TimbreError."""
    with _notion() as client:
        return find.listing(client, settings().notion_parent_page, query.strip())


def at(address: str) -> list[Found]:
    """The tables at a pasted address. Raises TimbreError."""
    with _notion() as client:
        return find.at(client, address)


def begin(kind: str, data_source_id: str, actor: Actor) -> Draft:
    """Read a table and propose what goes where; the draft is kept. Raises TimbreError."""
    one = _proposed(kind, data_source_id)
    keep(one, actor)
    return one


def _proposed(kind: str, data_source_id: str) -> Draft:
    with _notion() as client:
        there = find.table(client, data_source_id)
    with store.reading() as tx:
        bound = notion.bindings(tx).get(kind)
    return Draft(bind.proposal(kind, there, bound), there.found.name, there.url, there.properties)


def draft(kind: str) -> Draft | None:
    """The unfinished binding of a kind."""
    with store.reading() as tx:
        chosen, there = choices.get(tx, CHOICE.format(kind)), choices.get(tx, TABLE.format(kind))
    if not chosen or not there:
        return None
    properties = [Property(**{**p, "options": tuple((i, n) for i, n in p["options"])}) for p in there["properties"]]
    known = {name: value for name, value in chosen.items() if name in Choice.__dataclass_fields__}
    return Draft(Choice(**known), there["name"], there["url"], properties)


def keep(one: Draft, actor: Actor) -> None:
    """Remember what was chosen so far. Raises Denied for readers, as everything here that changes something."""
    _may(actor)
    there = {"name": one.name, "url": one.url, "properties": [asdict(p) for p in one.properties]}
    with store.writing(actor) as tx:
        choices.put(tx, CHOICE.format(one.choice.kind), asdict(one.choice))
        choices.put(tx, TABLE.format(one.choice.kind), json.loads(json.dumps(there)))


def drop(kind: str, actor: Actor) -> None:
    """Forget an unfinished binding."""
    _may(actor)
    with store.writing(actor) as tx:
        for key in (CHOICE, TABLE):
            choices.put(tx, key.format(kind), {})


def set_field(one: Draft, field_key: str, target: str, actor: Actor) -> None:
    """Choose what holds a field, and remember it."""
    _set(one, field_key, target)
    keep(one, actor)


def _set(one: Draft, field_key: str, target: str) -> None:
    """Choose what holds a field; the words of its options are proposed anew where the property is another one."""
    if one.choice.fields.get(field_key) == target:
        return
    one.choice.fields[field_key] = target
    one.choice.words.pop(field_key, None)
    field, prop = KINDS[one.choice.kind].field(field_key), one.prop(field_key)
    if prop is not None and matching.has_words(field, prop):
        one.choice.words[field_key] = matching.propose_words(field, prop)


def read_again(one: Draft, actor: Actor) -> None:
    """Read the table once more, after somebody changed it in Notion; what was chosen stays where it still fits."""
    fresh = _proposed(one.choice.kind, one.choice.data_source_id)
    for field in KINDS[one.choice.kind].fields:
        target = one.choice.fields.get(field.key, LEAVE)
        if target in (CREATE, LEAVE) or target in {p.id for p in matching.fitting(field, fresh.properties)}:
            fresh.choice.fields[field.key] = target
        if (prop := fresh.prop(field.key)) is not None and matching.has_words(field, prop):
            said = one.choice.words.get(field.key, {})
            proposed = matching.propose_words(field, prop)
            fresh.choice.words[field.key] = {i: said.get(i, word) for i, word in proposed.items()}
    fresh.choice.add = [key for key in one.choice.add if key in fresh.choice.words]
    keep(fresh, actor)


def plan(one: Draft) -> Plan:
    """What would happen, by the table as it is at this moment. Raises TimbreError."""
    with _notion() as client:
        return bind.plan(client, one.choice, find.table(client, one.choice.data_source_id))


def connect(one: Draft, actor: Actor) -> list[Line]:
    """Do it; returns what turned out otherwise. Raises TimbreError; running it again is safe."""
    lines = _apply(one, actor)
    drop(one.choice.kind, actor)
    return lines


def _may(actor: Actor) -> None:
    if not review.has_role(actor, "editor"):
        raise Denied(
            f"You may not choose where Timbre keeps things: your role is {actor.role}. Nothing was changed.",
            "Ask an editor or an approver to do it.",
        )


def _apply(one: Draft, actor: Actor) -> list[Line]:
    _may(actor)
    with _notion() as client, alone():
        return bind.apply(client, one.choice, actor)


def disconnect(kind: str, actor: Actor) -> None:
    """Let a kind go; nothing changes in Notion or here."""
    _may(actor)
    with alone():
        bind.unbind(kind, actor)


def change_field(kind: str, field_key: str, target: str, actor: Actor) -> list[Line]:
    """Bind one field to another property (CREATE: to a new one, LEAVE: to none). Raises TimbreError."""
    with store.reading() as tx:
        bound = notion.bindings(tx).get(kind)
    if bound is None:
        raise NotFound(f"{KINDS[kind].title} is not connected.", "Connect it first.")
    one = _proposed(kind, bound.data_source_id)
    one.choice.held = [key for key, entry in bound.properties.items() if entry.get("paused") and key != field_key]
    _set(one, field_key, target)
    return _apply(one, actor)


def from_shell(kind: str, address: str, dry_run: bool, actor: Actor) -> list[str]:
    """Bind the one table at an address as proposed; returns what was (or would be) done. Raises TimbreError."""
    if kind not in KINDS:
        raise Invalid(f"Timbre has no table of the kind {kind}.", f"Choose one of {', '.join(KINDS)}.")
    found = at(address)
    if len(found) != 1:
        names = "\n".join(f"  {one.name}: {one.data_source_id}" for one in found)
        raise Invalid(f"There are {len(found)} tables at this address.", f"Name one of them by its id:\n{names}")
    one = _proposed(kind, found[0].data_source_id)
    planned = plan(one)
    if planned.stops:
        raise Invalid(planned.stops[0], "Choose field by field on the Notion page of the app.")
    lines = planned.lines if dry_run else planned.lines + _apply(one, actor)
    return [f"{KINDS[kind].title} -> {one.name}", *(line.text for line in lines)]


@contextlib.contextmanager
def _notion() -> Iterator[Notion]:
    client = Notion(timeout=30.0, attempts=3, lane="interactive")
    try:
        yield client
    finally:
        client.close()


__all__ = ["CREATE", "LEAVE", "Draft"]
