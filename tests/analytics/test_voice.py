"""A voice profile: what it tells apart, when it says nothing, what is kept, and what it explains."""

import math
import random

import numpy as np
import pytest

from analytics import grams, voice
from analytics.explain import differs, explain, pull_by_character, sentence_spans
from analytics.features import FEATURES, INDEX
from bench.voice import people

SUBJECTS = [
    "harvest", "ledger", "turbine", "bakery", "classroom", "pipeline", "orchard", "warehouse", "clinic", "garden",
    "bridge", "museum",
]  # fmt: skip


def _plain(rng: random.Random, sentences: int = 9) -> str:
    """Long sentences without a line break, joined by “and”."""
    out = []
    for _ in range(sentences):
        one, two, three = rng.sample(SUBJECTS, 3)
        out.append(
            f"When we went back to the {one} we saw that the {two} had been there, and so we thought about the {three}."
        )
    return " ".join(out)


def _clipped(rng: random.Random, sentences: int = 22) -> str:
    """Short lines, questions and dashes."""
    out = []
    for _ in range(sentences):
        one = rng.choice(SUBJECTS)
        out.append(
            rng.choice(
                [
                    f"No {one}. Why?",
                    f"Just the {one} – really!",
                    f"You want a {one}? Stop.",
                    f"Not now. Never the {one}.",
                ]
            )
        )
    return "\n\n".join(out)


@pytest.fixture(scope="module")
def plain():
    rng = random.Random(1)
    return voice.fit([_plain(rng) for _ in range(12)])


@pytest.fixture(scope="module")
def clipped():
    rng = random.Random(2)
    return voice.fit([_clipped(rng) for _ in range(12)])


def test_a_text_is_nearer_to_the_author_who_writes_so(plain, clipped):
    rng = random.Random(3)
    for _ in range(5):
        long, short = _plain(rng), _clipped(rng)
        assert voice.score(plain, long).style > voice.score(plain, short).style + 1
        assert voice.score(clipped, short).style > voice.score(clipped, long).style + 1


def test_likeness_is_high_for_the_own_and_low_for_the_other_manner(plain):
    rng = random.Random(4)
    own, other = voice.score(plain, _plain(rng)), voice.score(plain, _clipped(rng))
    assert own.likeness > 0.5 > other.likeness
    assert own.typical[0] > 0
    assert other.typical[0] == 0
    assert own.typical[1] == 12


@pytest.mark.parametrize("words", [0, 1, 59])
def test_a_short_text_is_too_little(plain, words):
    found = voice.score(plain, "word " * words)
    assert (found.evidence, found.likeness) == ("too little", None)
    assert math.isnan(found.style)
    assert str(words) in found.reason


def test_few_references_are_too_little():
    rng = random.Random(5)
    profile = voice.fit([_plain(rng) for _ in range(4)])
    found = voice.score(profile, _plain(rng))
    assert (found.evidence, found.likeness) == ("too little", None)
    assert "4 posts" in found.reason


def test_no_reference_at_all():
    assert voice.score(voice.fit([]), _plain(random.Random(6))).evidence == "too little"


def test_subject_is_not_style(plain):
    """The same sentences about other things keep their style and lose their topic."""
    rng = random.Random(7)
    text = _plain(rng)
    other = text
    for at, word in enumerate(SUBJECTS):
        other = other.replace(word, ("zeppelin", "quasar", "mollusc", "sonata", "glacier", "vaccine")[at % 6])
    same, moved = voice.score(plain, text), voice.score(plain, other)
    stranger = voice.score(plain, _clipped(rng))
    assert moved.topic < 0.6 * same.topic
    assert same.style - moved.style < 0.5 * (same.style - stranger.style)


def test_names_links_and_tags_are_not_style(plain):
    rng = random.Random(8)
    text = _plain(rng)
    before = grams.blocks(text + " We met Anna Kowalska at Acme. https://acme.example/a #ours @anna")
    after = grams.blocks(text + " We met Bodo Winterfeld at Zett. https://zett.example/b #yours @bodo")
    for name in grams.STYLE:
        if name == "small3":
            continue
        same = np.intersect1d(before[name][0], after[name][0])
        assert len(same) >= 0.9 * len(before[name][0]), name


