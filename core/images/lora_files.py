"""Likenesses as files: whether a LoRA is one and fits a model, and which of them may be used for an author now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core import store
from core.errors import Denied, Invalid, NotFound, TimbreError
from core.images import diffusion_base
from core.images.diffusion_base import Base
from core.store import adapters
from core.store.tables_training import Adapter
from core.train import keeping
from core.train.model import adapters_folder
from core.train.scope import Scope
from core.train.serving import learnt_from

KIND: Final = "image"
WEIGHTS: Final = "pytorch_lora_weights.safetensors"
"""The name under which diffusers looks for a LoRA."""
PROVIDERS: Final = {"dreambooth": "diffusers", "fal": "fal"}
"""Method of training -> the provider that can apply what came of it."""
_DOWN: Final = (".lora_A.weight", ".lora.down.weight", ".lora_down.weight")
"""How the first of the two matrices is called, by diffusers, older diffusers, and others."""


# ---- files ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What a file says of the LoRA in it."""

    model: str
    """`unet` (SDXL, SD 1.5), or `transformer` (Flux)."""
    rank: int
    layers: int
    context: int
    """Width of the text that it was trained with; 0 where the file does not say."""


def facts(path: Path) -> Facts:
    """Look at a LoRA without loading it. Raises Invalid where it is none, or not in safetensors."""
    told = {name: t["shape"] for name, t in diffusion_base.header(path).items() if name != "__metadata__"}
    down = {name: shape for name, shape in told.items() if name.endswith(_DOWN) and len(shape) >= 2}
    if not down:
        raise Invalid(f"{path.name} holds no LoRA: no weight in it is one.", "Train it again, or choose another file.")
    text = [shape[1] for name, shape in down.items() if ("attn2.to_k" in name or "attn2_to_k" in name)]
    flux = any(name.startswith("transformer.") or "single_transformer_blocks" in name for name in down)
    ranks = [shape[0] for shape in down.values()]
    return Facts("transformer" if flux else "unet", max(ranks), len(down), int(text[0]) if text else 0)


def misfit(path: Path, base: Base) -> str:
    """Why a LoRA cannot be applied to a model, in a sentence; empty where it can. Raises Invalid where it is none."""
    found = facts(path)
    if found.model != "unet":
        return "It was trained for Flux, not for the model on this machine."
    if found.context and base.context and found.context != base.context:
        return f"It was trained for another kind of model than the {diffusion_base.TITLES[base.kind]} in use."
    return ""


# ---- which one is used ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lora:
    """A likeness that may be used at this moment."""

    adapter_id: str
    path: Path
    trigger: str
    """The made-up word that stands for the person in a prompt."""
    subject: str
    person: str
    scale: float
    provider: str
    photo_sets: tuple[str, ...] = ()
    """The sets that it was learnt from."""


def in_use(author_id: str, provider: str) -> Lora | None:
    """The likeness that was promoted for this author, where this provider can apply it now. Quick."""
    row = _live(author_id)
    if row is None or provider_of(row) != provider or _problem(row, sure=False):
        return None
    return _lora(row)


def why_not(author_id: str, provider: str) -> str:
    """Why no likeness of the author would be used, in a sentence; empty where one would."""
    row = _live(author_id)
    if row is None:
        return "No likeness of this author is in use: train one from photos, rate its contact sheet, promote it."
    if provider_of(row) != provider:
        return f"The likeness in use was trained for {provider_of(row)}."
    return _problem(row, sure=False)


def of(adapter_id: str) -> Lora:
    """One likeness by its adapter's id, its file read and compared. Raises NotFound, Denied (consent), Invalid."""
    with store.reading() as tx:
        row = adapters.get(tx, adapter_id)
        names = adapters.refused(tx, learnt_from(row))
    if row.kind != KIND or row.deleted_at is not None:
        raise NotFound("There is no such likeness (any more).", "Choose another one, or make the picture without.")
    if names:
        raise Denied(
            f"{' and '.join(names)} no longer agreed to that, so the likeness was not used; nothing was made.",
            "Make the picture without it, or ask again on the Images page, under Photos.",
        )
    if said := _problem(row, sure=True):
        raise Invalid(f"The likeness was not used. {said}", "Make the picture without it, or train it again.")
    return _lora(row)


def called(adapter_id: str) -> tuple[str, str] | None:
    """The words that stand for the person in a prompt, and their name; None where that is not known (any more)."""
    try:
        with store.reading() as tx:
            told = _lora(adapters.get(tx, adapter_id))
    except NotFound:
        return None
    return (f"{told.trigger} {told.subject}", told.person) if told.trigger and told.person else None


def refused(adapter_id: str) -> list[str]:
    """The names of those who no longer agree to a likeness that pictures were made with; none for no likeness."""
    if not adapter_id:
        return []
    try:
        with store.reading() as tx:
            return adapters.refused(tx, learnt_from(adapters.get(tx, adapter_id)))
    except NotFound:
        return []


def provider_of(row: Adapter) -> str:
    """Which provider can apply an adapter."""
    return PROVIDERS.get(str(row.card.get("method") or ""), "")


def misplaced(row: Adapter) -> str:
    """Why the model on this machine cannot apply it, in a sentence; empty where it can, or a service does."""
    if provider_of(row) != "diffusers":
        return ""
    try:
        return misfit(_path(row), diffusion_base.configured())
    except TimbreError as error:
        return error.message


def _live(author_id: str) -> Adapter | None:
    with store.reading() as tx:
        found = adapters.live(tx, KIND, Scope(author_id=author_id).key)
        return adapters.get(tx, found.adapter_id) if found and found.adapter_id else None


def _problem(row: Adapter, sure: bool) -> str:
    if row.deleted_at is not None:
        return "It was deleted."
    with store.reading() as tx:
        if names := adapters.refused(tx, learnt_from(row)):
            return f"{' and '.join(names)} no longer agreed to it."
    return keeping.broken(row, sure) or misplaced(row)


def _lora(row: Adapter) -> Lora:
    told: Mapping[str, Any] = row.card.get("settings") or {}
    return Lora(
        adapter_id=row.id,
        path=_path(row),
        trigger=str(told.get("trigger") or ""),
        subject=str(told.get("subject") or "person"),
        person=str(told.get("person") or ""),
        scale=float(row.scale),
        provider=provider_of(row),
        photo_sets=tuple(row.card.get("consent") or ()),
    )


def _path(row: Adapter) -> Path:
    return adapters_folder() / row.id / WEIGHTS
