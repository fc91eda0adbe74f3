"""The small measures: learnt from labels, examined on others, used once promoted, out of use once rolled back."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics import slop_model
from core import authors, learn, store, voice
from core.errors import Denied, Invalid
from core.generate.scores import WEIGHTS, order
from core.lab import voting
from core.learn import proposing
from core.people import WORKER
from core.store import Actor, intents, lessons, training
from core.store.base import now
from core.store.ids import new_id
from core.store.tables import Brief, Run, Variant
from core.store.tables_training import Adapter
from core.store.tables_writing import Vote
from core.train import commands, generic, inuse, labels, learned, registry, workflow
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from tests.analytics.test_slop_learn import EMPTY, FULL, text
from tests.core.train import posts

EVERYBODY = Scope()
GENERIC = "too generic"
Pairs = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return posts.author(actor, "Ada", count=44)


@pytest.fixture
def put(actor: Actor) -> Pairs:
    """Puts votes: of each brief one draft wins, another loses; returns (won, lost) ids, a pair for each vote."""

    def drafts(
        author_id: str, pairs: list[tuple[str, str]], tags: tuple[str, ...] = (), ranks: Any = None
    ) -> list[tuple[str, str]]:
        out: list[tuple[str, str]] = []
        rows: list[Any] = []
        for n, texts in enumerate(pairs):
            brief, run, won, lost = (new_id() for _ in range(4))
            rows.append(Brief(id=brief, author_id=author_id, fields={"topic": "Audits"}, submitted_at=now()))
            rows.append(Run(id=run, author_id=author_id, brief_id=brief, status="done", task="write", settings={}))
            for k, (id_, value) in enumerate(zip((won, lost), texts, strict=True)):
                known = {"_rank": ranks[n][k]} if ranks else {}
                rows.append(Variant(id=id_, run_id=run, author_id=author_id, number=k + 1, text=value, generated=value,
                                    scores=known))  # fmt: skip
            rows.append(Vote(author_id=author_id, left_id=won, right_id=lost, choice="left", tags=list(tags),
                             by=actor.name, workspace_id=actor.workspace_id))  # fmt: skip
            out.append((won, lost))
        with store.writing(actor) as tx:
            tx.session.add_all(rows)
        return out

    return drafts


def built(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """Texts that a team likes and texts that it calls generic: what they are about is the same, their build is not.

    Every tenth time people see it the other way round.
    """
    rng = random.Random(seed)
    made = [(text(rng, FULL), text(rng, EMPTY)) for _ in range(count)]
    return [pair[::-1] if n % 10 == 9 else pair for n, pair in enumerate(made)]


def work(run_id: str, times: int = 1) -> None:
    """Every phase of a run, as the worker does them; `times`: as if a kill had come between its end and its record."""
    with store.writing(WORKER) as tx:
        kind = training.begin(tx, run_id).kind
    for phase in workflow.WORK[kind].values():
        for _ in range(times):
            phase(run_id)
    with store.writing(WORKER) as tx:
        training.finish(tx, run_id, "done")
        intents.finish(tx, run_id, "done", "")
    for tidy in workflow.ENDS:
        tidy(run_id)


def made(kind: str, actor: Actor, times: int = 1) -> Adapter:
    run_id = learned.start(kind, actor)
    work(run_id, times)
    found = registry.of_run(run_id)
    assert found
    return found


# ---- what sounds generic --------------------------------------------------------------------------------------


def test_too_few_labels_is_an_answer(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, built(12), (GENERIC,))
    found = learned.ready("genericness")

    assert not found.enough
    assert "12 texts that were called too generic" in found.said
    assert "Missing: 8 more texts that were called too generic, 8 more texts that were liked." in found.said
    with pytest.raises(Invalid, match="8 more texts"):
        learned.start("genericness", actor)
    assert commands.runs() == []
    run_id = commands.start("genericness", "logistic", EVERYBODY, Plan(method="logistic"), actor)  # as a rule does
    with pytest.raises(Invalid, match="Nothing was changed"):
        work(run_id)


def test_labels_are_what_people_said(ada: str, actor: Actor, put: Pairs) -> None:
    bo = posts.author(actor, "Bo", count=3, seed=2, consent=None)
    (won, lost), (other, plain) = put(ada, built(2))
    put(bo, built(3, seed=5), (GENERIC,))
    voting.rate(lost, 2, [GENERIC], "", actor)
    voting.rate(other, 1, [GENERIC], "", Actor(name="Somebody else", role="editor"))  # it won a vote as well
    voting.rate(plain, 5, [], "", actor)
    short = put(ada, [("Too short.", "Too short too.")])[0][0]

    said = labels.genericness()

    assert {label.id: label.generic for label in said.labels} == {won: False, lost: True, plain: False}
    assert short not in {label.id for label in said.labels}
    assert said.left_out == {
        "the author has not agreed to training": 6, "people disagree": 1, "too short for a score": 1,
    }  # fmt: skip
    assert set(said.record()["consent"]) == {ada}
    assert {row["author_id"] for row in said.own} == {ada}


def test_a_measure_is_used_once_promoted_and_out_of_use_once_rolled_back(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, built(24), (GENERIC,))
    unseen = built(3, seed=7)
    before = [[voice.measure(ada, one).generic for one in pair] for pair in unseen]

    adapter = made("genericness", actor, times=2)

    assert adapter.passed, adapter.exam["verdict"]
    judged = adapter.exam["judged"]
    assert 0 < judged["low"] < judged["gain"] < judged["high"]
    assert adapter.base == "generic-1"
    card = (adapters_folder() / adapter.id / "README.md").read_text(encoding="utf8")
    assert "how generic a text sounds" in card
    assert "Ada: agreed" in card
    assert not list(run_folder(adapter.id).glob("*.jsonl"))  # no text stays
    assert [row.id for row in registry.waiting()] == [adapter.id]
    assert [[voice.measure(ada, one).generic for one in pair] for pair in unseen] == before

    registry.promote(adapter.id, EVERYBODY, actor)
    after = [[voice.measure(ada, one).generic or 0.0 for one in pair] for pair in unseen]
    gained = [(b - a) - ((d or 0) - (c or 0)) for (a, b), (c, d) in zip(after, before, strict=True)]
    assert min(gained) > 0  # each generic one is further above the one that was liked

    registry.roll_back("genericness", EVERYBODY, actor)
    assert [[voice.measure(ada, one).generic for one in pair] for pair in unseen] == before


def test_a_file_that_was_changed_is_not_used(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, built(24), (GENERIC,))
    adapter = made("genericness", actor)
    registry.promote(adapter.id, EVERYBODY, actor)
    assert inuse.genericness()[0] == adapter.id
    file = adapters_folder() / adapter.id / inuse.FILES["genericness"]
    whole = file.read_bytes()

    for damage in (whole[:-100], b""):
        file.write_bytes(damage)
        assert inuse.genericness() == ("", None)
        assert voice.measure(ada, built(1)[0][0]).generic is not None
    file.unlink()
    assert inuse.genericness() == ("", None)
    file.write_bytes(whole)
    assert inuse.genericness()[0] == adapter.id


def test_the_same_labels_again_prove_nothing(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, built(24), (GENERIC,))
    registry.promote(made("genericness", actor).id, EVERYBODY, actor)

    again = made("genericness", actor)

    assert again.passed is False
    assert "0 texts called generic and 0 liked ones are new" in again.exam["verdict"][0]["said"]
    with pytest.raises(Invalid, match="did not pass"):
        registry.promote(again.id, EVERYBODY, actor)


def test_peoples_own_posts_must_stay_below_the_line(data: Path) -> None:
    shipped = slop_model.load()
    own = [{"text": one} for one in posts.varied(40)]
    scores = sorted(generic._score(row["text"], shipped) for row in own)
    few, one_more, many = (replace(shipped, line=scores[-at] - 1e-9) for at in (1, 2, 10))

    assert generic._own_posts(own, few, few)["passed"]
    assert generic._own_posts(own * 2, one_more, one_more)["passed"]
    told = generic._own_posts(own, few, many)
    assert (told["passed"], told["said"]) == (
        False, "Of 40 posts that your people wrote, 10 are over the line; now it is 1."
    )  # fmt: skip


def test_who_withdraws_while_it_is_learnt_stops_it_and_nothing_stays(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, built(24), (GENERIC,))
    run_id = learned.start("genericness", actor)
    phases = workflow.WORK["genericness"]
    phases["prepare"](run_id)
    phases["train"](run_id)
    assert (run_folder(run_id) / "train.jsonl").exists()
    authors.consent(ada, False, actor)

    with pytest.raises(Denied, match="Ada no longer agreed"):
        phases["exam"](run_id)

    assert not run_folder(run_id).exists()
    assert registry.of_run(run_id) is None


# ---- the order of variants ------------------------------------------------------------------------------------


def ranked(count: int, seed: int, counts: str = "points") -> list[list[dict[str, float]]]:
    """Parts of the order of winners and losers; the team goes by one part alone."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        two = [{name: round(float(rng.beta(2, 2)), 3) for name in WEIGHTS} for _ in range(2)]
        out.append(sorted(two, key=lambda parts: -parts[counts]))
    return out


