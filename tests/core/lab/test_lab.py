"""The lab: which pairs are shown and how, what a vote keeps, what the results say, experiments, the files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import lab, store
from core.config import settings
from core.errors import Conflict, Denied, Invalid, NotFound
from core.generate import commands as generate
from core.generate import prompts
from core.lab.experiments import Arm
from core.lab.material import shortened
from core.lab.words import round_up, share
from core.store import Actor, runs
from core.store.base import now
from core.store.ids import new_id
from core.store.tables import Author, Brief, Run, Variant
from core.store.tables_writing import Experiment, Vote

Written = Callable[..., list[str]]
TEXTS = ("I spent a week on the valves. Nobody lied.", "Stop auditing paper.", "Who do you ask first?", "Three rules.")


@pytest.fixture
def ada(two_authors: dict[str, str]) -> str:
    return two_authors["Ada"]


@pytest.fixture
def written(ada: str, actor: Actor) -> Written:
    """Puts a finished run of a brief into the store; returns its variants' ids."""

    def put(
        texts: tuple[str, ...] = TEXTS,
        model: str = "small",
        brief: str = "",
        experiment: str | None = None,
        arm: str = "",
        status: str = "done",
        task: str = "write",
        prompts: tuple[str, ...] = ("draft@2#ab", "plan@1#cd"),
    ) -> list[str]:
        with store.writing(actor) as tx:
            if not brief:
                row = Brief(author_id=ada, fields={"topic": "Audits", "points": ["x"]}, submitted_at=now())
                tx.session.add(row)
                tx.session.flush()
                brief = row.id
            given = {"wanted": {"arm": arm}} if arm else {}
            run = Run(id=new_id(), author_id=ada, brief_id=brief, status=status, experiment_id=experiment, settings=given,
                      task=task, finished_at=now())  # fmt: skip
            tx.session.add(run)
            tx.session.flush()
            rows = [
                Variant(run_id=run.id, author_id=ada, number=n, rank=n, text=text, generated=text,
                        provenance={"model": model, "adapter": None, "prompts": list(prompts)})
                for n, text in enumerate(texts, 1)
            ]  # fmt: skip
            tx.session.add_all(rows)
            tx.session.flush()
            return [row.id for row in rows]

    return put


def brief_of(variant_id: str) -> str:
    with store.reading() as tx:
        return runs.get(tx, runs.variant(tx, variant_id).run_id).brief_id


def of(scope: lab.Scope, actor: Actor, again: bool = False) -> tuple[str, str]:
    pair = lab.next_pair(scope, actor, again)
    assert pair
    return pair.left.id, pair.right.id


def test_every_pair_of_a_run_comes_once_and_stays_until_it_is_voted_on(
    ada: str, written: Written, actor: Actor
) -> None:
    ids, scope = written(), lab.Scope(author_id=ada)
    written(("Another brief's text.",), model="large")
    seen = []
    for left in range(6, 0, -1):
        pair = lab.next_pair(scope, actor)
        assert pair and pair.remaining == left and pair == lab.next_pair(scope, actor)
        seen.append(frozenset((pair.left.id, pair.right.id)))
        lab.vote(scope, pair.left.id, pair.right.id, "left", actor)
    assert lab.next_pair(scope, actor) is None
    assert len(set(seen)) == 6 and set().union(*seen) == set(ids), "only texts of one brief stand side by side"
    assert lab.next_pair(scope, actor, again=True) is not None
    assert lab.next_pair(scope, replace(actor, name="Bea")) is not None, "somebody else has not seen them"


def test_texts_that_read_the_same_and_other_kinds_of_runs_are_not_shown(
    ada: str, written: Written, actor: Actor
) -> None:
    scope = lab.Scope(author_id=ada)
    written(("The same text.", "The  same\ntext.", "  "))
    written(status="running")
    written(task="revise")
    assert lab.next_pair(scope, actor) is None and lab.line_up(scope, actor) is None


def test_what_is_compared_is_what_the_machine_wrote_not_what_a_person_made_of_it(
    ada: str, written: Written, actor: Actor
) -> None:
    ids = written()
    row = generate.variant(ids[0])
    generate.edit_variant(ids[0], "A person's own text.", row.revision, actor)
    shown = lab.line_up(lab.Scope(author_id=ada), actor)
    assert shown and {t.text for t in shown.texts} == set(TEXTS)


