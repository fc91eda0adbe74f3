"""The skeleton: the brief's own words in the order of an angle, nothing invented, the story never cut in its end."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import text
from analytics.overlap import overlap
from core.generate import angles, constraints, figures, frames, repair, skeleton
from core.generate.body import parse, plain_words
from core.generate.brief import BriefFields
from core.generate.clauses import is_clause
from core.generate.style import Style
from core.persona.habits import Habits

BRIEF = BriefFields(
    topic="Safety audits in old plants",
    points=[
        "A clean audit says that the paper is clean",
        "The people who fix the valves know more than the binder",
        "We now begin every visit in the workshop",
    ],
    story="Last March the northern plant passed its audit. The same week the maintenance log was empty. Nobody had lied to us.",
    call_to_action="Who do you ask first?",
    variants=5,
)
HABITS = Habits(own=True, samples=20, min_chars=100, max_chars=900, first_person="free", hashtags=(0, 0), emoji=(0, 0),
                paragraph_sentences=(1, 3), hooks=["question", "story"])  # fmt: skip
STYLE = Style(samples=20, chars=600)


def written(brief: BriefFields, habits: Habits = HABITS, style: Style = STYLE, seed: int = 3) -> list[str]:
    c = constraints.build(brief, habits, style)
    return [
        repair.repair(repair.render(skeleton.compose(angle, brief, style, c, seed).body(), c), c).text
        for angle in angles.plan(brief, habits)
    ]


def test_variants_open_differently_and_are_built_differently() -> None:
    texts = written(BRIEF)
    assert len({text.sentences(t)[0] for t in texts}) == 5
    assert max(overlap(a, b) for a, b in combinations(texts, 2)) < 0.8
    kinds = [a.kind for a in angles.plan(BRIEF, HABITS)]
    assert kinds[0] == "question" and len(set(kinds)) == 5, "the author's usual opening first, each kind once"


def test_every_point_and_the_call_to_action_stand_word_for_word() -> None:
    for value in written(BRIEF):
        said = plain_words(value)
        assert all(plain_words(p) in said for p in BRIEF.points)
        assert plain_words(BRIEF.call_to_action) in said


def test_short_posts_lose_points_but_never_the_end_of_a_story() -> None:
    tight = Habits(**{**HABITS.__dict__, "max_chars": 330, "min_chars": 60})
    end = "Nobody had lied to us."
    for value in written(BRIEF, tight):
        assert len(value) <= 330
        if "the northern plant passed" in value:
            assert end in value


def test_the_opening_line_of_the_brief_is_in_every_variant_and_opens_some() -> None:
    hook = "The binder was perfect."
    texts = written(BRIEF.model_copy(update={"hook": hook}))
    assert all(hook in t for t in texts)
    assert 0 < sum(t.startswith(hook) for t in texts) < len(texts)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*BRIEF.points, "faster deploys", "costs down by 3%"]), min_size=1, max_size=4, unique=True
    ),
    st.sampled_from(["", BRIEF.story, "It broke."]),
    st.sampled_from(["yes", "no", "free"]),
    st.integers(0, 50),
)
def test_nothing_is_invented(points: list[str], story: str, person: str, seed: int) -> None:
    """Every sentence is the brief's, the topic's question or heading, or one of the frames."""
    brief = BRIEF.model_copy(update={"points": points, "story": story})
    c = constraints.build(brief, Habits(**{**HABITS.__dict__, "first_person": person}), STYLE)
    said = {f for rows in frames.FRAMES.values() for by in rows.values() for f in by}
    for angle in angles.plan(brief, HABITS):
        body = skeleton.compose(angle, brief, STYLE, c, seed).body()
        for at, unit in enumerate(u for block in body.blocks for u in block.units):
            known = repair.own(unit, c) or unit in said or unit.split(":")[0] + ":" in said
            assert known or at <= 1, unit
        assert not figures.foreign(repair.render(body, c), c.numbers)


@pytest.mark.parametrize(
    ("point", "clause"),
    [("Review is how knowledge spreads", True), ("We pair on risky changes", True), ("faster deploys", False),
     ("no-show rate down by a third", False), ("Patients booked online", False), ("The nurse counted the calls", True)],
)  # fmt: skip
def test_headings_are_told_from_sentences(point: str, clause: bool) -> None:
    assert is_clause(point) is clause


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_parsing_never_fails(raw: str) -> None:
    parse(raw)
