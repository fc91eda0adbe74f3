"""What comes back from Notion: shared statuses, requests, and what is the app's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core import calendar, review
from core.errors import Denied, Invalid
from core.review import KEEP, apply_remote
from core.store import Actor
from core.store.tables import Post

SLOT = datetime(2027, 3, 9, 8, tzinfo=UTC)
STRANGER = Actor(name="Kim in Notion", role="editor", source="notion")
APPROVER = Actor(name="Ida in Notion", role="approver", verified=True, source="notion")


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    made = review.create(two_authors["Ada"], "T", "Exactly this.", actor)
    return review.submit(made.id, actor)


def test_approved_by_a_verified_approver_on_exactly_our_text(post: Post) -> None:
    done = apply_remote(post.id, APPROVER, status="Approved", text=post.text)
    assert (done.status, done.approved_by, done.approved_hash) == ("Approved", "Ida in Notion", post.hash)
    assert done.requested == {}


def test_approved_straight_from_drafting_passes_through_review(post: Post, actor: Actor) -> None:
    review.withdraw(post.id, actor)
    apply_remote(post.id, APPROVER, status="Approved", seen=post.text)
    steps = [c.new for c in review.history(post.id) if c.field == "status"]
    assert steps[-2:] == ["In Review", "Approved"]


@pytest.mark.parametrize(
    "who",
    [STRANGER, replace(APPROVER, verified=False), replace(APPROVER, role="editor")],
    ids=["stranger", "unverified", "editor"],
)
def test_approved_by_anyone_else_is_a_request_that_says_who_asked(post: Post, who: Actor) -> None:
    asked = apply_remote(post.id, who, status="Approved", text=post.text)
    assert asked.status == "In Review"
    assert asked.approved_hash is None
    assert (asked.requested["status"], asked.requested["by"]) == ("Approved", who.name)


@pytest.mark.parametrize("pulled", [None, "Exactly this", "Exactly this.\n"])
def test_approved_on_another_text_or_an_unknown_one_is_a_request(post: Post, pulled: str | None) -> None:
    asked = apply_remote(post.id, APPROVER, status="Approved", seen=pulled)
    assert asked.status == "In Review"
    assert asked.requested["by"] == "Ida in Notion"
    assert asked.text == "Exactly this."


def test_an_edit_and_an_approval_at_once_take_the_edit_and_ask(post: Post) -> None:
    done = apply_remote(post.id, APPROVER, text="Edited there.", status="Approved")
    assert (done.text, done.status, done.requested["status"]) == ("Edited there.", "In Review", "Approved")


def test_the_same_request_twice_writes_nothing(post: Post) -> None:
    first = apply_remote(post.id, STRANGER, status="Approved", text=post.text)
    again = apply_remote(post.id, STRANGER, status="Approved", text=post.text)
    assert again.revision == first.revision
    assert len(review.notes(post.id)) == 2


def test_a_decision_in_the_app_answers_the_request(post: Post, actor: Actor) -> None:
    apply_remote(post.id, STRANGER, status="Approved", text=post.text)
    assert review.approve(post.id, None, actor).requested == {}


@pytest.mark.parametrize("status", ["Scheduled", "Published", "Measured", "Whatever"])
def test_what_is_the_apps_is_not_set_from_notion(post: Post, status: str) -> None:
    done = apply_remote(post.id, APPROVER, status=status, title="New title")
    assert (done.status, done.title, done.requested["status"]) == ("In Review", "New title", status)


@pytest.mark.parametrize("status", ["Drafting", "Changes Requested", "Rejected", "Archived"])
def test_other_statuses_are_shared(post: Post, status: str) -> None:
    assert apply_remote(post.id, STRANGER, status=status).status == status


def test_a_move_back_from_notion_ends_the_approval(post: Post, actor: Actor) -> None:
    review.approve(post.id, None, actor)
    calendar.schedule(post.id, SLOT, "UTC", actor)
    back = apply_remote(post.id, STRANGER, status="Changes Requested")
    assert (back.status, back.approved_hash) == ("Changes Requested", None)


def test_an_edit_in_notion_ends_the_approval(post: Post, actor: Actor) -> None:
    review.approve(post.id, None, actor)
    assert apply_remote(post.id, APPROVER, text="Exactly that.").status == "In Review"


def test_scheduled_here_and_approved_there_are_the_same(post: Post, actor: Actor) -> None:
    review.approve(post.id, None, actor)
    before = calendar.schedule(post.id, SLOT, "UTC", actor)
    after = apply_remote(post.id, STRANGER, status="Approved", text=post.text)
    assert (after.status, after.revision, after.requested) == ("Scheduled", before.revision, {})


def test_a_date_from_notion_keeps_the_schedule_only_from_an_approver(post: Post, actor: Actor) -> None:
    review.approve(post.id, None, actor)
    calendar.schedule(post.id, SLOT, "UTC", actor)
    later = SLOT.replace(day=10)
    assert apply_remote(post.id, APPROVER, slot=later, zone="Asia/Tokyo").status == "Scheduled"
    moved = apply_remote(post.id, STRANGER, slot=SLOT)
    assert (moved.status, moved.slot, moved.slot_approved_by, moved.zone) == ("Approved", SLOT, None, "Asia/Tokyo")
    assert calendar.sign_off(post.id, actor).status == "Scheduled"
    assert apply_remote(post.id, STRANGER, slot=None).status == "Approved"
    assert apply_remote(post.id, STRANGER, slot=KEEP).slot is None


def test_text_for_a_post_that_is_put_away_is_kept_beside_it(post: Post, actor: Actor) -> None:
    review.archive(post.id, actor)
    for _ in range(2):
        done = apply_remote(post.id, STRANGER, text="Late edit.")
    assert done.text == "Exactly this."
    assert [n.text for n in review.notes(post.id) if n.decision == "kept"] == ["Late edit."]


def test_a_reader_changes_nothing(post: Post) -> None:
    with pytest.raises(Denied):
        apply_remote(post.id, replace(STRANGER, role="reader"), title="x")


def test_a_post_with_sentences_without_a_source_is_kept_from_review_but_not_from_coming_back_to_it(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.approve(post.id, None, actor)
    draft = review.create(post.author_id, "D", "Not known.", actor)
    monkeypatch.setattr(
        "core.claims.refusal", lambda _post, _tx: Invalid("One sentence has no source.", "Stand by it.")
    )
    with pytest.raises(Invalid, match="no source"):
        review.submit(draft.id, actor)
    with pytest.raises(Invalid, match="no source"):
        review.approve(draft.id, None, actor, submit=True)
    for status in ("In Review", "Approved"):
        asked = apply_remote(draft.id, APPROVER, status=status, text=draft.text)
        assert (asked.status, asked.requested["status"]) == ("Drafting", status)
    assert "no source" in review.notes(draft.id)[-1].text
    assert apply_remote(post.id, APPROVER, status="In Review", text=post.text).status == "In Review"
