"""Real posts through every template: what is set stays in its place and has a glyph for every character."""

from __future__ import annotations

import pytest

from bench import images as bench
from core.images import cards


@pytest.mark.slow
def test_real_posts_fit_or_are_said_not_to(real_posts: dict[str, list[dict[str, str]]]) -> None:
    """One text of each of some authors, in all families; `make bench-images` sets 500."""
    texts = [posts[0]["text"] for posts in list(real_posts.values())[:6]]
    found = {(card.family, card.form, card.size): bench.outcome(card) for card in bench.every(texts)}
    assert {family for family, _form, _size in found} == set(cards.FAMILIES)
    assert set(found.values()) <= {"fits", "overflow", "glyph", "pages", "empty"}, found
    assert list(found.values()).count("fits") > len(found) / 2
