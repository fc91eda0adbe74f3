"""A card while somebody works on it: kept, undone in a person's steps, never overwritten, never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import review, store
from core.errors import Denied, Invalid, NotFound, Stale
from core.images import design, steps
from core.images.model import Card
from core.store import Actor, base, images
from core.store import authors as store_authors
from core.store.tables import Change, Post, Variant
from core.store.tables_images import Design
from tests.core.images.test_compose import POST

BO = Actor(name="Bo", role="editor")


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "The audit", POST, actor)


@pytest.fixture
def made(post: Post, actor: Actor) -> Design:
    return design.start(post.id, post.author_id, "carousel", actor)


class Clock:
    """A clock that the test sets; the design's own steps look at nothing else."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at = base.now()
        patch.setattr(design, "now", lambda: self.at)

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def titles(row: Design) -> list[str]:
    return [page.title for page in design.restored(row).pages]


def test_a_design_is_proposed_once_for_a_form_and_found_again(made: Design, post: Post, actor: Actor) -> None:
    assert made.title == "The audit" and made.revision == 1
    assert design.start(post.id, post.author_id, "carousel", actor).id == made.id
    assert design.start(post.id, post.author_id, "quote", actor).id != made.id
    fresh = design.start(post.id, post.author_id, "carousel", actor, fresh=True)
    assert [row.id for row in design.of_post(post.id)][0] == fresh.id != made.id
    design.remove(fresh.id, actor)
    assert design.start(post.id, post.author_id, "carousel", actor).id == made.id
    with pytest.raises(NotFound):
        design.get(fresh.id)


def test_another_form_of_the_same_post_looks_alike(made: Design, post: Post, actor: Actor) -> None:
    design.edit(made.id, None, actor, family="poster", theme="dark", size="square", headline="Auditor")
    card = design.restored(design.start(post.id, post.author_id, "quote", actor))
    assert (card.family, card.theme, card.size, card.headline) == ("poster", "dark", "square", "Auditor")
    assert design.restored(design.start(post.id, post.author_id, "hook", actor, fresh=True)).family == ""


def test_without_a_post_it_takes_a_text_or_is_blank(two_authors: dict[str, str], actor: Actor) -> None:
    row = design.start(None, two_authors["Ada"], "hook", actor, text="Nobody lied.")
    assert titles(row) == ["Nobody lied."] and row.title == "Nobody lied."
    assert titles(design.start(None, two_authors["Ada"], "hook", actor)) == [""]


def test_an_adapted_variant_is_taken_while_the_post_still_says_what_it_was_made_of(
    two_authors: dict[str, str], actor: Actor
) -> None:
    with store.writing(actor) as tx:
        from core.store import runs

        run = runs.add(tx, runs.add_brief(tx, two_authors["Ada"], {"call_to_action": "Write to me."}), {})
        mine = Variant(run_id=run.id, author_id=two_authors["Ada"], number=1, text=POST)
        tx.session.add(mine)
        tx.session.flush()
        tx.session.add(Variant(run_id=run.id, author_id=two_authors["Ada"], number=1, parent_id=mine.id,
                               form="carousel", text="x", parts=["Adapted cover", "One\ntwo", "End"]))  # fmt: skip
    post = review.create(two_authors["Ada"], "The audit", POST, actor, variant_id=mine.id)
    assert titles(design.start(post.id, post.author_id, "carousel", actor)) == ["Adapted cover", "One", "End"]
    review.edit(post.id, actor, text=POST.replace("Nobody", "No one"))
    fresh = design.start(post.id, post.author_id, "carousel", actor, fresh=True)
    assert titles(fresh)[0].startswith("No one") and titles(fresh)[-1] == "Write to me."


def test_typing_is_one_step_and_pauses_fields_and_people_part_steps(made: Design, actor: Actor, clock: Clock) -> None:
    before = titles(made)
    for text in ("N", "No", "Now"):
        clock.passes(2)
        row = design.edit_page(made.id, 0, "title", text, None, actor)
    assert design.steps_of(row) == design.Around(1, 0)
    clock.passes(20)
    design.edit_page(made.id, 0, "title", "Now what", None, actor)
    design.edit_page(made.id, 1, "title", "Other field", None, actor)
    row = design.edit_page(made.id, 1, "title", "Other person", None, BO)
    assert design.steps_of(row).back == 4
    shown = []
    for _ in range(5):
        row = design.undo(made.id, None, actor)
        shown.append((titles(row)[0], titles(row)[1]))
    assert shown == [("Now what", "Other field"), ("Now what", before[1]), ("Now", before[1]), (before[0], before[1]),
                     (before[0], before[1])]  # fmt: skip
    assert design.restored(row) == design.restored(made)
    for _ in range(4):
        row = design.redo(made.id, None, actor)
    assert (titles(row)[0], titles(row)[1]) == ("Now what", "Other person")
    assert design.steps_of(row) == design.Around(4, 0)


