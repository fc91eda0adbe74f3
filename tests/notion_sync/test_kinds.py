"""Guidelines, personas, posts and samples, and the calendar's own fields: both ways over a socket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import authors, calendar, guidelines, measured, persona, review, samples, store
from core.images import brand
from core.review.findings import findings
from core.store import Actor
from core.store import notion as rows
from core.store.tables import NotionPass, NotionRow, Post
from notion_sync import commands, incoming, ours
from tests.notion_sync.server import World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]
RULES, CARDS, OUT = "Brand Guidelines", "Personas", "Posts & Samples"


def quiet(world: World, sync: Run) -> None:
    """The law: a second sync writes nothing."""
    sync()
    assert not world.writes()


def row_of(kind: str, local_id: str) -> NotionRow:
    with store.reading() as tx:
        found = rows.of_local(tx, kind, local_id)
    assert found is not None
    return found


def said(done: NotionPass) -> str:
    return "\n".join(line["text"] for line in done.log)


# ---- guidelines ------------------------------------------------------------------------------------------------


def typed_rule(world: World, **more: Any) -> dict[str, Any]:
    cells = {
        "Name": "No hype", "Kind": "banned", "Rule": "We leave hype to others.", "Phrases": "game changer\n10x, really",
        "Severity": "block", "Applies_to": ["Ada"], **more,
    }  # fmt: skip
    return world.type_row(RULES, **cells)


def test_a_rule_typed_in_notion_is_in_force_and_its_violation_links_to_its_row(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor
) -> None:
    row = typed_rule(notion)
    notion.write_body(row, "# Why\n\nReaders **stop** at hype.")
    sync()
    (rule,) = guidelines.listed()
    assert (rule.title, rule.kind, rule.text, rule.severity) == (
        "No hype", "banned", "We leave hype to others.", "block",
    )  # fmt: skip
    assert rule.phrases == ["game changer", "10x, really"]
    assert rule.authors == [two_authors["Ada"]]
    assert rule.body == "# Why\n\nReaders **stop** at hype."
    post = review.create(two_authors["Ada"], "", "A game changer.", actor)
    (found,) = findings(post)
    assert "“No hype”" in found.text and found.block
    assert found.url == f"https://www.notion.so/{row['id'].replace('-', '')}"
    assert findings(review.create(two_authors["Bo"], "", "A game changer.", actor)) == []
    quiet(notion, sync)


def test_words_of_a_rule_that_timbre_does_not_know_stay_until_somebody_replaces_them(notion: World, sync: Run) -> None:
    row = typed_rule(notion, Kind="Banned phrase", Severity="must")
    sync()
    (rule,) = guidelines.listed()
    kept = row_of("guidelines", rule.id)
    assert [one.id for one in commands.status().held] == [kept.id]  # a person is told
    assert kept.state == "ok" and "Banned phrase" in kept.message and "must" in kept.message
    quiet(notion, sync)
    assert (notion.cell(row, "Kind"), notion.cell(row, "Severity")) == ("Banned phrase", "must")
    notion.edit(row, Kind="banned", Severity="block")
    sync()
    (rule,) = guidelines.listed()
    assert (rule.kind, rule.severity) == ("banned", "block")
    assert row_of("guidelines", rule.id).state == "ok"
    quiet(notion, sync)


def test_a_table_made_before_there_were_brand_rules_takes_one_from_either_side(
    notion: World, sync: Run, actor: Actor
) -> None:
    choice = next(p for p in notion.source(RULES)["properties"] if p["name"] == "Kind")
    choice["options"] = [one for one in choice["options"] if one["name"] != "brand"]
    sync()
    guidelines.add("Our look", actor, kind="brand", text="Accent: #0F6B66")
    sync()
    (row,) = notion.rows(RULES)
    assert notion.cell(row, "Kind") == "brand"
    typed_rule(notion, Kind="brand", Rule="Headings in Lora", Applies_to=[])
    sync()
    assert {one.kind for one in guidelines.listed()} == {"brand"}
    found = {one.field: one.value for one in brand.from_guidelines(None)}
    assert found == {"colours.light.accent": "#0F6B66", "heading": "Lora"}
    quiet(notion, sync)


def test_a_rule_from_here_and_its_edits_go_both_ways(notion: World, sync: Run, actor: Actor) -> None:
    rule = guidelines.add("Plain words", actor, text="Short ones.", phrases=["utilise"], kind="banned")
    sync()
    (row,) = notion.rows(RULES)
    assert [notion.cell(row, n) for n in ("Name", "Kind", "Rule", "Phrases", "Severity", "App ID")] == [
        "Plain words", "banned", "Short ones.", "utilise", "warn", rule.id,
    ]  # fmt: skip
    assert guidelines.get(rule.id).url == f"https://www.notion.so/{row['id'].replace('-', '')}"
    notion.edit(row, Rule="Short and old ones.", Severity="block")
    guidelines.edit(rule.id, actor, phrases=["utilise", "leverage"])
    sync()
    now = guidelines.get(rule.id)
    assert (now.text, now.severity, now.phrases) == ("Short and old ones.", "block", ["utilise", "leverage"])
    assert notion.cell(row, "Phrases") == "utilise\nleverage"
    quiet(notion, sync)


def test_both_sides_change_a_rule_and_both_are_kept(notion: World, sync: Run, actor: Actor) -> None:
    rule = guidelines.add("Plain words", actor, text="Short ones.")
    sync()
    (row,) = notion.rows(RULES)
    notion.edit(row, Rule="Theirs.", Name="Plain words only")
    guidelines.edit(rule.id, actor, text="Ours.")
    sync()
    assert guidelines.get(rule.id).title == "Plain words only", "the field that one side changed moves on"
    (conflict,) = commands.status().conflicts
    sides = conflict.conflict["text"]
    assert (sides["base"], sides["ours"], sides["theirs"]) == ("Short ones.", "Ours.", "Theirs.")
    assert guidelines.get(rule.id).text == "Ours." and notion.cell(row, "Rule") == "Theirs."
    quiet(notion, sync)
    commands.keep(conflict.id, "text", "theirs", actor)
    sync()
    assert guidelines.get(rule.id).text == notion.cell(row, "Rule") == "Theirs."
    quiet(notion, sync)


def test_a_rule_in_the_trash_is_out_of_force_until_it_is_restored(notion: World, sync: Run) -> None:
    row = typed_rule(notion)
    sync()
    notion.trash(row)
    sync()
    assert guidelines.listed() == []
    notion.trash(row, in_trash=False)
    sync()
    assert [g.title for g in guidelines.listed()] == ["No hype"]
    quiet(notion, sync)


def test_a_name_that_nobody_has_stays_as_typed_and_binds_nobody(
    notion: World, sync: Run, two_authors: dict[str, str]
) -> None:
    row = typed_rule(notion, Applies_to=["Carol"])
    sync()
    assert guidelines.listed()[0].authors == ["Carol"]
    assert guidelines.listed(two_authors["Ada"]) == []
    assert notion.cell(row, "Applies to") == ["Carol"]
    quiet(notion, sync)


def test_a_table_without_severity_or_audience_leaves_ours_alone(notion: World, sync: Run, actor: Actor) -> None:
    notion.drop(RULES, "Severity")
    notion.drop(RULES, "Applies to")
    rule = guidelines.add("No hype", actor, kind="banned", phrases=["10x"], severity="block")
    sync()
    (row,) = notion.rows(RULES)
    notion.edit(row, Rule="None of it.")
    sync()
    assert (guidelines.get(rule.id).severity, guidelines.get(rule.id).text) == ("block", "None of it.")
    notion.trash(row)
    sync()
    notion.trash(row, in_trash=False)
    sync()
    assert guidelines.get(rule.id).severity == "block"
    quiet(notion, sync)


def test_a_renamed_option_keeps_its_meaning_and_a_strange_one_is_left_alone(notion: World, sync: Run) -> None:
    row = typed_rule(notion)
    sync()
    notion.rename_option(RULES, "Kind", "banned", "Never say")
    sync()
    notion.edit(row, Rule="Still never.")
    done = sync()
    assert (guidelines.listed()[0].kind, guidelines.listed()[0].text) == ("banned", "Still never.")
    assert notion.cell(row, "Kind") == "Never say"
    assert "not one of" not in said(done)
    quiet(notion, sync)


def test_the_page_below_a_rule_is_read_when_it_may_have_changed(
    notion: World, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = typed_rule(notion)
    notion.write_body(row, "One.")
    sync()
    version = guidelines.listed()[0].version
    sync()
    assert not [r for r in notion.log if r[1].endswith("/markdown")], "nothing changed, so no request"
    notion.silent_bodies = True
    notion.write_body(row, "Two.")
    sync()
    assert guidelines.listed()[0].body == "One.", "an edit through the API need not show"
    sync(full=True)
    assert (guidelines.listed()[0].body, guidelines.listed()[0].version) == ("Two.", version + 1)
    quiet(notion, sync)
    monkeypatch.setattr(ours, "BODIES", 0)
    sync(full=True)
    assert not [r for r in notion.log if r[1].endswith("/markdown")]


def test_an_edit_in_the_minute_of_the_last_reading_is_read_later(
    notion: World, sync: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = typed_rule(notion)
    sync()
    notion.silent_bodies = True  # the minute is the same, so the time of the last edit is, too
    notion.write_body(row, "Typed a second later.")
    later = datetime.fromisoformat(row_of("guidelines", guidelines.listed()[0].id).memo["body"]["edited"])
    monkeypatch.setattr(ours, "now", lambda: later + ours.SETTLED)
    sync()
    assert guidelines.listed()[0].body == "Typed a second later."
    sync()
    assert not [r for r in notion.log if r[1].endswith("/markdown")]


def test_a_page_that_may_not_be_read_stops_nothing(notion: World, sync: Run, approved: Make) -> None:
    typed_rule(notion)
    approved()
    notion.fault("403", "GET", ".*/markdown")
    done = sync()
    assert done.status == "done" and "cannot be read" in said(done)
    assert len(guidelines.listed()) == len(notion.rows()) == 1


def test_whom_a_rule_binds_may_be_a_relation_of_more_than_25(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor
) -> None:
    for author_id in two_authors.values():
        persona.derive(author_id, actor)
    row = typed_rule(notion, Applies_to=[])
    sync()
    notion.retype(RULES, "Applies to", "relation")
    pages = {notion.cell(r, "Name"): r["id"] for r in notion.rows(CARDS)}
    others = [notion.type_row(CARDS, Name=f"Person {n}")["id"] for n in range(27)]
    notion.edit(row, Applies_to=[*others, pages["Ada"]])
    sync()
    (rule,) = guidelines.listed()
    assert len(rule.authors) == 28 and two_authors["Ada"] in rule.authors
    assert guidelines.listed(two_authors["Bo"]) == []
    quiet(notion, sync)
    assert len(commands.status().unmatched) == 27, "a persona typed by hand makes no author"
    assert len(authors.listed()) == 2


def test_a_property_of_another_type_that_fits_too_is_no_edit(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor
) -> None:
    rule = guidelines.add("Plain words", actor, authors=list(two_authors.values()), phrases=["utilise", "leverage"])
    sync()
    notion.retype(RULES, "Applies to", "rich_text")  # Notion makes one text of the options: "Ada, Bo"
    sync()
    (row,) = notion.rows(RULES)
    (found,) = commands.status().conflicts
    assert list(found.conflict) == ["authors"], "what Notion made of it is shown, and a person decides"
    assert set(guidelines.get(rule.id).authors) == set(two_authors.values())
    commands.keep(found.id, "authors", "ours", actor)
    sync()
    assert sorted(str(notion.cell(row, "Applies to")).split("\n")) == ["Ada", "Bo"]
    quiet(notion, sync)


def test_the_author_may_be_a_relation_to_the_personas(
    notion: World, sync: Run, approved: Make, two_authors: dict[str, str], actor: Actor
) -> None:
    notion.retype("Content Calendar", "Author", "relation")
    source = notion.source("Content Calendar")
    next(p for p in source["properties"] if p["name"] == "Author")["config"] = {
        "data_source_id": notion.source(CARDS)["id"]
    }
    for author_id in two_authors.values():
        persona.derive(author_id, actor)
    post = approved()
    sync()
    pages = {notion.cell(r, "Name"): r["id"] for r in notion.rows(CARDS)}
    (row,) = notion.rows()
    assert notion.cell(row, "Author") == [pages["Ada"]]
    quiet(notion, sync)
    notion.edit(row, Author=[pages["Bo"]])
    sync()
    assert review.get(post.id).author_id == two_authors["Bo"]
    typed = notion.type_row(Name="Typed", Post_text="A text.", Author=[pages["Bo"]])
    sync()
    assert notion.cell(typed, "App ID")
    quiet(notion, sync)


# ---- personas --------------------------------------------------------------------------------------------------


@pytest.fixture
def card(notion: World, sync: Run, two_authors: dict[str, str], actor: Actor) -> Callable[[], dict[str, Any]]:
    """Ada's persona, with its row in Notion."""
    persona.derive(two_authors["Ada"], actor)
    sync()

    def row() -> dict[str, Any]:
        return next(r for r in notion.rows(CARDS) if notion.cell(r, "Name") == "Ada")

    return row


