"""Consent that has ended: out of use at once, said, deleted after a while with every copy and text, others told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core import authors, store
from core.errors import Denied
from core.images import consent as likeness
from core.people import WORKER
from core.store import Actor, training
from core.store.base import now
from core.store.tables import Author
from core.store.tables_training import Adapter, Archetype, TrainingRun
from core.train import keeping, looks, registry, withdrawal
from core.train.model import run_folder
from core.train.scope import Scope
from tests.core.train import made
from tests.core.train.made import Make


def traces(row: Adapter) -> Path:
    """What a run and its adapter leave on the disk, beside the adapter's own folder."""
    for place in (run_folder(row.id) / "checkpoints" / "4", keeping.exports(row.id) / "ollama"):
        place.mkdir(parents=True)
        (place / "merged.gguf").write_bytes(b"weights")
    (run_folder(row.id) / "samples.jsonl").write_text('{"text": "written while it learnt"}')
    return run_folder(row.id)


def everything(data: Path) -> str:
    """All rows of the store and all files under the data folder, as text."""
    store.dispose()
    names = [str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()]
    with store.reading() as tx:
        rows = [[row.exam for row in tx.session.query(Adapter)], [row.samples for row in tx.session.query(TrainingRun)]]
    return json.dumps([names, rows])


def turn_back(author_id: str, days: float) -> None:
    """As if the author had decided so many days ago."""
    with store.writing(WORKER) as tx:
        row = tx.session.get(Author, author_id)
        assert row is not None
        row.consent_at = now() - timedelta(days=days)


def test_withdrawn_it_is_out_of_use_in_the_same_moment_and_says_what_becomes_of_it(
    make: Make, actor: Actor, ada: str
) -> None:
    row = make()
    registry.promote(row.id, Scope(ada), actor)
    assert withdrawal.ended(row.id) is None and withdrawal.listed() == []
    authors.consent(ada, False, actor)
    assert registry.in_use() == [], "without a worker's look"
    assert registry.serving(ada) is None and "no longer agreed" in registry.why_not(ada)
    found = withdrawal.ended(row.id)
    assert found and found.on and found.on > now() + timedelta(days=6)
    assert "Ada no longer agrees" in found.said and f"deleted on {found.on.day} " in found.said
    assert "Delete it now" in found.do
    withdrawal.clear()
    assert registry.folder(row.id).exists(), "it may be given again meanwhile"
    authors.consent(ada, True, actor)
    assert withdrawal.ended(row.id) is None


def test_after_a_while_nothing_of_it_is_left(make: Make, actor: Actor, ada: str, data: Path) -> None:
    row, kept = make(), make(None, "0" * 26, consent={})
    folder = traces(row)
    authors.consent(ada, None, actor)  # not decided any more: that is no consent either
    turn_back(ada, withdrawal.GRACE.days + 0.1)
    looks.sweep()
    left = everything(data)
    assert row.id not in left and not folder.exists()
    assert left.count("a text that the adapter wrote") == 1 and kept.id in left, "the other one's is still there"
    gone = registry.adapter(row.id)
    assert gone.deleted_at and gone.exam["verdict"] and gone.passed, "that it was there is kept"
    looks.sweep()


def test_a_person_deletes_it_at_once(make: Make, actor: Actor, ada: str, data: Path) -> None:
    row = make()
    assert withdrawal.delete(ada, actor) == 0, "nothing goes while they agree"
    authors.consent(ada, False, actor)
    with pytest.raises(Denied):
        withdrawal.delete(ada, Actor("Ben", role="reader"))
    assert withdrawal.delete(ada, actor) == 1 and row.id not in everything(data)


def test_others_in_it_are_named_with_what_to_do(make: Make, actor: Actor, ada: str) -> None:
    bo, cy = authors.add("Bo", actor).id, authors.add("Cy", actor).id
    authors.consent(bo, True, actor)
    with store.writing(actor) as tx:
        plain = Archetype(name="Plain", members=[{"author": id_, "distance": 0.1} for id_ in (ada, bo)])
        tx.session.add(plain)
        tx.session.flush()
    row = make(None, plain.id, consent={ada: {}, bo: {}})
    registry.set_served(row.id, "ollama/plain", actor)
    registry.promote(row.id, Scope(archetype_id=plain.id), actor)
    assert registry.serving(bo) is not None
    authors.consent(ada, False, actor)
    assert registry.serving(bo) is None and "Plain" in registry.why_not(bo)
    (found,) = withdrawal.listed(ada)
    assert (found.names, found.others) == (["Ada"], ["Bo"])
    assert "without their posts; Bo still agrees" in found.do and "ollama/plain has a copy" in found.do
    assert withdrawal.listed(bo) == withdrawal.listed(cy) == []


def test_files_go_when_their_author_is_removed(make: Make, actor: Actor, ada: str, data: Path) -> None:
    row, shared = make(), make(None, "0" * 26, consent={ada: {}})
    traces(row)
    with store.writing(actor) as tx:
        tx.session.delete(tx.session.get(Author, ada))
    (registry.folder("01SOMEBODYELSES")).mkdir()
    looks.sweep()
    left = everything(data)
    assert row.id not in left, "its row went with the author"
    assert registry.adapter(shared.id).deleted_at, "nobody can give that consent again"
    assert not run_folder(row.id).exists() and registry.folder("01SOMEBODYELSES").exists(), "of another database"


def test_what_only_measured_the_first_steps_keeps_no_text_either(make: Make, actor: Actor, ada: str) -> None:
    run = made.run(actor, ada)
    run_folder(run.id).mkdir(parents=True)
    looks.sweep()
    assert run_folder(run.id).exists() and withdrawal.of_run(run.id) == ""
    authors.consent(ada, False, actor)
    assert "no longer agrees" in withdrawal.of_run(run.id) and "within minutes" in withdrawal.of_run(run.id)
    looks.sweep()
    assert "was deleted" in withdrawal.of_run(run.id)
    with store.reading() as tx:
        assert not run_folder(run.id).exists() and training.whole(tx, run.id).samples == []


def test_both_rooms_wait_as_long() -> None:
    assert withdrawal.GRACE == likeness.GRACE