def test_a_reading_comes_back_from_its_bytes():
    reading = voice.read(_plain(random.Random(9)))
    kept = voice.pack(reading)
    back = voice.unpack(kept)
    assert np.array_equal(back.features, reading.features, equal_nan=True)
    for name in grams.BLOCKS:
        for one, two in zip(back.blocks[name], reading.blocks[name], strict=True):
            assert np.array_equal(one, two)
    assert len(kept) < 12_000


@pytest.mark.parametrize("bad", [b"", b"tv1", b"xxxxxxxxxx", voice.pack(voice.read("a few words"))[:-4]])
def test_bytes_that_are_not_its_own_are_refused(bad):
    with pytest.raises(ValueError, match="read the text again"):
        voice.unpack(bad)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud800 lone", "🙂" * 50, "a" * 100_000, "سلام " * 80, "\n" * 300, "#" * 200]
)
def test_any_text_can_be_read_scored_and_explained(plain, text):
    found = voice.score(plain, text)
    assert found.evidence in {"ok", "too little"}
    for c in explain(plain, text):
        assert all(0 <= a < b <= len(text) for a, b in c.spans)


def test_own_posts_are_scored_without_themselves(plain):
    """A post that was fitted on scores higher by the whole profile than held out."""
    rng = random.Random(1)
    texts = [_plain(rng) for _ in range(12)]
    inside = [voice.score(plain, t).style for t in texts]
    assert np.mean(inside) > plain.own_mean


def test_one_profile_is_as_if_the_others_were_not_there(plain, clipped):
    reading = voice.read(_plain(random.Random(10)))
    alone = voice.score_many([plain], [reading])[0][0]
    beside = voice.score_many([clipped, plain], [reading])[0][1]
    assert beside.style == pytest.approx(alone.style, rel=1e-4)
    assert beside.likeness == pytest.approx(alone.likeness, abs=1e-4)


def test_the_teams_other_authors_extend_the_background():
    """Somebody who shares the author's line breaks is no longer taken for the author by them alone."""
    rng = random.Random(11)
    own = [_clipped(rng) for _ in range(12)]
    near = [voice.read("\n\n".join(_plain(rng).split(". "))) for _ in range(20)]
    text = "\n\n".join(_plain(rng).split(". "))
    without, beside = voice.fit(own), voice.fit(own, others=[near])
    assert voice.score(beside, text).style < voice.score(without, text).style


def test_the_background_holds_no_word():
    with np.load(voice.BANK, allow_pickle=False) as kept:
        kinds = {name: kept[name].dtype.kind for name in kept.files}
    assert [name for name, kind in kinds.items() if kind in "USO"] == ["version"]
    assert voice.BANK.stat().st_size < 4_000_000


# ---- explanations --------------------------------------------------------------------------------------------


def test_it_says_what_is_different_and_where(plain):
    rng = random.Random(12)
    text = _plain(rng) + " This – really – is new; so – again – we say."
    found = [c for c in explain(plain, text) if "dashes" in c.text]
    assert found
    assert found[0].weight < 0
    assert "none of your posts has any" in found[0].text
    assert [text[a:b] for a, b in found[0].spans] == ["–"] * 4


def test_short_sentences_are_told_as_short(plain):
    text = _clipped(random.Random(13))
    said = [c.text for c in explain(plain, text, limit=12)]
    assert any("yours" in s and ("sentence" in s or "paragraph" in s) for s in said), said


def test_the_odd_sentence_is_the_one_that_is_named(plain):
    rng = random.Random(14)
    odd = "Wow!! You won't believe this, LOL – 100% epic?!"
    text = _plain(rng, 5) + " " + odd + " " + _plain(rng, 5)
    least = next(c for c in explain(plain, text) if "least like" in c.text)
    (a, b), *_ = least.spans
    assert text[a:b] in odd


