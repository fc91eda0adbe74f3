"""The sync, end to end: the real client over a real socket against a strict Notion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import calendar, guidelines, persona, review, store
from core.errors import Denied, NotFound
from core.store import Actor
from core.store import notion as rows
from core.store.tables import Author, NotionPass, NotionRow, Post
from notion_sync import commands
from tests.notion_sync.server import World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def row_of(post: Post) -> NotionRow:
    with store.reading() as tx:
        found = rows.of_local(tx, "calendar", post.id)
    assert found is not None
    return found


def only(world: World) -> dict[str, object]:
    (row,) = world.rows()
    return row


def test_setup_twice_makes_four_data_sources(world: World) -> None:
    preview = commands.setup(dry_run=True)
    assert [s.action for s in preview] == ["create"] * 4
    assert not world.databases
    assert [s.action for s in commands.setup()] == ["create"] * 4
    assert sorted(s["title"] for s in world.sources.values()) == [
        "Brand Guidelines", "Content Calendar", "Personas", "Posts & Samples",
    ]  # fmt: skip
    world.log.clear()
    assert [s.action for s in commands.setup()] == ["bound"] * 4
    assert len(world.databases) == 4
    assert not world.writes()


def test_setup_after_the_store_was_lost_finds_them_by_title(world: World) -> None:
    commands.setup()
    with store.writing(Actor()) as tx:
        for binding in rows.bindings(tx).values():
            tx.session.delete(binding)
    assert [s.action for s in commands.setup()] == ["found"] * 4
    assert len(world.databases) == 4


def test_setup_never_makes_a_second_database(world: World) -> None:
    for kind in ("503 saved", "503 saved silently", "reset saved", "truncated"):
        world.fault(kind, "POST", "databases")
    commands.setup()
    assert len(world.databases) == 4
    assert len(commands.status().bindings) == 4


def test_an_approved_post_appears_with_its_exact_text(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    review.create(post.author_id, "A draft", "Not for others yet.", actor)
    done = sync()
    row = only(notion)
    assert notion.cell(row, "Post text") == post.text
    assert [notion.cell(row, n) for n in ("Name", "Status", "Author", "App ID", "Sync state")] == [
        "A post", "Approved", "Ada", post.id, "In step",
    ]  # fmt: skip
    assert done.counts["created"] == 1


NASTY = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=("Cs",), exclude_characters="\x00"),
        st.sampled_from("🚀👩‍💻\u200d\u202e\r\n\t é"),
    ),
    min_size=1,
    max_size=40,
)


@pytest.mark.slow
@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(piece=NASTY, times=st.sampled_from([1, 50, 70, 2000]))
def test_any_text_arrives_byte_for_byte_and_comes_back(
    notion: World, approved: Make, sync: Run, piece: str, times: int
) -> None:
    text = (piece * times)[:4000] + "x"
    post = approved(text)
    sync()
    row = next(r for r in notion.rows() if notion.cell(r, "App ID") == post.id)
    assert str(notion.cell(row, "Post text")).encode() == text.encode()
    notion.edit(row, Post_text=text + piece)
    sync()
    assert review.get(post.id).text.encode() == (text + piece).encode()
    sync()
    assert not notion.writes()


def test_text_around_the_limit_of_2000_units(notion: World, approved: Make, sync: Run) -> None:
    texts = {"a" * n for n in (1999, 2000, 2001, 4001)} | {
        "b" * odd + "🚀" * n for odd in (0, 1) for n in (999, 1000, 1001)
    }
    for text in sorted(texts):
        approved(text)
    sync()
    assert {notion.cell(r, "Post text") for r in notion.rows()} == texts


def test_a_second_sync_writes_nothing_and_is_cheap(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    calendar.schedule(post.id, datetime(2026, 12, 1, 8, 0, 31, tzinfo=UTC), "Europe/Berlin", actor)
    sync()
    done = sync()
    assert not notion.writes()
    assert done.counts["requests"] <= 8
    assert commands.status().waiting == []


def test_a_change_here_sends_only_what_changed(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    sync()
    calendar.schedule(post.id, datetime(2026, 12, 1, 8, 30, tzinfo=UTC), "Europe/Berlin", actor)
    assert [w.fields for w in commands.status().waiting] == [["Status", "Slot"]]
    sync()
    assert notion.cell(only(notion), "Slot") == "2026-12-01T09:30:00.000+01:00"
    assert notion.cell(only(notion), "Status") == "Scheduled"
    assert len(notion.writes()) == 1


def test_a_status_and_a_date_changed_in_notion_come_back(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), Status="Changes Requested", Slot="2026-12-24T18:00:00.000+01:00")
    sync()
    fresh = review.get(post.id)
    assert fresh.status == "Changes Requested"
    assert fresh.slot == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert any(c.source == "notion" for c in review.history(post.id))
    sync()
    assert not notion.writes()


def test_a_day_without_a_time_is_nine_here_and_stays_a_day_there(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), Slot="2026-12-24")
    sync()
    assert review.get(post.id).slot == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    assert notion.cell(only(notion), "Slot") == "2026-12-24"
    sync()
    assert not notion.writes()


def test_approved_text_edited_in_notion_is_in_review_on_both_sides(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), Post_text="Edited in Notion.\n")
    sync()
    assert (review.get(post.id).text, review.get(post.id).status) == ("Edited in Notion.\n", "In Review")
    assert notion.cell(only(notion), "Status") == "In Review"
    sync()
    assert not notion.writes()


def test_approved_typed_in_notion_is_only_a_request(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = approved()
    sync()
    review.edit(post.id, actor, text="Another text.")
    sync()
    notion.edit(only(notion), Status="Approved")
    sync()
    fresh = review.get(post.id)
    assert fresh.status == "In Review"
    assert fresh.requested["status"] == "Approved"
    assert notion.cell(only(notion), "Status") == "In Review"
    assert notion.cell(only(notion), "Sync state") == "Approval requested"
    sync()
    assert not notion.writes()


def test_a_status_that_is_not_ours_is_left_alone(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), Status="Blocked by legal")
    sync()
    assert review.get(post.id).status == "Approved"
    assert notion.cell(only(notion), "Status") == "Blocked by legal"
    assert "Blocked by legal" in row_of(post).message
    sync()
    assert not notion.writes()


def both_changed(notion: World, approved: Make, sync: Run, actor: Actor) -> Post:
    post = approved("The agreed text.")
    sync()
    review.edit(post.id, actor, text="Mine.")
    notion.edit(only(notion), Post_text="Theirs.")
    sync()
    return post


def test_both_sides_changed_keeps_both(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    post = both_changed(notion, approved, sync, actor)
    assert review.get(post.id).text == "Mine."
    assert notion.cell(only(notion), "Post text") == "Theirs."
    kept = row_of(post).conflict["text"]
    assert kept | {"base": "The agreed text.", "ours": "Mine.", "theirs": "Theirs."} == kept
    assert kept["by"]
    assert notion.cell(only(notion), "Sync state") == "Changed on both sides"
    sync()
    assert not notion.writes()
    assert len(commands.status().conflicts) == 1


@pytest.mark.parametrize(("whose", "text"), [("ours", "Mine."), ("theirs", "Theirs.")])
def test_a_decision_ends_a_conflict_and_loses_nothing(
    notion: World, approved: Make, sync: Run, actor: Actor, whose: str, text: str
) -> None:
    post = both_changed(notion, approved, sync, actor)
    commands.keep(row_of(post).id, "text", whose, actor)
    sync()
    assert review.get(post.id).text == notion.cell(only(notion), "Post text") == text
    assert notion.cell(only(notion), "Sync state") == "In step"
    audit = [value for c in review.history(post.id) for value in (c.old, c.new)]
    assert {"Mine.", "Theirs."} <= {v for v in audit if isinstance(v, str)}
    sync()
    assert not notion.writes()
    assert not commands.status().conflicts


def test_an_edit_between_pull_and_push_is_not_lost(
    notion: World, approved: Make, sync: Run, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody edits another field while our PATCH is on its way: its answer shows it, and it is merged at once."""
    post = approved()
    sync()
    calendar.schedule(post.id, datetime(2026, 12, 1, 8, tzinfo=UTC), "UTC", actor)
    from notion_sync.client import Notion

    real = Notion.update_row

    def meanwhile(self: Notion, *args: object) -> object:
        notion.edit(only(notion), Name="Renamed meanwhile")
        return real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Notion, "update_row", meanwhile)
    sync()
    assert review.get(post.id).title == "Renamed meanwhile"
    assert str(notion.cell(only(notion), "Slot")).startswith("2026-12-01T08:00")


