"""What people do with a persona: derive it, correct a line, push a slider, answer questions, look at versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core import store
from core.errors import Denied, Invalid
from core.persona import questionnaire as questions
from core.persona import sliders as pushes
from core.persona.card import Card, Difference, differences, merged
from core.persona.corpus import subset
from core.persona.derive import derive_card
from core.persona.fields import checked, named
from core.store import Actor, Reading, Writing, authors, personas
from core.store.base import now
from core.store.tables import Persona, Sample


def derive(author_id: str, actor: Actor) -> Persona:
    """Read the author's samples and write the next version, or return the newest where nothing changed.

    Corrections and sliders are carried over untouched. Reads at most 600 samples (see core.persona.corpus); about a
    second for 500 posts. Raises Denied (readers), NotFound.
    """
    _may(actor)
    with store.reading() as tx:
        author = authors.get(tx, author_id)
        ids, newest = personas.sample_ids(tx, author_id)
        texts = personas.pick_samples(tx, subset(ids, author_id))
    derived = {**derive_card(texts, len(ids), newest), "questionnaire": dict(author.questionnaire)}
    with store.writing(actor) as tx:
        latest = personas.latest(tx, author_id)
        if latest is not None and latest.derived == derived:
            return latest
        why = f"Derived from {len(ids):,} {'sample' if len(ids) == 1 else 'samples'}"
        edits, pushed = (dict(latest.edits), dict(latest.sliders)) if latest else ({}, {})
        return personas.add(tx, author_id, derived, edits, pushed, len(ids), why)


def current(author_id: str) -> Card | None:
    """The newest card, corrections on top; None where none was made yet. Quick: nothing is derived. Raises NotFound."""
    with store.reading() as tx:
        row = personas.latest(tx, author_id)
        return _card(tx, row) if row else None


def edit(author_id: str, path: str, value: Any, actor: Actor, why: str = "") -> Persona:
    """Correct a line, as a new version; what the samples say stays beside it. Raises Denied, Invalid, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        return put_edit(tx, author_id, path, value, why)


def put_edit(tx: Writing, author_id: str, path: str, value: Any, why: str = "") -> Persona:
    """As `edit`, within a transaction of somebody who may. Raises Invalid, NotFound."""
    line = named(path)
    value = checked(line, value)
    row = _latest(tx, author_id)
    before = row.derived.get("fields", {}).get(path, {}).get("text", "")
    if path in row.edits and row.edits[path]["value"] == value:
        return row
    kept = {"value": value, "by": tx.actor.name, "at": now().isoformat(), "instead_of": before}
    return _next(tx, row, why or f"{line.label} corrected", edits={**row.edits, path: kept})


def clear_edit(author_id: str, path: str, actor: Actor) -> Persona:
    """Take a correction back, as a new version: the line says again what the samples say. Raises Denied, NotFound."""
    _may(actor)
    with store.writing(actor) as tx:
        return drop_edit(tx, author_id, path)


def drop_edit(tx: Writing, author_id: str, path: str, why: str = "") -> Persona:
    """As `clear_edit`, within a transaction of somebody who may. Raises NotFound."""
    line = named(path)
    row = _latest(tx, author_id)
    if path not in row.edits:
        return row
    kept = {other: value for other, value in row.edits.items() if other != path}
    return _next(tx, row, why or f"Correction of {line.label.lower()} taken back", edits=kept)


def set_sliders(author_id: str, values: Mapping[str, int], actor: Actor) -> Persona:
    """Where the sliders stand (those not named: 0), as a new version. Raises Denied, Invalid, NotFound."""
    _may(actor)
    moved = pushes.checked(values)
    with store.writing(actor) as tx:
        row = _latest(tx, author_id)
        return row if dict(row.sliders) == moved else _next(tx, row, "Sliders moved", sliders=moved)


def set_questionnaire(author_id: str, answers: Mapping[str, Any], actor: Actor) -> Persona:
    """The answers (all of them), kept with the author and in a new version. Raises Denied, Invalid, NotFound."""
    _may(actor)
    given = questions.checked(answers)
    with store.writing(actor) as tx:
        row, author = _latest(tx, author_id), authors.get(tx, author_id)
        if dict(author.questionnaire) != given:
            author.questionnaire = given
        if row.derived.get("questionnaire", {}) == given:
            return row
        return _next(tx, row, "Questionnaire answered", derived={**row.derived, "questionnaire": given})


def versions(author_id: str) -> list[Persona]:
    """Every version, the newest first."""
    with store.reading() as tx:
        return personas.listed(tx, author_id)


def version(persona_id: str) -> Card:
    """The card as one version had it. Raises NotFound."""
    with store.reading() as tx:
        return _card(tx, personas.get(tx, persona_id))


def diff(a: str, b: str) -> list[Difference]:
    """What version `b` says differently from version `a` (ids), field by field. Raises Invalid, NotFound."""
    before, after = version(a), version(b)
    if before.author_id != after.author_id:
        raise Invalid("These are versions of two authors.", "Compare two versions of one author.")
    return differences(before, after)


def behind(sample_ids: Sequence[str]) -> list[Sample]:
    """The samples that a line or a passage names, as far as they are still in use."""
    with store.reading() as tx:
        return personas.pick_samples(tx, list(sample_ids))


def _may(actor: Actor) -> None:
    if actor.role == "reader":
        raise Denied("You may not change a persona: your role is reader.", "Ask an editor or an approver to do it.")


def _card(tx: Reading, row: Persona) -> Card:
    passages = personas.pick_samples(tx, [p["sample"] for p in row.derived.get("passages", [])])
    added, in_use = personas.samples_now(tx, row)
    return merged(authors.get(tx, row.author_id), row, passages, added, in_use)


def _latest(tx: Writing, author_id: str) -> Persona:
    """The newest version; where there is none, an empty first one, so that a card can be written by hand."""
    author = authors.get(tx, author_id)
    row = personas.latest(tx, author_id)
    if row is not None:
        return row
    return Persona(
        author_id=author_id,
        version=0,
        derived={"questionnaire": dict(author.questionnaire)},
        edits={},
        sliders={},
        samples=0,
    )


def _next(tx: Writing, row: Persona, why: str, **changed: dict[str, Any]) -> Persona:
    kept = {"derived": row.derived, "edits": row.edits, "sliders": row.sliders} | changed
    return personas.add(tx, row.author_id, kept["derived"], kept["edits"], kept["sliders"], row.samples, why)
