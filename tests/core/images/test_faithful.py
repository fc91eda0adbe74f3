"""A card says what its post says: a number that only the card has is named, and so is a text that changed since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import review
from core.images import compose, design, faithful, keep, media
from core.store import Actor
from tests.core.images.test_compose import POST


@pytest.mark.parametrize("form", ["quote", "hook", "carousel", "thread"])
def test_what_is_proposed_brings_nothing_in(form: str) -> None:
    assert faithful.remarks(compose.propose(POST, "Ada Berg", form), POST) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "words", "named"),
    [("body", "It cost 40% of the year.", "40%"), ("title", "I spent 15 weeks there", "15"),
     ("body", "As Marta Lindqvist put it.", "Marta Lindqvist")],
)  # fmt: skip
def test_a_fact_that_the_post_does_not_hold_is_named_with_its_page(field: str, words: str, named: str) -> None:
    card = compose.propose(POST, "Ada Berg", "carousel")
    page = replace(card.pages[1], **{field: words})  # type: ignore[arg-type]
    (found,) = faithful.remarks(replace(card, pages=(card.pages[0], page, *card.pages[2:])), POST)
    assert (found.page, found.field) == (1, field) and named in found.message and found.message.startswith("Page 2")


def test_the_author_s_own_lines_are_no_strange_names() -> None:
    card = compose.propose(POST, "Ada Berg", "hook")
    told = replace(
        card, headline="Audits at Nordwerk", pages=(replace(card.pages[0], body="Ask Ada Berg of Nordwerk."),)
    )
    assert faithful.remarks(told, POST) == []
    (found,) = faithful.remarks(replace(told, headline=""), POST)
    assert "Nordwerk" in found.message


def test_a_text_that_changed_after_its_card_was_made_is_said_and_hinders_nothing(
    two_authors: dict[str, str], actor: Actor
) -> None:
    post = review.create(two_authors["Ada"], "The audit", POST, actor)
    row = design.start(post.id, post.author_id, "carousel", actor)
    assert design.remarks(row) == []
    image = keep.finish(row.id, actor)
    assert media.check(media.attach(post.id, image.id, actor)) == []
    changed = review.edit(post.id, actor, text=POST.replace("14 weeks", "12 weeks"))
    found = media.check(changed)
    assert [one.advice for one in found] == [True, True]
    assert "changed after" in found[0].message and "14" in found[1].message
    assert [remark.page for remark in design.remarks(row)] == [1]


def test_what_a_carousel_says_and_its_post_does_not_is_told_for_linkedin_takes_no_alt_text_of_it(
    two_authors: dict[str, str], actor: Actor
) -> None:
    post = review.create(two_authors["Ada"], "The audit", POST, actor)
    row = design.start(post.id, post.author_id, "carousel", actor)
    note = media.document_note(design.restored(row), POST)
    assert note and "stands in the post" in note.message and note.advice
    design.edit_page(row.id, 2, "body", "Nobody had oiled them either.", None, actor)
    image = keep.finish(row.id, actor)
    (told,) = media.check(media.attach(post.id, image.id, actor))
    assert told.advice and "no alt text for a document, and page 3 says something" in told.message
    assert media.document_note(compose.propose(POST, "Ada", "thread"), POST) is None


def test_linkedin_s_own_words_below_a_post_are_said_to_be_left_out() -> None:
    for text in (f"{POST}\n\n …see more", f"{POST}\n…more\n"):
        (remark,) = faithful.remarks(compose.propose(text, "Ada Berg", "carousel"), text)
        assert "…see more" in remark.message and (remark.page, remark.field) == (0, "")