def test_what_characters_pull_adds_up_to_the_style(plain):
    """The n-grams' part of the score is the sum over the text, whatever the place."""
    text = _plain(random.Random(15))
    pulls = pull_by_character(plain, text)
    x = voice.rows([voice.read(text)], voice.bank())[0]
    whole = float(x[: grams.SIZE] @ plain.weight[: grams.SIZE])
    assert pulls.sum() == pytest.approx(whole, abs=0.02 * abs(whole) + 0.05)


def test_sentences_are_found_where_they_stand():
    text = "One here.  Two\nthere? Three."
    assert [text[a:b] for a, b in sentence_spans(text)] == ["One here.", "Two\nthere?", "Three."] or len(
        sentence_spans(text)
    ) >= 3


def test_hashes_are_those_of_the_shipped_background():
    """Other ids would read the background's numbers as those of other n-grams, and nothing else would notice."""
    ids, counts = grams.blocks("We saw Anna.")["small1"]
    assert ids.tolist() == [9896, 16435, 17935, 28276, 47954, 59668] and counts.tolist() == [1] * 6
    assert grams.blocks("We saw Anna.")["words"][0].tolist() == [52429]


def test_a_name_is_no_letters_and_the_first_word_of_a_sentence_is_no_name():
    found = {p.chars for p in grams.pieces("We met Anna in Oslo. Paris won.") if p.kind == "word"}
    assert found == {"We", "met", "X", "in", "Paris", "won"}


def test_a_profile_is_of_the_newest_posts(monkeypatch):
    rng = random.Random(4)
    posts = [_clipped(rng) for _ in range(5)] + [_plain(rng) for _ in range(6)]
    monkeypatch.setattr(voice, "NEWEST", 6)
    profile = voice.fit(posts)
    assert profile.n == 6
    assert np.array_equal(profile.rows, voice.fit(posts[5:]).rows, equal_nan=True)


def test_posts_of_a_line_are_no_measure_of_the_others():
    rng = random.Random(4)
    assert len(voice.fit([_plain(rng) for _ in range(6)] + ["Thank you all."] * 4).own) == 6


@pytest.mark.parametrize(("ease", "said"), [(95.0, "easier"), (5.0, "harder")])
def test_it_says_easier_of_what_is_easier(plain, ease, said):
    vector = plain.rows[0].copy()
    at = INDEX["flesch_reading_ease"]
    vector[at] = ease
    assert differs(FEATURES[at], plain, vector).startswith(f"{said} to read than yours")
    at = INDEX["dale_chall_readability_score"]
    vector[at] = -ease
    assert differs(FEATURES[at], plain, vector).startswith("easier")


def test_a_very_long_text_is_no_less_likely_for_its_length(plain):
    reading = voice.read(_plain(random.Random(17)))
    chances = [voice.evidence(plain, words, 3.0) @ voice.bank().calibration for words in (400, 4_000)]
    assert chances[0] == chances[1]
    assert reading.words < 400


@pytest.mark.slow
def test_the_background_is_nought_where_fewer_than_three_people_are():
    if not people.available():
        pytest.skip("the development data is not here")
    found = people.people()
    users = np.zeros(grams.SIZE, dtype=int)
    for author in range(len(found.authors)):
        posts = [grams.sketch(found.readings[row].blocks) for row in found.posts(author)]
        users += (np.vstack(posts) != 0).any(axis=0)
    bank = voice.bank()
    few = np.flatnonzero(users < 3)
    assert len(few)
    assert not bank.mean[few].any()
    assert not bank.directions[:, few].any()


@pytest.mark.parametrize(
    ("name", "ratio", "said"),
    [
        ("sentence_words", 0.5, "sentences half as long as yours ("),
        ("sentence_words", 2.0, "sentences twice as long as yours ("),
        ("word_letters", 0.9, "words a little shorter than yours ("),
        ("paragraph_sentences", 0.5, "sentences in a paragraph: half of yours ("),
    ],
)
def test_lengths_are_told_beside_the_authors(plain, name, ratio, said):
    at = INDEX[name]
    vector = plain.rows[0].copy()
    vector[at] = ratio * float(np.median(plain.rows[:, at]))
    assert differs(FEATURES[at], plain, vector).startswith(said)
