"""Drafts: kept for the person who types, field by field, and gone when they have become something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import drafts, store
from core.errors import Denied, Invalid
from core.store import Actor
from core.store.tables import Change


def test_a_draft_is_merged_kept_for_its_person_and_dropped(any_database: str, actor: Actor) -> None:
    other = replace(actor, person_id="P" * 26)
    drafts.keep("note.x", actor, {"title": "Log", "text": "A"})
    drafts.keep("note.x", actor, {"text": "A valve"})
    drafts.keep("note.x", other, {"text": "Mine"})
    assert drafts.kept("note.x", actor) == {"title": "Log", "text": "A valve"}
    drafts.drop("note.x", actor)
    assert drafts.kept("note.x", actor) == {} and drafts.kept("note.x", other) == {"text": "Mine"}
    with store.reading() as tx:
        assert not tx.session.query(Change).count(), "a pause in typing is no edit of a record"


def test_what_cannot_be_kept_is_said_and_loses_nothing(data: object, actor: Actor) -> None:
    drafts.keep("note.x", actor, {"text": "A valve"})
    for bad in ("\x00", "\ud800", "x" * drafts.MOST):
        with pytest.raises(Invalid):
            drafts.keep("note.x", actor, {"text": bad, "more": "y"})
    with pytest.raises(Denied):
        drafts.keep("note.x", replace(actor, role="reader"), {"text": "B"})
    assert drafts.kept("note.x", actor) == {"text": "A valve"}
