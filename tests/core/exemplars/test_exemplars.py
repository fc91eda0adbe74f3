"""The index and what is found with it: own texts only, diverse, explained; rebuilt after loss; whole after a crash."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import lancedb
import numpy as np
import pytest

from core import authors, collect, exemplars, jobs, samples, store
from core.config import ROOT
from core.errors import Cancelled, StorageError, Unavailable
from core.exemplars import index, vectors
from core.exemplars import jobs as work
from core.store import Actor, intents
from core.store import samples as rows

DIMENSIONS = 384


def by_letters(texts: Sequence[str]) -> np.ndarray:
    """A stand-in for the embedder: words hashed into 384 places, length 1. Same words, same direction."""
    out = np.zeros((len(texts), DIMENSIONS), np.float32)
    for number, text in enumerate(texts):
        for word in text.lower().split():
            out[number, int(hashlib.md5(word.encode()).hexdigest(), 16) % DIMENSIONS] += 1
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index without the real model."""
    monkeypatch.setattr(vectors, "embed", by_letters)
    monkeypatch.setattr(vectors, "loaded", lambda: True)
    monkeypatch.setattr(jobs, "step", lambda fn, *args, name=None: fn(*args))


def run(actor: Actor, rebuild: bool = False) -> str:
    """Ask, and do what the worker would do."""
    intent = (exemplars.rebuild if rebuild else exemplars.request)(actor)
    work.embed(intent)
    with store.writing(actor) as tx:
        intents.finish(tx, intent, "done", "")
    return intent