def test_typing_on_for_long_is_more_than_one_step_and_only_so_many_are_kept() -> None:
    at, kept = base.now(), []
    for n in range(40):
        kept = steps.taken(kept, {"n": n}, "0.title", "Ada", at + n * timedelta(seconds=4))
    assert [step["card"]["n"] for step in kept] == [0, 16, 32]
    for n in range(steps.MOST + 5):
        kept = steps.taken(kept, {"n": n}, "", "Ada", at)
    assert len(kept) == steps.MOST and kept[-1]["card"] == {"n": steps.MOST + 4}


def test_typing_after_a_step_back_is_a_step_of_its_own_and_ends_the_way_forward(
    made: Design, actor: Actor, clock: Clock
) -> None:
    design.edit_page(made.id, 0, "title", "A", None, actor)
    design.edit(made.id, None, actor, theme="dark")
    assert design.restored(design.undo(made.id, None, actor)).theme == ""
    row = design.edit_page(made.id, 0, "title", "AC", None, actor)
    assert design.steps_of(row) == design.Around(2, 0)
    assert titles(design.undo(made.id, None, actor))[0] == "A"


def test_the_change_log_says_what_was_changed_and_by_whom_field_by_field(made: Design, actor: Actor) -> None:
    was = titles(made)[0]
    design.edit_page(made.id, 0, "title", "Now", None, BO)
    design.edit(made.id, None, actor, theme="dark")
    design.undo(made.id, None, actor)
    design.remove_page(made.id, 1, None, actor)
    with store.reading() as tx:
        rows = [row for row in tx.session.query(Change).order_by(Change.seq) if row.entity == "design"]
    said = [(row.actor, row.field, row.old, row.new) for row in rows if row.action == "update"]
    assert said[0][1] == "card" and said[1:4] == [
        ("Bo", "page 1 title", was, "Now"), (actor.name, "theme", "", "dark"), (actor.name, "theme", "dark", "")
    ]  # fmt: skip
    assert said[4][1] == "pages" and len(said[4][2]) == len(said[4][3]) + 1


def test_pages_move_are_added_and_removed_and_the_cover_is_always_first(made: Design, actor: Actor) -> None:
    first, count = titles(made)[0], len(titles(made))
    row = design.move(made.id, 0, 2, made.revision, actor)
    assert titles(row)[2] == first
    assert [p.role for p in design.restored(row).pages] == ["hook", *["point"] * (count - 2), "call"]
    row = design.add_page(made.id, 1, row.revision, actor)
    card = design.restored(row)
    assert card.pages[2].title == "" and len({p.key for p in card.pages}) == count + 1
    row = design.remove_page(made.id, 2, row.revision, actor)
    assert len(titles(row)) == count
    for _ in range(3):
        row = design.undo(made.id, None, actor)
    assert design.restored(row) == design.restored(made)
    with pytest.raises(Invalid, match="not there"):
        design.move(made.id, 0, 99, None, actor)


def test_a_form_has_room_for_so_many_pages(made: Design, actor: Actor) -> None:
    with pytest.raises(Invalid, match="at most 10"):
        for _ in range(10):
            design.add_page(made.id, 0, None, actor)
    assert len(titles(design.get(made.id))) == 10


def test_an_alt_text_follows_the_words_until_a_person_writes_it(made: Design, actor: Actor) -> None:
    row = design.edit_page(made.id, 1, "title", "New words", None, actor)
    assert "New words" in design.restored(row).pages[1].alt
    design.edit_page(made.id, 1, "alt", "What I say it shows", None, actor)
    row = design.edit_page(made.id, 1, "title", "Newer words", None, actor)
    assert design.restored(row).pages[1].alt == "What I say it shows"
    row = design.edit_page(made.id, 1, "alt", " ", None, actor)
    assert "Newer words" in design.restored(row).pages[1].alt


def test_a_stale_edit_overwrites_nothing_and_its_text_comes_back_by_a_step_forward(made: Design, actor: Actor) -> None:
    theirs = design.edit_page(made.id, 0, "title", "Theirs", made.revision, BO)
    for text in ("Mi", "Mine"):
        with pytest.raises(Stale, match="Nothing was overwritten"):
            design.edit_page(made.id, 0, "title", text, made.revision, actor)
    assert titles(design.get(made.id))[0] == "Theirs"
    design.edit_page(made.id, 1, "title", "Theirs too", theirs.revision, BO)
    row = design.redo(made.id, None, actor)
    assert titles(row)[:2] == ["Mine", "Theirs too"]
    assert titles(design.undo(made.id, None, actor))[0] == "Theirs"


def test_an_older_revision_is_no_conflict_where_nobody_touched_the_field(made: Design, actor: Actor) -> None:
    page = design.restored(made).pages[1]
    design.move(made.id, 1, 2, made.revision, BO)
    row = design.edit_page(made.id, page.key, "title", "Mine", made.revision, actor, before=page.title)
    assert titles(row)[2] == "Mine"
    with pytest.raises(Stale):
        design.edit_page(made.id, page.key, "title", "Mine 2", made.revision, actor, before=page.title)
    with pytest.raises(Stale):
        design.undo(made.id, made.revision, actor)


