"""What a person decides, and what the page, the API and the command line are told, against a Notion on a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from core import review, store
from core.errors import Conflict, Denied, Invalid, Stale
from core.store import Actor, notion_page
from core.store import notion as kept
from core.store.tables import NotionPass, NotionRow, Post
from notion_sync import commands, wizard
from notion_sync.commands import Dispute
from tests.notion_sync.server import World

AGREED = "We read one call.\n\nSix of us listen.\n\nTell me."


@pytest.fixture
def reader(actor: Actor) -> Actor:
    return replace(actor, role="reader")


@pytest.fixture
def dispute(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass], actor: Actor
) -> Callable[[str, str], Dispute]:
    """A post whose text was changed on both sides."""

    def make(ours: str, theirs: str) -> Dispute:
        post = approved(AGREED)
        sync()
        review.edit(post.id, actor, text=ours)
        notion.edit(notion.rows()[-1], Post_text=theirs)
        sync()
        return next(d for d in commands.disputes() if d.local_id == post.id)

    return make


def text_of(one: Dispute) -> str:
    """The merged text as it stands."""
    draft = commands.drafted(one.row_id, one.key)
    assert draft is not None
    return draft.text


# ---- merge ---------------------------------------------------------------------------------------------------


def test_a_merge_of_different_places_is_proposed_saved_and_sent(
    notion: World, dispute: Callable[[str, str], Dispute], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    one = dispute(AGREED.replace("one call", "two calls"), AGREED.replace("Six", "Seven"))
    assert (one.base, one.mergeable) == (AGREED, True)
    assert one.ours_by == actor.name
    assert one.theirs_by
    assert one.theirs_at
    commands.begin_merge(one.row_id, "text", actor)
    both = "We read two calls.\n\nSeven of us listen.\n\nTell me."
    assert text_of(one) == both
    commands.keep(one.row_id, "text", "merge", actor, f"{both} Soon.", one.stamp)
    post = review.get(one.local_id)
    assert (post.text, post.status) == (f"{both} Soon.", "In Review")
    sync()
    assert notion.cell(notion.rows()[0], "Post text") == f"{both} Soon."
    assert notion.cell(notion.rows()[0], "Status") == "In Review"
    sync()
    assert not notion.writes()
    kept = [value for change in review.history(post.id) for value in (change.old, change.new)]
    assert one.ours in kept
    assert one.theirs in kept
    assert commands.drafted(one.row_id, "text") is None


def test_what_both_changed_in_one_place_must_be_chosen(dispute: Callable[[str, str], Dispute], actor: Actor) -> None:
    one = dispute(AGREED.replace("Six", "Seven"), AGREED.replace("Six", "Eight"))
    commands.begin_merge(one.row_id, "text", actor)
    text = text_of(one)
    assert "[[Here: Seven]] [[In Notion: Eight]] of us" in text
    with pytest.raises(Invalid, match="marked variants"):
        commands.keep(one.row_id, "text", "merge", actor, text)
    assert review.get(one.local_id).text == one.ours
    assert commands.status().counts["conflict"] == 1


def test_a_merged_text_is_kept_as_it_is_typed(dispute: Callable[[str, str], Dispute], actor: Actor) -> None:
    one = dispute("Mine.", "Theirs.")
    commands.begin_merge(one.row_id, "text", actor)
    (begun,) = commands.disputes()
    assert begun.draft is not None
    revision = commands.save_draft(one.row_id, "text", actor, "Half a sen", begun.draft.revision)
    with pytest.raises(Stale):
        commands.save_draft(one.row_id, "text", actor, "Somebody else's", begun.draft.revision)
    commands.begin_merge(one.row_id, "text", actor)
    assert text_of(one) == "Half a sen"
    commands.save_draft(one.row_id, "text", actor, "Half a sentence", revision)
    commands.drop_merge(one.row_id, "text", actor)
    with pytest.raises(Conflict):
        commands.save_draft(one.row_id, "text", actor, "Late", revision + 1)
    commands.begin_merge(one.row_id, "text", actor)
    assert "Half" not in text_of(one)


def test_lists_are_merged_item_by_item(notion: World, sync: Callable[..., NotionPass], actor: Actor) -> None:
    notion.type_row("Brand Guidelines", Name="No hype", Kind="banned", Phrases="game-changer\nsynergy")
    sync()
    (rule,) = _rules()
    with store.writing(actor) as tx:
        put(tx, rule, phrases=["game-changer", "synergy", "disrupt"])
    notion.edit(notion.rows("Brand Guidelines")[0], Phrases="synergy\nworld-class")
    sync()
    (one,) = commands.disputes()
    assert (one.kind, one.key, one.mergeable) == ("guidelines", "phrases", True)
    commands.begin_merge(one.row_id, "phrases", actor)
    assert text_of(one) == "synergy\ndisrupt\nworld-class"
    commands.keep(one.row_id, "phrases", "merge", actor, text_of(one))
    sync()
    assert notion.cell(notion.rows("Brand Guidelines")[0], "Phrases") == "synergy\ndisrupt\nworld-class"
    sync()
    assert not notion.writes()


def _rules() -> list[str]:
    with store.reading() as tx:
        return list(kept.guidelines(tx))


def put(tx: store.Writing, rule: str, **values: object) -> None:
    found = kept.guidelines(tx)[rule]
    for name, value in values.items():
        setattr(found, name, value)


# ---- keep ----------------------------------------------------------------------------------------------------


def test_a_decision_about_something_else_than_was_shown_is_refused(
    notion: World, dispute: Callable[[str, str], Dispute], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    one = dispute("Mine.", "Theirs.")
    notion.edit(notion.rows()[0], Post_text="Theirs, later.")
    sync()
    with pytest.raises(Conflict, match="changed after you looked"):
        commands.keep(one.row_id, "text", "theirs", actor, seen=one.stamp)
    (newer,) = commands.disputes()
    commands.keep(one.row_id, "text", "theirs", actor, seen=newer.stamp)
    assert review.get(one.local_id).text == "Theirs, later."
    with pytest.raises(Conflict, match="decided already"):
        commands.keep(one.row_id, "text", "ours", actor)


def test_a_reader_decides_nothing(dispute: Callable[[str, str], Dispute], reader: Actor) -> None:
    one = dispute("Mine.", "Theirs.")
    for refused in (
        lambda: commands.keep(one.row_id, "text", "theirs", reader),
        lambda: commands.begin_merge(one.row_id, "text", reader),
        lambda: commands.bring_back(one.row_id, reader),
        lambda: commands.request_sync(reader),
        lambda: commands.choose(reader, 5, True),
        lambda: commands.setup(actor=reader),
        lambda: wizard.disconnect("calendar", reader),
        lambda: wizard.change_field("calendar", "pillar", wizard.LEAVE, reader),
    ):
        with pytest.raises(Denied):
            refused()
    assert review.get(one.local_id).text == "Mine."
    assert commands.status().counts["conflict"] == 1


def test_what_cannot_be_taken_over_is_said(
    notion: World, dispute: Callable[[str, str], Dispute], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    one = dispute("Mine.", "Theirs.")
    with store.writing(actor) as tx:
        tx.session.get_one(Post, one.local_id).status = "Published"
    remark = commands.keep(one.row_id, "text", "theirs", actor)
    assert "Published" in remark
    assert review.get(one.local_id).text == "Mine."
    assert any(n.text == "Theirs." for n in review.notes(one.local_id))
    sync()
    assert notion.cell(notion.rows()[0], "Post text") == "Mine."


# ---- how it stands -------------------------------------------------------------------------------------------


@pytest.fixture
def loaded() -> Iterator[list[str]]:
    """Every row of Notion that is read from the store while the test runs."""
    seen: list[str] = []

    def note(target: NotionRow, _context: object) -> None:
        seen.append(target.local_id)

    event.listen(NotionRow, "load", note)
    yield seen
    event.remove(NotionRow, "load", note)


def test_a_large_calendar_is_counted_not_read(
    notion: World, two_authors: dict[str, str], actor: Actor, loaded: list[str]
) -> None:
    with store.writing(actor) as tx:
        for n in range(900):
            post = Post(author_id=two_authors["Ada"], title=f"{n}", text="x", status="Approved", media=[], account="")
            tx.session.add(post)
            tx.session.flush()
            if n < 600:
                both = {"text": {"base": "", "ours": "x", "theirs": "y"}} if n < 200 else {}
                state = "conflict" if n < 200 else "ok"
                put_row(tx, post.id, page_id=f"p{n}", state=state, conflict=both, base={"title": f"{n}"})
    with store.reading() as tx:
        newest = notion_page.heads(tx, 1)
    assert not newest
    loaded.clear()
    status = commands.status()
    assert len(loaded) <= 400
    assert (status.counts["conflict"], len(status.conflicts)) == (200, 50)
    assert status.waiting_total >= 300
    assert len(commands.disputes(offset=190)) == 10
    (group,) = commands.groups()
    assert (group[0], group[2], group[3]) == ("calendar", "Ada", 200)


def put_row(tx: store.Writing, local_id: str, **values: object) -> None:
    kept.save(tx, "calendar", local_id, **values)


def test_rows_that_timbre_made_are_counted_as_blocks(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass]
) -> None:
    approved(title="One")
    approved(title="Two")
    notion.type_row(Name="Theirs", Author="Ada")
    sync()
    sync()
    assert commands.status().blocks == 4 + 2


def test_a_dry_run_waits_beside_a_sync_and_grows_old(
    notion: World, approved: Callable[..., Post], sync: Callable[..., NotionPass], actor: Actor
) -> None:
    dry, real = commands.request_sync(actor, dry_run=True), commands.request_sync(actor)
    assert dry != real
    status = commands.status()
    assert (status.looking.id if status.looking else "", status.running.id if status.running else "") == (dry, real)
    post = approved(title="Seen")
    commands.sync(dry_run=True, keep=True)
    assert not notion.rows()
    status = commands.status()
    assert status.last is None
    assert status.dry is not None
    assert not status.dry_old
    assert {line["side"] for line in commands.lines(status.dry.id)} == {"notion"}
    review.edit(post.id, actor, title="Changed since")
    assert commands.status().dry_old


def test_an_approval_asked_for_in_notion_is_on_the_list(
    notion: World, sync: Callable[..., NotionPass], two_authors: dict[str, str]
) -> None:
    row = notion.type_row(Name="Please", Author="Ada", Post_text="Text.")
    sync()
    notion.edit(row, Status="Approved")
    sync()
    status = commands.status()
    (post,) = status.asked
    assert post.title == "Please"
    assert status.to_decide == 1


def test_the_cost_of_the_archive_comes_first(notion: World, two_authors: dict[str, str]) -> None:
    assert commands.archive_cost() == {"rows": 80, "requests": 80, "blocks": 80, "minutes": 1}
