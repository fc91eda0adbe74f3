"""A team's own table is bound field by field: what is proposed, what is created, what stays untouched, and words."""
# ruff: noqa: F811

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import review, store
from core.errors import Denied, Invalid, NotFound
from core.store import Actor
from core.store import notion as memory
from core.store.tables import NotionPass, Post
from notion_sync import commands, matching, wizard, words
from notion_sync.__main__ import main
from notion_sync.matching import CREATE, LEAVE
from tests.notion_sync.conftest import approved, notion, server, sync, world  # noqa: F401 - fixtures
from tests.notion_sync.server import World

Json = dict[str, Any]
TEAM = "Editorial board"


def options(*names: str) -> Json:
    return {"options": [{"name": name} for name in names]}


@pytest.fixture
def team(world: World, two_authors: dict[str, str]) -> str:
    """A database that a team has had for years; returns its data source's id."""
    made = world._create_database({
        "parent": {"type": "page_id", "page_id": world.parent},
        "title": [{"type": "text", "text": {"content": TEAM}}],
        "initial_data_source": {"properties": {
            "Headline": {"title": {}},
            "Copy": {"rich_text": {}},
            "Stage": {"status": options("Draft", "Writing", "Ready for review", "Approved", "On hold", "Done")},
            "Publish date": {"date": {}},
            "Owner": {"select": options("Ada", "Zoe")},
            "Channel": {"select": options("LinkedIn", "Blog")},
            "Budget": {"number": {}},
            "Scores": {"checkbox": {}},
        }},
    })  # fmt: skip
    return str(made["data_sources"][0]["id"])


def connected(team: str, actor: Actor, **fields: str) -> wizard.Draft:
    """The calendar bound to the team's table as proposed, but for `fields`."""
    draft = wizard.begin("calendar", team, actor)
    for key, target in fields.items():
        wizard.set_field(draft, key, target, actor)
    wizard.connect(draft, actor)
    return draft


def names(world: World, title: str = TEAM) -> list[str]:
    return [p["name"] for p in world.source(title)["properties"]]


def bound(kind: str = "calendar") -> Json:
    return commands.status().bindings[kind].properties


# ---- proposals -------------------------------------------------------------------------------------------------


def test_proposals_say_why(world: World, team: str) -> None:
    proposals = matching.propose("calendar", matching.read(world._schema(world.source(TEAM))["properties"]))
    names = {p.id: p.name for p in matching.read(world._schema(world.source(TEAM))["properties"])}
    chosen = {key: names.get(one.target, one.target) for key, one in proposals.items()}
    assert chosen["title"] == "Headline"
    assert chosen["text"] == "Copy"
    assert chosen["status"] == "Stage"
    assert chosen["slot"] == "Publish date"
    assert chosen["author"] == "Owner"
    assert chosen["app_id"] == CREATE
    assert {chosen[key] for key in ("pillar", "model", "scores")} == {LEAVE}
    assert proposals["text"].why == "Copy is another usual name for Post text."
    assert proposals["scores"].why == "Scores is of type checkbox; Timbre needs text."


