"""What a pass costs, what goes first, and what a refusal does to the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from core import calendar, review, store
from core.people import WORKER
from core.store import Actor
from core.store import notion as kept
from core.store.base import now
from core.store.tables import NotionPass, NotionRow, Post
from notion_sync import jobs, ours, passes, pull, push, run
from notion_sync.client import Notion
from tests.notion_sync import server_rows
from tests.notion_sync.server import World, invalid

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def row_of(post: Post) -> NotionRow:
    with store.reading() as tx:
        found = kept.of_local(tx, "calendar", post.id)
    assert found is not None
    return found


def paths(world: World, method: str) -> list[str]:
    return [path for one, path, _status in world.log if one == method]


def there(world: World, post: Post) -> Any:
    return next(r for r in world.rows() if world.cell(r, "App ID") == post.id)


def test_an_idle_pass_costs_at_most_eight_requests(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    for number in range(3):
        approved(title=f"Post {number}", text=f"Text {number}.")
    review.submit(review.create(approved().author_id, "In review", "Some text.", actor).id, actor)
    sync()
    for _ in range(6):
        sync()
        assert len(notion.log) <= 8
        assert not notion.writes()


def test_every_schema_is_looked_at_by_turns(notion: World, approved: Make, sync: Run) -> None:
    approved()
    sync()
    looked: set[str] = set()
    for _ in range(3):
        sync()
        looked |= {path for path in paths(notion, "GET") if path.startswith("data_sources/")}
    assert len(looked) == 4


def test_an_approval_goes_out_in_one_request_and_an_edit_in_two(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    approved(title="First")
    sync()
    notion.log.clear()
    post = approved(title="Second", text="One.")
    assert jobs.waited_for() == [post.id]
    passes.push([post.id])
    assert [method for method, *_ in notion.log] == ["POST"]
    assert jobs.waited_for() == []
    review.edit(post.id, actor, title="Second, renamed", text="One.", revision=review.get(post.id).revision)
    notion.log.clear()
    passes.push([post.id])
    assert [method for method, *_ in notion.log] == ["GET", "PATCH"]
    assert notion.cell(there(notion, post), "Name") == "Second, renamed"
    sync()
    assert not notion.writes()


def test_a_quick_push_merges_what_somebody_typed_in_notion_meanwhile(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved(text="Agreed.")
    sync()
    notion.edit(there(notion, post), Post_text="Theirs.")
    review.edit(post.id, actor, text="Mine.", revision=review.get(post.id).revision)
    passes.push([post.id])
    assert notion.cell(there(notion, post), "Post text") == "Theirs."
    assert row_of(post).conflict["text"]["ours"] == "Mine."


def test_an_edit_of_a_draft_waits_until_nobody_types(notion: World, sync: Run, approved: Make, actor: Actor) -> None:
    post = approved()
    sync()
    review.request_changes(post.id, "Shorter", actor)
    review.edit(post.id, actor, text="Shorter.", revision=review.get(post.id).revision)
    assert jobs.waited_for() == []


def test_an_approval_goes_ahead_of_a_long_push(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(title="Before")
    sync()
    for number in range(30):
        approved(title=f"Bulk {number}", text=f"Bulk text {number}.")
    monkeypatch.setattr(push, "GLANCE", 0.0)
    late: list[Post] = []

    def between(method: str, path: str) -> None:
        if method == "POST" and path == "pages" and len(notion.rows()) == 6 and not late:
            late.append(approved(title="Late", text="Late text."))

    notion.between = between
    sync()
    names = [notion.cell(r, "Name") for r in sorted(notion.rows(), key=lambda r: r["created"])]
    assert "Late" in names[:10]
    assert len(names) == 32


def test_a_long_push_asks_again_what_people_edited_meanwhile(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [approved(title=f"Post {n}", text=f"Agreed {n}.") for n in range(push.FEW + 5)]
    sync()
    for post in posts:
        review.edit(post.id, actor, text=f"Mine {post.title}.", revision=review.get(post.id).revision)
    monkeypatch.setattr(push, "STALE", 0.0)
    last = there(notion, posts[-1])

    def between(method: str, path: str) -> None:
        if method == "PATCH" and notion.cell(last, "Post text") != "Typed during the push.":
            notion.edit(last, Post_text="Typed during the push.")

    notion.between = between
    sync()
    assert notion.cell(there(notion, posts[-1]), "Post text") == "Typed during the push."
    assert row_of(posts[-1]).conflict["text"]["theirs"] == "Typed during the push."


def test_a_bulk_push_costs_hardly_more_than_one_request_a_row(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    posts = [approved(title=f"Post {n}", text=f"Agreed {n}.") for n in range(60)]
    sync()
    for post in posts:
        review.edit(post.id, actor, text=f"Mine {post.id}.", revision=review.get(post.id).revision)
    sync()
    assert len(notion.writes()) == 60
    assert len(notion.log) <= 60 + 8


def test_the_trash_shows_in_a_large_table_although_no_query_lists_it(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (pull, run):
        monkeypatch.setattr(name, "PAGE", 4)
    monkeypatch.setattr(pull, "LAG", timedelta())
    posts = [approved(title=f"Post {n}", text=f"Text {n}.") for n in range(12)]
    sync()
    for number, row in enumerate(notion.rows()):
        row["created"] = row["created"] - timedelta(minutes=60 - number)
    with store.writing(WORKER) as tx:
        for one in kept.rows(tx, "calendar"):
            one.memo = {}
    sync(full=True)  # learns when the rows were made
    gone = next(p for p in posts if notion.cell(notion.rows()[9], "App ID") == p.id)
    notion.trash(notion.rows()[9])
    for _ in range(4):
        sync()
        assert len(notion.log) <= 12
    assert row_of(gone).state == "trashed"
    assert all(row_of(p).state == "ok" for p in posts if p.id != gone.id)


def test_what_notion_refuses_of_a_row_waits_alone(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved(title="First", text="Agreed.")
    sync()
    source = notion.source("Content Calendar")
    scores = next(p for p in source["properties"] if p["name"] == "Scores")
    review.edit(post.id, actor, title="Renamed", text="Agreed.", revision=review.get(post.id).revision)
    with store.writing(actor) as tx:
        tx.session.get(Post, post.id).scores = {"likeness": {"label": "Likeness", "meaning": "close"}}  # type: ignore[union-attr]
    refuse(notion, scores["id"])
    done = sync()
    assert notion.cell(there(notion, post), "Name") == "Renamed"
    assert "Scores" in row_of(post).message
    assert done.counts["refused"] == 1
    sync()
    assert not notion.writes()  # a refused value is not sent again and again
    notion.between = None
    sync(full=True)
    assert notion.cell(there(notion, post), "Scores") == "Likeness: close"
    assert row_of(post).state == "ok"


def refuse(world: World, property_id: str) -> None:
    """From now on this property is refused, as a server may do for reasons of its own."""
    plain = world._values

    def values(source: Any, properties: Any, *more: Any, **named: Any) -> Any:
        if world.between is not None and any(unquote(k) == unquote(property_id) for k in properties):
            raise invalid("Scores cannot be written today.")
        return plain(source, properties, *more, **named)

    world._values = values  # type: ignore[method-assign]
    world.between = lambda _method, _path: None


def test_at_the_block_limit_new_rows_wait_and_edits_go_on(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    old = approved(title="Old", text="Agreed.")
    sync()
    notion.blocks_left = 0
    new, more = approved(title="New", text="New."), approved(title="More", text="More.")
    review.edit(old.id, actor, title="Old, renamed", text="Agreed.", revision=review.get(old.id).revision)
    done = sync()
    assert done.status == "done"
    assert notion.cell(there(notion, old), "Name") == "Old, renamed"
    assert paths(notion, "POST").count("pages") == 1  # the second is not even tried
    assert "block limit" in row_of(new).message
    assert "block limit" in row_of(more).message
    notion.blocks_left = 100
    sync()
    assert len(notion.rows()) == 3


def test_a_value_that_notion_stores_a_little_differently_is_not_written_again(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = server_rows.texts
    monkeypatch.setattr(server_rows, "texts", lambda *a: plain(*a).rstrip())
    post = approved(text="Ends with spaces   ")
    sync()
    sync()
    assert not notion.writes()
    assert review.get(post.id).text == "Ends with spaces   "
    assert review.get(post.id).status == "Approved"
    notion.edit(there(notion, post), Post_text="Edited there.")
    sync()
    assert review.get(post.id).text == "Edited there."


def test_a_local_edit_at_the_same_moment_is_compared_not_overwritten(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = approved(text="Agreed.")
    sync()
    notion.edit(there(notion, post), Post_text="Theirs.")
    plain, done = ours.take_post, []

    def meanwhile(*args: Any, **named: Any) -> str:
        if not done:
            done.append(1)
            review.edit(post.id, actor, text="Typed just now.", revision=review.get(post.id).revision)
        return plain(*args, **named)

    monkeypatch.setattr(ours, "take_post", meanwhile)
    sync()
    assert review.get(post.id).text == "Typed just now."
    assert row_of(post).conflict["text"]["theirs"] == "Theirs."


def test_a_dry_run_says_what_would_change_on_each_side(notion: World, approved: Make, sync: Run) -> None:
    post = approved(title="First", text="Agreed.")
    sync()
    notion.edit(there(notion, post), Post_text="Theirs.")
    approved(title="Second", text="New.")
    log = passes.sync(dry_run=True, keep=True).log
    changes = {(line["side"], line["field"], line["old"], line["new"]) for line in log if "side" in line}
    assert ("here", "Post text", "Agreed.", "Theirs.") in changes
    assert ("here", "Status", "Approved", "In Review") in changes
    assert ("notion", "Status", "Approved", "In Review") in changes
    assert ("notion", "Name", None, "Second") in changes
    sync()
    assert review.get(post.id).status == notion.cell(there(notion, post), "Status") == "In Review"


def test_a_pass_is_due_after_a_failure_only_when_a_minute_has_gone_by(
    notion: World, approved: Make, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    notion.revoked = True
    post = approved()
    with pytest.raises(Exception, match="token"):
        passes.push([post.id])
    assert not jobs.due()
    assert jobs.waited_for() == []
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(minutes=2))
    assert jobs.waited_for() == [post.id] or jobs.due()


def test_a_client_of_the_fast_lane_may_use_the_reserve(notion: World, sync: Run) -> None:
    client = Notion(lane="interactive")
    try:
        assert client.pace.room("interactive") == 0
    finally:
        client.close()


def picture(data: Path, name: str, raw: bytes) -> dict[str, str]:
    folder = data / "images"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(raw)
    return {"name": name, "path": f"images/{name}", "sha": hashlib.sha256(raw).hexdigest()}


def test_the_picture_of_a_post_is_in_its_row(
    notion: World, approved: Make, sync: Run, actor: Actor, data: Path
) -> None:
    post = approved()
    review.edit(post.id, actor, media=[picture(data, "card.png", b"one")], revision=post.revision)
    review.approve(post.id, None, actor)
    sync()
    shown = notion.cell(there(notion, post), "Image")
    assert [f["name"].startswith("card-") for f in shown] == [True]
    sync()
    assert not notion.writes()
    now_ = review.get(post.id)
    review.edit(post.id, actor, media=[picture(data, "card.png", b"two")], revision=now_.revision)
    sync()
    assert notion.cell(there(notion, post), "Image")[0]["name"] != shown[0]["name"]
    sync()
    assert not notion.writes()


def test_an_upload_that_expired_is_made_again_and_a_lost_file_holds_only_the_picture(
    notion: World, approved: Make, sync: Run, actor: Actor, data: Path
) -> None:
    post = approved(title="First")
    review.edit(post.id, actor, media=[picture(data, "card.png", b"one")], revision=post.revision)
    review.approve(post.id, None, actor)
    notion.upload_life = -1
    sync()
    assert "Image" in row_of(post).message
    assert notion.cell(there(notion, post), "Name") == "First"
    notion.upload_life = 3600
    sync(full=True)
    assert len(notion.cell(there(notion, post), "Image")) == 1
    review.edit(
        post.id, actor, title="Renamed", media=[{"name": "x.png", "path": "../secret", "sha": "1"}],
        revision=review.get(post.id).revision,
    )  # fmt: skip
    sync()
    assert notion.cell(there(notion, post), "Name") == "Renamed"
    assert "images folder" in row_of(post).message


def test_what_was_finished_in_notion_before_timbre_came_stays_as_it_is(notion: World, sync: Run) -> None:
    notion.type_row(Name="Long ago", Post_text="Out already.", Author="Ada", Status="Published")
    sync()
    assert notion.cell(only(notion), "Status") == "Published"
    assert not notion.cell(only(notion), "App ID")
    notion.edit(only(notion), Status="Drafting")
    sync()
    assert [p.title for p in review.listed()] == ["Long ago"]


def only(world: World) -> Any:
    (row,) = world.rows()
    return row


def test_a_day_without_a_time_stays_a_day_until_the_slot_is_moved(notion: World, sync: Run, actor: Actor) -> None:
    notion.type_row(Name="A day", Post_text="Some text.", Author="Ada", Slot="2027-03-01")
    sync()
    sync()
    assert notion.cell(only(notion), "Slot") == "2027-03-01"
    (post,) = review.listed()
    assert post.slot is not None
    calendar.schedule(post.id, post.slot + timedelta(hours=2), "UTC", actor)
    sync()
    assert "T" in notion.cell(only(notion), "Slot")
    sync()
    assert not notion.writes()


def test_a_board_without_a_word_for_scheduled_shows_approved(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    status = next(p for p in notion.source("Content Calendar")["properties"] if p["name"] == "Status")
    status["type"] = "status"
    status["options"] = [o for o in status["options"] if o["name"] not in ("Scheduled", "Published", "Measured")]
    sync()
    post = approved()
    calendar.schedule(post.id, now() + timedelta(days=2), "UTC", actor)
    assert review.get(post.id).status == "Scheduled"
    sync()
    assert notion.cell(there(notion, post), "Status") == "Approved"
    sync()
    assert not notion.writes()
    notion.edit(there(notion, post), Name="Renamed there", Post_text="Another text.")
    sync()
    assert review.get(post.id).text == "Another text."
    assert review.get(post.id).status == "In Review"
    assert notion.cell(there(notion, post), "Status") == "In Review"


def test_while_people_are_at_work_every_row_is_looked_at_before_it_is_written(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    posts = [approved(title=f"Post {n}", text=f"Agreed {n}.") for n in range(push.FEW + 5)]
    sync()
    row = there(notion, posts[0])
    row["created"] = row["created"] - timedelta(days=1)
    notion.edit(row, Name="Somebody is at work")
    sync()
    sync(full=True)
    for post in posts:
        review.edit(post.id, actor, text=f"Mine {post.id}.", revision=review.get(post.id).revision)
    last = there(notion, posts[-1])
    done: list[int] = []

    def between(method: str, _path: str) -> None:
        if method == "PATCH" and not done:
            done.append(1)
            notion.edit(last, Post_text="Typed during the push.")

    notion.between = between
    sync()
    assert notion.cell(there(notion, posts[-1]), "Post text") == "Typed during the push."


def test_a_title_that_is_longer_than_ours_may_be_is_whole_in_the_audit(
    notion: World, approved: Make, sync: Run
) -> None:
    post = approved()
    sync()
    notion.edit(there(notion, post), Name="A long title " * 40)
    sync()
    assert review.get(post.id).title == ("A long title " * 40)[:300]
    assert any(c.old == "A long title " * 40 for c in review.history(post.id))
    sync()
    assert not notion.writes()
