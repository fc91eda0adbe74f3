"""Adapters: kept whole, used only where the exam was passed and everybody agrees, one at a time, and back again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core import authors, store
from core.config import ROOT, settings
from core.errors import Conflict, Denied, Invalid, NotFound, StorageError, Unavailable
from core.store import Actor
from core.store import adapters as rows
from core.store import authors as store_authors
from core.store.tables_training import Adapter, Archetype
from core.train import cards, keeping, registry
from core.train.model import adapters_folder, run_folder
from core.train.scope import Scope
from tests.core.train import made, tiny
from tests.core.train.made import Make


def used(scope: Scope, kind: str = "voice") -> str | None:
    found = registry.live(kind, scope)
    return found.id if found else None


# ---- keeping -------------------------------------------------------------------------------------------------


def test_an_adapter_is_kept_with_its_hashes_its_card_and_its_number(make: Make, ada: str, base_file: Path) -> None:
    first, second = make(), make()
    folder = registry.folder(second.id)
    assert (first.number, second.number, second.passed) == (1, 2, True)
    assert set(second.files) == {"adapter.gguf", "adapter_config.json", "adapter_model.safetensors"}
    assert second.base_hash == keeping.loras.file_hash(base_file) and second.data_hash == "d" * 64
    assert registry.of_run(second.id) is not None and registry.problem(second, Scope(ada)) == ""
    card = json.loads((folder / "card.json").read_text())
    assert card == second.card and card["consent"] == {ada: {"by": "Ada", "at": "2026-01-02", "name": "Ada"}}
    assert card["exam"]["verdict"] and "the adapter wrote" not in json.dumps(card)
    readme = (folder / "README.md").read_text()
    assert second.base_hash in readme and "By 0.4" in readme and "3.000 before, 2.500 after" in readme


def test_names_cannot_write_markdown_or_html(make: Make) -> None:
    evil = "<img src=x>[a](http://b) | `c`\n# d"
    text = cards.readme(make(title=evil).card)
    assert "<img" not in text and "](http" not in text and "\n# d" not in text


@pytest.mark.parametrize("cut", ["before the row", "before the rename"])
def test_killed_while_it_is_kept_it_is_kept_the_next_time(
    make: Make, actor: Actor, ada: str, data: Path, written: list[Path], monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    run = made.run(actor, ada)
    out = made.out(data / "training" / run.id / "out", written[0])
    where = (rows, "add") if cut == "before the row" else (keeping, "_rename")
    with monkeypatch.context() as patch:
        patch.setattr(*where, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            registry.add(run, out, made.EXAM)
    assert registry.listed() == [] and registry.of_run(run.id) is None
    kept = registry.add(run, out, made.EXAM)
    assert keeping.broken(kept, sure=True) == "" and not out.exists()
    assert registry.add(run, out, made.EXAM).number == kept.number == 1  # a third time changes nothing


def test_a_disk_that_refuses_keeps_the_run_whole(
    make: Make, actor: Actor, ada: str, data: Path, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made.run(actor, ada)
    out = made.out(data / "out", written[0])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "_rename", full)
    with pytest.raises(StorageError, match="could not be kept") as raised:
        registry.add(run, out, made.EXAM)
    assert raised.value.hint and (out / "adapter.gguf").exists() and registry.listed() == []


def test_a_run_without_files_is_no_adapter(make: Make, actor: Actor, ada: str, data: Path) -> None:
    with pytest.raises(Invalid, match="no adapter"):
        registry.add(made.run(actor, ada), data / "nowhere", made.EXAM)


# ---- in use --------------------------------------------------------------------------------------------------


def test_promoted_rolled_back_stopped_one_at_a_time(make: Make, actor: Actor, ada: str, any_database: str) -> None:
    authors_ada = authors.named("Ada") or authors.add("Ada", actor)  # the other database begins empty
    authors.consent(authors_ada.id, True, actor)
    mine = Scope(authors_ada.id)
    one, two, three = (make(mine.author_id, consent={mine.author_id: {}}) for _ in range(3))
    assert [row.id for row in registry.waiting()] == [three.id, two.id, one.id]
    with pytest.raises(Invalid, match="nothing to roll back"):
        registry.roll_back("voice", mine, actor)
    for row in (one, two, two):
        registry.promote(row.id, mine, actor)
    assert used(mine) == two.id and [row.id for row in registry.waiting()] == [three.id]
    assert [p.adapter_id for p in registry.history("voice", mine)] == [two.id, one.id]  # twice is once
    registry.promote(three.id, mine, actor)
    registry.roll_back("voice", mine, actor)
    assert used(mine) == two.id
    registry.roll_back("voice", mine, actor)
    assert used(mine) == one.id
    registry.roll_back("voice", mine, actor)
    assert used(mine) is None
    with pytest.raises(Invalid, match="nothing to roll back"):
        registry.roll_back("voice", mine, actor)
    registry.promote(two.id, mine, actor)
    registry.stop("voice", mine, actor)
    assert used(mine) is None and registry.in_use() == []
    registry.roll_back("voice", mine, actor)
    assert used(mine) == two.id and [p.scope for p, _ in registry.in_use(mine)] == [mine.key]
    with store.reading() as tx:
        lives = [p for p in rows.history(tx, "voice", mine.key) if p.live]
    assert len(lives) == 1 and lives[0].by == actor.name and lives[0].why == "roll back"


def test_going_back_passes_over_what_cannot_be_used(make: Make, actor: Actor, ada: str) -> None:
    mine, (one, two, three, four) = Scope(ada), [make() for _ in range(4)]
    for row in (one, two, three, four):
        registry.promote(row.id, mine, actor)
    registry.delete(three.id, actor)
    (registry.folder(two.id) / "adapter.gguf").write_bytes(b"changed")
    registry.roll_back("voice", mine, actor)
    assert used(mine) == one.id


def test_what_has_not_earned_it_is_not_put_into_use(
    make: Make, actor: Actor, ada: str, base_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, good = Scope(ada), make()
    registry.promote(good.id, mine, actor)
    bo = authors.add("Bo", actor).id

    def refused(row: Adapter, said: str, scope: Scope = mine) -> None:
        with pytest.raises(Invalid, match=said) as raised:
            registry.promote(row.id, scope, actor)
        assert raised.value.hint and used(mine) == good.id and used(Scope(bo)) is None

    refused(make(exam={**made.EXAM, "passed": False}), "did not pass")
    refused(make(exam={}), "has not sat")
    refused(make(), "somebody else", Scope(bo))
    refused(make(consent={ada: {}, bo: {}}), "no longer agreed to training: Bo")
    refused(make(base="/models/llama-8b"), "not its base")
    for spoil in ("missing", "not the one that was made"):
        row = make()
        file = registry.folder(row.id) / "adapter_model.safetensors"
        file.unlink() if spoil == "missing" else file.write_bytes(b"other")
        refused(row, spoil)
    late = make()
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(tiny.gguf(tmp_path, seed=5)))
    settings.cache_clear()
    refused(late, "another model")
    with pytest.raises(Denied):
        registry.promote(good.id, mine, replace(actor, role="reader"))
    with pytest.raises(NotFound):
        registry.promote("0" * 26, mine, actor)


KILLED = """
import os, sys
from core.people import local_actor
from core.store import adapters
from core.train import registry
from core.train.scope import Scope
real = adapters.put_live
def cut(*told):
    real(*told)
    os._exit(9)  # the old one has ended and the new one stands, but nothing is committed
