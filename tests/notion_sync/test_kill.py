"""kill -9 at any request of a pass, of a real process: whatever it leaves, the next pass puts right."""

from __future__ import annotations

import copy
import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import calendar, guidelines, review, store
from core.store import Actor
from core.store import notion as rows
from core.store.base import now
from core.store.tables import NotionPass, Post
from notion_sync import jobs
from notion_sync.__main__ import DECIDE, DONE
from tests.notion_sync.nursery import Nursery, nursery
from tests.notion_sync.quiet import Memory, check, settle
from tests.notion_sync.server import TOKEN, Server, World
from tests.notion_sync.server_forms import Refusal

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def situation(world: World, approved: Make, sync: Run, actor: Actor) -> Memory:
    """A pass with everything in it: creates, updates both ways, adoption, a conflict, comments, a copy, the trash."""
    memory = Memory()
    old = [approved(title=f"Old {n}", text=f"Text {n}.\n") for n in range(6)]
    rule = guidelines.add("A rule", actor, text="Agreed.")
    sync()
    rows = {str(world.cell(r, "Name")): r for r in world.rows()}
    review.edit(old[0].id, actor, text="w-here-0")
    review.edit(old[1].id, actor, text="w-here-1")
    calendar.schedule(old[2].id, datetime(2027, 1, 1, 8, tzinfo=UTC), "Europe/Berlin", actor)
    guidelines.edit(rule.id, actor, text="w-rule")
    review.note(old[4].id, "w-note-here", actor)
    new = [approved(title=f"w-new-{n}", text=f"w-text-{n} 🚀\n") for n in range(2)]
    world.edit(rows["Old 1"], Post_text="w-there-1", Scores="w-scores")
    world.edit(rows["Old 3"], Name="w-there-3", Slot="2026-12-24", Status="In Review")
    world.comment(rows["Old 4"], "w-note-there")
    world.trash(rows["Old 5"])
    world.type_row(Name="w-typed", Post_text="w-typed-text", Author="Ada")
    world.type_row("Brand Guidelines", Name="w-rule-typed", Rule="w-rule-text")
    copied = world.type_row(Name="Copy")
    copied["values"].update(rows["Old 2"]["values"])
    memory.typed = {
        "w-here-0", "w-here-1", "w-there-1", "w-there-3", "w-rule", "w-note-here", "w-scores", "w-typed", "w-typed-text",
        "w-rule-typed", "w-rule-text", "w-new-0", "w-new-1", "w-text-0", "w-text-1",
    }  # fmt: skip
    memory.approved = {(post.id, post.text) for post in (*old, *new)}
    return memory


@pytest.mark.slow
def test_killed_at_any_request_of_a_pass(
    notion: World, server: Server, approved: Make, sync: Run, actor: Actor, data: Path, tmp_path: Path
) -> None:
    """At every writing request twice (it is saved, or it never arrives) and at every third reading one."""
    memory = situation(notion, approved, sync, actor)
    store.dispose()
    shutil.copytree(data, tmp_path / "before")
    parts = ("pages", "tables", "comments", "sources")
    before = copy.deepcopy({name: getattr(notion, name) for name in parts})

    def begin_again() -> None:
        store.dispose()
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "before", data)
        for name, value in copy.deepcopy(before).items():
            setattr(notion, name, value)

    killed, wrote = 0, set[str]()
    where = {"NOTION_BASE_URL": server.url, "NOTION_TOKEN": TOKEN, "NOTION_SETTLE_SECONDS": "0"}
    with nursery(data, **where) as syncs:
        whole, _ended = kill_at(notion, syncs, 0)
        for number, request in enumerate(whole, 1):
            for lost in (False, True) if writes(request) else (False,) if number % 3 == 0 else ():
                begin_again()
                _seen, ended = kill_at(notion, syncs, number, lost)
                assert ended == -signal.SIGKILL, f"the pass was over before request {number}, {request}"
                settle()
                check(notion, memory)
                killed += 1
                wrote |= {f"{request[0]} {request[1].split('/')[0]}"} if writes(request) else set()
    assert killed > 15
    assert wrote >= {"POST pages", "PATCH pages", "POST comments"}


@pytest.mark.parametrize("saved", [False, True])
def test_a_row_nobody_knows_of_is_settled_although_its_record_was_removed(
    notion: World, sync: Run, actor: Actor, saved: bool
) -> None:
    """Cut off while it was created, then removed here: else a pass would be due for ever, to settle it."""
    rule = guidelines.add("A rule", actor, text="For a moment.")
    with store.writing(actor) as tx:
        rows.save(tx, "guidelines", rule.id, state="unknown", pushed_at=now(), page_id=None)
    if saved:
        notion.type_row("Brand Guidelines", Name="A rule", App_ID=rule.id)
    guidelines.remove(rule.id, actor)
    sync()
    with store.reading() as tx:
        assert [row.state for row in rows.rows(tx, "guidelines")] == (["paused"] if saved else [])
    assert len(notion.rows("Brand Guidelines")) == saved
    assert not jobs.due()


def writes(request: tuple[str, str]) -> bool:
    return request[0] == "PATCH" or (request[0] == "POST" and not request[1].endswith("/query"))


def kill_at(world: World, syncs: Nursery, number: int, lost: bool = False) -> tuple[list[tuple[str, str]], int]:
    """Start a pass and kill it as its request of that number arrives (0: never); `lost`: Notion never sees it either.

    Returns the requests that came, and how the process ended.
    """
    seen: list[tuple[str, str]] = []
    process = syncs.start()

    def between(method: str, path: str) -> None:
        seen.append((method, path))
        if len(seen) == number:
            os.kill(process, signal.SIGKILL)
            if lost:
                raise Refusal(503, "service_unavailable", "Nobody is listening.")

    world.between = between
    code = syncs.ended()
    world.between = None
    assert code in (DONE, DECIDE, -signal.SIGKILL), f"the pass ended with {code}"
    return seen, code