def line(author_id: str, path: str) -> Any:
    found = persona.current(author_id)
    assert found is not None
    return found.line(path)


def test_what_notion_says_of_an_author_corrects_the_card_and_is_used(
    notion: World, sync: Run, two_authors: dict[str, str], card: Callable[[], dict[str, Any]]
) -> None:
    ada, row = two_authors["Ada"], card()
    assert notion.cell(row, "Reader") == line(ada, "identity.reader").text
    notion.edit(
        row, Headline="Audits plants", Reader="Speaks to fitters.", Favoured_phrases="first things\nby the book, mostly",
        Taboo_words="synergy", Notes="She hates\nexclamation marks.",
    )  # fmt: skip
    sync()
    assert authors.get(ada).headline == "Audits plants"
    told = persona.for_prompt(ada)
    assert told["phrases"] == ["first things", "by the book, mostly"] and told["taboo"] == ["synergy"]
    assert {"Speaks to fitters.", "She hates\nexclamation marks."} <= set(told["corrections"])
    assert line(ada, "identity.reader").edit.by == "Pat Typist"
    quiet(notion, sync)
    notion.edit(row, Reader="", Taboo_words="", Notes="")
    sync()
    reader = line(ada, "identity.reader")
    assert reader.edit is None
    assert notion.cell(row, "Reader") == reader.derived_text, "an emptied cell shows again what the samples say"
    assert notion.cell(row, "Notes") == "" and not line(ada, "identity.notes").known
    quiet(notion, sync)


