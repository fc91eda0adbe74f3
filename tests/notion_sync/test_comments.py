"""Comments: notes both ways, each exactly once, whatever is answered; and what Notion may not let us do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import review, store
from core.config import settings
from core.store import Actor
from core.store import comments as kept
from core.store import notion as rows
from core.store.base import now
from core.store.tables import NotionPass, NotionRow, Post, ReviewNote
from notion_sync import commands, comments, people
from notion_sync import jobs as work
from tests.notion_sync.server import World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]
ADA = Actor(name="Ada", role="approver", source="app")


def only(world: World) -> dict[str, Any]:
    (row,) = world.rows()
    return row


def said(world: World) -> list[str]:
    """The comments of the only row, as Notion shows them."""
    return ["".join(r["plain_text"] for r in c["rich_text"]) for c in world.comments.get(only(world)["id"], [])]


def from_notion(post: Post) -> list[ReviewNote]:
    return [n for n in review.notes(post.id) if n.source == "notion"]


def in_review(make: Make, sync: Run, actor: Actor) -> Post:
    post = make()
    sync()
    review.request_changes(post.id, "Shorter, please.", actor)
    sync()
    return review.get(post.id)


# ---- coming in -----------------------------------------------------------------------------------------------


def test_a_comment_becomes_a_note_once(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = in_review(approved, sync, actor)
    notion.comment(only(notion), "Is the *third* line true?\n<b>Says who?</b>")
    sync()
    sync()
    (note,) = from_notion(post)
    assert (note.by, note.text) == ("Pat Typist", "Is the *third* line true?\n<b>Says who?</b>")
    assert (note.decision, note.post_hash) == ("note", post.hash)
    assert not notion.writes()


def test_a_comment_of_somebody_we_know_is_theirs(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    user = notion.person("grace@notion")
    people.refresh(actor)
    people.connect(user, actor, role="reader")
    post = in_review(approved, sync, actor)
    notion.comment(only(notion), "I only read, but: no.", user)
    sync()
    assert [(n.by, n.text) for n in from_notion(post)] == [("grace@notion", "I only read, but: no.")]


def test_an_edited_comment_changes_its_note_and_a_resolved_one_stays(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = in_review(approved, sync, actor)
    comment = notion.comment(only(notion), "Frist")
    sync()
    comment["rich_text"] = [{**comment["rich_text"][0], "plain_text": "First", "text": {"content": "First"}}]
    sync()
    assert [n.text for n in from_notion(post)] == ["First"]
    notion.resolve(comment)
    sync()
    assert [n.text for n in from_notion(post)] == ["First"]
    with store.reading() as tx:
        log = rows.last_change(tx, "review_note", from_notion(post)[0].id)
    assert log is not None
    assert (log.old, log.new) == ("Frist", "First")


def test_rows_take_turns_and_the_one_that_notion_names_comes_first(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    posts = [approved(f"Post {n}") for n in range(4)]
    sync()
    for post in posts[:3]:
        review.request_changes(post.id, "Once more.", actor)
    read: list[str] = []
    with store.reading() as tx:
        assert len(comments.due(tx, 10)) == 4
        assert comments.due(tx, 0) == []
    for _ in range(8):
        with store.reading() as tx:
            (row,) = comments.due(tx, 1)
        read.append(row.local_id)
        with store.writing(actor) as tx:
            kept.remember(tx, row.id, comments_at=now().isoformat())
    assert sorted(read[:4]) == sorted(p.id for p in posts)
    assert read[:4] == read[4:]
    with store.writing(actor) as tx:
        for row in rows.rows(tx, "calendar"):
            kept.remember(tx, row.id, comments_at=(now() - timedelta(minutes=3)).isoformat())
        old = rows.posts(tx, [posts[3].id])[0]
        old.updated_at = now() - timedelta(days=9)
    with store.reading() as tx:
        assert posts[3].id not in [row.local_id for row in comments.due(tx, 10)]


# ---- going out -----------------------------------------------------------------------------------------------


def test_what_is_written_here_goes_out_once_with_its_writer(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = in_review(approved, sync, actor)
    assert not work.due()
    review.note(post.id, "Cut the second paragraph.", ADA)
    assert work.due()
    review.submit(post.id, ADA)
    sync()
    assert said(notion) == ["Timbre, changes requested: Shorter, please.", "Ada (Timbre): Cut the second paragraph."]
    sync()
    assert not notion.writes()
    assert len(said(notion)) == 2
    assert not from_notion(post)
    notion.comment(only(notion), "Done.")
    sync()
    assert [n.text for n in from_notion(post)] == ["Done."]
    assert len(said(notion)) == 3


def test_a_long_note_is_cut_into_pieces_that_notion_takes(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = in_review(approved, sync, actor)
    long = "🚀" * 1_999 + "\n\n  end " + "a" * 2_000
    review.note(post.id, long, ADA)
    sync()
    assert said(notion)[-1] == f"Ada (Timbre): {long}"


@pytest.mark.parametrize(
    "kind", ["503 saved silently", "503 saved", "reset saved", "timeout saved", "truncated", "503", "reset", "429"]
)
def test_a_comment_of_unknown_outcome_is_there_once(
    notion: World, approved: Make, sync: Run, actor: Actor, kind: str
) -> None:
    post = in_review(approved, sync, actor)
    for text in ("Same words.", "Same words.", "Others."):
        review.note(post.id, text, ADA)
    notion.fault(kind, "POST", "comments", skip=1)
    for _ in range(3):
        sync()
    assert sorted(said(notion)[1:]) == ["Ada (Timbre): Others.", *["Ada (Timbre): Same words."] * 2]
    assert not from_notion(post)
    notes = [n for n in review.notes(post.id) if n.by == "Ada" and n.decision == "note"]
    assert {n.comment_state for n in notes} == {"sent"}
    assert len({n.comment_id for n in notes}) == 3
    assert not notion.writes()


def test_a_program_that_died_while_sending_looks_before_it_sends(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notion_sync.client import Notion

    post = in_review(approved, sync, actor)
    note = review.note(post.id, "Once.", ADA)
    real = Notion.add_comment

    def dies(self: Notion, *args: Any) -> Any:
        real(self, *args)
        raise SystemExit

    monkeypatch.setattr(Notion, "add_comment", dies)
    with pytest.raises(SystemExit):
        sync()
    monkeypatch.setattr(Notion, "add_comment", real)
    sync()
    sync()
    assert said(notion).count("Ada (Timbre): Once.") == 1
    assert next(n for n in review.notes(post.id) if n.id == note.id).comment_state == "sent"


def test_an_unknown_outcome_waits_until_it_can_be_decided(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = in_review(approved, sync, actor)
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "3600")
    settings.cache_clear()
    review.note(post.id, "Later.", ADA)
    notion.fault("reset", "POST", "comments")
    sync()
    with store.reading() as tx:
        assert not comments.waiting(tx)
    sync()
    assert not notion.writes()
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "0")
    settings.cache_clear()
    with store.reading() as tx:
        assert comments.waiting(tx)
    sync()
    assert said(notion)[-1] == "Ada (Timbre): Later."


def test_what_nobody_said_and_what_is_old_stays_here(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    sync()
    old = review.note(post.id, "Last year's remark.", ADA)
    with store.writing(actor) as tx:
        found = tx.session.get(ReviewNote, old.id)
        assert found is not None
        found.created_at = now() - comments.NEW - timedelta(days=1)
    review.edit(post.id, ADA, text="Another text, so the approval is lost.")
    sync()
    assert said(notion) == []
    with store.reading() as tx:
        assert not comments.waiting(tx)


# ---- not allowed ---------------------------------------------------------------------------------------------


def test_without_the_capabilities_it_says_once_what_to_tick(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    notion.comment_access = False
    post = in_review(approved, sync, actor)
    for _ in range(2):
        assert sync().status == "done"
        assert not [r for r in notion.log if r[1].startswith("comments")]
    warned = [line["text"] for one in commands.passes() for line in one.log if "tick" in line["text"]]
    assert sorted(warned) == sorted(comments.HINTS.values())
    assert [m for m in comments.missing() if "Read comments" in m]
    assert [m for m in comments.missing() if "Insert comments" in m]
    with store.reading() as tx:
        assert not comments.waiting(tx)
        assert comments.due(tx, 5) == []
    notion.comment_access = True
    comments.retry(actor)
    notion.comment(only(notion), "Now you can read me.")
    sync()
    assert [n.text for n in from_notion(post)] == ["Now you can read me."]
    assert said(notion)[-1] == "Timbre, changes requested: Shorter, please."


def test_a_refusal_is_asked_again_after_a_day(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    notion.comment_access = False
    in_review(approved, sync, actor)
    notion.comment_access = True
    monkeypatch.setattr(comments, "PAUSE", timedelta(0))
    sync()
    assert said(notion) == ["Timbre, changes requested: Shorter, please."]


def test_a_revoked_token_is_not_a_missing_capability(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    in_review(approved, sync, actor)
    notion.fault("401", "GET", "comments", times=9)
    with pytest.raises(Exception, match="token"):
        sync()
    assert comments.missing() == []


def row_of(post: Post) -> NotionRow:
    with store.reading() as tx:
        found = rows.of_local(tx, "calendar", post.id)
    assert found is not None
    return found


def test_a_trashed_row_gets_no_comments(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = in_review(approved, sync, actor)
    notion.trash(only(notion))
    sync()
    assert row_of(post).state == "trashed"
    review.note(post.id, "Nobody reads this there.", ADA)
    sync()
    assert not notion.writes()
    with store.reading() as tx:
        assert not comments.waiting(tx)
        assert comments.due(tx, 5) == []
