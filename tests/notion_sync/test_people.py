"""People: who somebody in Notion is here, and what a status that they set there does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import people as persons
from core import review, store
from core.errors import Conflict, Denied, Invalid
from core.store import Actor, choices
from core.store.tables import Change, NotionPass, Post
from notion_sync import commands, people
from tests.notion_sync.server import BOT, World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def in_review(make: Make, sync: Run, actor: Actor, text: str = "The agreed text.") -> Post:
    """A post in review that has a row."""
    post = make(text)
    sync()
    review.request_changes(post.id, "Once more, please.", actor)
    review.submit(post.id, actor)
    sync()
    return review.get(post.id)


def connected(world: World, actor: Actor, name: str, role: str) -> str:
    """Somebody in Notion who is a new person here with this role; their id in Notion."""
    user = world.person(name, f"{name.lower()}@example.com")
    people.refresh(actor)
    people.connect(user, actor, role=role)
    return user


def only(world: World) -> dict[str, Any]:
    (row,) = world.rows()
    return row


# ---- the list ------------------------------------------------------------------------------------------------


def test_people_are_read_without_bots_and_without_addresses(notion: World, actor: Actor) -> None:
    notion.person("Grace Hopper", "grace@example.com")
    assert people.refresh(actor) == 2
    assert [one.name for one in people.known()] == ["Grace Hopper", "Pat Typist"]
    with store.reading() as tx:
        kept = str(choices.get(tx, people.KEY)) + str([c.new for c in tx.session.query(Change)])
    assert "@" not in kept


def test_somebody_who_left_keeps_their_name_and_connection(notion: World, actor: Actor) -> None:
    user = connected(notion, actor, "Grace Hopper", "approver")
    del notion.users[user]
    people.refresh(actor)
    (grace,) = [one for one in people.known() if one.id == user]
    assert (grace.name, grace.there) == ("Grace Hopper", False)
    assert grace.person is not None


def test_without_the_capability_it_says_what_to_choose(notion: World, actor: Actor) -> None:
    notion.user_info = False
    with pytest.raises(Denied) as error:
        people.refresh(actor)
    assert "Capabilities" in error.value.hint


def test_only_an_approver_says_who_is_who(notion: World, actor: Actor) -> None:
    user = connected(notion, actor, "Grace", "reader")
    (grace,) = persons.listed()
    for role in ("reader", "editor"):
        other = Actor(name="Eve", role=role)
        for attempt in (
            lambda by=other: persons.add("Eve", "approver", by),
            lambda by=other: persons.edit(grace.id, by, role="approver"),
            lambda by=other: persons.edit(grace.id, by, name="Ada"),
            lambda by=other: people.connect(user, by),
        ):
            with pytest.raises(Denied):
                attempt()
    assert [(p.name, p.role) for p in persons.listed()] == [("Grace", "reader")]
    assert people.known()[0].person is not None
    with pytest.raises(Invalid):
        persons.add("Eve", "owner", actor)


def test_one_person_of_notion_is_one_person_here(notion: World, actor: Actor) -> None:
    user = connected(notion, actor, "Grace", "editor")
    other = persons.add("Linus", "reader", actor)
    with pytest.raises(Conflict):
        persons.connect(other.id, user.replace("-", ""), actor)
    people.connect(user, actor, person_id=other.id)
    (grace,) = [one for one in people.known() if one.id == user]
    assert grace.person is not None
    assert grace.person.name == "Linus"
    people.connect(user, actor)
    assert not any(p.notion_user_id for p in persons.listed())
    with store.reading() as tx:
        fields = {(c.actor, c.field) for c in tx.session.query(Change).filter(Change.entity == "person")}
    assert (actor.name, "notion_user_id") in fields
    assert (actor.name, "role") in fields


def test_nobody_can_be_a_bot(notion: World, actor: Actor) -> None:
    people.refresh(actor)
    with pytest.raises(Invalid):
        people.connect(BOT, actor, role="approver")
    with pytest.raises(Invalid):
        people.connect("somebody-we-never-heard-of", actor, role="approver")


# ---- a status set in Notion ----------------------------------------------------------------------------------


def test_an_approver_approves_in_notion(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    grace = connected(notion, actor, "Grace", "approver")
    post = in_review(approved, sync, actor)
    notion.edit(only(notion), by=grace, Status="Approved")
    sync()
    fresh = review.get(post.id)
    assert (fresh.status, fresh.approved_by, fresh.requested) == ("Approved", "Grace", {})
    assert review.is_approved(fresh)
    change = next(c for c in reversed(review.history(post.id)) if c.field == "status")
    assert (change.actor, change.source, change.verified) == ("Grace", "notion", True)
    sync()
    assert not notion.writes()


def test_an_approver_who_saw_another_text_only_asks(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    grace = connected(notion, actor, "Grace", "approver")
    post = in_review(approved, sync, actor)
    review.edit(post.id, actor, text="A text that Notion has not shown.")
    notion.edit(only(notion), by=grace, Status="Approved")
    sync()
    fresh = review.get(post.id)
    assert fresh.status == "In Review"
    assert (fresh.requested["status"], fresh.requested["by"]) == ("Approved", "Grace")
    assert fresh.requested["hash"] != fresh.hash
    assert notion.cell(only(notion), "Status") == "In Review"
    sync()
    assert not notion.writes()


def test_text_and_approval_at_once_are_two_things(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    """Nobody here has seen the new text: the approver asks, on a text that is in review."""
    grace = connected(notion, actor, "Grace", "approver")
    post = in_review(approved, sync, actor)
    notion.edit(only(notion), by=grace, Status="Approved", Post_text="Written and approved in one go.")
    sync()
    fresh = review.get(post.id)
    assert (fresh.text, fresh.status) == ("Written and approved in one go.", "In Review")
    assert fresh.requested["status"] == "Approved"


@pytest.mark.parametrize("role", ["", "editor"])
def test_anybody_else_asks_and_is_named(notion: World, approved: Make, sync: Run, actor: Actor, role: str) -> None:
    user = connected(notion, actor, "Grace Hopper", role) if role else notion.person("Grace Hopper")
    post = in_review(approved, sync, actor)
    notion.edit(only(notion), by=user, Status="Approved")
    sync()
    fresh = review.get(post.id)
    assert fresh.status == "In Review"
    assert (fresh.requested["status"], fresh.requested["by"]) == ("Approved", "Grace Hopper")
    assert fresh.requested["hash"] == fresh.hash
    assert notion.cell(only(notion), "Sync state") == "Approval requested"
    sync()
    assert not notion.writes()
    notion.edit(only(notion), by=user, Status="Approved")
    sync()
    assert [n.by for n in review.notes(post.id) if n.decision == "requested"] == ["Grace Hopper"]


def test_a_name_is_asked_for_once(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    """Somebody whom nobody read before, a guest perhaps: one request, then the name is known."""
    guest = notion.person("Guest Writer")
    post = in_review(approved, sync, actor)
    for title in ("One", "Two"):
        notion.edit(only(notion), by=guest, Name=title)
        sync()
    assert [c.actor for c in review.history(post.id) if c.field == "title"][-2:] == ["Guest Writer"] * 2
    assert not [r for r in notion.log if r[1].startswith("users/")]
    notion.user_info = False
    other = notion.person("Nameless")
    notion.edit(only(notion), by=other, Name="Three")
    sync()
    assert review.history(post.id)[-1].actor == people.NOBODY


def test_a_reader_is_refused_and_the_status_put_back(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    rae = connected(notion, actor, "Rae", "reader")
    post = in_review(approved, sync, actor)
    for status in ("Approved", "Rejected"):
        notion.edit(only(notion), by=rae, Status=status)
        sync()
        fresh = review.get(post.id)
        assert (fresh.status, fresh.requested) == ("In Review", {})
        assert notion.cell(only(notion), "Status") == "In Review"
        note = review.notes(post.id)[-1]
        assert (note.by, note.decision, note.source) == ("Rae", "refused", "notion")
        assert status in note.text
        sync()
        assert not notion.writes()
    assert not commands.status().conflicts


def test_what_a_reader_typed_is_kept_for_a_person(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    rae = connected(notion, actor, "Rae", "reader")
    post = in_review(approved, sync, actor)
    notion.edit(only(notion), by=rae, Status="Approved", Post_text="A reader's words.")
    sync()
    assert review.get(post.id).text == "The agreed text."
    (row,) = commands.status().conflicts
    assert row.conflict["text"]["theirs"] == "A reader's words."
    assert "status" not in row.conflict
    assert notion.cell(only(notion), "Status") == "In Review"
    assert notion.cell(only(notion), "Post text") == "A reader's words."
    sync()
    assert not notion.writes()


def test_a_row_that_a_reader_typed_waits_for_an_editor(notion: World, sync: Run, actor: Actor) -> None:
    rae = connected(notion, actor, "Rae", "reader")
    row = notion.type_row(by=rae, Name="A reader's idea", Author="Ada")
    notion.edit(row, by=rae, Post_text="Words.")
    sync()
    assert review.listed() == []
    (waits,) = commands.status().unmatched
    assert "Rae" in waits.message
    notion.edit(row, by=notion.person("Eddie"), Post_text="Better words.")
    sync()
    assert [post.text for post in review.listed()] == ["Better words."]


def test_our_own_bot_never_approves(notion: World, approved: Make, sync: Run, actor: Actor) -> None:
    """Not even where somebody has put its id beside an approver: after our own write, Notion names us as the editor."""
    post = in_review(approved, sync, actor)
    boss = persons.add("Boss", "approver", actor, BOT)
    notion.edit(only(notion), by=BOT, Status="Approved")
    sync()
    fresh = review.get(post.id)
    assert fresh.status == "In Review"
    assert fresh.requested["by"] == people.NOBODY
    assert boss.name not in [c.actor for c in review.history(post.id)]


def test_a_slot_moved_by_an_approver_in_notion_is_signed_off(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    grace = connected(notion, actor, "Grace", "approver")
    post = approved()
    sync()
    notion.edit(only(notion), by=notion.person("Somebody"), Slot="2026-12-24T18:00:00.000+01:00")
    sync()
    assert review.get(post.id).slot_approved_by is None
    notion.edit(only(notion), by=grace, Slot="2026-12-24T19:00:00.000+01:00")
    sync()
    assert (review.get(post.id).slot_approved_by, review.get(post.id).status) == ("Grace", "Scheduled")
