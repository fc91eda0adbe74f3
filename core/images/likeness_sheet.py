"""The contact sheet of a likeness: the same scenes with it and without it, kept as images that a person rates."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core import store
from core.errors import Cancelled, TimbreError
from core.images import diffusers_provider, diffusion_base, keep, provenance
from core.images import provider as providers
from core.images.likeness_plan import WITHOUT_AT_FAL, Likeness
from core.images.lora_files import PROVIDERS, WEIGHTS
from core.images.provider import Ask
from core.people import WORKER
from core.store import photos
from core.store.tables_images import Image
from core.store.tables_training import TrainingRun
from core.train import process, workflow
from core.train.follow import Follower, progress
from core.train.model import Plan
from core.train.tidying import put_json, read_json

MEMORY = "remembered.json"
JUDGE = "a person, by the contact sheet"


class FolderMemory:
    """core.images.provider.Memory of a run: a file in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def remember(self, facts: dict[str, Any] | Any) -> None:
        """Add these facts; a value of None takes its key out."""
        known = {**self.recall(), **facts}
        self._folder.mkdir(parents=True, exist_ok=True)
        put_json(self._folder / MEMORY, {name: value for name, value in known.items() if value is not None})

    def recall(self) -> dict[str, Any]:
        """All facts."""
        return read_json(self._folder / MEMORY)

    def folder(self) -> Path:
        """A private folder, for files."""
        (made := self._folder / "work").mkdir(parents=True, exist_ok=True)
        return made


class Watch:
    """What a service does for a run, brought into its row; and whether somebody asked it to stop, or withdrew."""

    def __init__(self, row: TrainingRun, folder: Path, consent: Callable[[TrainingRun], None]) -> None:
        self._folder, self._began = folder, time.monotonic()
        self._follower = Follower(row.id, folder, lambda _: consent(row))

    def note(self, done: int, total: int, words: str) -> None:
        """How far it is."""
        gone = time.monotonic() - self._began
        eta = round(gone / done * (total - done), 1) if done and total else None
        put_json(self._folder / "progress.json", {**progress(self._folder), "phase": "training", "step": done,
                                                  "steps": total, "message": words, "eta": eta})  # fmt: skip

    def stop(self) -> bool:
        """Whether to stop. Raises Denied where consent was withdrawn, WorkerStops where the worker ends."""
        process.leaving()
        try:
            self._follower.look()
        except Cancelled:
            return True
        return False


@dataclass(frozen=True)
class Shot:
    """One picture of the sheet."""

    number: int
    scene: int
    prompt: str
    worn: bool
    """With the likeness."""
    seed: int
    data: bytes = b""
    said: dict[str, Any] = field(default_factory=dict)


def make(row: TrainingRun, plan: Plan, folder: Path, consent: Callable[[TrainingRun], None]) -> dict[str, Any]:
    """Make and keep the sheet; the exam's record, which nobody has passed yet. Done again, it makes what is missing."""
    about, began = Likeness.restored(row.settings), time.monotonic()
    shots = _wanted(plan, about)
    made = (_here if plan.method == "dreambooth" else _there)(row, plan, about, folder, shots, consent)
    rows = [_kept(row, plan, shot) for shot in made if shot.data]
    for shot in made:
        if not shot.data:
            workflow.warn(
                row.id, f"Scene {shot.scene + 1} was refused: {shot.said.get('refused') or 'no reason given'}"
            )
    return {
        "judge": JUDGE,
        "passed": None,
        "verdict": [],
        "sheet": [image.id for image in rows],
        "seconds": round(time.monotonic() - began, 2),
        **_measured(about, made, folder / "photos"),
    }


def _wanted(plan: Plan, about: Likeness) -> list[Shot]:
    """Each scene with the likeness, then without it, from the same seed; the number of a picture stays its own."""
    bare = about.sheet if plan.method == "dreambooth" else WITHOUT_AT_FAL
    return [
        Shot(2 * n + (1 if worn else 2), n, text, worn, plan.seed + n)
        for n, text in enumerate(about.scenes())
        for worn in (True, False)
        if worn or n < bare
    ]


def _here(
    row: TrainingRun, plan: Plan, about: Likeness, folder: Path, shots: list[Shot],
    consent: Callable[[TrainingRun], None],
) -> list[Shot]:  # fmt: skip
    base = diffusion_base.of(Path(plan.base))
    side, watch = about.resolution, Watch(row, folder, consent)
    guidance = diffusers_provider.GUIDANCE[base.kind]
    said = {"width": side, "height": side, "steps": about.sheet_steps, "guidance": guidance, "model": base.title}
    wanted = [{**said, "file": f"{shot.number}.png", "prompt": shot.prompt, "seed": shot.seed,
               "scale": 1.0 if shot.worn else 0.0, "reference": "", "strength": 0.0} for shot in shots]  # fmt: skip

    def note(done: int, total: int, words: str) -> None:
        workflow.said(row.id, done, total, words)

    diffusers_provider.run(folder / "sheet", base, wanted, folder / "out" / WEIGHTS, note, watch.stop)
    found = [diffusers_provider.read(folder / "sheet" / f"{shot.number}.png") for shot in shots]
    return [
        Shot(s.number, s.scene, s.prompt, s.worn, s.seed, data, {**said, "refused": refused})
        for s, (data, refused) in zip(shots, found, strict=True)
    ]