def test_each_text_and_each_model_stands_on_the_left_about_half_of_the_time(
    ada: str, written: Written, actor: Actor
) -> None:
    scope, left, first = lab.Scope(author_id=ada), Counter[str](), Counter[int]()
    for _ in range(14):
        ids = written(("Of the small one.",))
        ids += written(("Of the large one.",), "large", brief=brief_of(ids[0]))
    for _ in range(14):
        pair = lab.next_pair(scope, actor)
        assert pair
        left[pair.left.labels["model"]] += 1
        first[pair.left.id < pair.right.id] += 1
        lab.vote(scope, pair.left.id, pair.right.id, "tie", actor)
    assert 5 <= left["small"] <= 9 and 3 <= first[True] <= 11


def test_the_next_pair_is_of_what_is_known_least(ada: str, written: Written, actor: Actor) -> None:
    """Forty votes on small against large, none on the third model: the next pair has the third one in it."""
    scope = lab.Scope(author_id=ada)
    for _ in range(20):
        (small,) = written(("Of the small one.",))
        (large,) = written(("Of the large one.",), "large", brief=brief_of(small))
        lab.vote(scope, small, large, "right", actor)
    (small,) = written(("A small one.",))
    brief = brief_of(small)
    written(("A large one.",), "large", brief=brief)
    (third,) = written(("A third one.",), "third", brief=brief)
    assert third in of(scope, actor)


def test_a_vote_is_kept_with_what_was_compared_and_twice_is_once(ada: str, written: Written, actor: Actor) -> None:
    ids, scope = written(), lab.Scope(author_id=ada)
    row = lab.vote(scope, ids[0], ids[1], "left", actor, ["too long", "not me"])
    assert (row.by, row.choice, row.tags, row.blind) == (actor.name, "left", ["not me", "too long"], True)
    assert len(row.left_hash) == 64 and row.left_hash != row.right_hash
    assert lab.vote(scope, ids[0], ids[1], "left", actor).id == row.id, "a double click"
    with pytest.raises(Conflict):
        lab.vote(scope, ids[1], ids[0], "left", actor)
    assert len(lab.told(scope).votes) == 1


@pytest.mark.parametrize(
    ("choice", "tags", "kind"), [("both", [], Invalid), ("left", ["ugly"], Invalid), ("tie", ["too long"], Invalid)]
)
def test_what_is_no_vote_is_refused(
    ada: str, written: Written, actor: Actor, choice: str, tags: list[str], kind: type[Exception]
) -> None:
    ids = written()
    with pytest.raises(kind):
        lab.vote(lab.Scope(author_id=ada), ids[0], ids[1], choice, actor, tags)


def test_readers_look_and_strangers_are_not_compared(
    ada: str, two_authors: dict[str, str], written: Written, actor: Actor
) -> None:
    ids, other = written(), written(("Another.", "And another."))
    scope, reader = lab.Scope(author_id=ada), replace(actor, role="reader")
    assert lab.next_pair(scope, reader) is not None
    for refused in (
        lambda: lab.vote(scope, ids[0], ids[1], "left", reader),
        lambda: lab.vote_best(scope, ids, ids[0], reader),
        lambda: lab.withdraw(scope, reader),
        lambda: lab.rate(ids[0], 3, (), "", reader),
        lambda: lab.experiments.start("x", [Arm("A"), Arm("B")], ["x"], reader),
    ):
        with pytest.raises(Denied):
            refused()
    with pytest.raises(Invalid, match="one brief"):
        lab.vote(scope, ids[0], other[0], "left", actor)
    with pytest.raises(Invalid):
        lab.vote(lab.Scope(author_id=two_authors["Bo"]), ids[0], ids[1], "left", actor)
    with pytest.raises(Invalid, match="not here any more"):
        lab.vote(scope, ids[0], "gone", "left", actor)


def test_taking_back_brings_the_two_again_as_they_stood(ada: str, written: Written, actor: Actor) -> None:
    written()
    scope = lab.Scope(author_id=ada)
    first = of(scope, actor)
    lab.vote(scope, *first, "left", actor)
    second = of(scope, actor)
    lab.vote(scope, *second, "tie", actor)
    assert lab.withdraw(scope, actor) == 1 and of(scope, actor) == second
    assert [v.choice for v in lab.told(scope).votes] == ["left"]
    lab.vote(scope, *second, "right", actor)
    assert lab.last(scope, actor).choice == "right"
    lab.withdraw(scope, actor)
    lab.withdraw(scope, actor)
    with pytest.raises(Invalid, match="no vote"):
        lab.withdraw(scope, actor)


