"""Asking for a training: once is enough, who may, what becomes of it; and the rules by which one begins by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core import authors, jobs, store
from core.errors import Conflict, Denied, Invalid, NotFound, StorageError, Unavailable
from core.people import WORKER
from core.store import Actor, intents, training
from core.store import authors as store_authors
from core.store.base import now
from core.store.tables_training import Adapter, Archetype, TrainingPolicy
from core.train import commands, estimate, looks, policies, room
from core.train.model import Plan, run_folder
from core.train.scope import Scope
from tests.conftest import write_samples

PLAN = Plan(steps=6)


@pytest.fixture
def ada(two_authors: dict[str, str], actor: Actor) -> Scope:
    authors.consent(two_authors["Ada"], True, actor)
    return Scope(author_id=two_authors["Ada"])


def ended(run_id: str, status: str, message: str = "") -> None:
    with store.writing(WORKER) as tx:
        training.finish(tx, run_id, status, message)
        intents.finish(tx, run_id, status, message)


def test_two_clicks_are_one_training(any_database: str, ada: Scope, actor: Actor) -> None:
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: commands.start("voice", "sft", ada, PLAN, actor), range(6)))
    assert len(ids) == 1
    (run_id,) = ids
    assert [row.id for row in commands.runs()] == [run_id]
    assert [job.id for job in jobs.recent("train")] == [run_id]
    row = commands.run(run_id)
    assert (row.status, row.title, row.by, Plan.restored(row.settings)) == ("queued", "Ada", actor.name, PLAN)
    assert commands.start("preference", "dpo", ada, replace(PLAN, method="dpo"), actor) != run_id
    assert commands.start("voice", "sft", Scope(), PLAN, actor) != run_id
    ended(run_id, "done")
    assert commands.start("voice", "sft", ada, PLAN, actor) != run_id


def test_a_training_asked_for_during_a_measurement_is_a_training(ada: Scope, actor: Actor) -> None:
    measured = estimate.measure(ada, PLAN, actor)
    asked = commands.start("voice", "sft", ada, PLAN, actor)
    assert asked != measured and commands.run(asked).settings["effort"] == PLAN.effort
    assert estimate.measure(ada, PLAN, actor) == measured


def test_what_takes_seconds_does_not_wait_for_what_takes_hours(ada: Scope, actor: Actor) -> None:
    commands.start("voice", "sft", ada, PLAN, actor)
    light = commands.start("genericness", "logistic", Scope(), Plan(method="logistic"), actor)
    assert jobs.get(light).kind == "train light"


def test_who_may_and_what_may_be_asked(ada: Scope, actor: Actor) -> None:
    reader = Actor("Ben", role="reader")
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    with pytest.raises(Denied):
        commands.start("voice", "sft", ada, PLAN, reader)
    with pytest.raises(Denied):
        commands.cancel(run_id, reader)
    with pytest.raises(Denied):
        policies.put("voice", ada, reader, new_posts=5)
    with pytest.raises(Invalid, match="Rank"):
        commands.start("voice", "sft", ada, replace(PLAN, rank=100_000), actor)
    with pytest.raises(NotFound):
        commands.start("voice", "sft", Scope(author_id="nobody"), PLAN, actor)
    with pytest.raises(NotFound):
        commands.run("nothing")
    with pytest.raises(Invalid):
        Scope("a", "b")


def test_one_that_waits_is_stopped_at_once(ada: Scope, actor: Actor) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    commands.cancel(run_id, actor)
    assert commands.run(run_id).status == "cancelled"
    assert commands.runs("voice", ada)[0].status == "cancelled"
    with store.reading() as tx:
        assert training.get(tx, run_id).status == "queued"
    looks.settle()
    with store.reading() as tx:
        assert training.get(tx, run_id).status == "cancelled", "the row says it too, after a while"
    commands.cancel(run_id, actor)  # once more does no harm


def test_going_on_is_a_new_run_of_the_same_settings(ada: Scope, actor: Actor) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    with pytest.raises(Conflict):
        commands.go_on(run_id, actor)
    ended(run_id, "failed", "The disk is full.")
    again = commands.go_on(run_id, actor)
    assert again == commands.go_on(run_id, actor) != run_id
    settings = commands.run(again).settings
    assert (Plan.restored(settings), settings["continues"]) == (PLAN, run_id)


def test_one_that_has_ended_can_be_taken_away_with_its_folder(ada: Scope, actor: Actor) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    run_folder(run_id).mkdir(parents=True)
    with pytest.raises(Conflict, match="still waits or runs"):
        commands.forget(run_id, actor)
    ended(run_id, "cancelled")
    commands.forget(run_id, actor)
    assert not run_folder(run_id).exists()
    assert commands.runs() == []


def test_the_log_is_read_from_its_end(ada: Scope, actor: Actor) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    assert commands.log(run_id) == []
    run_folder(run_id).mkdir(parents=True)
    (run_folder(run_id) / "child.log").write_text("".join(f"line {n}\n" for n in range(100_000)))
    assert commands.log(run_id, 3) == ["line 99997", "line 99998", "line 99999"]


def test_folders_of_runs_that_are_gone_are_swept_and_no_others(ada: Scope, actor: Actor) -> None:
    run_id = commands.start("voice", "sft", ada, PLAN, actor)
    for name in (run_id, "01UNKNOWN"):
        (run_folder(name) / "checkpoints").mkdir(parents=True)
    looks.sweep()
    assert run_folder(run_id).exists()
    with store.writing(actor) as tx:
        training.remove(tx, run_id)
    looks.sweep()
    assert not run_folder(run_id).exists()
    assert run_folder("01UNKNOWN").exists(), "it may belong to another database"


def test_whom_a_scope_means(two_authors: dict[str, str], actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = Archetype(name="Plain", members=[{"author": two_authors["Bo"], "distance": 0.1}])
        tx.session.add(row)
    assert Scope(archetype_id=row.id).author_ids() == [two_authors["Bo"]]
    assert set(Scope().author_ids()) == set(two_authors.values())
    for scope in (Scope(), Scope(archetype_id=row.id), Scope(author_id=two_authors["Ada"])):
        assert Scope.of_key(scope.key) == scope
    assert [Scope(archetype_id=row.id).title(), Scope().title()] == ["Plain", "Everybody"]


# ---- by itself ------------------------------------------------------------------------------------------------


def test_new_consented_posts_begin_a_training_once(
    ada: Scope, actor: Actor, two_authors: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policies.put("voice", ada, actor, new_posts=3)
    assert policies.look() == []
    write_samples(two_authors["Bo"], ["Somebody else's post."] * 1 + [f"Another {n}" for n in range(5)])
    write_samples(ada.author_id, ["New one.", "New two."])
    assert policies.look() == []
    assert "2 of 3 new posts" in policies.due_text(policies.listed()[0])
    write_samples(ada.author_id, ["New three."])
    (run_id,) = policies.look()
    row = commands.run(run_id)
    assert (row.why, row.kind, row.by) == ("new posts", "voice", WORKER.name)
    assert policies.look() == []
    ended(run_id, "done")
    assert policies.look() == [], "what it has learnt from is not new any more"
    assert "0 of 3 new posts" in policies.due_text(policies.listed()[0])


def test_without_consent_nothing_is_due(ada: Scope, actor: Actor) -> None:
    policies.put("voice", ada, actor, new_posts=1)
    write_samples(ada.author_id, ["New one."])
    authors.consent(ada.author_id, False, actor)
    assert policies.look() == []


def test_a_schedule_and_a_failure_that_is_not_repeated_at_once(ada: Scope, actor: Actor) -> None:
    row = policies.put("voice", ada, actor, every_days=7)
    later = now() + timedelta(days=8)
    (run_id,) = policies.look(later)
    assert commands.run(run_id).why == "schedule"
    ended(run_id, "failed", "The base is missing.")
    with store.writing(WORKER) as tx:
        training.put_policy(tx, "voice", ada.key, last_at=now() - timedelta(days=9))
    assert policies.look() == [], "it has just failed"
    assert len(policies.look(now() + timedelta(days=1))) == 1
    policies.switch(row.id, False, actor)
    assert policies.look(now() + timedelta(days=900)) == []


def test_a_rule_for_somebody_who_is_gone_keeps_no_other_waiting(ada: Scope, actor: Actor) -> None:
    with store.writing(actor) as tx:
        training.put_policy(tx, "voice", "archetype:gone", new_posts=1, effort="standard")
    policies.put("voice", ada, actor, new_posts=1)
    write_samples(ada.author_id, ["New one."])
    assert len(policies.look()) == 1


@pytest.mark.parametrize("wrong", [{}, {"every_days": 0}, {"new_posts": -1}, {"new_votes": 10**9}])
def test_a_rule_must_say_when(ada: Scope, actor: Actor, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        policies.put("voice", ada, actor, **wrong)


def test_votes_count_from_when_the_rule_was_made() -> None:
    row = TrainingPolicy(kind="preference", scope="workspace", new_votes=10, seen={"votes": 30}, created_at=now())
    assert policies.due(row, {"posts": 0, "votes": 39}, now()) == ""
    assert policies.due(row, {"posts": 0, "votes": 40}, now()) == "new votes"


# ---- room -----------------------------------------------------------------------------------------------------


def test_a_disk_or_memory_without_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    room.check(tmp_path / "not" / "there", 1000, None)
    with pytest.raises(StorageError, match=r"has .* MB free") as full:
        room.check(tmp_path / "not" / "there", 10**16, None)
    assert "Nothing was written" in full.value.message
    with pytest.raises(Unavailable, match="memory"):
        room.check(tmp_path, 0, 10**16)
    room.check(tmp_path, 0, 10**16, "cuda")


def test_it_begins_only_from_what_has_passed_and_is_theirs(actor: Actor, ada: Scope) -> None:
    with store.writing(actor) as tx:
        other = store_authors.add(tx, "Somebody else").id
        rows = [
            Adapter(kind="voice", author_id=ada.author_id, title="Failed", passed=False),
            Adapter(kind="voice", author_id=other, title="Theirs", passed=True),
        ]
        for row in rows:
            tx.session.add(row)
        tx.session.flush()
        ids = [row.id for row in rows]
    for id_, name in zip(ids, ("Failed", "Theirs"), strict=True):
        with pytest.raises(Invalid, match=name):
            commands.start("voice", "sft", ada, Plan(), actor, start_adapter_id=id_)
    with pytest.raises(NotFound):
        commands.start("voice", "sft", ada, Plan(), actor, start_adapter_id="../../x")


@pytest.mark.parametrize("base", ["/nowhere/at/all", "\x00", ""])
def test_a_base_that_is_not_there_is_said_at_once(base: str, actor: Actor, ada: Scope) -> None:
    with pytest.raises(Invalid, match="no model"):
        commands.start("voice", "sft", ada, Plan(base=base), actor)
