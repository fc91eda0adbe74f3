"""Commands of review on a real store: approvals that hold only for one text, revisions, roles, history."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core import calendar, review, store
from core.errors import Conflict, Denied, Invalid, NotFound
from core.store import Actor, authors
from core.store.tables import Post

SLOT = datetime(2027, 3, 9, 8, tzinfo=UTC)


@pytest.fixture
def draft(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "Margins", "Read the margins first.\n\nThen the rest. 🧭", actor)


def approved(post: Post, actor: Actor) -> Post:
    submitted = review.submit(post.id, actor)
    return review.approve(post.id, submitted.hash, actor, "Good.")


def test_the_main_path_ends_scheduled(draft: Post, actor: Actor) -> None:
    assert draft.status == "Drafting"
    assert approved(draft, actor).status == "Approved"
    out = calendar.schedule(draft.id, SLOT, "Europe/Berlin", actor)
    assert (out.status, out.slot, out.zone) == ("Scheduled", SLOT, "Europe/Berlin")
    assert calendar.schedule(draft.id, None, "Europe/Berlin", actor).status == "Approved"
    decisions = [n.decision for n in review.notes(draft.id)]
    assert decisions == ["submitted", "approved"]


def test_on_every_database_an_edit_of_approved_text_needs_a_new_approval(
    any_database: str, actor: Actor, two_databases_author: str
) -> None:
    post = review.create(two_databases_author, "T", "One.", actor)
    approved(post, actor)
    calendar.schedule(post.id, SLOT, "UTC", actor)
    fallen = review.edit(post.id, actor, text="One!")
    assert (fallen.status, fallen.approved_hash, fallen.approved_by) == ("In Review", None, None)
    assert fallen.slot == SLOT
    assert review.notes(post.id)[-1].decision == "approval lost"
    again = review.approve(post.id, fallen.hash, actor)
    assert again.status == "Scheduled", "the date was signed off already"


@pytest.fixture
def two_databases_author(any_database: str, actor: Actor) -> str:
    with store.writing(actor) as tx:
        return authors.add(tx, "Cy").id


def test_media_and_account_are_part_of_what_was_approved(draft: Post, actor: Actor) -> None:
    approved(draft, actor)
    assert review.edit(draft.id, actor, account="company").status == "In Review"
    review.approve(draft.id, None, actor)
    assert review.edit(draft.id, actor, media=[{"file": "a.png"}]).status == "In Review"


def test_a_new_title_keeps_the_approval(draft: Post, actor: Actor) -> None:
    before = approved(draft, actor)
    after = review.edit(draft.id, actor, title="Another name")
    assert (after.status, after.approved_hash) == ("Approved", before.hash)


def test_saving_the_same_text_changes_nothing(draft: Post, actor: Actor) -> None:
    before = approved(draft, actor)
    after = review.edit(draft.id, actor, text=before.text, title=before.title)
    assert (after.status, after.revision) == ("Approved", before.revision)


def test_approval_of_a_text_that_has_changed_is_refused(draft: Post, actor: Actor) -> None:
    seen = review.submit(draft.id, actor).hash
    review.edit(draft.id, actor, text="Something else.")
    with pytest.raises(Conflict) as refused:
        review.approve(draft.id, seen, actor)
    assert refused.value.hint == "Reload, read the new text, then approve."
    assert review.get(draft.id).status == "In Review"


def test_a_stale_revision_overwrites_nothing_and_loses_nothing(draft: Post, actor: Actor) -> None:
    review.edit(draft.id, actor, draft.revision, text="Hers.")
    other = replace(actor, name="Kim")
    for text in ("Mi", "Mine."):
        with pytest.raises(Conflict, match="Nothing was overwritten"):
            review.edit(draft.id, other, draft.revision, text=text)
    assert review.get(draft.id).text == "Hers."
    kept = [n for n in review.notes(draft.id) if n.decision == "kept"]
    assert [(n.text, n.by) for n in kept] == [("Mine.", "Kim")], "typed on: one note, the last text"


def test_two_writers_at_once_one_wins_and_the_other_is_told(draft: Post, actor: Actor) -> None:
    outcome: list[str] = []
    gate = threading.Barrier(2)

    def write(text: str) -> None:
        gate.wait()
        try:
            review.edit(draft.id, actor, draft.revision, text=text)
            outcome.append("saved")
        except Conflict:
            outcome.append("conflict")

    writers = [threading.Thread(target=write, args=(text,)) for text in ("first", "second")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcome) == ["conflict", "saved"]
    post = review.get(draft.id)
    kept = {n.text for n in review.notes(draft.id) if n.decision == "kept"}
    assert {post.text} | kept == {"first", "second"}


def test_the_history_names_who_when_where_and_what(draft: Post, actor: Actor) -> None:
    review.edit(draft.id, replace(actor, name="Kim", source="api"), text="New.")
    changes = [c for c in review.history(draft.id) if c.field == "text"]
    assert [(c.actor, c.source, c.old, c.new) for c in changes] == [
        (actor.name, "app", None, draft.text),
        ("Kim", "api", draft.text, "New."),
    ]


def test_changes_cannot_be_requested_without_saying_which(draft: Post, actor: Actor) -> None:
    review.submit(draft.id, actor)
    with pytest.raises(Invalid, match="need a note"):
        review.request_changes(draft.id, "  ", actor)
    assert review.request_changes(draft.id, "Shorter.", actor).status == "Changes Requested"
    assert review.submit(draft.id, actor).status == "In Review"


def test_an_empty_post_cannot_be_submitted(two_authors: dict[str, str], actor: Actor) -> None:
    idea = review.create(two_authors["Bo"], "An idea", "", actor, status="Idea")
    with pytest.raises(Invalid) as refused:
        review.submit(idea.id, actor)
    assert refused.value.hint == "Write the post, then submit it."
    assert review.get(idea.id).status == "Idea"
    assert review.notes(idea.id) == []


def test_rejected_and_archived_posts_come_back_unapproved(draft: Post, actor: Actor) -> None:
    approved(draft, actor)
    assert review.reject(draft.id, "Off topic.", actor).approved_hash is None
    with pytest.raises(Invalid):
        review.edit(draft.id, actor, text="x")
    assert review.restore(draft.id, actor).status == "Drafting"
    assert review.archive(draft.id, actor).status == "Archived"


def test_an_editor_cannot_create_what_is_already_approved(two_authors: dict[str, str], actor: Actor) -> None:
    with pytest.raises(Invalid, match="cannot be Approved"):
        review.create(two_authors["Ada"], "", "x", actor, status="Approved")
    with pytest.raises(Denied):
        review.create(two_authors["Ada"], "", "x", replace(actor, role="reader"))


@pytest.mark.parametrize("bad", ["a\x00b", "\ud83d", "x" * 100_001])
def test_text_that_no_database_can_hold_is_refused_by_name(draft: Post, actor: Actor, bad: str) -> None:
    with pytest.raises(Invalid, match="text"):
        review.edit(draft.id, actor, text=bad)
    assert review.get(draft.id).text == draft.text


def test_a_text_arrives_byte_for_byte(draft: Post, actor: Actor) -> None:
    text = "  \r\n\tA\u00a0b \u2028 é e\u0301 👩🏽‍🚀\n\n"
    review.edit(draft.id, actor, text=text)
    assert review.get(draft.id).text == text


def test_listing_by_status_author_and_words(two_authors: dict[str, str], draft: Post, actor: Actor) -> None:
    other = review.create(two_authors["Bo"], "100%", "Nothing here", actor)
    review.submit(other.id, actor)
    assert [p.id for p in review.listed()] == [other.id, draft.id]
    assert [p.id for p in review.listed("In Review")] == [other.id]
    assert [p.id for p in review.listed(("In Review", "Drafting"), two_authors["Ada"])] == [draft.id]
    assert [p.id for p in review.listed(query="MARGINS")] == [draft.id]
    assert [p.id for p in review.listed(query="0%")] == [other.id], "a % is a letter, not a wildcard"
    assert review.count(query="%%") == 0
    assert review.by_status() == {"Drafting": 1, "In Review": 1}
    assert [p.id for p in review.listed(limit=1, offset=1)] == [draft.id]


def test_a_post_that_is_not_there(data: object) -> None:
    with pytest.raises(NotFound, match="no post nope"):
        review.get("nope")


def test_actions_follow_the_status(draft: Post, actor: Actor) -> None:
    assert review.actions(draft, actor) == ["edit", "submit", "reject", "schedule", "archive", "note"]
    assert "approve" in review.actions(review.submit(draft.id, actor), actor)
    editor = replace(actor, role="editor")
    calendar.schedule(draft.id, SLOT + timedelta(days=1), "UTC", editor)
    assert "approve_slot" in review.actions(review.get(draft.id), actor)
    assert "approve_slot" not in review.actions(review.get(draft.id), editor)


def test_a_post_that_was_emptied_in_review_cannot_be_approved(draft: Post, actor: Actor) -> None:
    review.submit(draft.id, actor)
    review.edit(draft.id, actor, text=" \n")
    with pytest.raises(Invalid, match="no text to approve"):
        review.approve(draft.id, None, actor)
    assert review.get(draft.id).approved_hash is None
