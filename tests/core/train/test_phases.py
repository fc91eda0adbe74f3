"""Preparing a run, what it begins from and what it takes over; texts that a training process writes for the exam."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core import authors, store
from core.errors import Denied, StorageError, Unavailable
from core.people import WORKER
from core.store import Actor, training
from core.store.tables_training import Adapter, TrainingRun
from core.train import commands, dataset, estimate, looks, phases, preferences, sitting, tidying, workflow
from core.train.beginnings import WEIGHTS
from core.train.exam_texts import Ask
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from tests.core.train import posts

PLAN = Plan(steps=6)


@pytest.fixture
def ada(data: Path, actor: Actor) -> Scope:
    return Scope(author_id=posts.author(actor, "Ada", 24))


def start(scope: Scope, actor: Actor, plan: Plan = PLAN, adapter: str | None = None) -> str:
    return commands.start("voice", "sft", scope, plan, actor, start_adapter_id=adapter)


def ended(run_id: str, status: str) -> None:
    with store.writing(WORKER) as tx:
        training.finish(tx, run_id, status)
        store_intent(tx, run_id, status)


def store_intent(tx: store.Writing, run_id: str, status: str) -> None:
    from core.store import intents

    intents.finish(tx, run_id, status, "")


def row(run_id: str) -> TrainingRun:
    return commands.run(run_id)


def test_prepare_keeps_what_is_needed_and_no_text_in_the_row(ada: Scope, actor: Actor) -> None:
    run_id = start(ada, actor)
    for _ in range(2):  # done again after a kill it comes to the same
        phases.prepare(run_id)
        folder = run_folder(run_id)
        plan = json.loads((folder / "plan.json").read_text())
        assert Plan.restored(plan) == PLAN
        train = (folder / "train.jsonl").read_text().splitlines()
        kept = row(run_id).dataset
        assert kept["train"] == len(train) > 10
        assert list(kept["consent"]) == [ada.author_id]
        assert row(run_id).estimate["steps"] == 6
        post = json.loads(train[0])["post"]
        assert post[:40] not in json.dumps(kept)


def test_nothing_is_written_without_room_consent_or_base(
    ada: Scope, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = start(ada, actor)
    expected = estimate.of
    monkeypatch.setattr(estimate, "of", lambda plan, record: replace(expected(plan, record), disk=10**16))
    with pytest.raises(StorageError, match="free"):
        phases.prepare(run_id)
    monkeypatch.setattr(estimate, "of", expected)
    monkeypatch.setenv("TIMBRE_MODEL_PATH", "/nowhere/model.gguf")
    from core.config import settings

    settings.cache_clear()
    with pytest.raises(Unavailable, match=r"model\.gguf"):
        phases.prepare(run_id)
    monkeypatch.delenv("TIMBRE_MODEL_PATH")
    settings.cache_clear()
    authors.consent(ada.author_id, None, actor)
    with pytest.raises(Denied, match="Ada"):
        phases.prepare(run_id)
    assert not run_folder(run_id).exists()


def test_consent_withdrawn_between_two_phases_takes_everything_away(ada: Scope, actor: Actor) -> None:
    run_id = start(ada, actor)
    phases.prepare(run_id)
    moved = adapters_folder() / run_id  # a kill came in the moment of its registration
    moved.mkdir(parents=True)
    with store.writing(WORKER) as tx:
        training.note(tx, run_id, samples=[{"step": 1, "text": "hers"}])
    authors.consent(ada.author_id, False, actor)
    with pytest.raises(Denied, match="Ada no longer agreed"):
        phases.register(run_id)
    assert not run_folder(run_id).exists()
    assert not moved.exists()
    assert row(run_id).samples == []


def test_consent_withdrawn_after_a_run_has_stopped_takes_what_it_had_learnt(ada: Scope, actor: Actor) -> None:
    bo = posts.author(actor, "Bo", 24, seed=2)
    hers, his = (start(scope, actor) for scope in (ada, Scope(author_id=bo)))
    for run_id in (hers, his):
        phases.prepare(run_id)
        (run_folder(run_id) / "checkpoints" / "checkpoint-5").mkdir(parents=True)
        with store.writing(WORKER) as tx:
            training.note(tx, run_id, samples=[{"step": 1, "text": "hers"}])
        ended(run_id, "cancelled")
        tidying.tidy(run_id)
    looks.sweep()
    assert run_folder(hers).exists()
    authors.consent(ada.author_id, False, actor)
    looks.sweep()
    assert not run_folder(hers).exists() and run_folder(his).exists()
    assert row(hers).samples == [] and row(his).samples
    assert "deleted" in row(hers).hint and row(hers).status == "cancelled"


def test_no_text_of_a_person_stays_once_a_run_has_ended_however_it_ended(ada: Scope, actor: Actor) -> None:
    run_id = start(ada, actor)
    phases.prepare(run_id)
    post = json.loads((run_folder(run_id) / "train.jsonl").read_text().splitlines()[0])["post"][:40]
    for name in ("train.half", "asks.json", "asks.part"):  # the disk was full, a kill came in the exam
        (run_folder(run_id) / name).write_text(post)
    ended(run_id, "failed")
    tidying.tidy(run_id)
    assert not [p.name for p in run_folder(run_id).rglob("*") if p.is_file() and post in p.read_text()]


def test_it_goes_on_only_with_the_same_texts(ada: Scope, actor: Actor) -> None:
    for changed in (False, True):
        run_id = start(ada, actor)
        phases.prepare(run_id)
        checkpoint = run_folder(run_id) / "checkpoints" / "checkpoint-5"
        checkpoint.mkdir(parents=True)
        ended(run_id, "cancelled")
        tidying.tidy(run_id)
        if changed:
            posts.write_samples(ada.author_id, posts.varied(6, seed=77))
        again = commands.go_on(run_id, actor)
        phases.prepare(again)
        assert not run_folder(run_id).exists()
        assert (run_folder(again) / "checkpoints").exists() is not changed
        assert bool(row(again).progress.get("warnings")) is changed
        ended(again, "cancelled")


def adapter(run_id: str, made_of: dict[str, object]) -> str:
    """An adapter of a run with this dataset."""
    with store.writing(WORKER) as tx:
        training.note(tx, run_id, dataset=made_of)
        theirs = training.get(tx, run_id).author_id
        tx.session.add(
            Adapter(
                id=run_id,
                kind="voice",
                run_id=run_id,
                author_id=theirs,
                passed=True,
                base="embedded",
                card={},
                files={},
            )
        )
    folder = adapters_folder() / run_id
    folder.mkdir(parents=True)
    for name in (WEIGHTS, "adapter_config.json"):
        (folder / name).write_text("{}")
    return run_id


def test_beginning_from_an_adapter_rests_on_the_consent_behind_it(ada: Scope, actor: Actor) -> None:
    bo = posts.author(actor, "Bo", 24, seed=2)
    everybody = start(Scope(), actor)
    other = adapter(everybody, {"ids": {"train": ["x"]}, "consent": {bo: {"by": "Bo"}}})
    run_id = start(ada, actor, adapter=other)
    phases.prepare(run_id)
    assert (run_folder(run_id) / "start" / WEIGHTS).is_file()
    assert row(run_id).dataset["ids"]["before"] == ["x"]
    assert sorted(row(run_id).dataset["consent"]) == sorted([ada.author_id, bo])
    authors.consent(bo, False, actor)
    with pytest.raises(Denied, match="Bo no longer agreed"):
        phases.base(run_id)


def test_an_adapter_that_knows_the_posts_of_the_exam_is_left_aside(ada: Scope, actor: Actor) -> None:
    everybody = start(Scope(), actor)
    phases.prepare(everybody)
    told = row(everybody).dataset
    other = adapter(everybody, {"ids": {"train": told["ids"]["held"]}, "consent": {}})
    run_id = start(ada, actor, adapter=other)
    phases.prepare(run_id)
    assert not (run_folder(run_id) / "start").exists()
    assert "knows posts that the exam of this one needs" in row(run_id).progress["warnings"][0]


def test_preferences_ask_the_adapter_for_the_posts_of_the_exam_and_through_those_before(
    ada: Scope, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = start(Scope(), actor)
    phases.prepare(everybody)
    held = row(everybody).dataset["ids"]["held"]
    other = adapter(everybody, {"ids": {"train": ["vote:a/b"], "before": held[:1]}, "consent": {}})
    pairs = [{"id": f"vote:{n}", "system": "s", "user": "u", "chosen": "c", "rejected": "r"} for n in range(4)]
    told = {"train": 2, "held": 2, "tokens_about": 100, "words": 50, "hash": "h", "consent": {},
            "ids": {"train": ["vote:0", "vote:1"], "held": ["vote:2", "vote:3"]}}  # fmt: skip
    monkeypatch.setattr(preferences, "prepare", lambda *_: dataset.Dataset(pairs[:2], pairs[2:], told))
    run_id = commands.start("preference", "dpo", ada, replace(PLAN, method="dpo"), actor, start_adapter_id=other)
    phases.prepare(run_id)
    assert not (run_folder(run_id) / "start").exists()
    assert "knows posts that the exam of this one needs" in row(run_id).progress["warnings"][0]


def test_what_was_moved_but_not_kept_is_the_runs_again(ada: Scope, actor: Actor) -> None:
    run_id = start(ada, actor)
    phases.prepare(run_id)
    moved = adapters_folder() / run_id
    moved.mkdir(parents=True)
    with store.writing(WORKER) as tx:
        store_intent(tx, run_id, "cancelled")  # stopped by a person while no worker was there
    looks.settle()
    assert row(run_id).status == "cancelled"
    assert not moved.exists()
    assert (run_folder(run_id) / "out").is_dir()
    assert not (run_folder(run_id) / "train.jsonl").exists()


def test_a_full_disk_is_told_as_such(ada: Scope, actor: Actor) -> None:
    def full(row: object, plan: object, folder: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="disk is full"):
        phases.phase(full)(start(ada, actor))


def test_a_kind_that_nobody_trains_says_so() -> None:
    with pytest.raises(Unavailable, match="poems"):
        workflow._phases("poems")


def test_texts_written_before_a_kill_are_not_written_again(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def child(*arguments: str) -> None:
        _, asks, answers = arguments
        wanted = [ask["id"] for ask in json.loads(Path(asks).read_text())["asks"]]
        asked.append(wanted)
        with Path(answers).open("a") as out:
            out.writelines(json.dumps({"id": one, "text": f"text of {one}"}) + "\n" for one in wanted)

    (tmp_path / sitting.ANSWERS).write_text('{"id": "a", "text": "text of a"}\n{"id": "b", "te\n')
    asks = [Ask(one, "", "", 1, 0.7, 10, 1.0) for one in "abc"]
    write = sitting._ByChild(tmp_path, child)
    assert list(write(asks)) == ["text of a", "text of b", "text of c"]
    assert list(write(asks)) == ["text of a", "text of b", "text of c"]
    assert asked == [["b", "c"]]