def test_what_is_the_same_is_no_edit(made: Design, actor: Actor) -> None:
    row = design.edit_page(made.id, 0, "title", titles(made)[0], made.revision, actor)
    assert (row.revision, design.steps_of(row)) == (made.revision, design.Around(0, 0))
    assert design.undo(made.id, made.revision, actor).revision == made.revision


def test_another_form_takes_the_words_anew_and_a_step_back_brings_the_old(made: Design, actor: Actor) -> None:
    row = design.edit(made.id, None, actor, form="quote", theme="dark")
    card = design.restored(row)
    assert (card.form, card.theme, len(card.pages), card.pages[0].source) == ("quote", "dark", 1, "Ada")
    assert design.restored(design.undo(made.id, None, actor)) == design.restored(made)


def test_words_are_taken_anew_from_the_post(made: Design, post: Post, actor: Actor) -> None:
    design.edit(made.id, None, actor, size="square")
    review.edit(post.id, actor, text=POST.replace("Nobody", "No one"))
    row = design.again(made.id, None, actor)
    assert titles(row)[0].startswith("No one") and design.restored(row).size == "square"
    assert titles(design.undo(made.id, None, actor))[0].startswith("Nobody")


def test_a_value_that_no_card_can_have_is_refused_by_its_name(made: Design, actor: Actor) -> None:
    refused: list[dict[str, Any]] = [
        {"size": "huge"}, {"theme": "blue"}, {"nothing": 1}, {"name": "x" * 201}, {"language": "<b>"},
        {"photo": "yes"}, {"headline": "a\x00b"}, {"form": "poster"}, {"family": "none"},
    ]  # fmt: skip
    for changes in refused:
        with pytest.raises(Invalid, match=next(iter(changes))):
            design.edit(made.id, None, actor, **changes)
    assert design.get(made.id).revision == made.revision


def test_a_page_s_field_and_length_are_checked(made: Design, actor: Actor) -> None:
    for field, value in (("key", "x"), ("title", "x" * 401), ("role", "king"), ("body", "\ud800")):
        with pytest.raises(Invalid):
            design.edit_page(made.id, 0, field, value, None, actor)


def test_a_reader_changes_nothing(made: Design, post: Post) -> None:
    reader = Actor(name="R", role="reader")
    with pytest.raises(Denied):
        design.edit(made.id, None, reader, theme="dark")
    with pytest.raises(Denied):
        design.start(post.id, post.author_id, "quote", reader)


def test_posts_that_wait_come_by_need(two_authors: dict[str, str], actor: Actor) -> None:
    ids = {}
    for name in ("draft", "review", "approved", "pictured", "out"):
        ids[name] = review.create(two_authors["Ada"], name, "Nobody lied to me.", actor).id
    for name in ("review", "approved", "pictured", "out"):
        review.submit(ids[name], actor)
    review.edit(ids["pictured"], actor, media=[{"image": "x", "name": "a.png"}])
    for name in ("approved", "pictured", "out"):
        review.approve(ids[name], None, actor)
    review.published(ids["out"], actor)
    assert [p.title for p in design.waiting(two_authors["Ada"])] == ["approved", "review", "draft", "pictured"]
    assert design.waiting(two_authors["Bo"]) == []


def test_on_either_database(any_database: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        author = store_authors.add(tx, "Ada").id
    ids = [review.create(author, name, POST, actor).id for name in ("bare", "pictured")]
    review.edit(ids[1], actor, media=[{"image": "01JX", "name": "a_%.png"}])
    assert [p.title for p in design.waiting(author)] == ["bare", "pictured"]
    with store.reading() as tx:
        assert [p.id for p in images.posts_with(tx, "01JX")] == [ids[1]] and not images.posts_with(tx, "01J")
    row = design.start(ids[0], author, "carousel", actor)
    row = design.edit_page(row.id, 0, "title", "Grüße 🚀", row.revision, actor)
    assert titles(design.undo(row.id, row.revision, actor)) != titles(row)
    assert titles(design.redo(row.id, None, actor)) == titles(row)
    assert design.start(ids[0], author, "carousel", actor).id == row.id


def test_a_card_outlives_its_json(made: Design) -> None:
    card = design.restored(design.get(made.id))
    assert isinstance(card, Card) and Card.restored(card.record()) == card


@pytest.mark.parametrize("text", ["half \ud800 a sign", "a\x00b", "x" * 100_001])
def test_nothing_is_begun_from_a_text_that_cannot_be_kept(two_authors: dict[str, str], actor: Actor, text: str) -> None:
    with pytest.raises(Invalid, match="text"):
        design.start(None, two_authors["Ada"], "quote", actor, text=text)
    assert design.listed() == []
