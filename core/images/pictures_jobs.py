"""The durable work behind pictures: a run of an image model, and the wording of a prompt by a language model.

What a service gave is on disk before anything else is done with it, and what it calls a request is in the store, so
that a worker that was killed goes on where it was and pays nothing twice.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core import jobs, review, store
from core.errors import Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, TimbreError, Unavailable
from core.images import brand, choosing, finishing, keep, lora_files, photos, prompting, provider
from core.images.model import SIZES
from core.images.pictures import WORDING
from core.images.pictures import run as look
from core.images.pictures_memory import Remembered, run_folder
from core.images.prompting import Prompt
from core.images.provider import Ask, Made
from core.people import WORKER
from core.store import authors, intents, pictures
from core.store.tables_images import Image, PictureRun
from core.train import process

EVERY = 0.5
"""Seconds between two notes of how far it is, and between two looks at whether a person asked to stop."""
_KINDS: dict[str, type[TimbreError]] = {
    kind.__name__: kind for kind in (Cancelled, Conflict, Denied, Invalid, NotFound, StorageError, Unavailable)
}


@jobs.workflow(pictures.KIND, queue=pictures.KIND)
def picture(run_id: str) -> dict[str, Any]:
    """Do a run, or go on with it. Its end is written to the run as well as to the intent."""
    try:
        with store.writing(WORKER) as tx:
            pictures.begin(tx, run_id)
        answer = _raised(jobs.step(_answered, _make, run_id, name="make"))
    except Cancelled as error:
        _end(run_id, "cancelled", f"{error.message} {_kept(run_id)}".strip())
        raise
    except TimbreError as error:
        _end(run_id, "failed", f"{error.message} {_kept(run_id)}".strip(), error.hint)
        raise
    _end(run_id, "done", str(answer["said"]))
    return {"run": run_id}


@jobs.workflow(pictures.HOSTED, queue="picture-hosted")
def hosted(run_id: str) -> dict[str, Any]:
    """A run that a service does: it waits for none that this machine does, which may take an hour."""
    return picture(run_id)


@jobs.workflow(WORDING, queue="generate")
def wording(intent_id: str) -> dict[str, Any]:
    """Word a prompt; the intent's result is the prompt."""
    return _raised(jobs.step(_answered, _word, intent_id, name="word"))


def _answered(work: Callable[[str], dict[str, Any]], run_id: str) -> dict[str, Any]:
    """What a person can act on is an answer, not an exception: it must survive being recorded."""
    try:
        return work(run_id)
    except TimbreError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}


def _raised(answer: dict[str, Any]) -> dict[str, Any]:
    if kind := answer.get("error"):
        raise _KINDS.get(kind, TimbreError)(answer["message"], answer["hint"])
    return answer


def _end(run_id: str, status: str, message: str = "", hint: str = "") -> None:
    with store.writing(WORKER) as tx:
        pictures.finish(tx, run_id, status, message, hint)
    if status == "done" or not Remembered(run_id).received():  # what came and found no room waits to be taken up
        shutil.rmtree(run_folder(run_id), ignore_errors=True)


def _kept(run_id: str) -> str:
    with store.reading() as tx:
        n = len(pictures.made(tx, [run_id]))
    return f"{'One picture' if n == 1 else f'{n} pictures'} had come and {'is' if n == 1 else 'are'} kept." if n else ""


def _word(intent_id: str) -> dict[str, Any]:
    given = jobs.get(intent_id).payload
    jobs.progress(intent_id, 0, 1, "Describing a picture for the post")
    with store.reading() as tx:
        name = authors.get(tx, str(given["author"])).name
    before = Prompt(**given["parent"]) if given.get("parent") else None
    text, kit = review.get(str(given["post"])).text, brand.kit(str(given["author"]))
    said = (given["look"], given["person"], given["feedback"])
    return asdict(prompting.worded(text, kit, name, *said, parent=before, stop=_stop(intent_id)))


WAITS = 7 * 86_400
"""Seconds for which a picture that came, and found no room on the disk, waits for somebody to take its run up."""


@jobs.periodic(600)
def tidy() -> None:
    """Take away what runs left behind that ended while no worker looked."""
    for folder in run_folder("x").parent.glob("*"):
        try:
            ended = not look(folder.name).live
        except NotFound:
            ended = True
        waits = Remembered(folder.name).received() and time.time() - folder.stat().st_mtime < WAITS
        if ended and not waits:
            shutil.rmtree(folder, ignore_errors=True)


# ---- a run ---------------------------------------------------------------------------------------------------


def _make(run_id: str) -> dict[str, Any]:
    """Make what is missing; returns what is worth saying of it."""
    with store.reading() as tx:
        row = pictures.get(tx, run_id)
    memory = Remembered(run_id)
    for number in memory.received():
        _finish(row, memory, number)  # a kill came between its arrival and its place
    missing, wanted = _missing(row, memory), pictures.wanted(row)
    if missing:
        one = provider.get(row.provider)
        asked = as_ask(row, missing)
        _note(run_id)(0, len(wanted), f"Asking {one.TITLE}")
        for made in one.make(asked, _note(run_id), _stop(run_id), memory):
            memory.receive(made)
            if not made.refused:
                _finish(row, memory, made.number)
    return {"said": _said(row, memory)}


