"""The brief's own words in a small model's post."""

from __future__ import annotations

import pytest

from core.generate.anchor import anchored, said
from core.generate.brief import BriefFields

BRIEF = BriefFields(
    topic="reviews in pairs",
    points=["Two people read every change", "Lead time fell from nine days to three"],
    call_to_action="How do you review?",
)


def test_a_sentence_that_says_a_point_nearly_right_becomes_the_point() -> None:
    made = anchored("Reviews are slow.\n\nOur lead time fell from nine weeks to two.\n\nHow do you review?", BRIEF)
    assert "Lead time fell from nine days to three." in made.text
    assert "weeks" not in made.text, "the model's own number is gone"
    assert made.text.startswith("Reviews are slow."), "what says no part of the brief is the model's own voice"


def test_what_the_model_left_out_is_put_in_where_it_belongs() -> None:
    made = anchored("We tried something.\n\nTwo people read every change now, I mean every change.", BRIEF)
    units = [u for u in made.text.split("\n\n") if u]
    assert units.index("Two people read every change.") < units.index("Lead time fell from nine days to three.")
    assert units[-1] == "How do you review?"
    assert made.placed == pytest.approx(1 / 3)


def test_each_part_stands_once() -> None:
    made = anchored("Two people read every change. Every change is read by two people.", BRIEF)
    assert made.text.count("Two people read every change.") == 1
    assert "Every change is read" not in made.text


@pytest.mark.parametrize("value", ["", "\n\n", "#only #tags", "- \n- ", "🎉🎉"])
def test_whatever_the_model_says_the_brief_is_in_it(value: str) -> None:
    made = anchored(value, BRIEF)
    assert all(part in made.text for part in said(BRIEF))
    assert made.placed == 0


def test_the_layout_of_the_model_stays() -> None:
    made = anchored("One thing first.\n\nA second thing here.\n\n#reviews", BRIEF)
    assert made.text.split("\n\n")[:1] == ["Two people read every change."] or made.text.startswith("One thing first.")
    assert made.text.rstrip().endswith("#reviews")
