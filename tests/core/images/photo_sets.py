"""Photo sets, trainings and likenesses as the store has them, for tests: without a training."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image as Pillow

from core import store
from core.images import consent, keep, photo_checks, photo_files, photos
from core.people import WORKER
from core.store import Actor, intents, new_id, training
from core.store import photos as rows
from core.store.tables_images import Image, Photo, PhotoSet
from core.store.tables_training import Adapter, TrainingRun
from core.train import registry
from core.train.model import run_folder

WORDS = "I agree that a model learns from these photos what I look like."


def agreed(author_id: str, actor: Actor) -> PhotoSet:
    """An empty set of Ada, who agrees."""
    row = photos.create(author_id, "Ada", actor, subject="woman")
    return consent.give(row.id, "Ada", WORDS, actor)


def put(set_id: str, colour: str) -> Photo:
    """A photo in the store and on the disk that nobody has looked at."""
    image = Pillow.new("RGB", (64, 64), colour)
    stored = photo_files.put(set_id, image)
    measures = photo_checks.Measures(1024, 1024, 0.1, 120.0, 0.0, 0.0, photo_checks.looks(image), looked=False)
    with store.writing(WORKER) as tx:
        return rows.add_photo(
            tx,
            Photo(set_id=set_id, name=f"{colour}.jpg", file=stored.file, sha256=stored.sha256, width=64, height=64,
                  looks=measures.looks, checks=measures.record(), caption="photo of somebody", used=True),
        )  # fmt: skip


def run(of: PhotoSet, status: str = "done") -> TrainingRun:
    """A training of a set with its copies of the photos; a live one has an intent."""
    row = TrainingRun(
        id=new_id(), kind="image", method="fal", author_id=of.author_id, title="Ada", base="/models/x",
        settings={"photo_set_id": of.id, "trigger": of.trigger, "method": "fal"}, status=status,
        dataset={"hash": "d" * 64, "train": 3, "consent": {of.id: {"by": "Ada", "at": "2026-01-02"}}},
    )  # fmt: skip
    with store.writing(WORKER) as tx:
        if status in training.LIVE:
            intents.add(tx, training.KIND, {"run": row.id}, f"test:{row.id}", intent_id=row.id)
        tx.session.add(row)
    copies = run_folder(row.id) / "photos"
    copies.mkdir(parents=True)
    (copies / "01.jpg").write_bytes(b"a photo")
    return row


def likeness(of: PhotoSet, pictures: int = 6) -> Adapter:
    """An adapter that was learnt from a set, with its contact sheet; not rated."""
    made = run(of)
    out = run_folder(made.id) / "out"
    out.mkdir()
    (out / "pytorch_lora_weights.safetensors").write_bytes(b"weights")
    for scene in range(pictures):
        picture(made, 2 * scene + 1, worn=True)
    picture(made, 2, worn=False)
    return registry.add(made, out, {"passed": None, "verdict": []}, WORKER, "b" * 64)


def picture(of: TrainingRun, number: int, worn: bool, image: Pillow.Image | None = None) -> Image:
    """One of a contact sheet."""
    buffer = io.BytesIO()
    (image or Pillow.effect_noise((64, 64), 20 + number)).convert("RGB").save(buffer, "PNG")
    said: dict[str, Any] = {"with": worn, "pair": (number - 1) // 2, "prompt": "a photo", "seed": number}
    row = Image(author_id=of.author_id, run_id=of.id, kind="sample", provider="diffusers", number=number,
                title="Ada", prompt="a photo", settings=said, measured={}, cost={}, ai=True)  # fmt: skip
    return keep.add_picture(row, {"1.png": buffer.getvalue()}, WORKER)
