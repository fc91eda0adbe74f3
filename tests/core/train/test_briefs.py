"""The brief behind a post: its own telling sentences, never more than half of it, the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import text as texts
from core.generate import voiced
from core.generate.brief import BriefFields
from core.train import briefs, topics
from core.train.cleaning import plain
from tests.core.train.posts import varied

POST = """🚀 Big day. We opened the second workshop in Leeds, with 14 benches and no manager.

For example, the night shift now orders its own steel. It took us nine months, and Amara Osei drew every plan herself.

I think a workshop should belong to the people who sweep it. So there is that.

What would you hand over first? #workshops #steel"""


def words_of(brief: BriefFields) -> int:
    return sum(len(texts.words(part)) for part in (*brief.points, brief.opinion, brief.example))


def test_a_post_is_told_as_a_person_would_ask_for_it() -> None:
    brief = briefs.of_post(POST, "Ada")
    assert brief.topic == "second workshop in Leeds"
    assert brief.points[0] == "We opened the second workshop in Leeds, with 14 benches and no manager"
    assert brief.opinion == "" or brief.opinion == "I think a workshop should belong to the people who sweep it"
    assert brief.call_to_action == "What would you hand over first?"
    assert brief == briefs.of_post(POST, "Ada"), "the same post, the same brief"


def test_every_part_stands_in_the_post_and_leaves_half_of_it_to_the_writer() -> None:
    for post in varied(30, seed=3):
        brief = briefs.of_post(post, "Ada")
        for part in (brief.topic, *brief.points, brief.opinion, brief.example):
            assert all(
                plain(jot) in plain(post) for jot in ([part] if plain(part) in plain(post) else part.split(", "))
            )
        assert 1 <= len(brief.points) <= briefs.MOST_POINTS
        assert words_of(brief) <= briefs.SHARE * len(texts.words(post))
        assert brief.call_to_action and plain(brief.call_to_action) not in {plain(p) for p in brief.points}


def test_numbers_and_names_come_before_manner() -> None:
    post = (
        "It was one of those lovely long afternoons that people write home about, slow and warm and easy. "
        "Priya Nair sold 312 pumps to Siemens in March. "
        "Everything felt light and simple and quietly good to all of us there on that day."
    )
    assert briefs.of_post(post, "Ada").points == ["Priya Nair sold 312 pumps to Siemens in March"]


def test_names_and_numbers_that_no_sentence_gave_away_are_jotted_down() -> None:
    post = (
        "Priya Nair sold 312 pumps in March. Ingrid moved to the yard in Bergen. The 41 engines stay, as Otto Brandt says, "
        "for as long as anybody is there who knows how they want to be looked after on a cold and wet morning, "
        "which nobody can learn from a manual and hardly anybody from a colleague who has not been there for years."
    )
    points = briefs.of_post(post, "Ada").points
    assert points[0] == "Priya Nair sold 312 pumps in March" and "Ingrid" in points[1]
    assert points[-1] == "41 engines, Otto Brandt"


def test_a_view_and_an_example_have_their_own_place() -> None:
    post = (
        "We closed the depot in Hull after 40 years. I believe a depot deserves a proper farewell. "
        "For example, the drivers of route 9 painted the gate. It rained all the while. The tea went cold by noon. "
        "Somebody had brought a dog. We left before it got dark and hardly anybody said a word on the way."
    )
    brief = briefs.of_post(post, "Ada")
    assert brief.opinion == "I believe a depot deserves a proper farewell"
    assert brief.example == "For example, the drivers of route 9 painted the gate"
    assert brief.points[0] == "We closed the depot in Hull after 40 years"
    assert "View: I believe" in voiced.told(brief, 60) and "Example: For example" in voiced.told(brief, 60)


def test_what_only_shows_the_way_to_something_is_no_point() -> None:
    post = (
        "See here for 2019, here for 2020. The harbour at Whitby took 61 boats this winter, more than ever before. "
        "Here's how I count them. The quay was built for thirty of them and nobody has widened it since."
    )
    points = briefs.of_post(post, "Ada").points
    assert any("61 boats" in point for point in points)
    assert not any(point.startswith(("See here", "Here's")) for point in points)


def test_a_question_is_no_point_even_with_a_number_in_it() -> None:
    post = (
        "Why do 9 of 14 Leeds workshops close on Fridays? The fitters of the old yard told me over a long lunch. "
        "They go home to the river and mend their own boats there, and the yard pays for the paint they use."
    )
    points = briefs.of_post(post, "Ada").points
    assert points and not any("Why" in point or "?" in point for point in points)


def test_a_post_of_one_sentence_gives_keywords_instead() -> None:
    post = "A warm welcome to Ingrid Solberg as the new head of our turbine repair yard in Bergen. #hiring #turbines"
    brief = briefs.of_post(post, "Ada")
    assert brief.points and words_of(brief) <= 8
    assert all(plain(point) in plain(post) for point in brief.points)


def test_a_long_sentence_is_taken_apart_where_a_clause_ends() -> None:
    post = (
        "The committee met on Tuesday in the old hall with the broken heating and the single working lamp, because "
        "they had lost the key to the new one, and we decided to spend 5,000 euros on the roof before the winter comes."
    )
    points = briefs.of_post(post, "Ada").points
    assert points[0] == "We decided to spend 5,000 euros on the roof before the winter comes"


@pytest.mark.parametrize(
    ("said", "point"),
    [
        ("🔥 And we shipped it!!!", "We shipped it"),
        ("Honestly, the #budget was gone. #money #fun", "The budget was gone"),
        ("So the plan held.", "The plan held"),
        ("So much time was lost.", "So much time was lost"),
        ("Is that all?", "Is that all?"),
        ("The list is long (see link below).", "The list is long"),
    ],
)
def test_a_point_is_without_what_is_only_manner(said: str, point: str) -> None:
    assert briefs.plainly(said) == point


@pytest.mark.parametrize(
    ("post", "topic"),
    [
        (
            "We talked about recommendation letters. Recommendation letters are read between the lines.",
            "recommendation letters",
        ),
        (
            "Wearing heavy boots all day is fine. The heavy boots of the fitters last for years.",
            "heavy boots of the fitters",
        ),
        (
            "Our parish council's budget is thin. The budget of the parish council has to last.",
            "parish council's budget",
        ),
        ("Hm.", "Hm"),
    ],
)
def test_the_topic_is_a_noun_phrase_of_the_post(post: str, topic: str) -> None:
    assert topics.topic(post) == topic


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_any_text_has_a_brief(text: str) -> None:
    brief = briefs.of_post(text, "Ada")
    assert words_of(brief) <= max(1, len(texts.words(text)))