def test_the_best_of_several_is_a_vote_against_each_and_is_taken_back_as_one(
    ada: str, written: Written, actor: Actor
) -> None:
    ids, scope = written(), lab.Scope(author_id=ada)
    row = lab.line_up(scope, actor)
    assert row and {t.id for t in row.texts} == set(ids)
    shown = [t.id for t in row.texts]
    lab.vote_best(scope, shown, shown[1], actor, ["too generic"])
    votes = lab.told(scope).votes
    assert len(votes) == 3 and lab.vote_best(scope, shown, shown[1], actor) == []
    for vote in votes:
        winner, loser = (vote.left_id, vote.right_id) if vote.choice == "left" else (vote.right_id, vote.left_id)
        assert winner == shown[1] and loser != winner and vote.tags == ["too generic"]
        assert shown.index(vote.left_id) < shown.index(vote.right_id), "as they stood on the screen"
    assert lab.withdraw(scope, actor) == 3 and not lab.told(scope).votes
    lab.vote_best(scope, shown, None, actor)
    assert [v.choice for v in lab.told(scope).votes] == ["tie"] * 6
    with pytest.raises(Invalid):
        lab.vote_best(scope, shown, "another", actor)


def test_what_is_before_your_eyes_stays_whatever_others_do(ada: str, written: Written, actor: Actor) -> None:
    scope, bea = lab.Scope(author_id=ada), replace(actor, name="Bea")
    ids = written()
    pair, row = lab.next_pair(scope, actor), lab.line_up(scope, actor)
    assert pair and row
    for _ in range(3):
        other = lab.next_pair(scope, bea)
        assert other
        lab.vote(scope, other.left.id, other.right.id, "left", bea)
    written(model="large", brief=brief_of(ids[0]))
    kept = lab.next_pair(scope, actor, keep=pair)
    assert kept and (kept.left, kept.right) == (pair.left, pair.right) and kept.remaining > pair.remaining
    assert lab.line_up(scope, actor, keep=row) == row
    lab.vote(scope, pair.left.id, pair.right.id, "tie", actor)
    after = lab.next_pair(scope, actor, keep=pair)
    assert after and {after.left.id, after.right.id} != {pair.left.id, pair.right.id}


def test_side_by_side_shows_no_two_that_were_compared(ada: str, written: Written, actor: Actor) -> None:
    ids, scope = written(), lab.Scope(author_id=ada)
    lab.vote(scope, ids[0], ids[1], "left", actor)
    row = lab.line_up(scope, actor)
    assert row and len(row.texts) == 3 and not {ids[0], ids[1]} <= {t.id for t in row.texts}


def test_a_rating_is_one_a_person_and_can_be_taken_back(ada: str, written: Written, actor: Actor) -> None:
    ids, bea = written(), replace(actor, name="Bea")
    assert lab.rating(ids[0], actor) is None
    lab.rate(ids[0], 4, ["too long"], " good\x00 end ", actor)
    lab.rate(ids[0], 2, [], "", actor)
    lab.rate(ids[0], 5, [], "", bea)
    kept = lab.rating(ids[0], actor)
    assert kept and (kept.stars, kept.tags, kept.note) == (2, [], "")
    assert len(lab.told(lab.Scope(author_id=ada)).ratings) == 2
    assert lab.rate(ids[0], 0, [], "", actor) is None and lab.rating(ids[0], actor) is None
    for bad in (lambda: lab.rate(ids[0], 6, [], "", actor), lambda: lab.rate(ids[0], 1, [], "x" * 2001, actor)):
        with pytest.raises(Invalid):
            bad()
    with pytest.raises(NotFound):
        lab.rate("gone", 3, [], "", actor)


def voted(written: Written, scope: lab.Scope, actor: Actor, won: int, lost: int) -> None:
    """`won` votes for the large model over the small one, each on a brief of its own, then `lost` against it."""
    for n in range(won + lost):
        (small,) = written(("Of the small one.",), prompts=("draft@2#ab", "plan@1#cd"))
        (large,) = written(("Of the large one.",), "large", brief_of(small), prompts=("draft@3#ef", "plan@1#cd"))
        sides = (small, large) if n % 2 else (large, small)
        lab.vote(scope, *sides, "left" if (sides[0] == large) == (n < won) else "right", actor, ["too long"])


