"""Two texts into one proposal: what one side changed is taken, what both changed stands there twice and marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.combine import HERE, THERE, combine, combine_lists, undecided

WORDS = st.lists(st.sampled_from(["one", "two", "three", "four.", "\n", "\n\n", "🚀", "#five"]), max_size=30)
TEXTS = WORDS.map(" ".join)
BASE = "We grew 5 percent last year.\n\nThe team is happy with it.\nEnd."


def test_changes_in_different_places_are_both_in() -> None:
    found = combine(BASE, BASE.replace("5", "6"), BASE.replace("happy", "very happy"))
    assert found.text == "We grew 6 percent last year.\n\nThe team is very happy with it.\nEnd."
    assert not found.clashes


def test_one_place_changed_twice_keeps_both_variants() -> None:
    found = combine(BASE, BASE.replace("5 percent", "6 percent"), BASE.replace("5 percent", "seven per cent"))
    assert found.clashes == 1
    assert "We grew [[Here: 6 percent]] [[In Notion: seven per cent]] last year." in found.text
    assert undecided(found.text) == 2


def test_texts_that_never_agreed_share_what_they_share() -> None:
    found = combine(None, "Same start.\n\nMine.\n\nSame end.", "Same start.\n\nTheirs.\n\nSame end.")
    assert found.text == "Same start.\n\n[[Here: Mine.]] [[In Notion: Theirs.]]\n\nSame end."


def test_a_very_long_text_is_compared_by_lines() -> None:
    base = "\n".join(f"Line {n} of a long text" for n in range(2000))
    found = combine(base, base.replace("Line 7 ", "Seventh "), base.replace("Line 1900 ", "Later "))
    assert "Seventh of" in found.text
    assert "Later of" in found.text
    assert not found.clashes


@given(TEXTS, TEXTS)
def test_one_sided_changes_are_taken_whole(base: str, changed: str) -> None:
    assert combine(base, changed, base).text == changed
    assert combine(base, base, changed).text == changed
    assert combine(base, changed, changed).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_no_word_that_somebody_added_is_lost(base: str, ours: str, theirs: str) -> None:
    found = combine(base, ours, theirs)
    words = found.text.replace(HERE, " ").replace(THERE, " ").replace("]]", " ").split()
    for side in (ours, theirs):
        assert set(side.split()) - set(base.split()) <= set(words)
    assert found.text.count(HERE) == found.text.count(THERE) == found.clashes


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        (["a", "b"], ["a", "c"], ["a", "b", "d"], ["a", "c", "d"]),
        (None, ["a"], ["b"], ["a", "b"]),
        (["a"], [], ["a"], []),
    ],
)
def test_lists_take_what_either_side_added_and_neither_took_out(
    base: list[str] | None, ours: list[str], theirs: list[str], both: list[str]
) -> None:
    assert combine_lists(base, ours, theirs) == both
