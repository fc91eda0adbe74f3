"""fal's portrait trainer: photos and captions go there as a zip, the weights come home, what lies there is shut off.

Fields: https://fal.ai/models/fal-ai/flux-lora-portrait-trainer/api. It is followed by asking, not by a webhook: Timbre
has no address that fal could call.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import settings
from core.errors import Invalid, TimbreError
from core.images import diffusion_base, elsewhere, fal_files, fal_queue, remote
from core.images.fal_files import Copies, Copy, Noted
from core.images.fal_queue import Ticket
from core.images.provider import Cost, Health, Memory, Note, Stop
from core.llm.wire import Refused

MODEL = "fal-ai/flux-lora-portrait-trainer"
EVERY = (2.0, 10.0)
"""Seconds between two looks at the queue."""
PHOTOS_KEPT = 86_400
"""Seconds until fal deletes the photos by itself; they are shut off as soon as they are not needed."""
WEIGHTS_KEPT = 7 * 86_400
"""The same of the weights, which are paid for: this machine may be off for some days."""
LARGEST = 2_000_000_000
"""Bytes of weights."""
REQUEST_KEPT = 30 * 86_400
"""The same of a request's words (fal's own term for all requests): where the photos lay, the steps, the trigger."""
AGAIN = (2.0, 10.0, 60.0)
"""Seconds before each further try to fetch the weights."""
FEWEST = 1000
"""Steps that are charged at least."""
STEPS, RATES = (1, 10_000), (1e-6, 1e-3)
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_STEP = re.compile(r"(\d+)\s*/\s*(\d+)")
purge = fal_files.purge


@dataclass(frozen=True)
class Plan:
    """How fal trains. `trigger` is the made-up word that stands for the person."""

    trigger: str
    steps: int = 2500
    rate: float = 0.00009
    crop: bool = True
    """fal cuts each photo to the person."""
    masks: bool = False
    """It learns from the person alone, not from what is around."""
    multiresolution: bool = True

    def body(self, photos: str) -> dict[str, Any]:
        """As the trainer takes it."""
        return {
            "images_data_url": photos,
            "trigger_phrase": self.trigger,
            "learning_rate": min(RATES[1], max(RATES[0], self.rate)),
            "steps": min(STEPS[1], max(STEPS[0], self.steps)),
            "multiresolution_training": self.multiresolution,
            "subject_crop": self.crop,
            "create_masks": self.masks,
            "data_archive_format": "zip",
        }


def probe() -> Health:
    """Whether there is a key."""
    return fal_queue.probe()


def price(steps: int) -> Cost:
    """By TIMBRE_PRICE_FAL_TRAINING, which is for 1,000 steps: the fewest that fal charges."""
    each, currency = settings().timbre_price_fal_training, settings().timbre_price_currency
    if each is None:
        return Cost(None, currency, "Not known here: see fal.ai/pricing, and set TIMBRE_PRICE_FAL_TRAINING.")
    charged = max(FEWEST, steps)
    return Cost(round(each * charged / 1000, 4), currency, f"{charged:,} steps, {each:g} {currency} for 1,000.")


def train(
    folder: Path,
    plan: Plan,
    into: Path,
    note: Note,
    stop: Stop,
    memory: Memory,
    noted: Noted,
    log: Callable[[str], None] | None = None,
) -> Path:
    """Train from the photos in `folder` (NAME.jpg, .png or .webp, captions in NAME.txt); the weights come to `into`.

    Taken up again (after a kill, or after a fault that may pass), it goes on with the same request and pays nothing
    twice. Once it is over, however it ended, what lies with fal is shut off.
    `stop` may raise Denied, for consent that was withdrawn: that is as final as a wish to stop.
    Raises Denied, Invalid, Unavailable, StorageError or Cancelled (after fal was told).
    """
    fal_queue.require()
    copies = Copies(memory, noted)
    try:
        ticket = _request(folder, plan, note, stop, memory, copies)
        try:
            _wait(ticket, plan, note, stop, log)
            copies.shut("photos")  # it has read them
            _home(ticket, into, note, stop, copies)
        except TimbreError as error:
            if fal_queue.final(error):
                fal_queue.cancel(ticket)
                memory.remember({"request": None})
            raise
    except TimbreError:
        if not isinstance(memory.recall().get("request"), Mapping):  # else it can go on: what is paid for is kept
            memory.remember({"request": None})
            copies.shut()
        raise
    copies.shut()
    memory.remember({"request": None})
    return into


# ---- inside --------------------------------------------------------------------------------------------------


def _request(folder: Path, plan: Plan, note: Note, stop: Stop, memory: Memory, copies: Copies) -> Ticket:
    """The request that is there already, or a new one."""
    known = memory.recall().get("request")
    if isinstance(known, Mapping):
        return Ticket.restored(known)
    if known is not None:
        raise fal_queue.unseen()
    photos = _sent(folder, note, stop, memory, copies)
    note(0, plan.steps, "Handing it to fal")
    memory.remember({"request": "out"})
    ticket = fal_queue.submit(MODEL, plan.body(photos), WEIGHTS_KEPT, stop)
    memory.remember({"request": ticket.record()})
    copies.add(Copy.made("request", ticket.id, REQUEST_KEPT))
    return ticket


def _sent(folder: Path, note: Note, stop: Stop, memory: Memory, copies: Copies) -> str:
    note(0, 0, "Sending the photos to fal")
    archive = memory.folder() / "photos.zip"
    try:
        with elsewhere.full_disk():
            pack(folder, archive)
        return fal_files.send(archive, "application/zip", "photos", PHOTOS_KEPT, stop, copies.add).what
    finally:
        with contextlib.suppress(OSError):
            archive.unlink(missing_ok=True)


def pack(folder: Path, archive: Path) -> None:
    """Put photos and their captions into a zip, under plain names, always the same bytes. Raises Invalid for none."""
    photos = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
    if not photos:
        raise Invalid("There are no photos to train from; nothing was sent.", "Add photos, then start again.")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        archive.chmod(0o600)
        for number, photo in enumerate(photos, start=1):
            _put(packed, f"{number:03d}{photo.suffix.lower()}", photo.read_bytes())
            caption = photo.with_suffix(".txt")
            if caption.is_file():
                _put(packed, f"{number:03d}.txt", caption.read_bytes())


def _put(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name), data)


def _wait(ticket: Ticket, plan: Plan, note: Note, stop: Stop, log: Callable[[str], None] | None) -> None:
    seen, done = 0, 0
    try:
        for state in fal_queue.follow(ticket, stop, EVERY):
            for line in state.lines[seen:]:
                done = _steps(line, plan.steps, done)
                if log is not None:
                    log(line)
            seen = max(seen, len(state.lines))
            note(done, plan.steps, fal_queue.waiting(state) or "fal trains")
    except Refused as error:
        raise _failed(error) from None


def _failed(error: Refused) -> TimbreError:
    if fal_queue.withheld(error):
        return Invalid(
            "fal's content check refused these photos; nothing came of it.", "Take others, then start again."
        )
    return fal_queue.failed(error)


def _steps(line: str, total: int, done: int) -> int:
    """How far a line of the log says that it is."""
    found = [int(at) for at, of in _STEP.findall(line) if int(of) == total]
    return max(done, min(total, found[-1])) if found else done


def _home(ticket: Ticket, into: Path, note: Note, stop: Stop, copies: Copies) -> None:
    """Fetch the weights, and look whether they are whole."""
    note(0, 0, "Fetching the weights")
    try:
        told = fal_queue.result(ticket, stop)
        for kind, name in (("settings", "config_file"), ("weights", "diffusers_lora_file")):
            if there := str((told.get(name) or {}).get("url") or ""):
                copies.add(Copy.made(kind, there, WEIGHTS_KEPT))
        weights = str(told["diffusers_lora_file"]["url"])
    except Refused as error:
        raise _failed(error) from None
    except remote.EXPECTED as error:
        raise remote.explained(error, fal_queue.queue(), _LATER) from None
    _fetch(weights, into, stop)
    _whole(into)


_LATER = "The training is done, its weights still lie there."


def _fetch(url: str, into: Path, stop: Stop) -> None:
    for wait in (*AGAIN, None):
        try:
            elsewhere.get_file(url, fal_queue.own(), into, LARGEST, stop)
            return
        except remote.EXPECTED as error:
            if isinstance(error, Refused) and error.status in (403, 404, 410):
                raise fal_queue.lost(
                    "fal does not have the weights any more; nothing came home.", "Train it again."
                ) from None
            if wait is None:
                raise remote.explained(error, fal_queue.queue(), _LATER) from None
        remote.pause(wait, stop)


def _whole(file: Path) -> None:
    """Raises Unavailable, and takes the file away, where it is no whole file in safetensors."""
    try:
        table = diffusion_base.header(file)
        ends = [int(row["data_offsets"][1]) for name, row in table.items() if name != "__metadata__"]
        with file.open("rb") as opened:
            start = 8 + int.from_bytes(opened.read(8), "little")
        if ends and start + max(ends) == file.stat().st_size:
            return
    except (Invalid, OSError, KeyError, TypeError, ValueError):
        pass
    file.unlink(missing_ok=True)
    raise fal_queue.lost(
        "What fal sent as weights is no whole file in safetensors; it was not kept.", "Train it again."
    )