def _there(
    row: TrainingRun, plan: Plan, about: Likeness, folder: Path, shots: list[Shot],
    consent: Callable[[TrainingRun], None],
) -> list[Shot]:  # fmt: skip
    """At fal: a picture an ask, each with a memory of its own. The likeness goes there once for all of them."""
    from core.images import fal_files, fal_queue, remote
    from core.images import photos as photo_sets

    watch, out = Watch(row, folder, consent), []
    copies = fal_files.Copies(
        FolderMemory(folder / "sheet"), lambda entry: photo_sets.note_remote(about.photo_set_id, entry)
    )
    try:
        for at, shot in enumerate(shots):
            file = folder / "sheet" / f"{shot.number}.png"
            if not file.is_file():
                workflow.said(row.id, at, len(shots), f"Making picture {at + 1} of {len(shots)}")
                _at_fal(shot, folder, file, copies, watch.stop)
            raw = file.read_bytes() if file.is_file() else b""
            ok = bool(remote.kind(raw))
            refused = "" if ok else raw.decode("utf8", "replace")
            out.append(Shot(shot.number, shot.scene, shot.prompt, shot.worn, shot.seed, raw if ok else b"",
                            {"model": plan.base, "refused": refused}))  # fmt: skip
    except TimbreError as error:
        if fal_queue.final(error):  # else it can go on, with the copy that is there
            copies.shut()
        raise
    copies.shut()
    return out


def _at_fal(shot: Shot, folder: Path, file: Path, copies: Any, stop: Callable[[], bool]) -> None:
    weights = folder / "out" / WEIGHTS if shot.worn else None
    ask = Ask(prompt=shot.prompt, width=1024, height=1024, aspect="1:1", seed=shot.seed, numbers=(0,), adapter=weights,
              adapter_remote=_lent(weights, copies, stop) if weights else {})  # fmt: skip
    for made in providers.get("fal").make(ask, lambda *_: None, stop, FolderMemory(file.with_suffix(""))):
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".part")
        half.write_bytes(made.data or made.refused.encode())
        half.replace(file)


def _lent(weights: Path, copies: Any, stop: Callable[[], bool]) -> dict[str, Any]:
    """The likeness where fal finds it: sent there once, and again only where that has expired."""
    from core.images import fal, fal_files

    there = next((one for one in copies.all.values() if not one.hidden and not one.over), None)
    if there is None:
        there = fal_files.send(
            weights, "application/octet-stream", "weights", fal.LIKENESS_KEPT, stop,
            lambda one: copies.add(replace(one, hidden="not all of it there")),
        )  # fmt: skip
        copies.add(there)
    return asdict(there)


def _kept(row: TrainingRun, plan: Plan, shot: Shot) -> Image:
    from PIL import Image as Pillow

    provider = PROVIDERS[plan.method]
    facts = {"provider": provider, "model": shot.said.get("model"), "prompt": shot.prompt, "seed": shot.seed,
             "training": row.id, "with": shot.worn}  # fmt: skip
    with Pillow.open(io.BytesIO(shot.data)) as opened:
        data, kind = provenance.mark(opened.convert("RGB"), facts)
    said = {name: value for name, value in shot.said.items() if value not in ("", None)}
    image = Image(
        author_id=row.author_id,
        run_id=row.id,
        kind="sample",
        provider=provider,
        number=shot.number,
        title=f"{row.title}: scene {shot.scene + 1}{'' if shot.worn else ', without the likeness'}",
        prompt=shot.prompt,
        settings={**said, "with": shot.worn, "pair": shot.scene, "prompt": shot.prompt, "seed": shot.seed},
        measured={},
        cost={},
        ai=True,
    )
    return keep.add_picture(image, {"1.jpg" if kind == "image/jpeg" else "1.png": data}, WORKER)


def _measured(about: Likeness, made: list[Shot], copies: Path) -> dict[str, Any]:
    """How alike the pictures and the photos are, with the likeness and without; {} where nothing measures it here.

    `copies`: where the run keeps its copies of the photos, which go when it ends.
    """
    from core.images import likeness, photo_files

    with store.reading() as tx:
        chosen = photos.photos(tx, about.photo_set_id, used=True)
    own = [photo_files.path(photo).read_bytes() for photo in chosen]
    copies.mkdir(mode=0o700, exist_ok=True)
    out: dict[str, Any] = {}
    for name, worn in (("with", True), ("without", False)):
        shown = [shot.data for shot in made if shot.worn is worn and shot.data]
        try:
            found = likeness.measure(shown, own, copies) if shown and own else None
        except TimbreError as error:
            return {"likeness": {"said": str(error)}}
        if found is not None:
            out[name] = json.loads(json.dumps(found.record()))
    return {"likeness": out} if out else {}


def remove(run_id: str) -> None:
    """Take away the sheet of a run that has made no adapter."""
    with store.reading() as tx:
        found = [image.id for image in photos.samples(tx, run_id)]
    for id_ in found:
        keep.delete(id_, WORKER)
