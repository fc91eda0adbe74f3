"""Archetypes: authors who write alike are found whatever they write about, and nothing is found where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analytics import archetypes, marks
from analytics.archetypes import Clustering, cluster
from analytics.facets import FACETS, facets
from analytics.features import NAMES, Matrix, features
from tests.voices import SUBJECTS, mixed, team, texts


def measured(posts: dict[str, list[str]]) -> dict[str, Matrix]:
    return {author: np.vstack([features(text) for text in some]) for author, some in posts.items()}


@pytest.fixture(scope="module")
def vectors() -> dict[str, Matrix]:
    return measured(team())


@pytest.fixture(scope="module")
def found(vectors: dict[str, Matrix]) -> Clustering:
    return cluster(vectors)


def groups(found: Clustering) -> set[frozenset[str]]:
    return {
        frozenset(a for a, label in zip(found.authors, found.labels, strict=True) if label == at)
        for at in range(found.k)
    }


BY_VOICE = {frozenset(f"{voice}-{n}" for n in (1, 2, 3)) for voice in ("dense", "chatty", "argued")}


def test_authors_who_write_alike_are_found_whatever_they_write_about(found: Clustering) -> None:
    assert groups(found) == BY_VOICE
    assert found.outcome.seen and found.outcome.stability > 0.9 > 0.5 > found.outcome.shuffled
    own = found.distances[np.arange(len(found.authors)), found.labels]
    assert (own == found.distances.min(axis=1)).all() and 0.5 < np.median(found.distances) < 2
    assert found.xy.shape == (9, 2) and 0 < found.shown <= 1


def test_the_same_posts_give_the_same_archetypes(vectors: dict[str, Matrix], found: Clustering) -> None:
    again = cluster(vectors)
    assert (again.labels == found.labels).all() and again.outcome == found.outcome


def test_nothing_is_seen_where_everybody_writes_alike() -> None:
    assert not cluster(measured({s: mixed(s, 16) for s in SUBJECTS[:8]})).outcome.seen


def test_the_place_a_text_is_written_for_does_not_matter() -> None:
    posts = team()
    for author in [a for a in posts if a.endswith("1")]:
        posts[author] = ["\n\n".join(t.split(". ")) + "\n\nhttps://example.org #one #two @Ada" for t in posts[author]]
    assert groups(cluster(measured(posts))) == BY_VOICE


def test_line_breaks_links_hashtags_and_mentions_move_no_facet() -> None:
    text = texts("argued", "kilns", 1)[0]
    there = text.replace(". ", ".\n\n") + " https://example.org/ #kilns @Ada"
    one, two = facets(np.vstack([features(text), features(there)]))
    assert np.abs(one - two).max() < 0.3  # the last sentence has become longer by two words
    assert not {"links", "hashtags", "mentions", "blank_lines", "paragraphs", "lines", "words", "bullets"} & {
        name.removeprefix("-") for facet in FACETS for name in facet.measures.split()
    }


def test_what_marks_each_is_what_a_reader_sees(found: Clustering) -> None:
    by_voice = {found.authors[int(np.argmax(found.labels == at))].split("-")[0]: at for at in range(found.k)}
    said = {voice: {m.name: m.away > 0 for m in found.marks[at]} for voice, at in by_voice.items()}
    assert said["chatty"]["emoji"] and said["chatty"]["exclaims"] and not said["dense"]["spoken"]
    assert said["argued"]["asides"] and said["argued"]["hedges"]
    assert len(set(marks.names(found.marks))) == 3
    emoji = next(m for m in found.marks[by_voice["chatty"]] if m.name == "emoji")
    assert emoji.value > 1 > emoji.others == 0 and emoji.unit == "a post"


def test_names_are_never_the_same_twice_or_taken() -> None:
    one = marks.Mark("emoji", "", 0, 0, "", 2.0)
    assert marks.names([[one], [one], []], taken=["Emoji"]) == ["Emoji (2)", "Emoji (3)", "Middle of the road"]


def test_posts_that_show_the_marks_are_found(vectors: dict[str, Matrix], found: Clustering) -> None:
    chatty = int(found.labels[found.authors.index("chatty-1")])
    rows = measured({"x": [texts("dense", "kilns", 1)[0], texts("chatty", "kilns", 1)[0], "Wow! 🎉"]})["x"]
    score = marks.telling(rows, found.marks[chatty])
    assert int(np.argmax(score)) == 1 and score[2] == -np.inf


def test_a_person_may_say_how_many(vectors: dict[str, Matrix]) -> None:
    assert cluster(vectors, k=4).k == 4
    for wrong in (1, 9, 30):
        with pytest.raises(ValueError, match="cannot be made"):
            cluster(vectors, k=wrong)


def test_authors_with_too_little_are_left_out_and_six_are_needed(vectors: dict[str, Matrix]) -> None:
    short = measured({"silent": ["Two words."] * 20, "rare": texts("dense", "kilns", 4)})
    found = cluster({**vectors, **short})
    assert set(found.left_out) == {"silent", "rare"} and len(found.authors) == 9
    with pytest.raises(ValueError, match="5 authors have 5 posts or more; 6 are needed"):
        cluster({**dict(list(vectors.items())[:5]), **short})


def test_two_of_one_by_voice(vectors: dict[str, Matrix]) -> None:
    members = ["dense-1", "dense-2", "argued-1"]
    assert archetypes.split(vectors, members) == (["dense-1", "dense-2"], ["argued-1"])
    with pytest.raises(ValueError, match="Two members"):
        archetypes.split(vectors, ["dense-1"])


def test_groups_that_a_person_made_are_described_as_they_are(vectors: dict[str, Matrix]) -> None:
    found = archetypes.grouped(vectors, {"dense-1": 0, "chatty-1": 1, "argued-1": 1})
    assert found.k == 2 and groups(found) == {frozenset({"dense-1"}), frozenset({"chatty-1", "argued-1"})}
    assert not found.outcome.seen and found.space.middle.shape == (len(FACETS),)


def test_agreement_is_the_adjusted_rand_index() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        one, two = rng.integers(0, 4, 20), rng.integers(0, 3, 20)
        assert archetypes.alike(one, two) == pytest.approx(adjusted_rand_score(one, two))
    assert archetypes.alike(np.zeros(5, np.int64), np.zeros(5, np.int64)) == 1


def test_facets_are_finite_whatever_the_text() -> None:
    rows = np.vstack([features(text) for text in ("", "🎉", "a", "https://example.org")])
    assert np.isfinite(facets(rows)).all() and facets(np.zeros((0, len(NAMES)), np.float32)).shape == (0, len(FACETS))