def test_everything_is_embedded_once(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    assert exemplars.status().total == 80
    intent = run(actor)
    status = exemplars.status()
    assert (status.done, status.total, status.complete) == (80, 80, True)
    assert len(index.ids()) == 80
    assert (jobs.get(intent).done, jobs.get(intent).total) == (80, 80)
    run(actor)
    assert len(index.ids()) == 80


def test_asking_twice_while_it_waits_is_asking_once(two_authors: dict[str, str], actor: Actor) -> None:
    assert exemplars.request(actor) == exemplars.request(actor)
    assert exemplars.ensure(actor) is None


def test_own_texts_only_diverse_and_explained(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    found = exemplars.retrieve(two_authors["Ada"], "an audit of the northern plant and its valves", k=4)
    own = {s.id: s.text for s in samples.of_author(two_authors["Ada"])}
    assert len({e.sample_id for e in found}) == 4
    assert all(own[e.sample_id] == e.text for e in found)
    assert all("“audit”" in e.reason and e.reason.endswith(".") for e in found)
    assert all("by words only" not in e.reason for e in found)


def test_texts_left_out_or_excluded_are_not_chosen(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    first = exemplars.retrieve(two_authors["Bo"], "day 7 of building in public", k=3)
    samples.leave_out(first[0].sample_id, actor)
    second = exemplars.retrieve(two_authors["Bo"], "day 7 of building in public", 3, [first[1].sample_id])
    assert not {first[0].sample_id, first[1].sample_id} & {e.sample_id for e in second}
    assert len(second) == 3


def test_a_query_is_data_and_never_syntax(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    for query in ("", '"', "a' OR 1=1 --", "text:(", "+-!(){}[]^~*?:\\", "\0", "x" * 5000):
        assert len(exemplars.retrieve(two_authors["Ada"], query, k=2)) == 2, query
    assert exemplars.retrieve("x' OR author_id != '", "audit") == []
    assert index.near("x' OR author_id != '", by_letters(["audit"])[0], 5) == []


def test_without_an_index_words_decide_and_it_says_so(two_authors: dict[str, str], actor: Actor) -> None:
    found = exemplars.retrieve(two_authors["Ada"], "visit 7 to the plant", k=2)
    assert "visit 7 says" in found[0].text
    assert "ranked by words only, because its samples are not embedded yet" in found[0].reason
    nothing = exemplars.retrieve(two_authors["Ada"], "zebra", k=2)
    assert "one of the newest" in nothing[0].reason.lower()
    assert "visit 39" in nothing[0].text


def test_a_missing_model_falls_back_and_says_so(
    two_authors: dict[str, str], actor: Actor, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(actor)

    def gone(texts: Sequence[str]) -> np.ndarray:
        raise RuntimeError("The embedder's file is missing.")

    monkeypatch.setattr(vectors, "embed", gone)
    assert "cannot be used right now" in exemplars.retrieve(two_authors["Ada"], "the plant")[0].reason
    run_again = exemplars.rebuild(actor)
    with pytest.raises(Unavailable, match=r"Nothing is lost.*`make setup`"):
        work.embed(run_again)


def test_a_deleted_index_is_seen_and_made_again(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    shutil.rmtree(index.folder())
    assert exemplars.status().missing
    assert "by words only" in exemplars.retrieve(two_authors["Ada"], "the plant")[0].reason
    assert exemplars.ensure(actor) is not None
    run(actor)
    assert len(index.ids()) == 80
    assert not exemplars.status().missing


def test_rebuilding_starts_from_the_store(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    index.put(["stray"], [two_authors["Ada"]], ["stray"], by_letters(["stray"]))
    run(actor)
    assert len(index.ids()) == 80
    run(actor, rebuild=True)
    assert len(index.ids()) == 80


def test_a_damaged_index_is_explained(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    run(actor)
    for file in index.folder().rglob("*.manifest"):
        file.write_bytes(b"broken")
    with pytest.raises(StorageError, match=r"samples are safe.*Rebuild the index"):
        index.ids()
    assert "cannot be used right now" in exemplars.retrieve(two_authors["Ada"], "the plant")[0].reason
    run(actor, rebuild=True)
    assert len(index.ids()) == 80


def test_stopped_between_index_and_note_it_is_done_again_without_a_double(
    two_authors: dict[str, str], actor: Actor, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(rows, "mark_embedded", crash)
        with pytest.raises(KeyboardInterrupt):
            work.embed(exemplars.request(actor))
    assert len(index.ids()) == work.BATCH
    assert exemplars.status().done == 0
    run(actor)
    assert exemplars.status().done == len(index.ids()) == 80
    table = lancedb.connect(str(index.folder())).open_table(index.table_name())
    assert table.count_rows() == 80


def test_a_person_can_stop_it(two_authors: dict[str, str], actor: Actor, quick: None) -> None:
    intent = exemplars.request(actor)
    with store.writing(actor) as tx:
        intents.begun(tx, intent)
    jobs.cancel(intent, actor)
    with pytest.raises(Cancelled):
        work.embed(intent)


SLOW_WORKER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import hashlib
import lancedb
import numpy as np
from core.exemplars import vectors
def embed(texts):
    time.sleep(0.4)
    out = np.zeros((len(texts), 384), np.float32)
    for n, text in enumerate(texts):
        out[n, int(hashlib.md5(text.encode()).hexdigest(), 16) % 384] = 1
    return out
vectors.embed, vectors.loaded = embed, lambda: True
import core.exemplars.jobs as work
work.BATCH = 8
from core.jobs import Engine
engine = Engine(); engine.start()
while True:
    time.sleep(1)
"""


def worker(data: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TIMBRE_DATA": str(data), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", SLOW_WORKER, str(ROOT)], env=environment, cwd=ROOT)


def wait_for(condition: object, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come so far"
        time.sleep(0.05)


@pytest.mark.slow
def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(
    two_authors: dict[str, str], data: Path, actor: Actor
) -> None:
    intent = exemplars.request(actor)
    first = worker(data)
    try:
        wait_for(lambda: jobs.get(intent).done >= 16)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert 16 <= exemplars.status().done < 80
    second = worker(data)
    try:
        wait_for(lambda: jobs.get(intent).status == "done")
    finally:
        second.kill()
        second.wait()
    table = lancedb.connect(str(index.folder())).open_table(index.table_name())
    assert table.count_rows() == len(index.ids()) == exemplars.status().done == 80
    assert {i.index_type for i in table.list_indices()} == {"FTS", "Bitmap", "BTree"}


@pytest.mark.slow
def test_meaning_finds_what_words_do_not(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "step", lambda fn, *args, name=None: fn(*args))
    cat = "My kitten slept on the warm laundry all afternoon, purring, and would not be moved for anything."
    others = [
        f"Invoice number {n} is due on Friday; the ledger has to balance before the quarter ends." for n in range(8)
    ]
    author = authors.add("Cy", actor)
    preview = collect.preview("\n---\n".join([*others, cat]), collect.Mapping(author_name="Cy"))
    collect.commit(preview, {}, actor)
    run(actor)
    found = exemplars.retrieve(author.id, "a story about pets at home", k=1)
    assert found[0].text == cat
    assert "meaning" in found[0].reason
