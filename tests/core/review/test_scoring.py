"""A post's scores are of its text as it is; the worker keeps them when the text has come to rest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core import review, store, voice
from core.review import scoring
from core.store import Actor
from core.store.tables import Change, Post
from tests.core.voice.test_voice import TEXT

NAMES = {"style", "topic", "likeness", "typical", "evidence", "reason", "generic", "version", "meaning"}


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setattr(scoring, "RESTED", timedelta(0))
    return review.create(
        two_authors["Ada"], "The valves", TEXT, actor, scores={"points": {"label": "x", "meaning": "y."}}
    )


def test_now_measures_the_text_as_it_is(post: Post, actor: Actor) -> None:
    found = scoring.now(post)
    assert found.keys() >= NAMES and found["evidence"] == "ok" and found["points"]["meaning"] == "y."
    assert found["likeness"] == voice.measure(post.author_id, TEXT).likeness
    assert "of Ada's" in found["meaning"]["likeness"]
    short = scoring.now(review.edit(post.id, actor, text="Ship it."))
    assert (short["evidence"], short["likeness"], short["style"]) == ("too little", None, None) and short["reason"]


def test_what_is_kept_is_given_only_for_the_text_it_was_measured_of(post: Post, actor: Actor) -> None:
    assert scoring.kept(post)["evidence"] == "not measured", "of a new text nothing is kept yet"
    assert scoring.bring_up_to_date() == 1 and scoring.bring_up_to_date() == 0
    kept = review.get(post.id)
    assert scoring.kept(kept) == scoring.now(kept)
    edited = review.edit(post.id, actor, text=TEXT + " And one more.")
    assert scoring.kept(edited).keys() >= NAMES - {"typical", "meaning"}
    assert scoring.kept(edited)["likeness"] is None and scoring.kept(edited)["evidence"] == "not measured"
    assert scoring.bring_up_to_date() == 1
    assert scoring.kept(review.get(post.id))["evidence"] == "ok"


def test_a_text_that_is_being_typed_is_left_alone(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "RESTED", timedelta(minutes=1))
    assert scoring.bring_up_to_date() == 0


def test_keeping_scores_touches_neither_approval_nor_revision(post: Post, actor: Actor) -> None:
    review.submit(post.id, actor)
    before = review.approve(post.id, None, actor)
    assert scoring.bring_up_to_date() == 1
    after = review.get(post.id)
    assert (after.status, after.revision, after.hash) == (before.status, before.revision, before.hash)
    assert review.is_approved(after)
    with store.reading() as tx:
        log = tx.session.query(Change).filter_by(entity_id=post.id, field="scores").order_by(Change.seq).all()
    assert [row.source for row in log] == ["app", "worker"]


def test_scores_that_cannot_be_read_are_made_anew(data: Path, post: Post, actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = tx.session.get(Post, post.id)
        assert row is not None
        row.scores = {"voice": {"of": 3}, "likeness": 0.5, "typicality": {"label": "x", "meaning": "y."}}
    assert scoring.kept(review.get(post.id))["likeness"] is None
    assert scoring.bring_up_to_date() == 1
    assert scoring.kept(review.get(post.id))["evidence"] == "ok"
