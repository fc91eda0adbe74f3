"""What somebody is typing into a form that is no record yet: kept for them until it becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import store
from core.errors import Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, drafts

MOST = 200_000
"""Characters of one draft."""


def kept(name: str, actor: Actor) -> dict[str, Any]:
    """What this person has typed into the form `name` so far; empty where nothing is."""
    with store.reading() as tx:
        return drafts.get(tx, _key(name, actor))


def keep(name: str, actor: Actor, changes: Mapping[str, Any]) -> None:
    """Put what changed on top of what is kept. Raises Denied for readers, Invalid where it cannot be stored."""
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not write.", "Ask an editor or an approver of your team.")
    for value in changes.values():
        if isinstance(value, str) and ("\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)):
            raise Invalid("The text holds characters that cannot be stored.", "Paste it again as plain text.")
    with store.writing(actor) as tx:
        merged = {**drafts.get(tx, _key(name, actor), lock=True), **changes}
        if sum(len(str(value)) for value in merged.values()) > MOST:
            raise Invalid(f"This is more than {MOST:,} characters; the last change was not kept.", "Shorten it.")
        drafts.put(tx, _key(name, actor), merged)


def drop(name: str, actor: Actor) -> None:
    """Forget a draft that has become a record, or that nobody wants."""
    with store.writing(actor) as tx:
        drafts.drop(tx, _key(name, actor))


def _key(name: str, actor: Actor) -> str:
    return f"draft.{name}.{actor.person_id or 'here'}"
