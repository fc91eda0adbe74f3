"""Taking an import back, as long as nothing that people approved rests on it."""

from __future__ import annotations

from datetime import timedelta

from core import jobs, store
from core.errors import Conflict
from core.people import may_collect
from core.store import Actor, Reading, adapters, imports
from core.store.base import now
from core.store.tables import ImportBatch

COMING = timedelta(minutes=15)
"""An import without an end that is older was given up (as core.drift.judging takes it)."""
INSTEAD = "Leave out single posts in the list instead: they are then used for nothing."


def why_not(batch_id: str) -> str:
    """Why this import cannot be taken back, in a sentence; "" where it can. Raises NotFound."""
    with store.reading() as tx:
        return _why_not(tx, imports.get(tx, batch_id))


def undo(batch_id: str, actor: Actor) -> int:
    """Delete every sample of an import; returns how many. The author, the consent and persona cards stay as they are.

    Raises Denied for readers, NotFound, and Conflict where something approved rests on it: nothing was changed then.
    """
    may_collect(actor)
    with store.writing(actor) as tx:
        row = imports.locked(tx, batch_id)
        if said := _why_not(tx, row):
            raise Conflict(f"{said} Nothing was changed.", INSTEAD)
        gone = imports.take_back(tx, row)
    jobs.request("embed", {}, actor, key=f"embed:{actor.workspace_id}")  # the index forgets them too
    return gone


def _why_not(tx: Reading, row: ImportBatch) -> str:
    if "stored" not in row.counts and now() - row.created_at < COMING:
        return "This import is still coming in."
    if number := imports.approved_after(tx, row.id):
        posts = "An approved post was" if number == 1 else f"{number:,} approved posts were"
        return f"{posts} written after examples of this import."
    if number := imports.in_notion(tx, row.id):
        return f"{number:,} of these posts {'has' if number == 1 else 'have'} a row in Notion."
    if title := _learnt(tx, row):
        return f"{title}, which is in use, has learnt from these texts: take it out of use on the Training page first."
    return ""


def _learnt(tx: Reading, row: ImportBatch) -> str:
    """What an adapter is called that is in use and was made of one of these authors since the import; "" for none."""
    from core.train.serving import learnt_from  # only here: nothing else of an import needs training

    mine = imports.author_ids(tx, row.id)
    used = (adapter for _, adapter in adapters.lives(tx) if adapter.created_at > row.created_at)
    return next((adapter.title or "An adapter" for adapter in used if mine & set(learnt_from(adapter))), "")
