"""What changed, in a writer's words: only what is clear, with both figures; and the posts that show it."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.features import FEATURES, INDEX, NAMES, Matrix
from core.drift import words


def posts(n: int, seed: int, **shift: float) -> Matrix:
    """Posts whose every number varies a little around the same, but for those that are shifted."""
    rng = np.random.default_rng(seed)
    out = rng.normal(20, 3, (n, len(NAMES)))
    for at, feature in enumerate(FEATURES):
        if feature.unit in ("share", "0 or 1") or feature.unit.startswith("share"):
            out[:, at] = np.clip(rng.normal(0.5, 0.1, n), 0, 1)
    out[:, INDEX["words"]] = rng.integers(80, 160, n)
    for name, by in shift.items():
        out[:, INDEX[name]] += by
    return out.astype(np.float32)


def test_only_what_changed_clearly_is_named_with_both_figures() -> None:
    found = words.changed(posts(60, 1), posts(40, 2, sentence_words=-12, hashtags=9))
    named = {change.name: change.text for change in found}
    assert {"sentence_words", "hashtags"} <= set(named) and len(named) <= 4, "chance alone names one in a hundred"
    assert named["sentence_words"].startswith("shorter sentences: 8") and "words, 20 before" in named["sentence_words"]
    assert named["hashtags"].startswith("more hashtags: ")


@pytest.mark.parametrize(("before", "after"), [(7, 40), (40, 7), (0, 10), (10, 0)])
def test_few_posts_name_nothing(before: int, after: int) -> None:
    assert words.changed(posts(before, 1), posts(after, 2, sentence_words=-15)) == []


def test_one_family_does_not_fill_the_list() -> None:
    cadence = [f.name for f in FEATURES if f.family == "cadence" and f.unit == "words"]
    found = words.changed(posts(60, 1), posts(60, 2, **dict.fromkeys(cadence, 12.0), commas=12.0))
    assert sum(change.name in cadence for change in found) == words.A_FAMILY
    assert "commas" in {change.name for change in found}


def test_what_the_eye_sees_comes_before_small_words() -> None:
    found = words.changed(posts(60, 1), posts(60, 2, word_the=15.0, hashtags=15.0))
    assert [change.name for change in found][0] == "hashtags"


def test_every_compared_feature_has_words_without_program_names() -> None:
    for feature in FEATURES:
        if not feature.compared or feature.unit in ("share", "0 or 1") or feature.unit.startswith("share"):
            continue
        (found,) = [
            c for c in words.changed(posts(60, 1), posts(60, 1, **{feature.name: 40.0}), 99) if c.name == feature.name
        ]
        assert "_" not in found.text and " before" in found.text and ": " in found.text, found.text


def test_the_posts_that_show_it_are_long_enough_and_furthest_to_either_side() -> None:
    before, after = posts(30, 1), posts(30, 2, commas=8)
    before[3, INDEX["commas"]], after[5, INDEX["commas"]] = 1, 90
    after[7, INDEX["commas"]], after[7, INDEX["words"]] = 99, 12
    old, new = words.showing(before, after, ["commas"])
    assert old[0] == 3 and new[0] in np.argsort(-after[:, INDEX["commas"]])[:8] and 7 not in new
    assert words.showing(before, after, []) == ([27, 28, 29], [0, 1, 2])
    assert words.showing(before[:0], after, ["commas"]) == ([], [0, 1, 2])
