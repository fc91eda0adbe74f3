"""The small measures: learnt from labels, examined on others, used once promoted, out of use once rolled back."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics import slop_model
from core import authors, learn, persona, store, voice
from core.errors import Conflict, Denied, Invalid, TimbreError
from core.generate import scores
from core.learn import proposing
from core.people import WORKER
from core.store import Actor, lab, lessons, training
from core.store.tables_training import Adapter
from core.store.tables_writing import Rating, Vote
from core.train import commands, generic, inuse, learned, registry, small, workflow
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from tests.analytics.test_slop_learn import EMPTY, FULL, text
from tests.core.learn.conftest import Drafted, drafted
from tests.core.train import posts

__all__ = ["drafted"]
EVERYBODY = Scope()
GENERIC = "too generic"


def rate(variant_id: str, author_id: str, actor: Actor, stars: int = 0, tags: tuple[str, ...] = ()) -> None:
    with store.writing(actor) as tx:
        lab.put_rating(tx, variant_id, author_id, stars=stars, tags=list(tags), note="", text_hash="")


def vote(won: str, lost: str, author_id: str, actor: Actor, tags: tuple[str, ...] = ()) -> None:
    with store.writing(actor) as tx:
        row = Vote(author_id=author_id, left_id=won, right_id=lost, choice="left", tags=list(tags), by=actor.name)
        lab.add_vote(tx, row)


def work(run_id: str, times: int = 1) -> None:
    """Every phase of a run, as the worker does them; `times` as if a kill had cut each of them off."""
    with store.writing(WORKER) as tx:
        kind = training.begin(tx, run_id).kind
    for phase in workflow.WORK[kind].values():
        for _ in range(times):
            phase(run_id)


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return posts.author(actor, "Ada", count=44)


@pytest.fixture
def labelled(ada: str, actor: Actor, drafted: Drafted) -> Callable[..., list[str]]:
    """Votes on pairs of drafts, one of them called generic for how it is built; the ids of the generic ones."""

    def put(pairs: int, seed: int = 1, author_id: str = ada) -> list[str]:
        rng, out = random.Random(seed), []
        for n in range(pairs):
            with store.reading() as tx:
                brief = tx.session.get(store.tables.Variant, out[-1]) if out and n % 2 else None
            empty = drafted(author_id, text(rng, EMPTY))
            full = drafted(author_id, text(rng, FULL))
            vote(full, empty, author_id, actor, (GENERIC,))
            out.append(empty)
            assert brief is None or brief.author_id == author_id
        return out

    return put


def test_too_few_labels_is_an_answer(ada: str, actor: Actor, labelled: Callable[..., list[str]]) -> None:
    labelled(12)
    found = learned.ready("genericness")

    assert not found.enough
    assert "12 texts that were called too generic" in found.said
    assert "Missing: 8 more texts that were called too generic, 8 more texts that were liked" in found.said
    with pytest.raises(Invalid, match="8 more texts"):
        learned.start("genericness", actor)
    with pytest.raises(Invalid, match="20 more blind votes|8 more blind votes"):
        learned.start("reranker", actor)
    assert commands.runs() == []
    run_id = commands.start("genericness", "logistic", EVERYBODY, Plan(method="logistic"), actor)  # as a policy does
    with pytest.raises(Invalid, match="Nothing was changed"):
        work(run_id)


@pytest.fixture
def promoted(ada: str, actor: Actor, labelled: Callable[..., list[str]]) -> Adapter:
    labelled(24)
    run_id = learned.start("genericness", actor)
    work(run_id, times=2)
    found = registry.of_run(run_id)
    assert found
    return found
