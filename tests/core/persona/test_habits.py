"""Habits: what four in five posts keep to, and the defaults where there are too few."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from core.persona.figures import figures
from core.persona.habits import ENOUGH, Habits, habits, openings, person

LONG = "I walked the plant in March. Nobody spoke.\n\nI wrote it down, and then I wrote it down again.\n\nWho reads margins?"
SHORT = "Ship it. 🚀\n\nThen fix it.\n\n- one\n- two\n\n#build #{n} https://example.org/{n}"


def test_under_five_posts_the_defaults_hold() -> None:
    for count in range(ENOUGH):
        found = habits([LONG] * count)
        assert found == Habits(samples=count)
        assert (found.own, found.first_person, found.min_chars, found.max_chars) == (False, "yes", 800, 1600)
        assert found.hashtags == (3, 5)
        assert all("default" in line for line in found.summary())


def test_texts_without_words_do_not_count() -> None:
    assert habits(["", "  ", "🚀🚀", "https://example.org"] * 3).own is False


def test_two_ways_of_writing_give_two_sets_of_habits() -> None:
    long, short = habits([LONG] * 12), habits([SHORT.replace("{n}", f"day{n}") for n in range(12)])
    assert long.first_person == "yes" and short.first_person == "no"
    assert long.hashtags == (0, 0) and short.hashtags == (2, 2)
    assert long.emoji == (0, 0) and short.emoji == (1, 1)
    assert long.blank_line_between and short.blank_line_between
    assert short.bullets and not long.bullets
    assert short.links and not long.links
    assert long.endings == ["question"]
    assert "No hashtags (12 posts)" in long.summary()
    assert "2 hashtags (12 posts)" in short.summary()


def test_a_habit_is_what_four_in_five_keep_to() -> None:
    texts = [f"Post {n} has words enough." + " #one #two" * (n == 0) for n in range(20)]
    assert habits(texts).hashtags == (0, 0), "one post in twenty makes no habit"
    texts = [f"Post {n} has words enough." + " #one #two" * (n % 2) for n in range(20)]
    assert habits(texts).hashtags == (0, 2)


def test_person_is_free_between_never_and_always() -> None:
    assert [person(share) for share in (0.0, 0.09, 0.1, 0.5, 0.79, 0.8, 1.0)] == [
        "no", "no", "free", "free", "free", "yes", "yes",
    ]  # fmt: skip


def test_openings_are_words_that_several_posts_begin_with() -> None:
    posts = [figures(f"I have learned {w} from the sea.") for w in ("much", "little", "more", "less")]
    posts += [figures(f"Number {n} is another matter.") for n in range(6)]
    assert openings(posts)[0] == "I have learned"


def test_what_linkedin_adds_to_a_copied_post_is_no_part_of_it() -> None:
    assert figures("A plain post.  \n \n \n …see more").text == "A plain post."


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=12))
def test_any_texts_give_ordered_finite_ranges(texts: list[str]) -> None:
    found = habits(texts)
    for low, high in (found.hashtags, found.emoji, found.sentence_words, found.paragraph_sentences):
        assert 0 <= low <= high
    assert 0 <= found.min_chars < found.max_chars
    assert found.first_person in ("yes", "no", "free")
    json.dumps(found.summary())
