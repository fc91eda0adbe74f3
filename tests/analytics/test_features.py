"""The feature vector: the same for the same text, finite or NaN for any, named and said, and quick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import features
from analytics.features import FEATURES, INDEX, NAMES


@given(st.text())
@settings(max_examples=80, deadline=None)
def test_any_text_gives_a_vector_without_infinities(text: str) -> None:
    vector = features.features(text)
    assert vector.shape == (len(NAMES),) and vector.dtype == np.float32
    assert not np.isinf(vector).any()
    assert not (vector[[INDEX[f.name] for f in FEATURES if f.skewed]] < 0).any()
    np.testing.assert_array_equal(vector, features.features(text))


def test_every_feature_is_named_once_and_said_in_words() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(FEATURES)
    assert all(f.label and f.unit and f.family for f in FEATURES)


def test_features_count_what_they_say() -> None:
    post = "Why ship? I ship; you don't — ever!\n\n- one\n- two\n\n#ship 🚀 https://example.org @bo"
    found = features.measure(post)
    n = found["words"]
    per = lambda name: round(found[name] * n / 100)  # noqa: E731
    assert {name: found[name] for name in ("hashtags", "emoji", "links", "mentions")} == dict.fromkeys(
        ("hashtags", "emoji", "links", "mentions"), 1.0
    )
    marks = ("question_marks", "exclamation_marks", "semicolons", "dashes", "first_singular", "contractions", "commas")
    assert [per(name) for name in marks] == [1, 1, 1, 1, 1, 1, 0]
    assert found["opens_with_question"] == 1 and found["ends_with_question"] == 0
    assert found["blank_lines"] == 1 and found["bullets"] == pytest.approx(2 / 4)


def test_what_linkedin_adds_when_copying_is_not_style() -> None:
    post = "The valves were fine. The paperwork was fiction."
    np.testing.assert_array_equal(features.features(post), features.features(post + " …see more"))


def test_an_empty_author_is_an_empty_matrix() -> None:
    assert features.matrix([]).shape == (0, len(NAMES))
    assert features.matrix([features.features("a"), features.features("b")]).shape == (2, len(NAMES))