def votes(put: Pairs, author_id: str, count: int, seed: int = 1, counts: str = "points") -> None:
    put(author_id, [("One.", "Another.")] * count, ranks=ranked(count, seed, counts))


def test_the_teams_votes_make_an_order_that_variants_are_put_in(ada: str, actor: Actor, put: Pairs) -> None:
    bo = posts.author(actor, "Bo", count=3, seed=2, consent=None)  # figures alone are learnt from
    votes(put, ada, 40)
    votes(put, bo, 40, seed=2)
    adapter = made("reranker", actor, times=2)
    assert adapter.passed, adapter.exam["verdict"]
    assert learn.weights(ada) is None

    registry.promote(adapter.id, EVERYBODY, actor)
    found = learn.weights(ada)

    assert found is not None
    assert found["points"] > WEIGHTS["points"] + 0.2
    assert found == learn.weights(bo) == adapter.exam["judged"]["weights"]
    rows = [{"_rank": {"likeness": 0.9, "points": 0.3, "brief": 0.5, "originality": 0.5}},
            {"_rank": {"likeness": 0.4, "points": 0.9, "brief": 0.5, "originality": 0.5}}]  # fmt: skip
    assert [order(rows)[0][0], order(rows, found)[0][0]] == [0, 1]
    registry.roll_back("reranker", EVERYBODY, actor)
    assert learn.weights(ada) is None