def test_a_row_typed_for_an_author_who_is_here_begins_their_card_and_another_waits(
    notion: World, sync: Run, two_authors: dict[str, str]
) -> None:
    row = notion.type_row(CARDS, Name="bo", Notes="Never before ten.", Taboo_words="synergy")
    other = notion.type_row(CARDS, Name="Carol", Notes="Who?")
    sync()
    assert line(two_authors["Bo"], "identity.notes").text == "Never before ten."
    assert persona.for_prompt(two_authors["Bo"])["taboo"] == ["synergy"]
    assert (notion.cell(row, "Name"), notion.cell(row, "App ID")) == ("Bo", two_authors["Bo"])
    (waiting,) = commands.status().unmatched
    assert "Carol" in waiting.message or "author" in waiting.message
    assert notion.cell(other, "App ID") == "" and len(authors.listed()) == 2
    quiet(notion, sync)


def test_a_correction_here_goes_to_notion(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor, card: Callable[[], dict[str, Any]]
) -> None:
    ada = two_authors["Ada"]
    persona.edit(ada, "identity.reader", "Speaks to plant owners.", actor)
    authors.describe(ada, actor, headline="Auditor")
    sync()
    assert [notion.cell(card(), n) for n in ("Reader", "Headline")] == ["Speaks to plant owners.", "Auditor"]
    quiet(notion, sync)


