"""What of a post is learnt from: its words and its lines, not what copying or linking added."""

from __future__ import annotations

import pytest

from core.train import cleaning

LONG = "We moved the whole workshop over the river on a Sunday and nobody in the town noticed that we were gone."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("One line.\r\n\r\n\r\n\r\nAnother one. …see more", "One line.\n\nAnother one."),
        ("Sign up here: https://example.org/a?b=c.", "Sign up here"),
        ("It can be had from shop@example.org.  Ask for Bo.", "It can be had.  Ask for Bo."),
        ("Read more: https://example.org/x", ""),
        ("A good talk (see https://example.org/x) on pumps.", "A good talk on pumps."),
        ("Thanks to  Netflix , and to hashtag#steel!", "Thanks to Netflix, and to #steel!"),
        ("Two blanks.  They are a habit. \u200bYes.", "Two blanks.  They are a habit. Yes."),
        ("- first\n- second", "- first\n- second"),
    ],
)
def test_cleaned(said: str, kept: str) -> None:
    assert cleaning.cleaned(said) == kept


@pytest.mark.parametrize(
    ("post", "why"),
    [
        (LONG, ""),
        ("Ship it. #" + " #".join("abcdefghijklmnopqrstuvwxyz"), "shorter than 20 words"),
        (f"{LONG} " * 40, "longer than 600 words"),
        ("2019: 4,512 | 2020: 5,800 | 2021: 6,120 | 2022: 7,300 and so on " * 3, "mostly figures or signs"),
        ("Wir haben die ganze Werkstatt an einem Sonntag verlegt und niemand hat es gemerkt, nicht einmal der Wirt "
         "gegenüber oder die Post.", "not English prose"),
    ],
)  # fmt: skip
def test_refused_says_why(post: str, why: str) -> None:
    assert cleaning.refused(post) == why


def test_a_sign_off_goes_and_the_post_stays() -> None:
    off = "I write about pumps every Tuesday, so follow me for more of this."
    posts = [f"Post number {n} is about something else.\n\n{off}" for n in range(3)]
    said = cleaning.furniture(posts)
    assert [cleaning.without(post, said) for post in posts] == [
        f"Post number {n} is about something else." for n in range(3)
    ]
    assert cleaning.furniture(posts[:2]) == frozenset(), "twice may be chance"
