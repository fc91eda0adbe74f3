"""Two installations on one workspace: each keeps its own rows and leaves the other's alone, also at the same moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import guidelines, review, store
from core.config import settings
from core.store import Actor, authors
from core.store import notion as rows
from core.store.tables import NotionPass, Post
from notion_sync import commands
from tests.notion_sync.nursery import nursery
from tests.notion_sync.quiet import MOVED
from tests.notion_sync.server import TOKEN, Server, World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


@contextmanager
def at(folder: Path) -> Iterator[None]:
    """The installation whose data folder this is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TIMBRE_DATA", str(folder))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture
def other(notion: World, data: Path, tmp_path: Path, actor: Actor) -> Path:
    """Another installation, with an author of the same name, set up on the same page."""
    folder = tmp_path / "other"
    with at(folder):
        store.migrate()
        with store.writing(actor) as tx:
            for name in ("Ada", "Cy"):
                authors.add(tx, name)
        assert {step.action for step in commands.setup()} == {"found"}
    return folder


def cells(world: World, title: str = "Content Calendar") -> list[dict[str, object]]:
    return [dict(row["values"]) for row in world.rows(title)]


def test_rows_of_another_timbre_wait_and_are_left_alone(
    notion: World, other: Path, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    guidelines.add("Ours", actor, text="Only here.")
    sync()
    before = cells(notion), cells(notion, "Brand Guidelines")
    with at(other):
        for _ in range(3):
            sync(full=True)
            assert not notion.writes()
        assert not review.listed()
        assert {r.message for r in commands.status().unmatched} == {
            "Its App ID is not known here: it may belong to another Timbre, or its post was removed here."
        }
    assert before == (cells(notion), cells(notion, "Brand Guidelines"))
    review.edit(post.id, actor, text="Edited by the one whose it is.")
    notion.edit(notion.rows()[0], Status="Changes Requested")
    sync()
    with at(other):
        sync()
        assert not notion.writes()
    sync()
    assert not notion.writes()


def test_each_sees_to_its_own_rows(notion: World, other: Path, approved: Make, sync: Run, actor: Actor) -> None:
    approved("Of the first.")
    with at(other), store.reading() as tx:
        ada = next(a.id for a in rows.authors(tx).values() if a.name == "Ada")
    with at(other):
        mine = review.create(ada, "B", "Of the second.", actor)
        review.approve(mine.id, None, actor, submit=True)
        sync()
    sync()
    with at(other):
        sync()
        assert len(review.listed()) == 1
    sync()
    assert not notion.writes()
    assert sorted(str(notion.cell(r, "Post text")) for r in notion.rows()) == ["Of the first.", "Of the second."]
    assert len(review.listed()) == 1


def test_a_row_that_both_take_at_the_same_moment_ends_with_one_of_them(
    notion: World, server: Server, other: Path, data: Path, sync: Run
) -> None:
    """Real processes, at once: whoever writes last, the older App ID stays, and the other Timbre says so."""
    where = {"NOTION_BASE_URL": server.url, "NOTION_TOKEN": TOKEN, "NOTION_PARENT_PAGE": notion.parent}
    notion.type_row(Name="Typed by hand", Post_text="For whom?", Author="Ada")
    turns: list[tuple[str, str]] = []
    with nursery(data, **where) as first, nursery(other, **where) as second:
        second_started: list[int] = []

        def between(method: str, path: str) -> None:
            turns.append((method, path))
            if method == "PATCH" and not second_started:  # the first has adopted it, Notion does not know yet
                second_started.append(second.start())
                assert second.ended() == 0

        notion.between = between
        first.start()
        assert first.ended() == 0
        assert second_started
        notion.between = None
    assert len(review.listed()) == 1
    with at(other):
        assert len(review.listed()) == 1
    for _ in range(2):
        sync()
        with at(other):
            sync()
    sync()
    assert not notion.writes()
    (row,) = notion.rows()
    mine = review.listed()[0].id
    with at(other):
        sync()
        assert not notion.writes()
        theirs = review.listed()[0].id
        assert notion.cell(row, "App ID") == min(mine, theirs)
        loser = commands.status() if mine < theirs else None
    assert ["Another Timbre" in row.message for row in (loser or commands.status()).held] == [True]


def test_a_copied_data_folder_comes_to_rest(
    notion: World, data: Path, tmp_path: Path, approved: Make, sync: Run, actor: Actor
) -> None:
    """Both hold the same posts, as after a backup was restored beside the original: edits go both ways, then silence.

    To the copy, an approval in the original looks like any other "Approved" in Notion: a request. It never signs.
    """
    post = approved("The text of both.")
    sync()
    store.dispose()
    copied = tmp_path / "copy"
    shutil.copytree(data, copied)
    review.edit(post.id, actor, title="Named in the first")
    with at(copied):
        review.edit(post.id, actor, text="Written in the second.")
    for turn in range(8):  # fields of ours that differ are put right a few times, then left
        sync()
        with at(copied):
            sync()
        if turn == 1:
            review.approve(post.id, None, actor)
    for folder in (data, copied):
        with at(folder):
            assert not sync().counts.keys() & set(MOVED)
            assert not notion.writes()
            kept = review.get(post.id)
            assert (kept.title, kept.text) == ("Named in the first", "Written in the second.")
            assert kept.status == "In Review"
    assert len(notion.rows()) == 1
