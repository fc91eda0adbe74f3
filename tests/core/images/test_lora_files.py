"""Likenesses: which file is one and fits, and that nobody's is used without an exam, whole files and consent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core import authors, review, store
from core.config import settings
from core.errors import Denied, Invalid, NotFound
from core.images import consent, diffusion_base, keep, lora_files, media
from core.people import WORKER
from core.store import Actor, adapters, photos, training
from core.store.base import now
from core.store.tables_images import Image, PhotoSet
from core.store.tables_training import Adapter
from core.train import registry
from core.train.model import run_folder
from core.train.scope import Scope
from tests.core.images import loopback, loras, photo_sets


@pytest.fixture
def model(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = loras.model(data / "a-model")
    monkeypatch.setenv("TIMBRE_DIFFUSION_MODEL", str(made))
    settings.cache_clear()
    return made


@pytest.fixture
def agreed(model: Path, actor: Actor) -> PhotoSet:
    return photo_sets.agreed(authors.add("Ada", actor).id, actor)


def likeness(of: PhotoSet, method: str = "dreambooth", context: int = loras.CONTEXT) -> Adapter:
    """An adapter over a real LoRA file that has passed."""
    run = photo_sets.run(of)
    with store.writing(WORKER) as tx:
        training.note(
            tx,
            run.id,
            method=method,
            settings={**run.settings, "method": method, "subject": "woman", "person": of.person},
        )
    with store.reading() as tx:
        run = training.get(tx, run.id)
    loras.lora(run_folder(run.id) / "out" / lora_files.WEIGHTS, context)
    return registry.add(run, run_folder(run.id) / "out", {"passed": True}, WORKER, "b" * 64)


def promoted(of: PhotoSet, actor: Actor, method: str = "dreambooth") -> Adapter:
    made = likeness(of, method)
    registry.promote(made.id, Scope(author_id=of.author_id), actor)
    return made


def test_a_file_is_told_without_loading_it(tmp_path: Path) -> None:
    found = lora_files.facts(loras.lora(tmp_path / "a.safetensors", rank=16))
    assert found == lora_files.Facts("unet", 16, 2, loras.CONTEXT)
    assert lora_files.facts(loras.lora(tmp_path / "f.safetensors", flux=True)).model == "transformer"
    loras.put(tmp_path / "n.safetensors", {"unet.conv.weight": (3, 3)})
    with pytest.raises(Invalid, match="holds no LoRA"):
        lora_files.facts(tmp_path / "n.safetensors")
    (tmp_path / "p.safetensors").write_bytes(b"PK\x03\x04 a checkpoint of torch")
    with pytest.raises(Invalid, match="not a whole file"):
        lora_files.facts(tmp_path / "p.safetensors")


def test_one_for_another_kind_of_model_does_not_fit(tmp_path: Path) -> None:
    base = diffusion_base.of(loras.model(tmp_path / "m"))
    assert lora_files.misfit(loras.lora(tmp_path / "a.safetensors"), base) == ""
    assert "another kind" in lora_files.misfit(loras.lora(tmp_path / "b.safetensors", context=768), base)
    assert "Flux" in lora_files.misfit(loras.lora(tmp_path / "c.safetensors", flux=True), base)


def test_what_was_promoted_is_used_by_the_provider_that_can(agreed: PhotoSet, actor: Actor) -> None:
    assert lora_files.in_use(agreed.author_id, "diffusers") is None
    assert "train one from photos" in lora_files.why_not(agreed.author_id, "diffusers")
    made = promoted(agreed, actor)
    registry.set_scale(made.id, 0.5, actor)
    found = lora_files.in_use(agreed.author_id, "diffusers")
    assert found is not None and found == lora_files.of(made.id)
    assert (found.adapter_id, found.trigger, found.subject, found.scale) == (made.id, agreed.trigger, "woman", 0.5)
    assert found.path.name == lora_files.WEIGHTS and found.path.is_file()
    assert lora_files.called(made.id) == (f"{agreed.trigger} woman", agreed.person)
    assert lora_files.called("none") is None
    assert lora_files.in_use(agreed.author_id, "fal") is None
    assert "trained for diffusers" in lora_files.why_not(agreed.author_id, "fal")
    assert lora_files.why_not(agreed.author_id, "diffusers") == ""


def test_one_trained_at_fal_is_for_fal(agreed: PhotoSet, actor: Actor) -> None:
    made = promoted(agreed, actor, "fal")
    assert lora_files.in_use(agreed.author_id, "diffusers") is None
    found = lora_files.in_use(agreed.author_id, "fal")
    assert found is not None and found.adapter_id == made.id


def test_withdrawn_consent_ends_its_use_at_once(agreed: PhotoSet, actor: Actor) -> None:
    made = promoted(agreed, actor)
    shown = Image(author_id=agreed.author_id, kind="picture", provider="diffusers", settings={"adapter": made.id})
    row = keep.add_picture(shown, {"picture.png": loopback.png()}, actor)
    post = review.create(agreed.author_id, "A post", "Its text.", actor)
    assert media.attach(post.id, row.id, actor, alt=["Ada at her desk"]).media
    media.detach(post.id, row.id, actor)
    with store.writing(actor) as tx:
        photos.get(tx, agreed.id).withdrawn_at = now()
    with pytest.raises(Denied, match="no longer agreed"):
        media.attach(post.id, row.id, actor, alt=["Ada at her desk"])
    assert lora_files.in_use(agreed.author_id, "diffusers") is None
    with pytest.raises(Denied, match="Ada no longer agreed"):
        lora_files.of(made.id)
    assert registry.settle() == [made.id]
    assert registry.live("image", Scope(author_id=agreed.author_id)) is None
    with pytest.raises(Invalid, match="no longer agreed"):
        registry.promote(made.id, Scope(author_id=agreed.author_id), actor)


def test_expired_consent_counts_as_none_and_given_again_it_counts(agreed: PhotoSet, actor: Actor) -> None:
    made = promoted(agreed, actor)
    with store.writing(actor) as tx:
        photos.get(tx, agreed.id).expires_at = now() - timedelta(seconds=1)
    assert lora_files.in_use(agreed.author_id, "diffusers") is None
    with store.reading() as tx:
        assert adapters.refused(tx, [agreed.id, agreed.author_id]) == [
            "Ada"
        ]  # the author's own texts are another matter
    consent.give(agreed.id, "Ada", photo_sets.WORDS, actor)
    assert lora_files.of(made.id).adapter_id == made.id


def test_a_set_that_is_gone_agrees_to_nothing(agreed: PhotoSet, actor: Actor) -> None:
    made = promoted(agreed, actor)
    with store.writing(actor) as tx:
        tx.session.delete(photos.get(tx, agreed.id))
    with pytest.raises(Denied, match="somebody who was removed"):
        lora_files.of(made.id)


def test_a_changed_or_lost_file_is_not_used(agreed: PhotoSet, actor: Actor) -> None:
    made = promoted(agreed, actor)
    file = lora_files.of(made.id).path
    loras.lora(file, seed=5)
    with pytest.raises(Invalid, match="not the one that was made"):
        lora_files.of(made.id)
    file.unlink()
    assert lora_files.in_use(agreed.author_id, "diffusers") is None
    registry.delete(made.id, actor)
    with pytest.raises(NotFound):
        lora_files.of(made.id)


def test_one_for_another_model_is_neither_promoted_nor_used(agreed: PhotoSet, actor: Actor) -> None:
    made = likeness(agreed, context=768)
    with pytest.raises(Invalid, match="another kind of model"):
        registry.promote(made.id, Scope(author_id=agreed.author_id), actor)
    with pytest.raises(Invalid, match="another kind of model"):
        lora_files.of(made.id)


def test_nobody_promotes_what_nobody_has_rated(agreed: PhotoSet, actor: Actor) -> None:
    made = photo_sets.likeness(agreed)
    with pytest.raises(Invalid, match="contact sheet has not been rated"):
        registry.promote(made.id, Scope(author_id=agreed.author_id), actor)
