"""Results of posts: whole numbers only, kept with who typed them; a published post with numbers is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import measured, review, samples, store
from core.errors import Conflict, Denied, Invalid, NotFound
from core.store import Actor
from core.store.base import now
from core.store.tables import Change, Post

LINK = "https://www.linkedin.com/posts/1"


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    made = review.create(two_authors["Ada"], "One", "A text.", actor)
    review.submit(made.id, actor)
    return review.approve(made.id, None, actor)


def test_published_by_hand_with_a_link(post: Post, actor: Actor) -> None:
    at = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    done = review.published(post.id, actor, at, f" {LINK} ")
    assert (done.status, done.published_at, done.published_url) == ("Published", at, LINK)
    assert review.is_approved(done) and done.approved_by == actor.name, "what was approved is what went out"
    assert review.notes(post.id)[-1].decision == "published"
    assert "edit" not in review.actions(done, actor) and "publish" not in review.actions(done, actor)
    with pytest.raises(Invalid, match="Published"):
        review.published(post.id, actor)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "linkedin.com/x", "https://", "https://[x", "https://x/" + "a" * 500, "a b"]
)
def test_what_is_no_link_is_refused_and_nothing_changed(post: Post, actor: Actor, url: str) -> None:
    with pytest.raises(Invalid, match="address"):
        review.published(post.id, actor, url=url)
    assert review.get(post.id).status == "Approved"


def test_who_may_not_and_when_not(post: Post, actor: Actor, two_authors: dict[str, str]) -> None:
    with pytest.raises(Denied):
        review.published(post.id, replace(actor, role="reader"))
    with pytest.raises(Invalid, match="still to come"):
        review.published(post.id, actor, now() + timedelta(days=1))
    with pytest.raises(Invalid, match="time zone"):
        review.published(post.id, actor, datetime(2026, 1, 1))
    with store.writing(actor) as tx:
        found = tx.session.get(Post, post.id)
        assert found is not None
        found.text = "Changed behind every command."
    with pytest.raises(Conflict):
        review.published(post.id, actor)
    draft = review.create(two_authors["Ada"], "Two", "Not approved.", actor)
    with pytest.raises(Invalid):
        review.published(draft.id, actor)


def test_numbers_make_a_published_post_measured_once(post: Post, actor: Actor) -> None:
    assert measured.record(post.id, {"impressions": 5}, actor) == []
    assert review.get(post.id).status == "Approved", "numbers alone publish nothing"
    review.published(post.id, actor)
    measured.record(post.id, {"impressions": 1240, "comments": 1, "clicks": 0}, actor)
    done = review.get(post.id)
    assert done.status == "Measured"
    assert measured.line(done.metrics) == "1,240 impressions, 1 comment, 0 clicks"
    measured.record(post.id, {"impressions": None, "comments": None, "clicks": None}, actor)
    assert (review.get(post.id).status, review.get(post.id).metrics) == ("Measured", {})
    assert [n.decision for n in review.notes(post.id)].count("measured") == 1
    assert [c.field for c in review.history(post.id)].count("metrics") == 3


@pytest.mark.parametrize("value", [-1, 1.5, "many", True, 10**13])
def test_what_is_no_number_is_named_and_the_rest_is_kept(post: Post, actor: Actor, value: Any) -> None:
    (said,) = measured.record(post.id, {"clicks": value, "reposts": 2}, actor)
    assert said.startswith(f"Clicks {value} is not a whole number")
    assert review.get(post.id).metrics == {"reposts": 2}


def test_numbers_of_a_sample_and_who_typed_them(two_authors: dict[str, str], actor: Actor) -> None:
    one = samples.of_author(two_authors["Bo"])[0]
    measured.record(one.id, {"reactions": 7}, actor)
    measured.record(one.id, {"reactions": 7}, actor)
    assert samples.get(one.id).metrics == {"reactions": 7}
    with store.reading() as tx:
        log = list(tx.session.query(Change).filter_by(entity="sample", entity_id=one.id))
    assert [(c.field, c.old, c.new, c.actor) for c in log] == [("metrics", {}, {"reactions": 7}, actor.name)]
    with pytest.raises(Denied):
        measured.record(one.id, {"reactions": 8}, replace(actor, role="reader"))
    with pytest.raises(NotFound):
        measured.record("nobody", {"reactions": 8}, actor)