adapters.put_live = cut
registry.promote(sys.argv[1], Scope(sys.argv[2]), local_actor())
"""


def test_killed_in_promotion_nothing_is_half_promoted(make: Make, actor: Actor, ada: str, data: Path) -> None:
    mine, one, two = Scope(ada), make(), make()
    registry.promote(one.id, mine, actor)
    store.dispose()
    env = {**os.environ, "TIMBRE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", KILLED, two.id, ada], env=env, cwd=ROOT, check=False)
    assert ended.returncode == 9 and used(mine) == one.id and len(registry.history("voice", mine)) == 1
    assert registry.loras({one.id: 1.0})[0].hash == one.files["adapter.gguf"]
    registry.promote(two.id, mine, actor)
    assert used(mine) == two.id


# ---- consent and deletion ------------------------------------------------------------------------------------


def test_consent_withdrawn_takes_it_out_of_use_at_once_and_for_good(make: Make, actor: Actor, ada: str) -> None:
    mine, row = Scope(ada), make()
    registry.promote(row.id, mine, actor)
    assert registry.serving(ada) is not None
    copies = keeping.exports(row.id) / "vllm"
    copies.mkdir(parents=True)
    assert registry.settle() == [] and copies.exists()
    with store.writing(actor) as tx:
        store_authors.consent(tx, ada, False)  # as an import records it; the page's command settles by itself
    with pytest.raises(Denied, match="Ada no longer agreed"):
        registry.loras({row.id: 1.0})  # a run that was bound to it before
    assert registry.serving(ada) is None and "Ada no longer agreed" in registry.why_not(ada)
    assert registry.settle() == [row.id] and registry.settle() == []
    assert not copies.exists() and registry.folder(row.id).exists()
    assert used(mine) is None and registry.history("voice", mine)[0].why == "consent"
    with pytest.raises(Invalid, match="nothing to roll back"):
        registry.roll_back("voice", mine, actor)
    authors.consent(ada, True, actor)
    registry.roll_back("voice", mine, actor)  # a person's decision, not the program's
    assert used(mine) == row.id


def test_deleted_its_files_and_texts_are_gone_and_nothing_uses_it(make: Make, actor: Actor, ada: str) -> None:
    mine, one, two = Scope(ada), make(), make()
    for row in (one, two):
        registry.promote(row.id, mine, actor)
    work = run_folder(two.id) / "checkpoints"
    work.mkdir(parents=True)
    with pytest.raises(Denied):
        registry.delete(two.id, replace(actor, role="reader"))
    registry.delete(two.id, actor)
    gone = registry.adapter(two.id)
    assert gone.deleted_at and gone.exam["passed"] and "texts" not in gone.exam and not work.exists()
    assert (
        used(mine) is None
        and not registry.folder(two.id).exists()
        and [row.id for row in registry.listed()] == [one.id]
    )
    with pytest.raises(Unavailable, match="deleted"):
        registry.loras({two.id: 1.0})
    registry.roll_back("voice", mine, actor)
    assert used(mine) == one.id
    registry.folder(two.id).mkdir()  # killed between the row and the files
    registry.settle()
    assert [p.name for p in adapters_folder().iterdir()] == [one.id]


# ---- serving -------------------------------------------------------------------------------------------------


def archetype(actor: Actor, name: str, members: list[str]) -> str:
    with store.writing(actor) as tx:
        row = Archetype(name=name, members=[{"author": id_, "distance": 0.1} for id_ in members])
        tx.session.add(row)
        tx.session.flush()
        return row.id


def test_an_authors_own_then_their_archetypes_then_none(make: Make, actor: Actor, ada: str) -> None:
    bo = authors.add("Bo", actor).id
    plain = archetype(actor, "Plain talkers", [ada, bo])
    theirs, own = make(None, plain, consent={ada: {}}), make()
    assert registry.serving(bo) is None and "No adapter" in registry.why_not(bo)
    registry.promote(theirs.id, Scope(archetype_id=plain), actor)
    registry.set_scale(theirs.id, 0.5, actor)
    found = registry.serving(bo)
    assert found is not None and found.ids == {theirs.id: 0.5} and "Plain talkers" in found.why
    assert registry.Serving.restored(json.loads(json.dumps(found.record()))) == found
    assert [(one.scale, one.hash) for one in registry.loras(found.ids)] == [(0.5, theirs.files["adapter.gguf"])]
    registry.promote(own.id, Scope(ada), actor)
    mine = registry.serving(ada)
    assert mine is not None and mine.ids == {own.id: 1.0}
    registry.stop("voice", Scope(ada), actor)
    assert registry.serving(ada) is None, "a person said none: not their archetype's either"
    assert f"nor their archetype's: {actor.name} switched it off" in registry.why_not(ada)
    registry.lift("voice", Scope(ada), actor)
    again = registry.serving(ada)
    assert again is not None and again.ids == {theirs.id: 0.5}
    with pytest.raises(Invalid, match="not switched off"):
        registry.lift("voice", Scope(ada), actor)
    registry.promote(own.id, Scope(ada), actor)
    registry.roll_back("voice", Scope(ada), actor)
    assert registry.serving(ada) == again, "rolled back it is as it was before: the archetype's"
    registry.stop("voice", Scope(bo), actor)
    assert registry.serving(bo) is None
    registry.promote(theirs.id, Scope(bo), actor)  # a member may be given it by name
    assert registry.serving(bo) is not None
    (registry.folder(theirs.id) / "adapter.gguf").unlink()
    assert registry.serving(bo) is None and "missing" in registry.why_not(bo)


def test_going_back_to_where_a_person_said_none_is_none_again(make: Make, actor: Actor, ada: str) -> None:
    plain = archetype(actor, "Plain talkers", [ada])
    theirs, own = make(None, plain, consent={ada: {}}), make()
    registry.promote(theirs.id, Scope(archetype_id=plain), actor)
    registry.stop("voice", Scope(ada), actor)
    registry.promote(own.id, Scope(ada), actor)
    registry.roll_back("voice", Scope(ada), actor)
    assert registry.serving(ada) is None and "switched it off" in registry.why_not(ada)
    registry.promote(own.id, Scope(ada), actor)
    registry.delete(own.id, actor)
    assert registry.serving(ada) is None and "deleted the one in use" in registry.why_not(ada)


def test_another_strength_than_that_of_the_exam_is_said(make: Make, actor: Actor, ada: str) -> None:
    row = make()
    registry.promote(row.id, Scope(ada), actor)
    whole = registry.serving(ada)
    assert whole is not None and whole.why == "The author's own adapter."
    registry.set_scale(row.id, 0.4, actor)
    weaker, asked = registry.serving(ada), registry.wanted(ada, "embedded", row.id)
    for found in (weaker, asked):
        assert found is not None and "applied at strength 0.4; its exam was at 1 only" in found.why
    (_, listed), *_ = registry.in_use()
    assert registry.examined_at(listed) == registry.examined_at(registry.adapter(row.id)) != ""


def test_a_list_of_adapters_leaves_the_texts_of_their_exams_where_they_are(make: Make, actor: Actor, ada: str) -> None:
    row = make()
    registry.promote(row.id, Scope(ada), actor)
    other = make()
    found = [*registry.listed(), *registry.waiting(), *(row for _, row in registry.in_use())]
    assert [one.id for one in found] == [other.id, row.id, other.id, row.id]
    assert all(one.exam == {name: made.EXAM[name] for name in ("passed", "verdict")} for one in found)
    assert registry.adapter(row.id).exam == made.EXAM == registry.of_run(row.id).exam  # type: ignore[union-attr]
    registry.delete(row.id, actor)
    assert registry.adapter(row.id).exam == {name: made.EXAM[name] for name in ("passed", "verdict")}


def test_without_any_of_their_own_the_nearest_are_mixed(
    make: Make, actor: Actor, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.train import archetypes

    cy = authors.add("Cy", actor).id
    ids = [archetype(actor, name, [ada]) for name in ("A", "B", "C")]
    made_of = [make(None, id_, consent={ada: {}}) for id_ in ids]
    for row, id_ in zip(made_of, ids, strict=True):
        registry.promote(row.id, Scope(archetype_id=id_), actor)
    registry.set_scale(made_of[1].id, 0.5, actor)
    with store.reading() as tx:
        near = [(tx.session.get(Archetype, id_), far) for id_, far in zip(ids, (0.5, 1.5, 2.0), strict=True)]
    monkeypatch.setattr(archetypes, "of_author", lambda _: near)
    found = registry.serving(cy)
    assert found is not None and found.ids == {made_of[0].id: 0.75, made_of[1].id: 0.125}  # shares by 1 / distance
    assert "A (75%) and B (25%)" in found.why and "no exam" in found.why
    home = archetype(actor, "D", [cy])
    theirs = make(None, home, consent={ada: {}})
    registry.promote(theirs.id, Scope(archetype_id=home), actor)
    registry.stop("voice", Scope(archetype_id=home), actor)
    assert registry.serving(cy) is None and "archetype D" in registry.why_not(cy), "none is none: not a mix of others"
    registry.lift("voice", Scope(archetype_id=home), actor)
    assert registry.serving(cy) == found


def test_other_programs_are_told_by_name(make: Make, actor: Actor, ada: str) -> None:
    row = make()
    registry.promote(row.id, Scope(ada), actor)
    assert registry.serving(ada, "ollama/qwen2.5:7b") is None and "under which name" in registry.why_not(
        ada, "ollama/x"
    )
    for wrong in ("ada", "ollama/", "embedded"):
        with pytest.raises(Invalid):
            registry.set_served(row.id, wrong, actor)
    registry.set_served(row.id, "ollama/timbre-ada-1", actor)
    found = registry.serving(ada, "ollama/qwen2.5:7b")
    assert found is not None and found.model_ref == "ollama/timbre-ada-1"
    assert registry.serving(ada, "openai/gpt") is None  # what is written here is not sent elsewhere
    here = registry.serving(ada, "embedded")
    assert here is not None and here.model_ref == "" and here.ids == {row.id: 1.0}


def test_a_run_is_bound_to_what_was_asked_for(
    make: Make, actor: Actor, ada: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, spare, failed = make(), make(), make(exam={**made.EXAM, "passed": False})
    registry.promote(live.id, Scope(ada), actor)

    def bound(asked: str = "") -> list[str]:
        found = registry.wanted(ada, "embedded", asked)
        return list(found.ids) if found else []

    assert bound() == [live.id] and bound("none") == [] and bound(spare.id) == [spare.id]
    with pytest.raises(Invalid, match="not passed"):
        bound(failed.id)
    bo = authors.add("Bo", actor).id
    with pytest.raises(Invalid, match="not made for this author"):
        registry.wanted(bo, "embedded", live.id)
    (registry.folder(spare.id) / "adapter.gguf").write_bytes(b"changed")
    with pytest.raises(Invalid, match="not the one"):
        bound(spare.id)
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(tiny.gguf(tmp_path, seed=5)))
    settings.cache_clear()
    assert bound() == []  # a post is not held up because the base was changed
    with pytest.raises(Invalid, match="another model"):
        bound(live.id)


def test_how_strongly_is_between_none_and_whole(make: Make, actor: Actor) -> None:
    row = make()
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(Invalid):
            registry.set_scale(row.id, wrong, actor)
    with pytest.raises(Denied):
        registry.set_scale(row.id, 0.5, replace(actor, role="reader"))
    registry.set_scale(row.id, 0.5, actor)
    assert registry.adapter(row.id).scale == 0.5


def test_two_who_promote_at_once_leave_one_in_use(make: Make, actor: Actor, ada: str) -> None:
    mine, one, two = Scope(ada), make(), make()
    registry.promote(one.id, mine, actor)
    with pytest.raises(Conflict), store.writing(actor) as tx:
        tx.session.add(rows.Promotion(kind="voice", scope=mine.key, live=f"voice/{mine.key}", adapter_id=two.id))
    assert used(mine) == one.id
