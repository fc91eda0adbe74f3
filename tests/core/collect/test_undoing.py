"""An import taken back: all of it goes, nothing else, and not while something approved rests on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import authors, collect, jobs, samples, store
from core.collect import Upload, undoing
from core.errors import Conflict, Denied, NotFound
from core.store import Actor, adapters, runs
from core.store.tables import Change, ImportBatch, NotionRow, Post, Run, Sample, Variant
from core.store.tables_training import Adapter

SAID = ("The pump ran dry on a Sunday, and nobody had the key.", "We count the valves each spring and find one more.")


def import_of(actor: Actor, *texts: str, author: str = "Ada") -> ImportBatch:
    content = "\n".join(json.dumps({"author": author, "text": text}) for text in texts)
    return collect.commit(collect.preview([Upload("posts.jsonl", content.encode())]), None, actor)


def test_an_import_goes_whole_and_alone_and_can_come_again(any_database: str, actor: Actor) -> None:
    first = import_of(actor, "An earlier post that stays where it is, whatever happens.")
    second = import_of(actor, *SAID)
    (author,) = samples.counts()
    assert undoing.why_not(second.id) == "" and undoing.undo(second.id, actor) == 2
    assert [row.batch_id for row in samples.of_author(author)] == [first.id]
    assert [source.batch for source in samples.overview(author).sources] == [first.id]
    assert [job.kind for job in jobs.active()] == ["embed"], "the index forgets them too"
    with store.reading() as tx:
        log = tx.session.query(Change).filter_by(entity_id=second.id, action="undo").one()
    assert (log.field, log.old, log.new, log.actor) == ("samples", 2, 0, actor.name)
    assert import_of(actor, *SAID).counts["stored"] == 2


def test_a_reader_may_not_and_what_is_gone_is_said(data: object, actor: Actor) -> None:
    row, reader = import_of(actor, *SAID), replace(actor, role="reader")
    (author,) = samples.counts()
    kept = samples.of_author(author)
    for change in (
        lambda: undoing.undo(row.id, reader),
        lambda: import_of(reader, "A post that a reader wants to bring in."),
        lambda: authors.add("Bo", reader),
        lambda: authors.consent(author, True, reader),
        lambda: samples.leave_out(kept[0].id, reader),
        lambda: samples.take_back(kept[0].id, reader),
    ):
        with pytest.raises(Denied, match="role is reader"):
            change()
    left = [(s.id, s.excluded) for s in samples.of_author(author)]
    assert left == [(s.id, s.excluded) for s in kept] and [a.name for a in authors.listed()] == ["Ada"]
    with pytest.raises(NotFound):
        undoing.undo("gone", actor)


def _approved(tx: store.Writing, of: Sample) -> None:
    run = Run(author_id=of.author_id, brief_id=runs.add_brief(tx, of.author_id, {}).id)
    tx.session.add(run)
    tx.session.flush()
    variant = Variant(run_id=run.id, author_id=of.author_id, number=1, exemplars=[of.id])
    tx.session.add(variant)
    tx.session.flush()
    tx.session.add(Post(author_id=of.author_id, title="t", text="x", variant_id=variant.id, approved_hash="h"))


def _in_notion(tx: store.Writing, of: Sample) -> None:
    tx.session.add(NotionRow(kind="samples", local_id=of.id, page_id="p"))


def _learnt(tx: store.Writing, of: Sample) -> None:
    row = adapters.add(tx, Adapter(kind="voice", author_id=of.author_id, title="Ada's voice", base="b", passed=True))
    adapters.put_live(tx, "voice", f"author/{of.author_id}", row.id, "promote", None)


def _coming(tx: store.Writing, of: Sample) -> None:
    batch = tx.session.get_one(ImportBatch, of.batch_id)
    batch.counts = {name: value for name, value in batch.counts.items() if name != "stored"}


@pytest.mark.parametrize(
    ("rests", "said"),
    [(_approved, "An approved post was written after examples"), (_in_notion, "1 of these posts has a row in Notion"),
     (_learnt, "Ada's voice, which is in use"), (_coming, "still coming in")],
)  # fmt: skip
def test_while_something_rests_on_it_nothing_is_changed(
    data: object, actor: Actor, rests: Callable[[store.Writing, Sample], None], said: str
) -> None:
    row = import_of(actor, *SAID)
    with store.writing(actor) as tx:
        rests(tx, tx.session.query(Sample).first())
    with pytest.raises(Conflict, match=said):
        undoing.undo(row.id, actor)
    assert list(samples.counts().values()) == [2]