def test_an_authors_own_lesson_goes_before_the_teams_order(ada: str, actor: Actor, put: Pairs) -> None:
    votes(put, ada, 60)
    registry.promote(made("reranker", actor).id, EVERYBODY, actor)
    team = learn.weights(ada)
    assert not [p for p in proposing.proposals(ada) if p.kind == "weights"]  # the votes say no more than that
    own = {"likeness": 0.1, "points": 0.1, "brief": 0.4, "originality": 0.4}

    with store.writing(actor) as tx:
        row = lessons.put(tx, ada, "weights:60", kind="weights", title="Own", change={"weights": own},
                          status="accepted", decided_at=now())  # fmt: skip
    assert learn.weights(ada) == own != team
    learn.undo(row.id, actor)
    assert learn.weights(ada) == team


def test_votes_that_say_nothing_change_nothing(ada: str, actor: Actor, put: Pairs) -> None:
    put(ada, [("One.", "Another.")] * 19, ranks=ranked(19, 3))
    assert learned.ready("reranker").said.endswith("Missing: 1 more blind votes. Nothing was changed.")
    rng = np.random.default_rng(4)
    tossed = [list(rng.permutation(np.array(two))) for two in ranked(40, 5)]
    put(ada, [("One.", "Another.")] * 40, ranks=tossed)

    adapter = made("reranker", actor)

    assert adapter.passed is False
    with pytest.raises(Invalid, match="did not pass"):
        registry.promote(adapter.id, EVERYBODY, actor)
    assert inuse.order() is None


def test_an_order_that_is_worse_for_one_author_does_not_pass(ada: str, actor: Actor, put: Pairs) -> None:
    bo = posts.author(actor, "Bo", count=3, seed=2)
    votes(put, ada, 120)
    votes(put, bo, 40, seed=2, counts="likeness")

    adapter = made("reranker", actor)

    worse = adapter.exam["verdict"][2]
    assert (worse["passed"], worse["said"]) == (False, "Clearly worse for Bo.")
    assert adapter.passed is False
