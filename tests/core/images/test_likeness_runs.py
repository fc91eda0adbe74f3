"""A training of a likeness from photos to a sheet that waits for a person; stopped, taken up again, withdrawn, refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from core import authors, store
from core.config import settings
from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images import (
    diffusers_provider,
    fal,
    fal_trainer,
    keep,
    likeness_runs,
    lora_files,
    provenance,
    remote,
    resident,
)  # fmt: skip
from core.images.likeness_plan import Method
from core.people import WORKER
from core.store import Actor, intents, photos, training
from core.store.base import now
from core.store.tables_images import Image, PhotoSet
from core.store.tables_training import TrainingRun
from core.train import commands, follow, phases, process, registry, workflow
from core.train.model import adapters_folder, run_folder
from core.train.scope import Scope
from tests.core.images import fake_fal, image_stand_in, loras, photo_sets

QUICK: dict[str, Any] = {"steps": 6, "rank": 4, "sheet": 2, "sheet_steps": 3, "shown": 1, "save_every": 2}
FOUR = ("prepare", "train", "exam", "register")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, data: Path) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(Path(image_stand_in.__file__).parent))
    monkeypatch.setenv("TIMBRE_DIFFUSION_MODEL", str(loras.model(data / "a-model")))
    monkeypatch.setattr(process, "EVERY", 0.02)
    monkeypatch.setattr(follow, "EVERY", 0.0)
    monkeypatch.setattr(phases, "LOOKS_AT_CONSENT", 1)
    for module in (likeness_runs, diffusers_provider):
        monkeypatch.setattr(module, "CHILD", "image_stand_in")
    settings.cache_clear()
    yield
    resident.let_go()
    settings.cache_clear()


@pytest.fixture
def told(data: Path) -> Callable[..., None]:
    def tell(**what: Any) -> None:
        (data / "image_stand_in.json").write_text(json.dumps(what))

    tell()
    return tell


@pytest.fixture
def agreed(data: Path, actor: Actor, told: Callable[..., None]) -> PhotoSet:
    row = photo_sets.agreed(authors.add("Ada", actor).id, actor)
    for colour in ("red", "green", "blue"):
        photo_sets.put(row.id, colour)
    return row


def start(of: PhotoSet, actor: Actor, method: Method = "dreambooth") -> str:
    return likeness_runs.start(of.id, method, QUICK, actor)


def run(run_id: str, *names: str) -> None:
    for name in names or FOUR:
        with store.writing(WORKER) as tx:
            training.begin(tx, run_id)
        workflow.WORK["image"][name](run_id)


def end(run_id: str, status: str) -> None:
    workflow._end(run_id, status)
    with store.writing(WORKER) as tx:
        intents.finish(tx, run_id, status, "")


def row(run_id: str) -> TrainingRun:
    return commands.run(run_id)


def sheet(run_id: str) -> list[Image]:
    with store.reading() as tx:
        return photos.samples(tx, run_id)


def test_from_photos_to_a_sheet_that_waits_for_a_person(agreed: PhotoSet, actor: Actor) -> None:
    run_id = start(agreed, actor)
    assert start(agreed, actor) == run_id, "asked twice it runs once"
    run(run_id)
    end(run_id, "done")
    made = registry.adapter(run_id)
    assert (made.kind, made.passed, list(made.files)) == ("image", None, [lora_files.WEIGHTS])
    assert made.card["consent"][agreed.id]["by"] == "Ada" and made.card["settings"]["trigger"] == agreed.trigger
    assert lora_files.of(run_id).trigger == agreed.trigger
    with pytest.raises(Invalid, match="has not been rated"):
        registry.promote(run_id, Scope(author_id=agreed.author_id), actor)
    shown = sheet(run_id)
    assert [(i.number, i.settings["with"], i.settings["pair"]) for i in shown] == [
        (1, True, 0), (2, False, 0), (3, True, 1), (4, False, 1)]  # fmt: skip
    assert all(agreed.trigger in i.prompt and i.ai for i in shown)
    first = keep.path(shown[0].id, shown[0].files[0]["name"]).read_bytes()
    assert provenance.read(first)["facts"]["training"] == run_id
    kept = row(run_id)
    assert [s["step"] for s in kept.samples] == [2, 4, 6] and len(kept.history) == 6
    assert (likeness_runs.sample(run_id, kept.samples[0]["file"]) or b"")[:4] == b"RIFF"
    assert likeness_runs.sample(run_id, "../plan.json") is None
    assert kept.dataset["train"] == 3 and "photo of" not in json.dumps(kept.dataset)
    folder = run_folder(run_id)
    assert not [name for name in ("photos", "photos.json", "checkpoints", "out", "sheet") if (folder / name).exists()]
    assert "likeness (LoRA) for an image model" in (adapters_folder() / run_id / "README.md").read_text()


def test_what_cannot_be_done_is_said_and_nothing_begins(
    agreed: PhotoSet, actor: Actor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(kind: type[TimbreError], said: str, of: str = agreed.id, **settings_: Any) -> None:
        with pytest.raises(kind, match=said):
            likeness_runs.start(of, "dreambooth", {**QUICK, **settings_}, actor)

    refused(Invalid, "no setting 'colour'", colour=3)
    refused(Invalid, "Resolution: 100", resolution=100)
    refused(Invalid, "no effort 'heroic'", effort="heroic")
    refused(Invalid, "Rank", rank=0)
    few = photo_sets.agreed(agreed.author_id, actor)
    photo_sets.put(few.id, "white")
    refused(Invalid, "1 photos to learn from; it takes 3", of=few.id)
    with pytest.raises(Unavailable, match="FAL_KEY"):
        likeness_runs.start(agreed.id, "fal", {}, actor)
    with store.writing(actor) as tx:
        photos.get(tx, agreed.id).expires_at = now()
    refused(Denied, "Nothing was done")
    monkeypatch.delenv("TIMBRE_DIFFUSION_MODEL")
    settings.cache_clear()
    assert "TIMBRE_DIFFUSION_MODEL" in likeness_runs.why_not("dreambooth")
    assert commands.runs() == []


def test_stopped_it_goes_on_from_its_checkpoint(
    agreed: PhotoSet, actor: Actor, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(agreed, actor)
    told(hold_at=5)
    look = follow.Follower.look

    def stop_there(self: follow.Follower) -> None:
        if follow.progress(self.folder).get("extra"):
            raise Cancelled("Stopped, as you asked.", "")
        look(self)

    run(first, "prepare")
    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(follow.Follower, "look", stop_there)
        run(first, "train")
    end(first, "cancelled")
    assert not (run_folder(first) / "photos").exists(), "copies of photos never wait"
    assert sorted(p.name for p in run_folder(first).glob("checkpoints/*")) == ["checkpoint-2", "checkpoint-4"]
    told()
    second = commands.go_on(first, actor)
    run(second)
    assert not run_folder(first).exists()
    assert [h["step"] for h in row(second).history] == [1, 2, 3, 4, 5, 6], "no step was done twice"
    assert registry.adapter(second).passed is None


def test_with_other_photos_it_begins_afresh(agreed: PhotoSet, actor: Actor) -> None:
    first = start(agreed, actor)
    run(first, "prepare")
    (run_folder(first) / "checkpoints" / "checkpoint-4").mkdir(parents=True)
    end(first, "failed")
    photo_sets.put(agreed.id, "white")
    second = commands.go_on(first, actor)
    run(second, "prepare")
    assert not (run_folder(second) / "checkpoints").exists()
    assert "began afresh" in row(second).progress["warnings"][0]
    assert len(json.loads((run_folder(second) / "photos.json").read_text())) == 4


def test_with_another_model_it_does_not_go_on(agreed: PhotoSet, actor: Actor, data: Path) -> None:
    run_id = start(agreed, actor)
    run(run_id, "prepare", "train")
    (run_folder(run_id) / "out" / lora_files.WEIGHTS).unlink()
    shutil.rmtree(data / "a-model")
    loras.model(data / "a-model", seed=3)
    with pytest.raises(Invalid, match="another one than when this training began"):
        run(run_id, "train")


@pytest.mark.parametrize("when", ["between", "during"])
def test_withdrawn_consent_stops_it_and_nothing_stays(
    agreed: PhotoSet, actor: Actor, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    run_id = start(agreed, actor)

    def withdraw() -> None:
        with store.writing(actor) as tx:
            photos.get(tx, agreed.id).withdrawn_at = now()

    if when == "between":
        run(run_id, "prepare", "train", "exam")
        assert sheet(run_id)
        withdraw()
    else:
        run(run_id, "prepare")
        told(hold_at=3)
        consent = phases.consent

        def look(one: TrainingRun) -> None:
            if follow.progress(run_folder(run_id)).get("extra"):
                withdraw()
            consent(one)

        monkeypatch.setattr(phases, "consent", look)
    with pytest.raises(Denied, match=r"Ada no longer agreed that these photos"):
        run(run_id, "register" if when == "between" else "train")
    end(run_id, "failed")
    assert not run_folder(run_id).exists() and registry.of_run(run_id) is None
    assert sheet(run_id) == []


def test_a_run_that_consent_withdrawn_has_cancelled_leaves_nothing(agreed: PhotoSet, actor: Actor) -> None:
    from core.images import consent

    run_id = start(agreed, actor)
    run(run_id, "prepare", "train")
    consent.withdraw(agreed.id, actor)
    with store.reading() as tx:
        assert training.asked_to_stop(tx, run_id)
    end(run_id, "cancelled")
    assert not run_folder(run_id).exists()


def test_the_sheet_is_made_once_however_often_the_worker_dies(agreed: PhotoSet, actor: Actor) -> None:
    run_id = start(agreed, actor)
    run(run_id, "prepare", "train", "exam")
    before = [image.id for image in sheet(run_id)]
    run(run_id, "exam", "register", "register")
    assert [image.id for image in sheet(run_id)] == before and len(before) == 4
    assert len((run_folder(run_id) / "sheet" / "painted.txt").read_text().splitlines()) == 4


def test_why_the_process_failed_is_told(agreed: PhotoSet, actor: Actor, told: Callable[..., None]) -> None:
    run_id = start(agreed, actor)
    run(run_id, "prepare")
    told(fail="The card has no room.")
    with pytest.raises(Unavailable, match=r"The card has no room\. What it had learnt"):
        run(run_id, "train")
    told(exit=5)
    with pytest.raises(Unavailable, match="code 5"):
        run(run_id, "train")


def test_at_fal_the_same_comes_of_it_and_nothing_stays_there(
    agreed: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "POLL", 0.01)
    monkeypatch.setattr(fal_trainer, "EVERY", (0.01, 0.02))
    monkeypatch.setattr(fal, "EVERY", (0.01, 0.02))
    with fake_fal.serving(monkeypatch) as fake:
        monkeypatch.setenv("TIMBRE_PRICE_FAL_TRAINING", "2")
        monkeypatch.setenv("TIMBRE_PRICE_FAL_PICTURE", "0.1")
        settings.cache_clear()
        assert likeness_runs.why_not("fal") == ""
        plan, about = likeness_runs.proposed(agreed.id, "fal", {"sheet": 3, "effort": "quick"})
        assert likeness_runs.expected(plan, about)["cost"] == pytest.approx(2.0 + 5 * 0.1)
        run_id = likeness_runs.start(agreed.id, "fal", {"sheet": 3, "effort": "quick"}, actor)
        run(run_id)
        end(run_id, "done")
        sent = fake.zips[0]
        assert sorted(Path(name).suffix for name in sent) == [".jpg"] * 3 + [".txt"] * 3
        trained = [job for job in fake.jobs.values() if job.model == fake_fal.TRAINER]
        assert len(trained) == 1 and trained[0].body["steps"] == 1000
        assert trained[0].body["trigger_phrase"] == agreed.trigger
        lent = [file for path, file in fake.files.items() if "/in-" in path and "weights" in path]
        assert len(lent) == 1 and lent[0].hidden, "sent once for the whole sheet, and shut off after it"
    made = registry.adapter(run_id)
    assert lora_files.provider_of(made) == "fal" and lora_files.of(run_id).provider == "fal"
    assert [i.settings["with"] for i in sheet(run_id)] == [True, False, True, False, True], (
        "two without it, as it costs"
    )
    assert not (run_folder(run_id) / "photos").exists()
    with store.reading() as tx:
        copies = photos.get(tx, agreed.id).remote
    assert {"photos", "weights"} <= {copy["kind"] for copy in copies}
    assert all(copy.get("hidden") or copy.get("gone") for copy in copies if copy["kind"] in ("photos", "weights"))


def test_the_provider_paints_what_is_missing_and_can_be_stopped(
    agreed: PhotoSet, data: Path, told: Callable[..., None]
) -> None:
    from core.images.provider import Ask
    from tests.core.images.loopback import Notebook

    notes: list[tuple[int, int, str]] = []
    memory, ask = Notebook(data / "work"), Ask("a desk", numbers=(0, 1, 2), seed=40, width=1080, height=1350)
    told(hold_at="1.png")

    def stop() -> bool:
        return bool(follow.progress(data / "work").get("extra"))

    def make(stopping: Callable[[], bool]) -> list[Any]:
        return list(diffusers_provider.make(ask, lambda *_: None, stopping, memory))

    came = []
    with pytest.raises(Cancelled):
        for one in diffusers_provider.make(ask, lambda *said: notes.append(said), stop, memory):
            came.append(one.number)
    assert came == [0] and notes, "what was made until then is kept"
    told()
    made = make(lambda: False)
    assert [(m.number, m.seed, m.settings["width"], m.settings["height"]) for m in made] == [
        (0, 40, 56, 72), (1, 41, 56, 72), (2, 42, 56, 72)]  # fmt: skip
    assert (data / "work" / "painted.txt").read_text().split() == ["0.png", "1.png", "2.png"], "the first one stayed"
    assert Pillow.open(data / "work" / "1.png").size == (56, 72)
    (data / "work" / "1.png").write_text("Refused by its own check.")
    assert [m.refused for m in make(lambda: False)] == ["", "Refused by its own check.", ""]
