"""The Training page where something is not as usual: consent ended, none is used, another strength, only measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import authors, store
from core.errors import Conflict
from core.people import local_actor
from core.store import training
from core.store.tables_training import Adapter, Archetype
from core.train import commands, dataset, estimate, preferences, registry, shapes, withdrawal
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from pages.ui.training_words import phase_states
from tests.pages.test_training import ada, labels, opened, press, run, words

__all__ = ["ada"]  # the fixture


def test_once_consent_has_ended_the_page_says_so_and_shows_no_text(ada: str) -> None:
    id_ = run(ada, passed=True, samples=[{"step": 1, "brief": "A", "text": "Written while it learnt."}])
    registry.promote(id_, Scope(ada), local_actor())
    assert "It wrote 1." in words(opened(author=ada, run=id_))
    authors.consent(ada, False, local_actor())
    app = opened(author=ada)
    assert "Ada no longer agrees to training, so it is used no more" in words(app) and "Delete for good" in labels(app)
    app = opened(author=ada, run=id_)
    said = words(app)
    assert "are deleted on" in said and "Passed" in said
    assert "It wrote" not in said and "Written while it learnt." not in said
    assert not {"Promote", "Roll back", "Write it out for Ollama"} & set(labels(app)) and not app.slider
    press(app, "Delete for good")
    assert not (adapters_folder() / id_).exists() and withdrawal.listed() == []


def test_a_stopped_run_shows_nothing_of_who_agrees_no_longer_and_does_not_go_on(ada: str) -> None:
    said = {"samples": [{"step": 1, "brief": "A", "text": "Written."}], "message": "Stopped, as you asked."}
    id_ = run(ada, "cancelled", dataset={"train": 30, "consent": {ada: {}}}, **said)
    app = opened(author=ada, run=id_)
    assert "Begin it again" in labels(app), "there is no save"
    (run_folder(id_) / "checkpoints" / "checkpoint-2").mkdir(parents=True)
    app = opened(author=ada, run=id_)
    assert "Go on from its last save" in labels(app) and "□ Training" in words(app)
    authors.consent(ada, False, local_actor())
    with pytest.raises(Conflict, match="no longer agrees"):
        commands.go_on(id_, local_actor())
    app = opened(author=ada, run=id_)
    assert not {"Go on from its last save", "Begin it again"} & set(labels(app)) and "Written." not in words(app)
    assert (
        "Ada no longer agrees to training: what this run had learnt and written is not shown, and is deleted"
        in words(app)
    )


def test_that_none_is_used_is_said_and_taken_back(ada: str) -> None:
    actor = local_actor()
    bo = authors.add("Bo", actor).id
    with store.writing(actor) as tx:
        plain = Archetype(name="Plain talkers", members=[{"author": id_, "distance": 0.1} for id_ in (ada, bo)])
        tx.session.add(plain)
        tx.session.flush()
    id_ = run(ada, passed=True)
    with store.writing(actor) as tx:
        row = tx.session.get(Adapter, id_)
        assert row is not None
        row.author_id, row.archetype_id = None, plain.id
    registry.promote(id_, Scope(archetype_id=plain.id), actor)
    app = opened(author=ada)
    assert "The adapter of the archetype Plain talkers." in words(app)
    app = press(app, "Use none for Ada")
    assert registry.serving(ada) is None and registry.serving(bo) is not None
    assert "No adapter is used for this author, nor their archetype's" in words(app)
    app = press(app, "Let adapters be used again")
    assert registry.serving(ada) is not None and "Use none for Ada" in labels(app)
    registry.stop("voice", Scope(archetype_id=plain.id), actor)
    app = press(opened(author=ada), "Let adapters be used again")
    assert "No adapter is in use for this author or for an archetype near them." in words(app)


def test_another_strength_is_said_to_be_unexamined(ada: str) -> None:
    id_ = run(ada, passed=True)
    registry.promote(id_, Scope(ada), local_actor())
    app = opened(author=ada, run=id_)
    assert "examined" not in words(app) and "nobody has measured" not in words(app)
    app = app.slider[0].set_value(0.4).run()
    assert "its exam was at 1 only" in words(app) and "nobody has measured" in words(app)
    assert "strength 0.4, examined at 1 only" in words(opened(author=ada))


def test_the_estimate_comes_by_itself_once_the_first_steps_are_measured(
    ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "of", lambda base: shapes.Shape(base, 10**8, ((64, 64),)))
    app = press(opened(author=ada, training_view="Train"), "Measure the first steps")
    (row,) = commands.runs()
    assert "The estimate appears here by itself" in words(app) and "Measure the first steps" not in labels(app)
    assert "The first steps for Ada are being measured." in words(opened(author=ada))
    assert [name for name, _ in phase_states(row)] == ["Posts", "Base", "Training"]
    with store.writing(local_actor()) as tx:
        training.finish(tx, row.id, "failed", "The disk is full.", "Free 2 GB.")
    app = opened(author=ada, training_view="Train")
    assert "Measuring did not work: The disk is full." in words(app) and "Measure the first steps" in labels(app)
    plan = replace(Plan.restored(row.settings), effort="standard")
    estimate.remember(plan, {"step": 3, "tokens_s": 200.0, "memory": 10**9}, {"train": 30, "held": 10})
    with store.writing(local_actor()) as tx:
        training.finish(tx, row.id, "done")
    app = opened(author=ada, training_view="Train")
    assert "measured on this machine on" in words(app) and "Measure the first steps" not in labels(app)
    assert "The last run measured the first steps for Ada." in words(app)


def test_what_came_otherwise_than_asked_for_is_said(ada: str) -> None:
    told = {"warnings": ["Its texts have changed."], "extra": {"start": "begun afresh: the other one has rank 16"}}
    id_ = run(ada, passed=False)
    with store.writing(local_actor()) as tx:
        training.note(tx, id_, progress=told)
    said = words(opened(author=ada, run=id_))
    assert "Its texts have changed." in said and "Begun afresh: the other one has rank 16." in said


def test_preferences_begin_from_the_voice_in_use_in_its_shape(ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = run(ada, passed=True)
    with store.writing(local_actor()) as tx:
        row = tx.session.get(Adapter, id_)
        assert row is not None
        row.card = {**row.card, "settings": {"rank": 16, "alpha": 32, "targets": "all-linear"}}
    registry.promote(id_, Scope(ada), local_actor())
    monkeypatch.setattr(preferences, "preview", dataset.preview)
    app = opened(author=ada, training_view="Train")
    app = app.selectbox(key="training_what").set_value("preference").run()
    assert [t.label for t in app.toggle] == ["Begin from Ada 1, the voice that is in use"]
    assert "It has rank 16, so this one has too." in words(app)
    press(app, "Start training")
    newest = commands.runs()[0]
    assert (newest.kind, newest.start_adapter_id, newest.settings["rank"]) == ("preference", id_, 16)