def test_results_name_a_winner_only_where_the_votes_settle_it(ada: str, written: Written, actor: Actor) -> None:
    scope = lab.Scope(author_id=ada)
    assert lab.strengths(scope, "model").headline.startswith("Not yet: 0 votes")
    voted(written, scope, actor, 1, 1)
    early = lab.strengths(scope, "model")
    assert early.headline.startswith("Not yet: 2 votes") and not early.because
    assert all(row.share is None for row in early.rows)
    voted(written, scope, actor, 8, 4)
    open_ = lab.strengths(scope, "model")
    assert "cannot be told apart" in open_.headline and "more votes" in open_.because
    assert "14 votes by 1 person on 14 briefs" in open_.rests_on and "this person's taste" in open_.rests_on
    voted(written, scope, actor, 24, 0)
    table = lab.strengths(scope, "model")
    assert table.headline == "large is preferred: that is not chance." and "more votes" not in table.because
    first, second = table.rows
    assert (first.label, first.won, first.lost, second.won) == ("large", 33, 5, 5)
    assert first.share and first.low and first.high and 0.5 < first.low < first.share < first.high < 1
    assert second.tags == (("too long", 33),), "reasons are kept against the one that lost"
    assert [row.label for row in lab.strengths(scope, "prompt").rows] == ["draft 3", "draft 2"]
    assert lab.strengths(scope, "adapter").votes == 0, "all the same: nothing is compared"


def test_results_read_ratings_of_the_text_as_written_and_the_openings(ada: str, written: Written, actor: Actor) -> None:
    scope = lab.Scope(author_id=ada)
    ids = written()
    for n in (0, 1, 2):
        lab.rate(ids[n], n + 2, ["not me"], "", actor)
    lab.rate(ids[3], 5, [], "", actor, of_text="What a person made of it")
    lab.vote(scope, ids[0], ids[2], "left", actor)
    (row,) = [r for r in lab.strengths(scope, "model").rows if r.label == "small"]
    assert (row.stars, row.ratings) == (3, 3), "the rating of an edited text says nothing of the model"
    assert {r.label for r in lab.strengths(scope, "hook").rows if r.votes} == {"story", "question"}


def test_a_vote_on_a_text_that_is_gone_counts_no_more(ada: str, written: Written, actor: Actor) -> None:
    scope = lab.Scope(author_id=ada)
    voted(written, scope, actor, 3, 0)
    with store.writing(actor) as tx:
        tx.session.delete(runs.variant(tx, tx.session.query(Vote).first().left_id))
    assert lab.strengths(scope, "model").votes == 2
    assert len(lab.export_csv(scope, "votes").splitlines()) == 4, "the file keeps it"


def test_files_hold_everything_and_no_cell_runs_as_a_formula(ada: str, written: Written, actor: Actor) -> None:
    scope = lab.Scope(author_id=ada)
    one, two = written(('=HYPERLINK("x")', '@SUM(A1)\nand more, "quoted"'))
    lab.vote(scope, one, two, "left", replace(actor, name="+Eve"), ["off the brief", "not true"])
    lab.rate(one, 4, [], "-1+2", actor)
    rows = {
        what: list(csv.reader(io.StringIO(lab.export_csv(scope, what).decode("utf-8-sig"))))
        for what in ("votes", "ratings", "results")
    }
    head, vote = rows["votes"]
    found = dict(zip(head, vote, strict=True))
    assert found["by"] == "'+Eve" and found["left text"] == '\'=HYPERLINK("x")' and found["right text"][:2] == "'@"
    assert found["choice"] == "left" and found["reasons against the loser"] == "off the brief; not true"
    assert dict(zip(*rows["ratings"], strict=True))["note"] == "'-1+2"
    assert not [cell for table in rows.values() for row in table for cell in row if cell[:1] in ("=", "+", "-", "@")]
    with pytest.raises(Invalid):
        lab.export_csv(scope, "people")  # type: ignore[arg-type]


# ---- experiments -----------------------------------------------------------------------------------------------


