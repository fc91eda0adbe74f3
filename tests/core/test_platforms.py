"""Limits: X's weights on known strings, and every form counts in its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import platforms
from core.platforms import FORMS


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("a" * 280, 280),
        ("日本語", 6),
        ("é", 1),
        ("e\u0301", 1),
        ("👍", 2),
        ("👨\u200d👩\u200d👧\u200d👦", 2),
        ("🇩🇪", 2),
        ("“quoted” – yes", 14),
        ("https://example.org/" + "a" * 200, 23),
        ("https://t.co/a", 23),
        ("See https://example.org/a.", 28),
        ("core.py", 23),
        ("e.g. this", 9),
        ("3.5 of 4", 8),
    ],
)
def test_x_counts_as_its_published_weights_say(text: str, weight: int) -> None:
    assert platforms.weighted(text) == weight


def test_others_count_in_their_own_way() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    assert platforms.graphemes(f"a{family}e\u0301") == 3
    assert platforms.threads("ok 👍") == 3 + 4
    assert FORMS["single"].count("a") == "1 of 280 weighted characters"
    assert FORMS["hook"].count("two words") == "2 of 12 words"
    assert FORMS["hook"].over("word " * 13) and not FORMS["hook"].over("word " * 12)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_weighs_less_than_its_beginning(a: str, b: str) -> None:
    assert platforms.weighted(f"{a} \n{b}") >= platforms.weighted(b) and platforms.weighted(a) <= 2 * len(a) + 23 * len(
        a
    )


def test_names_fit_where_they_are_kept() -> None:
    assert all(name == form.name and len(name) <= 12 and form.parts[0] <= form.parts[1] for name, form in FORMS.items())
