"""The card and the diff: everything from outside is escaped, nothing of the text is lost or changed."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.ui import diff, post_card

TAGS = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)
TEXTS = st.text(alphabet=st.sampled_from("ab<>&\"' \n#@.é🚀"), max_size=80)


def shown(markup: str) -> str:
    """What a reader sees of the markup."""
    return html.unescape(TAGS.sub("", markup))


@given(TEXTS)
def test_the_card_shows_the_text_exactly(text: str) -> None:
    assert shown(post_card.marked(text)) == text


def test_nothing_in_a_text_becomes_an_element() -> None:
    card = post_card.markup("<i>Ada</i>", "<b>x</b>", "<img src=x onerror=alert(1)>\n<script>1</script>")
    assert not re.search(r"<(i|img|script)\b", card)
    assert "&lt;img src=x onerror=alert(1)&gt;" in card


@pytest.mark.parametrize(
    ("text", "blue"),
    [
        ("Read https://x.io/a_b?c=1. Now", ["https://x.io/a_b?c=1"]),
        ("#one #2024 #two2 a#b &#39;", ["#one", "#two2"]),
        ("Thanks @Ada and me@x.org", ["@Ada"]),
        ("(see www.x.io/y)", ["www.x.io/y"]),
    ],
)
def test_tags_mentions_and_links_are_marked(text: str, blue: list[str]) -> None:
    assert re.findall("<b>(.*?)</b>", post_card.marked(text)) == blue


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Short.", None),
        ("a\nb\nc", None),
        ("a\nb\nc\n  \n", None),
        ("a\nb\nc\nd", 5),
        ("x" * 211, 210),
        ("x" * 210, None),
        ("a\nb\n" + "x" * 300 + "\nd", 210),
    ],
)
def test_the_fold_is_at_three_lines_or_210_characters(text: str, cut: int | None) -> None:
    assert post_card.fold_at(text) == cut


def test_an_empty_text_says_so() -> None:
    assert "Nothing written yet." in post_card.markup("Ada", "", "  \n")


@given(TEXTS, TEXTS)
def test_a_diff_holds_both_texts(before: str, after: str) -> None:
    parts = diff.parts(before, after)
    assert "".join(p.text for p in parts if p.kind != "added") == before
    assert "".join(p.text for p in parts if p.kind != "removed") == after


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("a b", "a b", "Nothing changed."),
        ("a b", "a c d", "2 words added, 1 removed."),
        ("a b", "a\nb", "Only spaces and line breaks changed."),
        ("a", "a b", "1 word added, 0 removed."),
    ],
)
def test_a_diff_says_how_much_changed(before: str, after: str, words: str) -> None:
    assert diff.summary(before, after) == words


def test_a_diff_escapes() -> None:
    assert "<script>" not in diff.markup("<script>", "<b>")
