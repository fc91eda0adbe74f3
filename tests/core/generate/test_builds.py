"""Builds: the nearest one is taken, what an author never does is no option, and nothing is said that was not said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.generate import angles, builds, constraints, figures, repair, skeleton
from core.generate.body import plain_words
from core.generate.brief import BriefFields
from core.generate.clauses import forms, lengthened, same_forms, shortened
from core.generate.frames import FRAMES, JOINS, Build, bare, framed, join
from core.generate.style import Style, read
from core.persona.habits import Habits

BRIEF = BriefFields(
    topic="Moving orders from paper to a tablet",
    points=["A list on paper cannot be searched", "The crew must see changes at once", "The old system stays a month"],
    story="On Saturday the tablet lost its connection. The baker wrote the orders on flour bags.",
    opinion="A tool should fail as gently as paper does",
    example="We lost 2 orders in May",
    call_to_action="What do you still keep on paper?",
    variants=5,
)
HABITS = Habits(own=True, samples=20, min_chars=60, max_chars=900, first_person="free", hashtags=(0, 0), emoji=(0, 0),
                paragraph_sentences=(1, 4), hooks=["story"])  # fmt: skip
ANY = st.builds(
    Build,
    **{name: st.integers(0, 7) for name in FRAMES},
    forms=st.sampled_from(["", "short", "long"]),
    join=st.integers(0, len(JOINS) - 1),
    joined=st.sampled_from(["story", "points", "all"]),
    blocks=st.sampled_from(["", "lines", "packed"]),
    loud=st.booleans(),
)


def texts(build: Build | None, person: str = "free") -> list[str]:
    habits = Habits(**{**HABITS.__dict__, "first_person": person})
    c = constraints.build(BRIEF, habits, Style(samples=20, chars=600))
    return [
        repair.repair(
            repair.render(skeleton.compose(a, BRIEF, Style(samples=20, chars=600), c, 3, None, build).body(), c), c
        ).text
        for a in angles.plan(BRIEF, habits)
    ]


@settings(max_examples=12, deadline=None)
@given(ANY, st.sampled_from(["yes", "free"]))
def test_whatever_the_build_every_part_of_the_brief_stands_and_no_number_comes_in(build: Build, person: str) -> None:
    for value in texts(build, person):
        said = same_forms(plain_words(value))
        for part in (*BRIEF.points, BRIEF.opinion, BRIEF.example, BRIEF.call_to_action):
            assert same_forms(plain_words(part)) in said
        assert not figures.foreign(value, figures.allowed(BRIEF.material))


def test_the_nearest_build_is_taken_and_without_a_voice_the_usual_one() -> None:
    start = Build()

    def rate(values: Sequence[str]) -> list[float]:
        return [value.count("n't") + value.count(";") for value in values]

    def made(build: Build) -> str:
        return "; ".join([(build.forms == "short" and "don't") or "do not", JOINS[build.join]])

    style = Style(samples=20, short=0.9, joins=["; "])
    assert builds.best(made, start, style, rate).forms == "short"
    assert JOINS[builds.best(made, start, style, rate).join] == "; "
    assert builds.best(made, start, style, lambda _: None) is start


def test_what_the_author_never_does_is_no_option() -> None:
    def made(build: Build) -> str:
        return f"{build.forms} {JOINS[build.join]} {build.loud}"

    seen: list[str] = []

    def rate(values: Sequence[str]) -> list[float]:
        seen.extend(values)
        return [0.0 for _ in values]

    builds.best(made, Build(), Style(samples=20, short=0.0, loud=0.0, joins=[]), rate)
    assert not any("short" in value or ";" in value or "True" in value for value in seen)


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("I do not know that it is late.", "I don't know that it's late."),
        ("Do not cry, we are here.", "Don't cry, we're here."),
        ("It cannot be.", "It can't be."),
        ("That is what it is.", "That's what it is."),
        ('He said "I am here" and left.', 'He said "I am here" and left.'),
    ],
)
def test_short_forms_and_long_ones(long: str, short: str) -> None:
    assert shortened(long) == short and lengthened(short) == long
    assert same_forms(plain_words(short)) == same_forms(plain_words(long))


def test_sentences_are_joined_in_twos_and_questions_and_frames_stay_apart() -> None:
    comma = Build(join=JOINS.index(", and "))
    assert join(["It broke.", "We fixed it.", "All slept."], comma) == ["It broke, and we fixed it.", "All slept."]
    assert join(["Did it break?", "We fixed it."], comma) == ["Did it break?", "We fixed it."]
    assert join(["Let me explain.", "We fixed it."], comma) == ["Let me explain.", "We fixed it."]
    assert join(["It broke.", "But we fixed it."], comma) == ["It broke.", "But we fixed it."]
    c = constraints.build(BRIEF, HABITS, Style())
    joined = join(["On Saturday the tablet lost its connection.", "The baker wrote the orders on flour bags."], comma)
    assert repair.own(joined[0], c) and not repair.own("On Saturday the tablet burned, and the baker left.", c)


def test_a_frame_stands_before_a_sentence_and_can_be_taken_off() -> None:
    assert framed("Quiet is no luxury.", "opinion", "I think") == "I think quiet is no luxury."
    assert bare("I think quiet is no luxury.") == "quiet is no luxury."
    assert framed("I doubt it.", "opinion", "I think") == "I doubt it."
    assert framed("Is it?", "example", "For example,") == "Is it?"


def test_the_habits_of_building_are_read_from_the_samples() -> None:
    found = read([f"I don't know; it's late in town {n}. We can't stay!" for n in range(12)], blank_line_between=True)
    assert found.short == 1.0 and found.loud == 1.0 and found.joins == ["; "]
    assert forms("I do not know. It's late.") == (1, 1)
