"""Cadence, vocabulary, hooks, layouts, overlap, comparison: laws by Hypothesis, meanings by example."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import cadence, compare, hooks, layout, overlap, vocabulary

ANY = st.text()
NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array)
MEASURES = (
    cadence.sentence_words,
    cadence.sentence_words_spread,
    cadence.paragraph_words,
    cadence.paragraph_sentences,
    vocabulary.type_token_ratio,
    vocabulary.lexical_diversity,
    vocabulary.hapax_share,
    vocabulary.word_letters,
    layout.one_sentence_paragraphs,
)


@given(ANY)
def test_any_text_gives_finite_measures_or_nan_and_a_known_kind(text: str) -> None:
    assert not any(math.isinf(measure(text)) or measure(text) < 0 for measure in MEASURES)
    assert hooks.hook(text) in hooks.KINDS
    assert layout.layout(text) in layout.KINDS


def test_nothing_to_measure_is_nan() -> None:
    assert all(math.isnan(measure("")) for measure in MEASURES)


def test_cadence_counts_words_by_sentence_and_paragraph() -> None:
    post = "One two three. Four five.\n\nSix seven eight nine."
    assert cadence.sentence_lengths(post) == [3, 2, 4]
    assert cadence.sentence_words(post) == 3
    assert cadence.paragraph_words(post) == 4.5
    assert cadence.paragraph_sentences(post) == 1.5


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2004, 1, 1), timezones=st.just(UTC)), max_size=30))
def test_every_post_is_in_one_week_and_no_week_is_left_out(dates: list[datetime]) -> None:
    weeks = cadence.posts_a_week(dates)
    assert sum(n for _, n in weeks) == len(dates)
    starts = [start for start, _ in weeks]
    assert all(later - earlier == timedelta(days=7) for earlier, later in pairwise(starts))
    assert all(start.weekday() == 0 for start in starts)


def test_lexical_diversity_does_not_fall_with_length() -> None:
    words = [f"w{n % 40}" for n in range(400)]
    assert vocabulary.mattr(words) == pytest.approx(vocabulary.mattr(words[:100]))
    assert vocabulary.mattr([f"w{n}" for n in range(60)]) == 1
    assert math.isnan(vocabulary.mattr(words[:49]))


def test_the_background_is_general_and_lower_case() -> None:
    common = vocabulary.background()
    assert len(common) > 4000
    assert [*common][0] == "the"
    assert all(word == word.lower() and count >= 1 for word, count in common.items())
    assert "see" in common and common["see"] < common["the"] / 4  # "…see more" is not anybody's word


def test_the_background_holds_no_word_of_fewer_than_three_writers() -> None:
    posts = [("a", "valve valve pump"), ("b", "pump"), ("c", "pump valve")]
    assert set(vocabulary.count_background(posts)) == {"pump"}
    assert vocabulary.count_background([]) == {}


def test_keyness_finds_what_stands_out_and_not_what_everybody_says() -> None:
    texts = ["The valves of the plant. The valves are the thing."] * 5
    found = vocabulary.keyness(texts, vocabulary.background())
    assert found[0][0] == "valves" and found[0][2] == 10
    assert {phrase: score for phrase, score, _ in found}["of"] < 15.13  # under the level of p < .0001
    assert vocabulary.keyness(texts, {"the valves": 1, "of it": 999}, size=2)[0][0] == "the valves"


@given(st.floats(0, 500), st.floats(500, 1e6), st.floats(0, 500), st.floats(500, 1e6))
def test_log_likelihood_is_never_negative_and_zero_for_equal_rates(a: float, n: float, b: float, m: float) -> None:
    assert vocabulary.log_likelihood(a, n, b, m) >= 0
    assert vocabulary.log_likelihood(10, 1000, 100, 10_000) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("post", "kind"),
    [
        ("What would you cut first?\n\nWe had to decide.", "question"),
        ("7 lessons from a year of audits.\n\nOne.", "number"),
        ("Three years ago, I lost my first customer.", "story"),
        ("I failed the audit twice.", "story"),
        ("Unpopular opinion: meetings are fine.", "contrarian"),
        ("Stop hiring for culture.", "contrarian"),
        ("Thrilled to announce our new plant.", "announcement"),
        ("“The margins tell you everything about it.” I read that first.", "quote"),
        ("Check out the new ledger.", "command"),
        ("You deserve a better ledger.", "address"),
        ("https://example.org/a\n\nWorth it.", "link"),
        ("The ledger is a map.", "statement"),
        ("", "statement"),
    ],
)
def test_hooks(post: str, kind: str) -> None:
    assert hooks.hook(post) == kind


@pytest.mark.parametrize(
    ("post", "kind"),
    [
        ("Just this.", "one-liner"),
        ("Two sentences here. In one block of text.", "single"),
        ("A first line.\n\nA second one.\n\nA third one.\n\nDone.", "lines"),
        ("One two. Three four.\n\nFive six. Seven eight.", "paragraphs"),
        ("Three things:\n- one\n- two\n- three", "list"),
        ("We looked into it for a year. Here is more of it.\nAnd then.\nAnd more.\n- one\n- two", "mixed"),
        ("Read this: https://example.org", "link"),
    ],
)
def test_layouts(post: str, kind: str) -> None:
    assert layout.layout(post) == kind


@given(ANY, ANY)
def test_overlap_is_symmetric_and_between_nothing_and_the_same(a: str, b: str) -> None:
    assert 0 <= overlap.overlap(a, b) == overlap.overlap(b, a) <= 1
    assert overlap.overlap(a, a) == (1 if overlap._lowered(a) else 0)


def test_copied_runs_are_the_longest_and_spelled_as_in_the_text() -> None:
    source = "the valves were fine and the paperwork was fiction, said the engineer at noon"
    text = "Well: The valves were FINE, and the paperwork was fiction! Said who? I was there at noon."
    assert overlap.copied_runs(text, [source]) == ["The valves were FINE, and the paperwork was fiction! Said"]
    assert overlap.copied_runs(text, [source], n=11) == []
    assert overlap.copied_runs("", [source]) == overlap.copied_runs(text, []) == []


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_copied_runs_stand_in_the_source(own: list[str], other: list[str]) -> None:
    for run in overlap.copied_runs(" ".join(own), [" ".join(other)], n=3):
        assert run in " ".join(other) and len(run.split()) >= 3


@given(NUMBERS, NUMBERS)
def test_higher_is_the_share_of_pairs(a: np.ndarray, b: np.ndarray) -> None:
    pairs = np.subtract.outer(b, a)
    assert compare.higher(a, b) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    assert compare.higher(a, b) + compare.higher(b, a) == pytest.approx(1)


def test_a_change_is_clear_only_beyond_chance() -> None:
    rng = np.random.default_rng(1)
    flat = [compare.trend(rng.normal(size=90)).clear for _ in range(200)]
    assert np.mean(flat) < 0.05
    assert compare.trend(np.concatenate([rng.normal(size=45), rng.normal(2, size=45)])).clear
    assert not compare.trend(np.array([1.0, 2, 3, 9, 9, 9])).clear
    assert compare.trend(np.zeros(0)).n == 0


def test_the_direction_of_rare_things_goes_by_their_mean() -> None:
    rng = np.random.default_rng(2)
    rare, often = (rng.random(30) < 0.1).astype(float), (rng.random(30) < 0.8).astype(float)
    assert compare.direction(np.concatenate([rare, rare, often])) == 1
    assert compare.direction(np.concatenate([often, rare, rare])) == -1
    assert compare.direction(np.concatenate([rare, often, rare])) == 0
    assert compare.direction(np.arange(12.0)) == 0
    assert compare.direction(np.zeros(60)) == 0


def test_the_nearest_text_is_found_among_many_and_others_are_not_alike() -> None:
    said = [
        " ".join(f"{word}{(number * 7 + at) % 97}" for at, word in enumerate(("valve", "pump", "log", "shift") * 15))
        for number in range(60)
    ]
    once = said[20].replace("pump", "hose", 1)
    found = overlap.nearest([*said, once, "too short to say", said[3].upper()], known=len(said))
    assert [None if one is None else one[0] for one in found] == [20, None, 3]
    assert found[2] == (3, 1.0) and 0.9 < (found[0] or (0, 0))[1] < 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_texts_alike_one_may_be_so_long_that_not_all_of_it_is_looked_up(order: tuple[int, int]) -> None:
    words = [f"word{number}" for number in range(88)]
    pair = [" ".join(words[:80]), " ".join(words)]
    assert overlap.nearest([pair[place] for place in order])[1] is not None
