"""The judge of exams: it tells people apart, it cannot be led by what anybody can add, and its bank holds no text."""

from __future__ import annotations

import numpy as np
import pytest

from analytics import exam, exam_reading
from bench.voice import fit_exam
from tests.core.train.posts import varied
from tests.core.train.test_exam import _ours as ours


@pytest.fixture(scope="module")
def judge():
    return exam.Judge()


@pytest.fixture(scope="module")
def panel(judge):
    return judge.panel(ours(16))


def test_an_authors_further_posts_lie_nearer_than_anybodys(panel):
    own = [panel.judged(0, text) for text in ours(8, seed=50)]
    others = [panel.judged(0, text) for text in varied(8)]
    assert min(own) > max(others) + 1
    assert abs(np.mean(own)) < 1.5  # nought is where the author's own posts lie


def test_what_code_can_add_to_any_text_counts_for_nothing(panel):
    text = ours(1, seed=50)[0]
    dressed = text + " 🚀 #kettle @ada https://example.com/x …see more"
    assert panel.judged(0, dressed) == pytest.approx(panel.judged(0, text))


def test_saying_a_sentence_again_is_no_likeness(judge):
    known = judge.known([judge.read(t) for t in ours(10)])
    text = "So, honestly? I don't know what to make of my kettle. The report of the committee was published."
    assert known.parts(judge.read(text + " So, honestly?" * 9))[0] == pytest.approx(known.parts(judge.read(text))[0])


def test_a_text_is_judged_by_the_other_posts_only(judge):
    posts = ours(12)
    panel = judge.panel(posts)
    assert panel.judged(3, posts[3]) < panel.judged(4, posts[3]) - 0.2  # there it stands among the references


def test_it_says_the_same_every_time(judge):
    posts = ours(8)
    assert judge.panel(posts).judged(1, PLAIN) == exam.Judge().panel(posts).judged(1, PLAIN)


PLAIN = "The committee of the region has published the report on the situation of the economy in the member states."


@pytest.mark.parametrize("text", ["", "   \n", "😀😀", "#only #tags", "a", "." * 500, "x" * 5000, "\ud800 odd"])
def test_texts_that_say_nothing_have_a_score(panel, text):
    assert np.isfinite(panel.judged(0, text))


def test_too_few_posts_are_refused(judge):
    with pytest.raises(ValueError, match="too little"):
        judge.panel([*ours(3), "Short."])


def test_a_grammars_chances_sum_to_at_most_one(judge):
    """Over all tokens that were seen after a context, and what is left for others."""
    said = [s for t in ours(4) for s in exam_reading.sentences(t)]
    grammar = exam.Grammar.of([list(exam_reading.runs(said))])
    drawn = exam.Grammar.drawn(judge.bank, 5_000, np.random.default_rng(0))
    tokens = sorted({token for s in said for token in s})
    for model in (grammar, drawn):
        for sentence in said[:10]:
            for at in range(len(sentence)):
                nexts = [list(exam_reading.runs([(*sentence[:at], t)]))[at] for t in tokens]
                assert 0 < np.exp(model.says(nexts)).sum() <= 1


def test_the_bank_keeps_what_three_people_share_and_nothing_else():
    told = "The zebra of Quimper sang loudly."
    people = [[*ours(6, seed=n), told] for n in (1, 2)] + [ours(6, seed=3), varied(6)]
    bank = fit_exam.make(people)
    runs = {
        run: before
        for sentence in [exam_reading.sentences(told)]
        for f in exam_reading.runs(sentence)
        for before, run in f
    }
    shared = set(bank.runs.tolist())
    assert exam_reading.key("zebra") not in set(bank.words.tolist())
    rare = exam_reading.characters("quimper")
    assert all(
        bank.rarity[place] == 0 or any(place in exam_reading.characters(p) for ps in people[2:] for p in ps)
        for place in rare
    )
    three = {run for run in runs if sum(any(run in _of(p) for p in ps) for ps in people) >= 3}
    assert shared & runs.keys() == three


def _of(post):
    return {run for found in exam_reading.runs(exam_reading.sentences(post)) for _, run in found}


def test_no_author_of_the_benchmark_is_in_the_shipped_bank():
    bank = exam.load()
    assert bank.people == 22
    assert all(np.asarray(getattr(bank, name)).dtype.kind in "uif" for name in bank.__dataclass_fields__)


def test_a_bank_of_another_version_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "bank.npz", version=np.array("0"))
    with pytest.raises(ValueError, match="make it again"):
        exam.load(tmp_path / "bank.npz")
