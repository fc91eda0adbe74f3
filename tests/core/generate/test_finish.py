"""The last touch: spaces, line breaks, hashtags once, the link where it is wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import text
from core.generate import constraints, finish, repair
from core.generate.brief import BriefFields
from core.generate.style import Style
from core.persona.habits import Habits

LINK = "https://example.org/audit"
POST = f"The log was empty.\n\nA clean audit says the paper is clean, see {LINK}.\n\nWho do you ask first?\n\n#audit #plants"
PLACES = ("post", "postscript", "comment")


def brief(place: str) -> BriefFields:
    return BriefFields(
        topic="Audits", points=["The log was empty", "A clean audit says the paper is clean"], link=LINK, link_place=place,
        call_to_action="Who do you ask first?",
    )  # fmt: skip


def bound(place: str, **habits: object) -> constraints.Constraints:
    own = {"own": True, "min_chars": 20, "max_chars": 600, "first_person": "free", "hashtags": (1, 3), **habits}
    return constraints.build(brief(place), Habits(**own), Style(), tags=["#audit"])  # type: ignore[arg-type]


def test_spaces_and_line_breaks() -> None:
    raw = "One\u00a0two  three \t\r\nfour\u2028five\n\n\n\n\nsix\u200b \n   \nseven  "
    assert finish.tidy(raw) == "One two three\nfour\nfive\n\nsix\n\nseven"
    assert finish.tidy("A family 👨\u200d👩\u200d👧 stays") == "A family 👨\u200d👩\u200d👧 stays"


def test_hashtags_stand_once_whatever_their_case() -> None:
    assert (
        finish.once("I like #Audit and #audit work.\n\n#AUDIT #plants #Plants")
        == "I like #Audit and audit work.\n\n #plants "
    )
    assert finish.tidy(finish.once("x #a\n\n#a #b")) == "x #a\n\n#b"
    assert finish.once(f"#a https://example.org/x#a {LINK}") == f"#a https://example.org/x#a {LINK}"


def test_the_link_stands_where_it_is_wanted() -> None:
    post, script, comment = (finish.finish(POST, brief(p), bound(p)) for p in PLACES)
    assert post == (POST, "")
    assert (
        script.text.endswith(f"Who do you ask first?\n\nP.S. The link: {LINK}\n\n#audit #plants")
        and script.comment == ""
    )
    assert script.text.count(LINK) == 1
    assert LINK not in comment.text and comment.comment == f"The link: {LINK}" and "see." in comment.text


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("habits", [{}, {"blank_line_between": False}, {"bullets": False}])
@pytest.mark.parametrize("one_block", [True, False])
def test_repair_holds_the_place_and_doing_it_again_changes_nothing(
    place: str, habits: dict[str, object], one_block: bool
) -> None:
    c = bound(place, **habits)
    c = replace(c, one_block=one_block, gap="\n" if habits.get("blank_line_between") is False else "\n\n")
    for raw in (POST, POST.replace(f", see {LINK}", ""), f"{POST}\n\nP.S. The link: {LINK}", f"{LINK}\n\n{POST}"):
        held = repair.repair(raw, c)
        assert held.broken == []
        assert held.text.count(LINK) == (0 if place == "comment" else 1)
        assert (f"P.S. The link: {LINK}" in held.text) == (place == "postscript") and held.text.count("P.S.") <= 1
        assert repair.repair(held.text, c).text == held.text


@pytest.mark.parametrize(
    ("place", "bad"), [("comment", POST), ("postscript", POST), ("post", POST.replace(LINK, "")), ("post", POST + LINK)]
)
def test_a_link_in_the_wrong_place_breaks_the_constraint(place: str, bad: str) -> None:
    assert "link" in [b.name for b in constraints.check(bad, bound(place))]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.sampled_from(PLACES))
def test_finishing_twice_is_finishing_once_and_loses_no_word(raw: str, place: str) -> None:
    done = finish.finish(raw, brief(place), bound(place))
    assert finish.finish(done.text, brief(place), bound(place)) == done
    tags = [t.lower() for t in text.hashtags(done.text)]
    assert len(tags) == len(set(tags))
    assert not any(row != row.strip() for row in done.text.split("\n"))