def as_ask(row: PictureRun, numbers: tuple[int, ...]) -> Ask:
    """What a provider is asked for. Raises Denied, Invalid, NotFound where the likeness may not be used any more."""
    kept = row.settings
    wide, high = SIZES[kept["size"]]
    lora = lora_files.of(kept["adapter"]) if kept.get("adapter") else None
    return Ask(
        prompt=row.prompt,
        negative=str(kept.get("negative") or ""),
        width=wide,
        height=high,
        aspect=str(kept["aspect"]),
        numbers=numbers,
        seed=int(kept["seed"]),
        model=str(kept["model"]),
        steps=kept.get("steps"),
        adapter=lora.path if lora else None,
        adapter_scale=float(kept["scale"]) if kept.get("scale") is not None else 1.0,
        adapter_noted=functools.partial(_listed, lora.photo_sets if lora else ()),
    )


def _listed(set_ids: Sequence[str], copy: Mapping[str, Any]) -> None:
    """List a copy that lies with a service in the photo sets that it comes from: a deletion has to find it."""
    for set_id in set_ids:
        with contextlib.suppress(NotFound):  # gone with its author
            photos.note_remote(set_id, copy)


def _missing(row: PictureRun, memory: Remembered) -> tuple[int, ...]:
    """Those that have neither come nor been refused; one that a person deleted has come."""
    with store.reading() as tx:
        there = {image.number - 1 for image in pictures.made(tx, [row.id], deleted=True)}
    refused = {int(k) for k in memory.recall().get("refused") or {}}
    return tuple(k for k in pictures.wanted(row) if k not in there | refused)


def _finish(row: PictureRun, memory: Remembered, number: int) -> None:
    """Cut, grade, mark and keep a picture that has come. What is none counts as refused."""
    original, known = memory.original(number)
    kept = row.settings
    kit = brand.kit(row.author_id)
    graded = brand.grade(row.author_id) if kept.get("graded") else {}
    making = {**kept, "seed": _seed(row, known["seed"], number), "kit": asdict(kit), "grade": graded}
    making |= {"service": known["service"]} if known["service"] else {}
    focus = tuple(kept.get("focus") or (0.5, 0.5))
    try:
        done = finishing.finish(original, kept["size"], kit, graded, choosing.published(row.provider, making), focus)
    except Invalid as error:
        memory.receive(Made(b"", number, refused=f"What came cannot be used: {error.message}"))
        return
    image = Image(
        author_id=row.author_id, post_id=row.post_id, run_id=row.id, parent_id=row.parent_id, kind="picture",
        provider=row.provider, number=number + 1, title=_title(row), prompt=row.prompt, feedback=row.feedback,
        settings=making, measured=done.measured, cost=known["cost"] or _share(row), ai=True,
    )  # fmt: skip
    keep.add_picture(image, {done.name: done.data}, WORKER, {choosing.ORIGINAL: original})
    memory.forget(number)


def _seed(row: PictureRun, told: int | None, number: int) -> int | None:
    """The seed of a picture: what the service says, else what it was asked for, where its model takes seeds."""
    if told is not None:
        return told
    return int(row.settings["seed"]) + number if provider.model(row.provider, row.settings["model"]).seeds else None


def _share(row: PictureRun) -> dict[str, Any]:
    """Of the estimate, what one picture comes to."""
    amount, n = row.estimate.get("amount"), int(row.settings["n"])
    return {**row.estimate, "amount": None if amount is None else round(amount / n, 6)}


def _title(row: PictureRun) -> str:
    if row.post_id:
        try:
            return review.get(row.post_id).title or row.prompt[:80]
        except NotFound:
            pass
    return row.prompt[:80]


def _said(row: PictureRun, memory: Remembered) -> str:
    """In the end: nothing to say, or what is missing and why. Raises Invalid where nothing came at all."""
    refused = [str(why) for why in (memory.recall().get("refused") or {}).values()]
    missing, wanted = _missing(row, memory), len(pictures.wanted(row))
    if len(refused) == wanted:
        raise Invalid(refused[0], "Change the prompt, then ask again. A card needs no image model.")
    if len(missing) == wanted - len(refused):
        raise Unavailable(
            f"{provider.get(row.provider).TITLE} answered without a picture.", "Ask again a little later."
        )
    parts = [f"{len(refused)} of {wanted} did not come: {refused[0]}"] if refused else []
    return " ".join([*parts, *([f"{len(missing)} of {wanted} did not come."] if missing else [])])


# ---- what it tells and hears ---------------------------------------------------------------------------------


def _note(run_id: str) -> provider.Note:
    """How far it is, into the intent, not more often than people look."""
    last = [0.0]

    def note(done: int, total: int, said: str) -> None:
        if time.monotonic() - last[0] >= EVERY or done >= total:
            last[0] = time.monotonic()
            with store.writing(WORKER) as tx:
                intents.progress(tx, run_id, done, max(1, total), said)

    return note


def _stop(run_id: str) -> provider.Stop:
    """Whether a person asked to stop. Raises WorkerStops where the worker is being stopped: the step is done again."""
    last, said = [0.0], [False]

    def stop() -> bool:
        process.leaving()
        if time.monotonic() - last[0] >= EVERY:
            last[0] = time.monotonic()
            with store.reading() as tx:
                said[0] = pictures.asked_to_stop(tx, run_id)
        return said[0]

    return stop
