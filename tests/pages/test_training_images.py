"""A likeness on the Training page: while it learns, once its contact sheet waits, rated, in use; and where one begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from streamlit.testing.v1 import AppTest

from core import authors, store
from core.config import ROOT, settings
from core.images import lora_files
from core.people import WORKER
from core.store import Actor, adapters, training
from core.store.tables_images import PhotoSet
from core.store.tables_training import Adapter, TrainingRun
from core.train import registry
from core.train.model import run_folder
from core.train.scope import Scope
from tests.core.images import loras, photo_sets

SCENE = "a photo of <b>tmbr</b> woman"


@pytest.fixture
def agreed(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> PhotoSet:
    monkeypatch.setenv("TIMBRE_DIFFUSION_MODEL", str(loras.model(data / "a-model")))
    settings.cache_clear()
    return photo_sets.agreed(authors.add("Ada", actor).id, actor)


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/training.py")
    app = app.run()
    assert not app.exception and not app.error, [box.value for box in (*app.exception, *app.error)]
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.subheader)
    shown = "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")
    return shown + "\n".join(e.proto.body for e in app.get("html") if "<style>body" not in e.proto.body)


def noted(run: TrainingRun, **said: Any) -> None:
    steps = range(1, 7)
    (run_folder(run.id) / "samples").mkdir(parents=True, exist_ok=True)
    for step in (3, 6):
        Pillow.new("RGB", (64, 64), (40 * step, 0, 0)).save(run_folder(run.id) / f"samples/step-{step}-0.png")
    history = [{"step": n, "loss": 1.0 - n / 20, **({"held_loss": 1.0 - n / 10} if n % 2 == 0 else {})} for n in steps]
    samples = [{"step": n, "id": "0", "brief": SCENE, "file": f"samples/step-{n}-0.png"} for n in (3, 6)]
    progress = {"phase": "training", "step": 6, "steps": 9, "loss": 0.7, "held_loss": 0.4, "held_loss_before": 1.0,
                "seconds_a_step": 0.5, "eta": 1.5}  # fmt: skip
    dataset = {**run.dataset, "captioned": 2}
    with store.writing(WORKER) as tx:
        training.note(tx, run.id, method="dreambooth", history=history, samples=samples, progress=progress,
                      dataset=dataset, **said)  # fmt: skip


def passed(of: PhotoSet) -> Adapter:
    made = photo_sets.likeness(of)
    file = registry.folder(made.id) / lora_files.WEIGHTS
    loras.lora(file)
    with store.writing(WORKER) as tx:
        row = adapters.get(tx, made.id)
        row.files = {file.name: lora_files.diffusion_base.file_hash(file)}
        row.passed, row.exam = True, {"verdict": [{"name": "Is it Ada?", "said": "5 of 6.", "passed": True}]}
        row.card = {**row.card, "method": "dreambooth"}
    return row


def test_a_live_likeness_shows_its_own_words_and_pictures(agreed: PhotoSet) -> None:
    run = photo_sets.run(agreed, "running")
    noted(run, phase="train")
    app = opened(run=run.id)
    said = words(app)
    assert "Likeness in pictures, on photos (DreamBooth)" in said
    assert "0.5 s a step" in said and "Loss, same noise" in said
    assert "unseen posts" not in said and "tokens/s" not in said
    assert all(name in said for name in ("Photos", "Contact sheet"))
    assert len(app.get("image")) == 2
    assert "2 with a caption that a person wrote" in said and "Ada, 2026-01-02" in said
    assert "<b>tmbr" not in said.replace("&lt;b", "")


def test_a_finished_one_waits_for_a_person_not_for_an_exam(agreed: PhotoSet) -> None:
    made = photo_sets.likeness(agreed)
    app = opened(run=made.run_id or "")
    said = words(app)
    assert "Its contact sheet waits for you" in said and "To rate" in said
    assert "Not passed" not in said and "Use it in Ollama" not in said
    assert "Promote" not in [b.label for b in app.button]
    assert "To rate" in words(opened(training_view="Runs"))


def test_a_rated_one_is_promoted_and_rolled_back_here(agreed: PhotoSet, actor: Actor) -> None:
    made = passed(agreed)
    app = opened(run=made.run_id or "")
    assert "It passed every part of its exam" in words(app)
    next(b for b in app.button if b.label == "Promote").click().run()
    assert not app.exception
    found = registry.live("image", Scope(author_id=agreed.author_id))
    assert found is not None and found.id == made.id
    assert lora_files.in_use(agreed.author_id, "diffusers") is not None
    next(b for b in app.button if b.label == "Roll back").click().run()
    assert registry.live("image", Scope(author_id=agreed.author_id)) is None


def test_beginning_one_leads_to_the_photos(agreed: PhotoSet) -> None:
    app = opened(training_view="Train")
    app.selectbox(key="training_what").select("photos").run()
    assert not app.exception
    assert "consent of the person in them" in words(app)
