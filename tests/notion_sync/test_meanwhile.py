"""Somebody here acts in the very moment in which a pass works on the same row, or on a field that is paused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import guidelines, review, store
from core.errors import Invalid
from core.store import Actor, notion_kinds
from core.store import notion as kept
from core.store.tables import NotionPass, NotionRow, Post
from notion_sync import commands, ours
from tests.notion_sync.server import World
from tests.notion_sync.test_people import connected, only

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def disputed(notion: World, approved: Make, sync: Run, actor: Actor) -> Post:
    """A post whose text was changed on both sides."""
    post = approved("Agreed.")
    sync()
    review.edit(post.id, actor, text="Ours.")
    notion.edit(only(notion), Post_text="Theirs.")
    sync()
    return review.get(post.id)


def row_of(post: Post) -> NotionRow:
    with store.reading() as tx:
        found = kept.of_local(tx, "calendar", post.id)
    assert found is not None
    return found


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Act once, right before a pass takes over what it has compared."""
    take = ours.take_post
    acted: list[Any] = []

    def late(*args: Any, **more: Any) -> str:
        if not acted:
            acted.append(act())
        return take(*args, **more)

    monkeypatch.setattr(ours, "take_post", late)


def test_a_conflict_decided_while_a_pass_works_on_its_row_stays_decided(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = disputed(notion, approved, sync, actor)
    notion.edit(only(notion), Name="Another name")
    meanwhile(monkeypatch, lambda: commands.keep(row_of(post).id, "text", "ours", actor))
    sync()
    assert not row_of(post).conflict
    assert review.get(post.id).title == "Another name"
    assert notion.cell(only(notion), "Post text") == review.get(post.id).text == "Ours."
    sync()
    assert not notion.writes()


def test_a_conflict_stays_when_its_property_is_deleted_in_notion(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = disputed(notion, approved, sync, actor)
    notion.drop("Content Calendar", "Post text")
    sync(full=True)
    assert row_of(post).conflict["text"]["theirs"] == "Theirs."
    commands.keep(row_of(post).id, "text", "theirs", actor)
    assert review.get(post.id).text == "Theirs."
    assert not row_of(post).conflict


@pytest.mark.parametrize(("field", "here"), [("Name", {"title": "Ours"}), ("Post_text", {"text": "Ours"})])
def test_what_is_typed_here_while_theirs_is_taken_over_is_not_overwritten(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch, field: str, here: Any
) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), **{field: "Theirs"})
    meanwhile(monkeypatch, lambda: review.edit(post.id, actor, **here))
    sync()
    (key,) = here
    assert getattr(review.get(post.id), key) == "Ours"
    assert row_of(post).conflict[key]["theirs"] == "Theirs"


def test_a_reader_changes_neither_author_nor_guideline_from_notion(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    rule = guidelines.add("No hype", actor, kind="banned", phrases=["game changer"], severity="block")
    sync()
    rae = connected(notion, actor, "Rae", "reader")
    notion.edit(only(notion), by=rae, Author="Bo")
    notion.edit(notion.rows("Brand Guidelines")[0], by=rae, Severity="warn")
    sync()
    assert review.get(post.id).author_id == post.author_id
    assert guidelines.get(rule.id).severity == "block"
    held = {row.kind: row for row in commands.status().conflicts}
    assert "author" in held["calendar"].conflict
    assert held["guidelines"].conflict["severity"]["theirs"] == "warn"
    assert "Rae" in held["calendar"].message
    commands.keep(held["guidelines"].id, "severity", "theirs", actor)
    assert guidelines.get(rule.id).severity == "warn"
    sync()
    sync()
    assert not notion.writes()


def test_a_rule_in_notions_trash_keeps_what_was_typed_here(notion: World, sync: Run, actor: Actor) -> None:
    rule = guidelines.add("No hype", actor, text="Agreed.")
    sync()
    guidelines.edit(rule.id, actor, text="Ours.")
    row = notion.rows("Brand Guidelines")[0]
    notion.edit(row, Rule="Theirs.")
    notion.trash(row)
    sync()
    assert guidelines.listed() == []
    with store.reading() as tx:
        away = notion_kinds.guideline(tx, rule.id)
    assert away is not None
    assert away.text == "Ours."
    notion.trash(row, in_trash=False)
    sync()
    assert [one.text for one in guidelines.listed()] == ["Ours."]
    assert commands.status().conflicts[0].conflict["text"]["theirs"] == "Theirs."


def test_what_notion_owns_is_taken_over_or_changed_there(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    with store.writing(actor) as tx:
        row = kept.of_local(tx, "calendar", post.id)
        assert row is not None
        row_id = row.id
        kept.save(
            tx, "calendar", post.id, state="conflict",
            conflict={"pillar": {"base": None, "ours": None, "theirs": "Safety"}},
        )  # fmt: skip
    with pytest.raises(Invalid, match="kept in Notion"):
        commands.keep(row_id, "pillar", "ours", actor)
    commands.keep(row_id, "pillar", "theirs", actor)
    assert review.get(post.id).pillar == "Safety"
