"""Accepting, turning down and undoing what feedback proposes; each is kept with who did it and what stood before."""

from __future__ import annotations

from typing import Any

from core import store
from core.errors import Conflict, Denied, Invalid
from core.learn.model import Proposal
from core.learn.proposing import proposals
from core.persona.commands import drop_edit, put_edit
from core.persona.fields import named
from core.store import Actor, Reading, Writing, lessons, personas
from core.store.base import now
from core.store.tables_writing import Lesson
from core.train import inuse

NO_CARD = "Nothing was changed: there is no persona card yet that could say so."


def listed(author_id: str) -> list[Lesson]:
    """What was learned, turned down or undone, the newest decision first."""
    with store.reading() as tx:
        return lessons.listed(tx, author_id)


def weights(author_id: str) -> dict[str, float] | None:
    """The weights that an accepted lesson puts variants in order by, else those that were promoted for everybody.

    None: those that Timbre begins with.
    """
    with store.reading() as tx:
        row = lessons.weights(tx, author_id)
        if row is not None:
            return {str(name): float(value) for name, value in row.change["weights"].items()}
    return inuse.order()


def accept(author_id: str, key: str, actor: Actor) -> Lesson:
    """Do what a proposal says, in one transaction with the record of it. Raises Denied, Invalid, Conflict."""
    _may(actor)
    one = _waiting(author_id, key)
    with store.writing(actor) as tx:
        _undecided(tx, author_id, key)
        undo = _change_card(tx, author_id, one) if one.kind != "weights" else {"weights": _in_force(tx, author_id)}
        return _put(tx, author_id, one, "accepted", undo)


def dismiss(author_id: str, key: str, actor: Actor) -> Lesson:
    """Never propose it again, unless twice as much speaks for it. Raises Denied, Conflict."""
    _may(actor)
    one = _waiting(author_id, key)
    with store.writing(actor) as tx:
        _undecided(tx, author_id, key)
        return _put(tx, author_id, one, "dismissed", {})


def undo(lesson_id: str, actor: Actor) -> Lesson:
    """Put back what stood there before. Raises Denied, NotFound; Conflict where somebody changed it since."""
    _may(actor)
    with store.writing(actor) as tx:
        row = lessons.locked(tx, lesson_id)
        if row.status != "accepted":
            return row
        if row.kind == "weights":
            _newest(tx, row)
        else:
            _restore_card(tx, row)
        row.status, row.decided_by, row.decided_at = "undone", actor.name, now()
        return row


def _may(actor: Actor) -> None:
    if actor.role not in ("editor", "approver"):
        raise Denied("You may look at what was learned, but not decide it.", "Ask an editor or an approver.")


def _waiting(author_id: str, key: str) -> Proposal:
    one = next((p for p in proposals(author_id) if p.key == key), None)
    if one is None:
        raise _gone()
    return one


def _undecided(tx: Writing, author_id: str, key: str) -> None:
    """Within the transaction: two people who accept at once would do it twice, and one undo would not take it back."""
    row = lessons.by_key(tx, author_id, key)
    if row is not None and lessons.locked(tx, row.id).status == "accepted":
        raise _gone()


def _gone() -> Conflict:
    return Conflict(
        "This is not proposed any more: it was decided, or what it rested on has changed. Nothing was changed.",
        "Reload the page to see what is proposed now.",
    )


def _put(tx: Writing, author_id: str, one: Proposal, status: str, before: dict[str, Any]) -> Lesson:
    return lessons.put(
        tx,
        author_id,
        one.key,
        kind=one.kind,
        title=one.title,
        change={**one.change, "says": one.says, "cases": one.cases, "of": one.of},
        evidence=one.evidence,
        status=status,
        undo=before,
        decided_by=tx.actor.name,
        decided_at=now(),
    )


def _in_force(tx: Reading, author_id: str) -> dict[str, float] | None:
    row = lessons.weights(tx, author_id)
    return row.change["weights"] if row else None


def _newest(tx: Reading, row: Lesson) -> None:
    found = lessons.weights(tx, row.author_id)
    if found is not None and found.id != row.id:
        raise Conflict(
            "Newer weights hold since, so these decide nothing. Nothing was changed.", "Undo the newer lesson first."
        )


# ---- the card -------------------------------------------------------------------------------------------------


def _line(tx: Reading, author_id: str, path: str) -> tuple[Any, Any]:
    """What a person made the line say (None: nobody did), and what holds."""
    row = personas.latest(tx, author_id)
    if row is None:
        raise Invalid(NO_CARD, "Make one on the Persona page first: from samples, or by hand.")
    edit = row.edits.get(path)
    mine = edit["value"] if edit else None
    return mine, mine if edit else row.derived.get("fields", {}).get(path, {}).get("value")


def _change_card(tx: Writing, author_id: str, one: Proposal) -> dict[str, Any]:
    """Do it; what stood there before, for `undo`."""
    path, value = one.change["path"], one.change["value"]
    before, holds = _line(tx, author_id, path)
    after = value if one.change["do"] == "set" else _with(path, holds, value)
    put_edit(tx, author_id, path, after, f"Learned: {one.title}"[:300])
    return {"path": path, "before": before, "after": after}


def _with(path: str, holds: Any, value: str) -> Any:
    if named(path).kind == "list":
        return [*(holds or []), value]
    return f"{holds or ''}\n{value}".strip()


def _restore_card(tx: Writing, row: Lesson) -> None:
    path, value = row.change["path"], row.change["value"]
    mine, _ = _line(tx, row.author_id, path)
    back = row.undo["before"]
    if mine != row.undo["after"]:
        back = _without(path, mine, value) if row.change["do"] == "append" else None
        if back is None:
            raise Conflict(
                f"{named(path).label} was changed since, so it was left as it is.",
                "Correct the line itself on the persona card.",
            )
    why = f"Undone: {row.title}"[:300]
    if back:
        put_edit(tx, row.author_id, path, back, why)
    else:
        drop_edit(tx, row.author_id, path, why)


def _without(path: str, holds: Any, value: str) -> Any:
    """A line that others added to, without what the lesson added; None where that does not stand in it any more."""
    if named(path).kind == "list":
        return [v for v in holds if v != value] if value in (holds or []) else None
    rows = str(holds or "").split("\n")
    return "\n".join(r for r in rows if r != value) if value in rows else None
