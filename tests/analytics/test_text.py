"""Text as units: what counts as a word, a sentence, a paragraph, a hashtag, an emoji, a link, a mention."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import text

ANY = st.text()
UNITS = (text.words, text.sentences, text.paragraphs, text.lines, text.hashtags, text.emoji, text.links, text.mentions)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("It’s state-of-the-art — don't.", ["It’s", "state-of-the-art", "don't"]),
        ("3.5 of 1,000 हिन्दी", ["3.5", "of", "1,000", "हिन्दी"]),
        ("see https://example.org/a-b?c=d now", ["see", "now"]),
        ("", []),
    ],
)
def test_words(given_text: str, expected: list[str]) -> None:
    assert text.words(given_text) == expected


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Dr. Smith met J. R. Jones at 3.5 p.m. today.", ["Dr. Smith met J. R. Jones at 3.5 p.m. today."]),
        ("Wow! Really? Yes.", ["Wow!", "Really?", "Yes."]),
        ("I worked at Acme Inc. Then I left.", ["I worked at Acme Inc.", "Then I left."]),
        ("The law exists; the money don't. Bottom line: no.", ["The law exists; the money don't.", "Bottom line: no."]),
        ("It was John and I. Then he left.", ["It was John and I.", "Then he left."]),
        ("He left... and came back.", ["He left... and came back."]),
        ("A line\nwithout stop goes on\nNew line", ["A line without stop goes on", "New line"]),
        ("One:\n- first\n- second", ["One:", "- first", "- second"]),
        ("Use tools, e.g. Python.", ["Use tools, e.g. Python."]),
    ],
)
def test_sentences(given_text: str, expected: list[str]) -> None:
    assert text.sentences(given_text) == expected


def test_paragraphs_are_parted_by_blank_lines_and_by_line_breaks_only_where_no_line_is_blank() -> None:
    assert text.paragraphs("a\n\nb\nc\n\u200b\nd") == ["a", "b\nc", "d"]
    assert text.paragraphs("a\r\nb") == ["a", "b"]
    assert text.paragraphs(" \n\n ") == []


def test_hashtags_links_mentions_and_emoji() -> None:
    assert text.hashtags("#ai hashtag#ml x#no https://a.b/#anchor #1 #2fa &#39;") == ["#ai", "#ml", "#2fa"]
    assert text.links("see https://x.y/a). www.a.b, lnkd.in/abc foo.lnkd.in/x") == [
        "https://x.y/a",
        "www.a.b",
        "lnkd.in/abc",
    ]
    assert text.mentions("@bob a@b.c @é (@al).") == ["@bob", "@é", "@al"]
    assert text.emoji("👨‍👩‍👧 🇫🇷 ✅ ™ 1️⃣ ❤️ → 👍🏽 5 #") == ["👨‍👩‍👧", "🇫🇷", "✅", "1️⃣", "❤️", "👍🏽"]


@given(ANY)
def test_any_text_is_taken_and_every_unit_comes_from_it(given_text: str) -> None:
    for unit in UNITS:
        found = unit(given_text)
        assert all(isinstance(piece, str) and piece for piece in found)
    assert all(word in given_text for word in text.words(given_text))


@given(ANY)
def test_no_word_is_lost_between_sentences_or_paragraphs(given_text: str) -> None:
    plain = given_text.replace("\u200b", " ").replace("\u2060", " ").replace("\ufeff", " ")
    assert sum(len(text.words(s)) for s in text.sentences(plain)) >= len(text.words(plain)) * 0.999 - 1e-9
    assert text.words("\n\n".join(text.paragraphs(plain))) == text.words(plain)