def test_words_are_proposed_only_where_they_are_clear(team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    stage = draft.prop("status")
    assert stage is not None
    said = {name: draft.choice.words["status"][option_id] for option_id, name in stage.options}
    assert said == {
        "Draft": "Drafting", "Writing": "Drafting", "Ready for review": "In Review", "Approved": "Approved",
        "On hold": "", "Done": "Published",
    }  # fmt: skip


# ---- a dry run, then the same -----------------------------------------------------------------------------------


def test_the_dry_run_names_everything_and_writes_nothing(world: World, team: str, actor: Actor) -> None:
    world.type_row(TEAM, Headline="Ada's", Owner="Ada", Stage="Draft")
    world.type_row(TEAM, Headline="A stranger's", Owner="Zoe")
    world.type_row(TEAM)
    world.log.clear()
    lines = "\n".join(line.text for line in wizard.plan(wizard.begin("calendar", team, actor)).lines)
    assert world.writes() == [] or {r[1] for r in world.writes()} <= {"search"}
    assert "Post text is kept in Copy (text)." in lines
    assert "A new property App ID (text) is created in Notion." in lines
    assert lines.count("is created") == 1
    assert "Draft means Drafting, Writing means Drafting" in lines
    assert "Drafting is written as Draft" in lines
    assert "rows with On hold keep it" in lines
    assert "no word for Idea, Changes Requested, Scheduled, Measured, Rejected, Archived" in lines
    assert "Never touched: Budget, Channel, Scores." in lines
    assert "2 rows of the table: 1 come in as posts" in lines
    assert "1 wait: they name no author of yours (Zoe)" in lines


def test_only_the_app_id_is_created_and_the_rest_is_left(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    before = names(world)
    row = world.type_row(TEAM, Headline="Ada's", Copy="Typed there.", Owner="Ada", Stage="Ready for review", Budget=7)
    connected(team, actor)
    assert names(world) == [*before, "App ID"]
    post = approved("Ours.", title="Sent")
    sync()
    assert world.cell(row, "Budget") == 7
    ours = next(r for r in world.rows(TEAM) if world.cell(r, "Headline") == "Sent")
    assert (world.cell(ours, "Copy"), world.cell(ours, "Stage"), world.cell(ours, "App ID")) == (
        "Ours.", "Approved", post.id,
    )  # fmt: skip
    came = next(p for p in posts() if p.title == "Ada's")
    assert (came.text, came.status) == ("Typed there.", "In Review")
    sync()
    sync()
    assert world.writes() == []


def posts() -> list[Post]:
    with store.reading() as tx:
        return memory.posts(tx)


# ---- words --------------------------------------------------------------------------------------------------------


def test_a_word_goes_both_ways_and_a_second_word_for_the_same_is_kept(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved()
    sync()
    (row,) = world.rows(TEAM)
    world.edit(row, Stage="Writing")
    sync()
    assert review.get(post.id).status == "Drafting"
    sync()
    assert world.writes() == []
    assert world.cell(row, "Stage") == "Writing"
    review.submit(post.id, actor)
    sync()
    assert world.cell(row, "Stage") == "Ready for review"


def test_a_word_that_they_lack_is_not_sent_and_says_so(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved()
    sync()
    review.request_changes(post.id, "More.", actor)
    sync()
    (row,) = world.rows(TEAM)
    assert world.cell(row, "Stage") == "Approved"
    assert any("no option" in item.why for item in commands.status().waiting)
    status = review.get(post.id).status
    world._ensure_option(world._named(world.source(TEAM), "Stage"), status)
    sync()
    sync()
    assert world.cell(row, "Stage") == status


def test_a_renamed_option_changes_nothing(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved()
    sync()
    world.rename_option(TEAM, "Stage", "Approved", "Good to go 👍")
    world.rename_option(TEAM, "Stage", "Ready for review", "Please read")
    sync()
    assert world.writes() == []
    assert review.get(post.id).status == "Approved"
    review.edit(post.id, actor, text="New words.")
    sync()
    (row,) = world.rows(TEAM)
    assert world.cell(row, "Stage") == "Please read"
    sync()
    assert world.writes() == []


def test_words_by_id_then_name_and_left_alone() -> None:
    before = [{"id": "1", "theirs": "Draft", "ours": "Drafting"}, {"id": "2", "theirs": "Approved", "ours": ""}]
    now = [{"id": "9", "name": "draft"}, {"id": "2", "name": "OK"}, {"id": "3", "name": "idea"}]
    learnt = words.learn(("Idea", "Drafting", "Approved"), now, before)
    assert learnt == [
        {"id": "9", "theirs": "draft", "ours": "Drafting"},
        {"id": "2", "theirs": "OK", "ours": ""},
        {"id": "3", "theirs": "idea", "ours": "Idea"},
    ]
    entry = {"type": "select", "words": learnt, "closed": True}
    assert words.to_ours(entry, {"id": "9", "name": "other"}, "other") == "Drafting"
    assert words.to_theirs(entry, "Idea") == "idea"
    assert words.lacks(entry, "Approved")
    assert not words.lacks({**entry, "closed": False}, "Approved")
    assert not words.lacks(entry, None)