def test_both_sides_correct_a_line_and_both_are_kept(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor, card: Callable[[], dict[str, Any]]
) -> None:
    ada, row = two_authors["Ada"], card()
    notion.edit(row, Reader="Theirs.")
    persona.edit(ada, "identity.reader", "Ours.", actor)
    sync()
    (found,) = commands.status().conflicts
    assert (found.conflict["reader"]["ours"], found.conflict["reader"]["theirs"]) == ("Ours.", "Theirs.")
    assert line(ada, "identity.reader").text == "Ours." and notion.cell(row, "Reader") == "Theirs."
    quiet(notion, sync)
    commands.keep(found.id, "reader", "theirs", actor)
    sync()
    assert line(ada, "identity.reader").text == notion.cell(row, "Reader") == "Theirs."
    quiet(notion, sync)


def test_what_is_too_long_for_a_card_waits_with_the_reason(
    notion: World, sync: Run, two_authors: dict[str, str], card: Callable[[], dict[str, Any]]
) -> None:
    row, typed = card(), "far too much " * 60
    notion.edit(row, Reader=typed)
    sync()
    (found,) = commands.status().conflicts
    assert found.conflict["reader"]["theirs"] == typed and "500 characters" in found.message
    assert notion.cell(row, "Reader") == typed, "nothing is written over it"
    quiet(notion, sync)


