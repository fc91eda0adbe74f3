"""Asks: what neither the brief nor its sources hold is asked for, and nothing else."""

from __future__ import annotations

import pytest

from core import knowledge as sources
from core.generate import material
from core.generate.asks import NAMES, asks
from core.generate.brief import BriefFields
from core.store import Actor


def names(knowledge: str = "", **fields: object) -> list[str]:
    return [
        one.name for one in asks(BriefFields.model_validate({"topic": "Hiring at small firms", **fields}), knowledge)
    ]


def test_a_bare_brief_is_asked_everything_and_each_ask_says_where_its_answer_goes() -> None:
    found = asks(BriefFields(topic="Hiring at small firms", points=["Ask for a work sample"]))
    assert [one.name for one in found] == list(NAMES)
    assert [one.field for one in found] == ["story", "example", "opinion"]
    assert all(one.question.endswith("?") and one.why.endswith(".") for one in found)
    for one in found:  # an answer in its field settles it
        answer = "Last Tuesday a candidate of ours brought her own broken radio along."
        assert one.name not in names(points=["Ask for a work sample"], **{one.field: answer})


@pytest.mark.parametrize(
    ("points", "left"),
    [
        (["We hired 4 of 9 people by a work sample"], {"opinion"}),
        (["Last Monday a candidate fixed the printer"], {"metric", "opinion"}),
        (["It took seven weeks"], {"detail", "opinion"}),
        (["Most interviews, for example ours, are small talk"], {"detail", "opinion"}),
        (["Interviews are overrated"], {"detail", "metric"}),
        (["I believe in work samples"], {"detail", "metric"}),
        (["Ask Marta in the workshop about it"], {"metric", "opinion"}),
        (["See https://example.com/2024/report-7"], {"detail", "metric", "opinion"}),
        (["Say it with #Top10Tips"], {"detail", "metric", "opinion"}),
    ],
)
def test_what_stands_in_the_points_is_not_asked_again(points: list[str], left: set[str]) -> None:
    assert set(names(points=points)) == left


def test_sources_answer_for_facts_and_never_for_the_point_of_view() -> None:
    source = "In March the ward at St Brennan timed 63 shifts. I think handovers should be shorter."
    assert names(source, points=["Time it"]) == ["opinion"]


def test_what_a_person_waived_is_not_asked() -> None:
    assert names(points=["Ask for a work sample"], without=["detail", "opinion"]) == ["metric"]
    assert names(points=["Ask for a work sample"], without=list(NAMES)) == []


def test_a_small_model_draws_on_the_sources_beside_the_briefs_own_points(
    two_authors: dict[str, str], actor: Actor
) -> None:
    """It is never told the passages: without this a source of a brief with points was read for nothing."""
    facts = [
        "In a study of 26 plants, 19 had an empty log.",
        "The survey counted 412 valves in one spring.",
        "People who fix valves know more than the binder.",
    ]
    ids = [sources.add_note("Survey", "\n\n".join(facts), two_authors["Ada"], actor).id]
    brief = BriefFields(topic="Safety audits", points=["The people who fix the valves know more than the binder"])
    with_sources = brief.model_copy(update={"knowledge": ids})
    assert material.from_sources(brief, True, 250) == [], "no sources"
    assert material.from_sources(with_sources, False, 250) == [], "a large model is told the passages"
    few = material.from_sources(with_sources, True, 10)
    assert few[:1] == brief.points and len(few) == 2 and few[1] in facts[:2], "one, though it is long enough"
    assert set(material.from_sources(with_sources, True, 250)) == {*brief.points, *facts[:2]}, "nothing said twice"
    assert material.too_little(brief, True, 250) and not material.too_little(brief, False, 250)
    assert not material.too_little(with_sources, True, 250), "the sources lend enough"
    assert not material.too_little(BriefFields(), True, 250), "nobody has begun"
