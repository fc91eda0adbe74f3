"""A team's own table is bound field by field: what is proposed, what is created, what stays untouched, and words."""
# ruff: noqa: F811

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

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


def made(world: World) -> str:
    """A database that a team has had for years; returns its data source's id."""
    database = world._create_database({
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
    return str(database["data_sources"][0]["id"])


@pytest.fixture
def team(world: World, two_authors: dict[str, str]) -> str:
    return made(world)


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
    assert proposals["scores"].why == "Scores is of type checkbox; this needs text."


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
    assert "is left out" not in lines
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


def test_a_renamed_option_of_our_own_select_is_followed_too(
    notion: World, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    post = approved()
    sync()
    notion.rename_option("Content Calendar", "Status", "Approved", "Signed")
    sync()
    assert (notion.writes(), review.get(post.id).status) == ([], "Approved")
    approved(title="Another")
    sync()
    assert [notion.cell(row, "Status") for row in notion.rows()] == ["Signed", "Signed"]


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


# ---- properties come and go ---------------------------------------------------------------------------------------


def test_a_deleted_property_pauses_its_field_and_another_one_takes_over(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved("Kept here.")
    sync()
    world.drop(TEAM, "Copy")
    sync()
    assert "deleted in Notion" in bound()["text"]["paused"]
    assert review.get(post.id).text == "Kept here."
    wizard.change_field("calendar", "text", CREATE, actor)
    assert "Post text" in names(world)
    sync()
    (row,) = world.rows(TEAM)
    assert (world.cell(row, "Post text"), review.get(post.id).text) == ("Kept here.", "Kept here.")
    assert review.get(post.id).status == "Approved"
    sync()
    assert world.writes() == []


def test_a_retyped_property_that_comes_back_empty_takes_nothing_away(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved("Kept here.")
    sync()
    world.retype(TEAM, "Copy", "number")
    sync()
    assert "of type number" in bound()["text"]["paused"]
    world.retype(TEAM, "Copy", "rich_text")
    (row,) = world.rows(TEAM)
    assert not world.cell(row, "Copy")
    sync()
    assert not bound()["text"].get("paused")
    assert (review.get(post.id).text, review.get(post.id).status) == ("Kept here.", "Approved")
    sync()
    assert world.cell(row, "Copy") == "Kept here."


def test_a_field_that_moves_to_a_filled_property_asks_a_person(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    draft = connected(team, actor)
    world._add_property(world.source(TEAM), "Other copy", {"rich_text": {}})
    post = approved("Ours.")
    sync()
    (row,) = world.rows(TEAM)
    world.edit(row, Other_copy="Theirs.")
    other = next(p["id"] for p in world.source(TEAM)["properties"] if p["name"] == "Other copy")
    wizard.change_field("calendar", "text", unquote(other), actor)
    sync()
    (conflict,) = commands.status().conflicts
    assert (conflict.conflict["text"]["ours"], conflict.conflict["text"]["theirs"]) == ("Ours.", "Theirs.")
    assert (review.get(post.id).text, world.cell(row, "Copy")) == ("Ours.", "Ours.")
    assert draft.choice.fields["text"] != other


def test_one_field_is_changed_while_another_stays_paused(
    world: World, team: str, actor: Actor, sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    world.drop(TEAM, "Copy")
    world.drop(TEAM, "Publish date")
    sync()
    wizard.change_field("calendar", "slot", LEAVE, actor)
    assert "slot" not in bound()
    assert "deleted" in bound()["text"]["paused"]


def test_a_second_data_source_changes_nothing(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    world.add_source(TEAM, "Archive")
    approved()
    sync()
    assert len(world.rows(TEAM)) == 1
    assert world.rows("Archive") == []


# ---- creating -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["503 saved silently", "reset saved", "503"])
def test_an_unclear_answer_makes_nothing_twice(
    world: World, team: str, actor: Actor, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_sync.client.time.sleep", lambda _s: None)
    draft = wizard.begin("calendar", team, actor)
    world.fault(kind, "PATCH", "data_sources/.*", times=9)
    try:
        wizard.connect(draft, actor)
    except Exception as error:
        assert kind == "503", error
    world.faults.clear()
    wizard.connect(wizard.draft("calendar") or draft, actor)
    assert names(world).count("App ID") == 1
    assert bound()["app_id"]["name"] == "App ID"


def test_a_taken_name_gets_one_of_its_own_and_a_second_run_finds_it(world: World, team: str, actor: Actor) -> None:
    for _ in range(2):
        connected(team, actor, scores=CREATE)
        assert names(world).count("Scores (Timbre)") == 1
    assert (bound()["scores"]["name"], bound()["scores"]["type"]) == ("Scores (Timbre)", "rich_text")


def test_a_table_that_may_not_be_changed_says_so(world: World, team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    world.fault("403", "PATCH", "data_sources/.*")
    with pytest.raises(Denied, match="does not let the integration change this table"):
        wizard.connect(draft, actor)
    assert not commands.status().bindings
    assert wizard.draft("calendar") is not None


def test_missing_words_are_added_where_that_is_allowed(world: World, team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    draft.choice.add = ["status"]
    before = [o["id"] for o in world._named(world.source(TEAM), "Stage")["options"]]
    assert wizard.connect(draft, actor) == []
    after = world._named(world.source(TEAM), "Stage")["options"]
    assert [o["id"] for o in after][: len(before)] == before
    assert {"Scheduled", "Rejected"} <= {o["name"] for o in after}
    assert not any(words.lacks(bound()["status"], word) for word in ("Idea", "Measured", "Approved"))


def test_refused_words_leave_a_clear_line(world: World, team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    draft.choice.add = ["status"]
    world.fault("403", "PATCH", "data_sources/.*", times=2, skip=1)
    (line,) = wizard.connect(draft, actor)
    assert "Add them there by hand" in line.text
    assert words.lacks(bound()["status"], "Scheduled")


# ---- what cannot be bound -----------------------------------------------------------------------------------------


def test_two_fields_on_one_property_and_two_kinds_on_one_table(world: World, team: str, actor: Actor) -> None:
    draft = wizard.begin("calendar", team, actor)
    without = wizard.begin("calendar", team, actor)
    wizard.set_field(without, "text", LEAVE, actor)
    assert [line.what for line in wizard.plan(without).lines if "Post text is left out" in line.text] == ["warn"]
    draft.choice.fields["pillar"] = draft.choice.fields["author"]
    draft.choice.fields["slot"] = draft.choice.fields["text"]
    stops = " ".join(wizard.plan(draft).stops)
    assert "Owner is chosen twice: for Author and for Pillar." in stops
    assert "Copy is of type text; Slot needs date." in stops
    with pytest.raises(Invalid):
        wizard.connect(draft, actor)
    connected(team, actor)
    assert "one table cannot hold two" in wizard.plan(wizard.begin("guidelines", team, actor)).stops[0]


def test_addresses(world: World, team: str, actor: Actor) -> None:
    database = world.source(TEAM)["database_id"]
    row = world.type_row(TEAM, Headline="A row")
    ids = [database, team, row["id"], world.parent]
    for one in ids:
        # A title that ends in hexadecimal digits stands right before the id.
        address = f"https://www.notion.so/team/Editorial-Board-{one.replace('-', '')}?v={'0' * 32}"
        assert [f.data_source_id for f in wizard.at(address)] == [team]
    world.add_source(TEAM, "Archive")
    assert [f.name for f in wizard.at(database)] == [TEAM, "Archive"]
    assert {f.name for f in wizard.tables()} == {TEAM, "Archive"}
    assert [f.name for f in wizard.tables("arch")] == ["Archive"]
    world.fault("403", "POST", "search")
    assert {f.name for f in wizard.tables()} == {TEAM, "Archive"}
    with pytest.raises(NotFound, match="not shared"):
        wizard.at("0" * 32)
    world.hidden.add(world.parent)
    assert wizard.tables() == []
    with pytest.raises(NotFound):
        wizard.begin("calendar", team, actor)


def test_a_linked_view_and_a_wiki_are_refused(world: World, team: str, actor: Actor) -> None:
    source = world.source(TEAM)
    source["properties"].append({"id": "veri", "name": "Verification", "type": "verification", "options": []})
    with pytest.raises(Invalid, match="wiki"):
        wizard.begin("calendar", team, actor)
    del world.sources[team]
    with pytest.raises(Invalid, match="linked view"):
        wizard.at(source["database_id"])


# ---- letting go, and the shell ------------------------------------------------------------------------------------


def test_unbinding_keeps_both_sides_and_binding_again_goes_on(
    world: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    post = approved("First.")
    sync()
    wizard.disconnect("calendar", actor)
    assert not commands.status().connected
    (row,) = world.rows(TEAM)
    world.edit(row, Copy="Edited there meanwhile.")
    connected(team, actor)
    sync()
    assert len(world.rows(TEAM)) == 1
    assert review.get(post.id).text == "Edited there meanwhile."
    assert commands.status().conflicts == []


def test_another_table_begins_anew(
    notion: World, team: str, actor: Actor, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    approved(title="Moves on")
    sync()
    draft = wizard.begin("calendar", team, actor)
    assert "lets go of the table" in " ".join(line.text for line in wizard.plan(draft).lines)
    wizard.connect(draft, actor)
    sync()
    assert (len(notion.rows()), len(notion.rows(TEAM))) == (1, 1)
    before = names(notion)
    commands.setup()
    assert names(notion) == before
    assert commands.status().bindings["calendar"].data_source_id == team


def test_the_shell_binds_by_the_proposed_matches(world: World, team: str, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"calendar=https://www.notion.so/Board-{world.source(TEAM)['database_id'].replace('-', '')}"
    assert main(["setup", "--bind", address, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Dry run: Post text is kept in Copy (text)." in said
    assert "App ID" not in names(world)
    assert main(["setup", "--bind", address]) == 0
    assert bound()["status"]["name"] == "Stage"
    assert main(["setup", "--bind", "posts=" + team]) == 2
    assert main(["setup", "--bind", "guidelines=" + team]) == 2
    assert "one table cannot hold two" in capsys.readouterr().err


def test_a_crash_between_creating_and_binding_is_made_good(
    world: World, team: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = wizard.begin("calendar", team, actor)
    with monkeypatch.context() as cut:
        cut.setattr("notion_sync.bind.notion.bind", _power_cut)
        with pytest.raises(SystemExit):
            wizard.connect(draft, actor)
    assert "App ID" in names(world)
    assert not commands.status().bindings
    kept = wizard.draft("calendar")
    assert kept is not None
    assert "App ID is kept in App ID" in " ".join(line.text for line in wizard.plan(kept).lines)
    wizard.connect(kept, actor)
    assert names(world).count("App ID") == 1


def _power_cut(*_: object) -> None:
    raise SystemExit


def test_rules_in_their_own_words_come_in_as_ours(
    world: World, team: str, actor: Actor, sync: Callable[..., NotionPass]
) -> None:
    connected(team, actor)
    database = world._create_database({
        "parent": {"type": "page_id", "page_id": world.parent},
        "title": [{"type": "text", "text": {"content": "Voice rules"}}],
        "initial_data_source": {"properties": {
            "Rule name": {"title": {}}, "Rule": {"rich_text": {}}, "Words": {"rich_text": {}},
            "Type": {"select": options("Tone", "Forbidden", "Misc")}, "Level": {"select": options("Must", "Should")},
        }},
    })  # fmt: skip
    world.type_row("Voice rules", Rule_name="No synergy", Words="synergy", Type="Forbidden", Level="Must")
    draft = wizard.begin("guidelines", database["data_sources"][0]["id"], actor)
    assert "1 row of the table come in" in " ".join(line.text for line in wizard.plan(draft).lines)
    wizard.connect(draft, actor)
    sync()
    with store.reading() as tx:
        (rule,) = memory.guidelines(tx).values()
    assert (rule.kind, rule.severity, rule.phrases) == ("banned", "block", ["synergy"])
    assert words.lacks(bound("guidelines")["kind"], "example")
    sync()
    assert world.writes() == []


@pytest.mark.parametrize("kind", ["guidelines", "personas", "samples"])
def test_every_kind_can_be_looked_at(world: World, team: str, actor: Actor, kind: str) -> None:
    for number in range(101):
        world.type_row(TEAM, Headline=f"Row {number}", Owner="Ada")
    plan = wizard.plan(wizard.begin(kind, team, actor))
    assert not plan.stops
    assert "The first 100 rows" in " ".join(line.text for line in plan.lines)
    assert "more than 100" in " ".join(line.text for line in plan.lines)