def test_reviewers_come_from_notion_all_of_them(
    notion: World,
    sync: Run,
    two_authors: dict[str, str],
    card: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada, row = two_authors["Ada"], card()
    people = [notion.person(f"Person {n:02}") for n in range(30)]
    notion.edit(row, Reviewers=people)
    sync()
    assert {p["id"] for p in authors.get(ada).reviewers} == set(people)
    quiet(notion, sync)
    reads = [r for r in notion.log if "/properties/" in r[1]]
    assert len(reads) == 1, "so soon after an edit it is read again"
    later = datetime.now(UTC) + timedelta(minutes=4)
    monkeypatch.setattr(incoming, "now", lambda: later)
    sync()
    sync()
    assert not [r for r in notion.log if "/properties/" in r[1]], "later only once the row was edited"
    notion.fault("404", "GET", ".*/properties/.*", times=9)
    notion.edit(row, Headline="Auditor")
    sync()
    assert authors.get(ada).headline == "Auditor"
    assert len(authors.get(ada).reviewers) == 30, "a part of a list is not the list"
    notion.faults.clear()
    notion.edit(row, Reviewers=people[:1])
    sync()
    assert authors.reviewers(authors.get(ada)) == "Reviewers in Notion: Person 00."
    notion.edit(row, Reviewers=[])
    sync()
    assert authors.reviewers(authors.get(ada)) == ""
    quiet(notion, sync)


# ---- posts and samples -----------------------------------------------------------------------------------------


def out(world: World, **cells: Any) -> dict[str, Any]:
    return next(r for r in world.rows(OUT) if all(world.cell(r, k) == v for k, v in cells.items()))


def test_a_post_published_by_hand_has_a_row_and_its_numbers_come_in(
    notion: World, sync: Run, approved: Make, actor: Actor
) -> None:
    post = approved()
    at = datetime(2026, 11, 2, 8, 30, 31, tzinfo=UTC)
    review.published(post.id, actor, at, "https://www.linkedin.com/posts/1")
    sync()
    (row,) = notion.rows(OUT)
    assert [notion.cell(row, n) for n in ("Name", "Kind", "Post text", "Author", "Link")] == [
        "A post", "post", post.text, "Ada", "https://www.linkedin.com/posts/1",
    ]  # fmt: skip
    (planned,) = notion.rows()
    assert [notion.cell(planned, n) for n in ("Status", "Approved by", "Link")] == [
        "Published", actor.name, "https://www.linkedin.com/posts/1",
    ]  # fmt: skip
    assert notion.cell(planned, "Published").startswith("2026-11-02T08:30")
    quiet(notion, sync)
    notion.edit(row, Impressions=1240, Reactions=31.0, Comments=1)
    sync()
    now = review.get(post.id)
    assert now.status == "Measured" == notion.cell(planned, "Status")
    assert measured.line(now.metrics) == "1,240 impressions, 31 reactions, 1 comment"
    assert [c.actor for c in review.history(post.id) if c.field == "metrics"] == ["Pat Typist"]
    quiet(notion, sync)


def test_a_number_that_is_none_is_said_on_the_row_and_the_others_come_in(
    notion: World, sync: Run, approved: Make, actor: Actor
) -> None:
    post = approved()
    review.published(post.id, actor)
    sync()
    (row,) = notion.rows(OUT)
    notion.edit(row, Impressions=12.5, Clicks=-1, Reposts=4)
    done = sync()
    assert review.get(post.id).metrics == {"reposts": 4}
    remark = row_of("samples", post.id).message
    assert "Impressions 12.5" in remark and "Clicks -1" in remark and "Impressions 12.5" in said(done)
    assert (notion.cell(row, "Impressions"), notion.cell(row, "Clicks")) == (12.5, -1), "what was typed stays there"
    quiet(notion, sync)
    notion.edit(row, Impressions=12, Clicks=None, Reposts=None)
    sync()
    assert review.get(post.id).metrics == {"impressions": 12}
    assert row_of("samples", post.id).message == ""
    quiet(notion, sync)


def test_the_archive_goes_out_only_where_somebody_chose_so_and_its_cost_is_known_before(
    notion: World, sync: Run, two_authors: dict[str, str], actor: Actor
) -> None:
    with store.reading() as tx:
        assert ours.archive_cost(tx, 30) == {"rows": 80, "requests": 80, "blocks": 80, "minutes": 3}
    sync()
    assert notion.rows(OUT) == []
    one = samples.of_author(two_authors["Ada"])[0]
    for sample in samples.of_author(two_authors["Ada"])[1:] + samples.of_author(two_authors["Bo"]):
        samples.leave_out(sample.id, actor)
    with store.writing(actor) as tx:
        rows.choose(tx, archive=True)
        assert ours.archive_cost(tx, 30)["rows"] == 1
    sync()
    row = out(notion, Kind="sample")
    assert (notion.cell(row, "App ID"), notion.cell(row, "Post text")) == (one.id, one.text)
    assert notion.cell(row, "Published").startswith("2024-01-03T09:00")
    quiet(notion, sync)
    notion.edit(row, Reactions=7)
    sync()
    assert samples.get(one.id).metrics == {"reactions": 7}
    quiet(notion, sync)


# ---- the calendar ----------------------------------------------------------------------------------------------


def test_the_end_of_a_range_typed_in_notion_survives_our_writes(
    notion: World, sync: Run, approved: Make, actor: Actor
) -> None:
    post = approved()
    sync()
    (row,) = notion.rows()
    notion.edit(row, Slot={"start": "2026-12-01T09:00:00.000+00:00", "end": "2026-12-04T18:00:00.000+00:00"})
    sync()
    assert review.get(post.id).slot == datetime(2026, 12, 1, 9, tzinfo=UTC)
    quiet(notion, sync)
    calendar.schedule(post.id, datetime(2026, 12, 2, 9, tzinfo=UTC), "UTC", actor)
    sync()
    slot = notion.cell(row, "Slot")
    assert slot["start"].startswith("2026-12-02T09:00") and slot["end"].startswith("2026-12-04T18:00")
    quiet(notion, sync)
    notion.edit(row, Slot={**slot, "end": "2026-12-05T18:00:00.000+00:00"})
    calendar.schedule(post.id, datetime(2026, 12, 3, 9, tzinfo=UTC), "UTC", actor)
    sync()
    assert notion.cell(row, "Slot")["end"].startswith("2026-12-05T18:00"), "an end alone is an edit, too"
    quiet(notion, sync)


def test_the_101st_option_waits_with_the_reason_and_the_rest_of_the_row_goes_out(
    notion: World, sync: Run, approved: Make, actor: Actor
) -> None:
    for title, name in (("Content Calendar", "Author"), (RULES, "Applies to")):
        options = [{"id": str(n), "name": f"Option {n}", "color": "default", "description": None} for n in range(100)]
        next(p for p in notion.source(title)["properties"] if p["name"] == name)["options"] = options
    post, rule = approved(), guidelines.add("Plain words", actor, authors=["Carol"], text="Short ones.")
    sync()
    (row,), (ruled,) = notion.rows(), notion.rows(RULES)
    assert (notion.cell(row, "Post text"), notion.cell(row, "Author")) == (post.text, None)
    assert (notion.cell(ruled, "Rule"), notion.cell(ruled, "Applies to")) == ("Short ones.", None)
    assert "has 100 options and takes no more, so Ada cannot be added" in row_of("calendar", post.id).message
    assert "so Carol cannot be added" in row_of("guidelines", rule.id).message
    quiet(notion, sync)
    quiet(notion, sync)


def test_a_name_with_a_comma_is_one_option_and_no_edit(
    notion: World, sync: Run, approved: Make, two_authors: dict[str, str], actor: Actor
) -> None:
    with store.writing(actor) as tx:
        tx.session.get(type(authors.get(two_authors["Ada"])), two_authors["Ada"]).name = "Smith, Jane"  # type: ignore[union-attr]
    post = review.create(two_authors["Ada"], "One", "A text.", actor)
    review.submit(post.id, actor)
    review.approve(post.id, None, actor)
    sync()
    (row,) = notion.rows()
    assert notion.cell(row, "Author") == "Smith Jane"
    quiet(notion, sync)
    notion.edit(row, Name="Two")
    sync()
    assert review.get(post.id).author_id == two_authors["Ada"]
    quiet(notion, sync)


def test_line_ends_that_notion_changes_are_written_once(notion: World, sync: Run, approved: Make) -> None:
    post = approved("One\r\nTwo\r\n")
    sync()
    (row,) = notion.rows()
    notion.edit(row, Post_text="One\nTwo\n", Pillar="Audits")
    sync()
    assert review.get(post.id).text == "One\r\nTwo\r\n" and review.get(post.id).pillar == "Audits"
    assert review.get(post.id).status == "Approved"
    quiet(notion, sync)