def test_rows_in_the_trash_are_tombstones_and_can_come_back(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    notion.trash(only(notion))
    sync()
    assert review.get(post.id).status == "Approved"
    assert row_of(post).state == "trashed"
    review.edit(post.id, actor, title="New name")
    sync()
    assert not notion.writes()
    assert "trash" in commands.status().waiting[0].why
    commands.bring_back(row_of(post).id, actor)
    sync()
    assert notion.cell(only(notion), "Name") == "New name"
    assert row_of(post).state == "ok"


def test_the_trash_is_noticed_where_notion_does_not_list_it(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.lists_trash = False
    notion.trash(only(notion))
    sync(full=True)
    assert row_of(post).state == "trashed"
    notion.trash(notion.rows(in_trash=True)[0], in_trash=False)
    sync()
    assert row_of(post).state == "ok"


def test_a_row_that_cannot_be_seen_any_more_is_not_deleted(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.hidden.add(str(only(notion)["id"]))
    sync(full=True)
    assert review.get(post.id).status == "Approved"
    assert row_of(post).state == "paused"
    notion.hidden.clear()
    sync(full=True)
    assert row_of(post).state == "ok"
    assert len(notion.rows()) == 1


def test_a_row_typed_into_notion_becomes_a_post(notion: World, sync: Run) -> None:
    row = notion.type_row(Name="From Notion", Post_text="Typed there. 🚀 ", Author="bo", Status="Drafting")
    sync()
    (post,) = review.listed()
    assert (post.title, post.text, post.status) == ("From Notion", "Typed there. 🚀 ", "Drafting")
    assert notion.cell(row, "App ID") == post.id
    sync()
    assert not notion.writes()
    assert len(review.listed()) == 1


def test_a_row_for_nobody_waits_until_it_names_an_author(notion: World, sync: Run) -> None:
    row = notion.type_row(Name="For whom?", Author="Somebody else")
    notion.type_row()  # just pressed New
    sync()
    assert not review.listed()
    (waiting,) = commands.status().unmatched
    assert "Somebody else" in waiting.message
    notion.edit(row, Author="Ada")
    sync()
    assert [p.title for p in review.listed()] == ["For whom?"]
    assert not commands.status().unmatched


def test_a_copy_of_a_row_is_not_taken_for_the_row(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    copy = notion.type_row(Name="Copy", App_ID=post.id, Author="Ada", Post_text="Copied.")
    sync()
    assert review.get(post.id).text == post.text
    assert "copy" in commands.status().unmatched[0].message
    notion.edit(copy, App_ID="")
    sync()
    assert sorted(p.title for p in review.listed()) == ["A post", "Copy"]


def test_an_app_id_emptied_by_hand_is_written_again(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), App_ID="")
    sync()
    assert notion.cell(only(notion), "App ID") == post.id
    assert len(review.listed()) == 1


def test_a_renamed_property_stays_bound_and_a_deleted_one_is_paused(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    sync()
    notion.rename("Content Calendar", "Post text", "Copy")
    review.edit(post.id, actor, text="After the rename.")
    sync()
    assert notion.cell(only(notion), "Copy") == "After the rename."
    source = notion.source("Content Calendar")
    source["properties"] = [p for p in source["properties"] if p["name"] != "Slot"]
    calendar.schedule(post.id, datetime(2027, 1, 1, tzinfo=UTC), "UTC", actor)
    sync()
    assert "deleted" in commands.status().paused[0]
    assert review.get(post.id).slot is not None
    sync()
    assert not notion.writes()


def test_guidelines_come_from_notion(notion: World, sync: Run, two_authors: dict[str, str]) -> None:
    row = notion.type_row(
        "Brand Guidelines", Name="No hype", Kind="banned", Phrases="game changer\n10x", Severity="block"
    )
    sync()
    with store.reading() as tx:
        (rule,) = rows.guidelines(tx).values()
    assert (rule.title, rule.kind, rule.phrases, rule.severity) == (
        "No hype",
        "banned",
        ["game changer", "10x"],
        "block",
    )
    assert notion.cell(row, "App ID") == rule.id
    notion.edit(row, Phrases="10x")
    notion.trash(row)
    sync()
    with store.reading() as tx:
        rule = rows.guidelines(tx)[rule.id]
    assert rule.deleted_at is not None
    notion.trash(row, in_trash=False)
    sync()
    with store.reading() as tx:
        rule = rows.guidelines(tx)[rule.id]
    assert (rule.deleted_at, rule.phrases) == (None, ["10x"])
    sync()
    assert not notion.writes()


def test_a_guideline_changed_on_both_sides_keeps_both(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor
) -> None:
    rule = guidelines.add("No hype", actor, kind="banned", phrases=["10x"], authors=[two_authors["Ada"]])
    sync()
    (row,) = notion.rows("Brand Guidelines")
    assert [notion.cell(row, n) for n in ("Name", "Phrases", "Applies to")] == ["No hype", "10x", ["Ada"]]
    guidelines.edit(rule.id, actor, text="Ours.")
    notion.edit(row, Rule="Theirs.", Severity="block", Kind="House style")
    sync()
    assert (guidelines.get(rule.id).text, guidelines.get(rule.id).severity) == ("Ours.", "block")
    assert (guidelines.get(rule.id).kind, notion.cell(row, "Kind")) == ("banned", "House style")
    (conflict,) = commands.status().conflicts
    commands.keep(conflict.id, "text", "theirs", actor)
    sync()
    assert guidelines.get(rule.id).text == notion.cell(row, "Rule") == "Theirs."
    guidelines.remove(rule.id, actor)
    sync(full=True)
    assert len(notion.rows("Brand Guidelines")) == 1
    assert not guidelines.listed()
    sync()
    assert not notion.writes()


def test_a_database_put_into_the_trash_and_made_anew(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.source("Content Calendar")["in_trash"] = True
    with pytest.raises(NotFound, match="set-up again"):
        sync()
    assert review.get(post.id).status == "Approved"
    for database in notion.databases.values():
        database["in_trash"] = database["in_trash"] or database["title"] == "Content Calendar"
    commands.setup()
    sync()
    assert notion.cell(only(notion), "Post text") == post.text


def test_a_sample_authors_card_stays_here(notion: World, sync: Run, two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        tx.session.get_one(Author, two_authors["Ada"]).is_sample = True
    for author_id in two_authors.values():
        persona.derive(author_id, actor)
    sync()
    assert [notion.cell(row, "Name") for row in notion.rows("Personas")] == ["Bo"]


def test_a_persona_card_is_shown_and_kept_fresh(notion: World, sync: Run, two_authors: dict[str, str]) -> None:
    card = persona.derive(two_authors["Ada"], Actor())
    sync()
    (row,) = notion.rows("Personas")
    assert [notion.cell(row, n) for n in ("Name", "Version", "Samples")] == ["Ada", card.version, card.samples]
    assert len(notion.cell(row, "Voice").splitlines()) > 10
    persona.edit(two_authors["Ada"], "identity.reader", "Keeps pumps honest", Actor())
    sync()
    assert "Keeps pumps honest" in notion.cell(row, "Voice")
    assert notion.cell(row, "App ID") == two_authors["Ada"]
    sync()
    assert not notion.writes()


def test_a_dry_run_changes_nothing_on_either_side(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.edit(only(notion), Name="Renamed there")
    approved(title="Second")
    done = sync(dry_run=True)
    assert not notion.writes()
    assert review.get(post.id).title == "A post"
    assert any("Renamed there" in line["text"] for line in done.log)
    assert any("Second" in line["text"] for line in done.log)
    sync()
    assert review.get(post.id).title == "Renamed there"


@pytest.mark.slow
def test_more_than_a_page_of_rows_and_a_capped_query(notion: World, sync: Run) -> None:
    for number in range(130):
        row = notion.type_row(Name=f"Row {number}", Author="Ada")
        row["created"] -= timedelta(minutes=number % 60)
    notion.cap = 110
    sync()
    assert len(review.listed()) == 130
    assert len({notion.cell(r, "App ID") for r in notion.rows()}) == 130


def test_edits_of_the_same_minute_are_not_missed(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    for name in ("One", "Two", "Three"):
        notion.edit(only(notion), Name=name)
        sync()
        assert review.get(post.id).title == name


def test_a_server_clock_that_lags_does_not_hide_edits(notion: World, approved: Make, sync: Run) -> None:
    post = approved()
    sync()
    notion.ahead = timedelta(minutes=-4)
    notion.edit(only(notion), Name="By a slow clock")
    sync()
    assert review.get(post.id).title == "By a slow clock"


def test_wrong_token_and_unshared_page_say_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    world.hidden.add(world.parent)
    with pytest.raises(NotFound, match="Connections"):
        commands.setup()
    world.revoked = True
    with pytest.raises(Denied, match="NOTION_TOKEN"):
        commands.test()