ARMS = [Arm("A: draft 1", "", {"draft": 1}), Arm("B: draft 2", "", {"draft": 2})]
FIELDS = {"topic": "What an audit taught me", "points": ["Real logs have gaps"], "variants": 2}


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large model is chosen: a small one uses none of these prompts."""
    monkeypatch.setenv("TIMBRE_LLM", "openai/test-70b")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()


@pytest.fixture
def experiment(ada: str, large: None, actor: Actor) -> Experiment:
    briefs = [generate.save_brief(ada, FIELDS | {"topic": f"Audit {n}"}, actor).id for n in range(3)]
    return lab.experiments.start("Drafts", ARMS, briefs, actor)


def finish(row: Experiment, actor: Actor, texts: tuple[str, ...] = TEXTS[:2]) -> None:
    """As the worker would."""
    with store.writing(actor) as tx:
        for run in tx.session.query(Run).filter_by(experiment_id=row.id):
            run.status = "done"
            arm = run.settings["wanted"]["arm"]
            for number, text in enumerate(texts, 1):
                tx.session.add(Variant(run_id=run.id, author_id=run.author_id, number=number, rank=number,
                                       text=f"{text} {arm}", generated=f"{text} {arm}", provenance={"model": "m"}))  # fmt: skip


def test_an_experiment_writes_each_brief_once_with_each_arm(experiment: Experiment, actor: Actor) -> None:
    with store.reading() as tx:
        rows = tx.session.query(Run).filter_by(experiment_id=experiment.id).all()
    assert Counter((r.brief_id, r.settings["wanted"]["arm"]) for r in rows) == Counter(
        {(brief, arm.name): 1 for brief in experiment.briefs for arm in ARMS}
    )
    assert {r.settings["wanted"]["prompts"]["draft"] for r in rows} == {1, 2}
    far = lab.experiments.progress(experiment)
    assert (far.live, far.done, far.total) == (6, 0, 6)
    assert lab.experiments.resume(experiment.id, actor) == 0, "nothing is asked for twice"
    with store.writing(actor) as tx:
        first, second = (tx.session.get(Run, r.id) for r in rows[:2])
        first.status, first.message = "failed", "The model is not here."
        tx.session.delete(second)
    far = lab.experiments.progress(experiment)
    assert (far.live, far.failed, far.missing, far.said) == (4, 1, 1, "The model is not here.")
    assert lab.experiments.resume(experiment.id, actor) == 2
    assert lab.experiments.progress(experiment).live == 6


def test_arms_are_voted_on_within_a_brief_only_and_like_with_like(experiment: Experiment, actor: Actor) -> None:
    scope = lab.Scope(experiment_id=experiment.id)
    assert lab.next_pair(scope, actor) is None
    finish(experiment, actor)
    pairs = 0
    while pair := lab.next_pair(scope, actor):
        assert pair.left.brief_id == pair.right.brief_id and pair.left.place == pair.right.place
        assert {pair.left.labels["arm"], pair.right.labels["arm"]} == {arm.name for arm in ARMS}
        if pairs < 3:
            assert lab.strengths(scope, "arm").votes == pairs
        best = "left" if pair.left.labels["arm"].startswith("B") else "right"
        lab.vote(scope, pair.left.id, pair.right.id, best, actor)
        pairs += 1
    assert pairs == 6
    table = lab.strengths(scope, "arm")
    assert table.rows[0].label == "B: draft 2" and (table.rows[0].won, table.rows[0].lost) == (6, 0)
    assert table.verdict.kind != "settled" and "3 briefs" in table.rests_on
    assert "Fewer than 5 briefs cannot speak of others" in table.because
    assert lab.experiments.passed(experiment) == {arm.name: (6, 6) for arm in ARMS}
    assert [row[0] for row in csv.reader(io.StringIO(lab.export_csv(scope, "results").decode("utf-8-sig")))][1] == "arm"


def test_a_vote_across_arms_counts_wherever_on_the_page_it_was_given(
    experiment: Experiment, ada: str, actor: Actor
) -> None:
    finish(experiment, actor, TEXTS[:1])
    everything = lab.Scope(author_id=ada)
    left, right = of(everything, actor)
    lab.vote(everything, left, right, "left", actor)
    scope = lab.Scope(experiment_id=experiment.id)
    assert lab.strengths(scope, "arm").votes == 1
    assert {left, right} != set(of(scope, actor)), "and is not asked for again there"


def test_a_closed_experiment_keeps_its_results_and_takes_no_votes(experiment: Experiment, actor: Actor) -> None:
    finish(experiment, actor)
    scope = lab.Scope(experiment_id=experiment.id)
    left, right = of(scope, actor)
    lab.vote(scope, left, right, "left", actor)
    other = of(scope, actor)
    lab.experiments.close(experiment.id, actor)
    assert lab.next_pair(scope, actor) is None and lab.strengths(scope, "arm").votes == 1
    with pytest.raises(Conflict, match="closed"):
        lab.vote(scope, *other, "left", actor)
    with pytest.raises(Conflict, match="closed"):
        lab.experiments.resume(experiment.id, actor)


def test_closing_stops_what_is_under_way(experiment: Experiment, actor: Actor) -> None:
    lab.experiments.close(experiment.id, actor)
    far = lab.experiments.progress(experiment)
    assert far.live == 0 and far.failed == 6


@pytest.mark.parametrize(
    ("arms", "briefs", "said"),
    [
        (ARMS[:1], 1, "2 to 4 arms"),
        ([Arm("A"), Arm("B", "openai/test-70b", prompts.newest())], 1, "the same way"),
        ([Arm("A", "embedded", {"draft": 1}), Arm("B", "embedded", {"draft": 2})], 1, "sentence prompt"),
        ([Arm("A", "nobody/x"), Arm("B")], 1, "A:"),
        ([Arm("A", "", {"draft": 99}), Arm("B")], 1, "99"),
        (ARMS, 0, "1 to 30 briefs"),
    ],
)
def test_what_cannot_be_compared_is_said_before_anything_is_written(
    ada: str, large: None, actor: Actor, arms: list[Arm], briefs: int, said: str
) -> None:
    ids = [generate.save_brief(ada, FIELDS, actor).id for _ in range(briefs)]
    with pytest.raises(Invalid) as refused:
        lab.experiments.start("Test", arms, ids, actor)
    assert said in str(refused.value)
    with store.reading() as tx:
        assert tx.session.query(Run).count() == 0 and tx.session.query(Experiment).count() == 0


def test_arms_are_called_by_what_differs() -> None:
    assert [a.name for a in lab.experiments.named(ARMS)] == ["A: draft 1", "B: draft 2"]
    models = lab.experiments.named([Arm("A", "embedded"), Arm("B", "ollama/x", {"draft": 1})])
    assert models[0].name.startswith("A: embedded, draft ") and models[1].name == "B: ollama/x, draft 1"


def test_on_either_database(any_database: str, actor: Actor) -> None:
    """The queries, and votes of one instant, on SQLite and on PostgreSQL."""
    with store.writing(actor) as tx:
        author = Author(name="Ada")
        tx.session.add(author)
        tx.session.flush()
        for number in range(2):
            brief = Brief(author_id=author.id, fields={"topic": f"{number}"}, submitted_at=now())
            tx.session.add(brief)
            tx.session.flush()
            run = Run(id=new_id(), author_id=author.id, brief_id=brief.id, status="done")
            tx.session.add(run)
            tx.session.flush()
            rows = [
                Variant(run_id=run.id, author_id=author.id, number=n, text=TEXTS[n], generated=TEXTS[n])
                for n in range(3)
            ]
            tx.session.add_all(rows)
        scope = lab.Scope(author_id=author.id)
    row = lab.line_up(scope, actor)
    assert row and len(row.texts) == 3
    lab.vote_best(scope, [t.id for t in row.texts], row.texts[0].id, actor)
    pair = lab.next_pair(scope, actor)
    assert pair and pair.left.brief_id != row.texts[0].brief_id, "the brief that is known less"
    lab.vote(scope, pair.left.id, pair.right.id, "right", actor)
    assert (lab.withdraw(scope, actor), lab.withdraw(scope, actor), lab.last(scope, actor)) == (1, 2, None)
    assert lab.rate(pair.left.id, 3, ["too long"], "", actor) and len(lab.told(scope).ratings) == 1
    assert lab.strengths(scope, "hook").votes == 0 and lab.experiments.listed() == []
    assert len(lab.experiments.briefs_for(author.id)) == 2


def test_small_words() -> None:
    assert shortened(["draft 1, plan 2", "draft 3, plan 2"]) == {
        "draft 1, plan 2": "draft 1", "draft 3, plan 2": "draft 3",
    }  # fmt: skip
    assert [share(x) for x in (0.001, 0.5, 0.9999)] == ["1%", "50%", "99%"]
    assert [round_up(n) for n in (7, 12, 61, 203)] == [7, 15, 70, 250]
