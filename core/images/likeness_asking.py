"""Asking for the training of a likeness: what would be done, what it takes, why it cannot begin; begin it."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import store
from core.errors import Invalid, TimbreError, Unavailable
from core.images import diffusers_provider, diffusion_base, likeness_plan, thumbs
from core.images import provider as providers
from core.images.consent import demand
from core.images.likeness_plan import WITHOUT_AT_FAL, Likeness, Method
from core.images.lora_files import KIND
from core.images.provider import Ask
from core.store import Actor, photos, training
from core.store.tables_images import Photo
from core.train import commands
from core.train.model import Plan, run_folder
from core.train.scope import Scope

FEWEST = 3
"""Photos that it takes at least."""


def why_not(method: Method) -> str:
    """Why no training can be begun this way now, in a sentence or two; empty where one can."""
    if method == "fal":
        found = providers.get("fal").probe()
        return "" if found.ready else f"{found.why} {found.hint}".strip()
    try:
        base = diffusion_base.configured()
        diffusers_provider.fitting(base)
    except TimbreError as error:
        return str(error)
    return ""


def proposed(photo_set_id: str, method: Method, settings: dict[str, Any]) -> tuple[Plan, Likeness]:
    """What would be done: the effort's own settings, with `settings` (names of likeness_plan.BY_HAND, `effort`) set.

    Raises Invalid, Unavailable (no model), NotFound.
    """
    with store.reading() as tx:
        photo_set, count = photos.get(tx, photo_set_id), len(photos.photos(tx, photo_set_id, used=True))
    by_hand = dict(settings)
    effort = str(by_hand.pop("effort", "standard"))
    base = diffusion_base.configured() if method == "dreambooth" else None
    plan, about = likeness_plan.proposed(effort, count, base) if base else likeness_plan.at_fal(effort)
    about = replace(about, photo_set_id=photo_set.id, trigger=photo_set.trigger, subject=photo_set.subject,
                    person=photo_set.person)  # fmt: skip
    plan, about = likeness_plan.changed(plan, about, by_hand)
    return plan, likeness_plan.checked(about, base)


def start(photo_set_id: str, method: Method, settings: dict[str, Any], actor: Actor) -> str:
    """Ask for the training of a likeness; returns the run's id (that of the one which waits or runs, if one does).

    Raises Denied (consent, role), Invalid (settings, too few photos), Unavailable (no model, no key), NotFound.
    """
    plan, about = proposed(photo_set_id, method, settings)
    with store.reading() as tx:
        chosen = photos.photos(tx, photo_set_id, used=True)
    photo_set = demand(photo_set_id)
    enough(chosen)
    if said := why_not(method):
        raise Unavailable(f"Nothing was begun. {said}")
    return commands.start(KIND, method, Scope(author_id=photo_set.author_id), plan, actor, more=about.record())


def expected(plan: Plan, about: Likeness) -> dict[str, Any]:
    """What it will take: {steps, seconds, how, cost, currency}; seconds from the newest run like it, None without."""
    out: dict[str, Any] = {"steps": plan.steps, "seconds": None, "how": "not measured yet"}
    if plan.method == "fal":
        out |= _price(plan, about)
    with store.reading() as tx:
        rows = [row for row in training.listed(tx, KIND, limit=100) if row.method == plan.method]
    for row in rows:
        same = all(row.settings.get(name) == getattr(plan, name) for name in ("base", "device", "batch", "accumulate"))
        pace = row.progress.get("seconds_a_step")
        if same and pace and row.settings.get("resolution") == about.resolution:
            return out | {"seconds": float(pace) * plan.steps, "how": "measured in an earlier training on this machine"}
    return out


def _price(plan: Plan, about: Likeness) -> dict[str, Any]:
    """Of the training at fal and of its contact sheet; the sum is not known where one of them is not."""
    from core.images import fal_trainer

    shots = about.sheet + min(WITHOUT_AT_FAL, about.sheet)
    parts = [fal_trainer.price(plan.steps), providers.get("fal").price(Ask("", numbers=tuple(range(shots))))]
    known = [part.amount for part in parts if part.amount is not None]
    how = f"{parts[0].how} The contact sheet, {shots} pictures: {parts[1].how}"
    return {"cost": sum(known) if len(known) == 2 else None, "currency": parts[0].currency, "how": how}


def enough(chosen: list[Photo]) -> None:
    """Raises Invalid where there are too few photos."""
    if len(chosen) < FEWEST:
        raise Invalid(
            f"There are {len(chosen)} photos to learn from; it takes {FEWEST} at least, and 8 to 20 do better.",
            "Add photos on the Images page, under Photos.",
        )


def sample(run_id: str, name: str) -> bytes | None:
    """A picture that a run made as it learnt, small, as WebP; None where it is not there (any more)."""
    file = (run_folder(run_id) / name).resolve()
    if file.parent != (run_folder(run_id) / "samples").resolve() or file.suffix != ".png":
        return None
    try:
        return _small(file, file.stat().st_mtime_ns)
    except OSError:
        return None


@functools.lru_cache(maxsize=64)
def _small(file: Path, _written: int) -> bytes:
    return thumbs.small(file.read_bytes())
