"""What is typed into the picture form: kept field by field, for everybody on the post; nobody else's, nothing endless."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core import review, store
from core.errors import Denied, Invalid, NotFound
from core.images import design, picture_drafts
from core.store import Actor
from core.store.tables import Change, Post


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "On meetings", "Our meeting had no agenda.", actor)


def test_fields_are_kept_on_top_of_one_another_and_apart_from_other_posts(post: Post, actor: Actor) -> None:
    ada = post.author_id
    assert picture_drafts.get(ada, post.id) == {}
    picture_drafts.put(ada, post.id, {"prompt": "A red door.", "negative": ""}, actor)
    picture_drafts.put(ada, post.id, {"n": 3, "prompt": "A door."}, Actor("Maria"))
    picture_drafts.put(ada, None, {"prompt": "Without a post."}, actor)
    assert picture_drafts.get(ada, post.id) == {"prompt": "A door.", "negative": "", "n": 3}
    assert picture_drafts.put(ada, post.id, {"n": None}, actor) == {"prompt": "A door.", "negative": ""}
    assert picture_drafts.get(ada, None) == {"prompt": "Without a post."}
    with store.reading() as tx:
        logged = tx.session.scalars(select(Change.entity)).all()
    assert "setting" not in logged, "a pause in typing is nobody's edit"


@pytest.mark.parametrize(
    "given", [{"prompt": "x" * 20_001}, {"prompt": 3}, {"colour": "red"}, {"n": {"a": 1}}, {"chips": ["x" * 500]},
              {"prompt": "a\x00b"}],
)  # fmt: skip
def test_what_no_form_has_is_refused(post: Post, actor: Actor, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        picture_drafts.put(post.author_id, post.id, {"negative": "cups", **given}, actor)
    assert picture_drafts.get(post.author_id, post.id) == {}


def test_a_reader_and_another_authors_post_are_refused(post: Post, actor: Actor, two_authors: dict[str, str]) -> None:
    with pytest.raises(Denied):
        picture_drafts.put(post.author_id, post.id, {"n": 1}, Actor("Ria", role="reader"))
    with pytest.raises(Invalid, match="another author"):
        picture_drafts.put(two_authors["Bo"], post.id, {"n": 1}, actor)
    with pytest.raises(NotFound):
        picture_drafts.put(post.author_id, "01NOSUCHPOST00000000000000", {"n": 1}, actor)


def test_a_design_that_was_put_away_comes_back_with_its_steps(post: Post, actor: Actor) -> None:
    row = design.start(post.id, post.author_id, "hook", actor)
    design.edit_page(row.id, 0, "title", "Typed", None, actor)
    design.remove(row.id, actor)
    assert [one.id for one in design.put_away(post.author_id, post.id)] == [row.id]
    assert design.put_away(post.author_id, None) == []
    with pytest.raises(Denied):
        design.bring_back(row.id, Actor("Ria", role="reader"))
    back = design.bring_back(row.id, actor)
    assert design.steps_of(back).back == 1 and design.put_away(post.author_id, post.id) == []
    with pytest.raises(NotFound):
        design.bring_back("01NOSUCHDESIGN000000000000", actor)
