"""Pictures made on this machine by diffusers, in a process of its own. Nothing leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from core.errors import Cancelled, TimbreError, Unavailable
from core.images import diffusion_base, lora_files, resident
from core.images.diffusion_base import Base
from core.images.provider import Ability, Ask, Cost, Health, Made, Memory, Model, Note, Stop
from core.train import machine, process
from core.train.follow import progress

NAME: Final = "diffusers"
TITLE: Final = "This machine"
CHILD: Final = "core.images.diffusion_child"
ASK: Final = "ask.json"
STEPS: Final = (5, 30, 100)
GUIDANCE: Final = {"sdxl": 5.0, "sd15": 7.5}
LONGEST: Final = 350
"""Characters of a prompt: the model reads 77 tokens of it, about so much English."""
PNG: Final = b"\x89PNG"
MEGABYTE: Final = 1_000_000


def describe() -> Ability:
    """The model that is set up; never raises."""
    try:
        base = diffusion_base.configured()
    except TimbreError:
        return Ability((), "An image model on your own machine.", local=True)
    model = Model(base.title, f"{base.title} ({diffusion_base.TITLES[base.kind]})", negative=True, adapters=True,
                  reference=True, steps=STEPS, longest=LONGEST)  # fmt: skip
    slow = "" if machine.here().card else " Without a graphics card a picture takes minutes."
    return Ability((model,), f"Nothing leaves this machine.{slow}", local=True)


def probe() -> Health:
    """Whether the model is there and fits into memory."""
    try:
        base = diffusion_base.configured()
        fitting(base)
    except TimbreError as error:
        return Health(False, error.message, error.hint)
    return Health(True)


def price(_: Ask) -> Cost:
    """Nothing but the machine's own time."""
    return Cost(0.0, "", "made on this machine: no price a picture")


def make(ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterator[Made]:
    """Every missing variant, by a process of its own; after a restart it goes on with what is missing."""
    base = diffusion_base.configured()
    wide, high = diffusion_base.size_for(base, ask.width, ask.height)
    one = {
        "prompt": ask.prompt,
        "negative": ask.negative,
        "width": wide,
        "height": high,
        "steps": ask.steps or STEPS[1],
        "guidance": GUIDANCE[base.kind] if ask.guidance is None else ask.guidance,
        "scale": ask.adapter_scale,
        "reference": str(ask.reference) if ask.reference else "",
        "strength": ask.strength,
    }
    wanted = [{**one, "file": f"{number}.png", "seed": ask.seed + number} for number in ask.numbers]
    folder = memory.folder()
    ended: TimbreError | None = None
    try:
        run(folder, base, wanted, ask.adapter, note, stop)
    except TimbreError as error:
        ended = error  # what was made until then is kept
    shared = {name: one[name] for name in ("width", "height", "steps", "guidance")}
    shared |= {"model": base.title, "kind": base.kind, "dtype": _dtype(folder)}
    shared |= {"adapter_scale": ask.adapter_scale} if ask.adapter else {}
    for number, each in zip(ask.numbers, wanted, strict=True):
        if ended is None or (folder / str(each["file"])).is_file():
            data, refused = read(folder / str(each["file"]))
            yield Made(data, number, int(str(each["seed"])), shared, refused)
    if ended is not None:
        raise ended


def _dtype(folder: Path) -> str:
    """The numbers' type that the last process in a folder was asked to work in; "" where there was none."""
    try:
        return str(json.loads((folder / ASK).read_text(encoding="utf8"))["dtype"])
    except (OSError, ValueError, KeyError):
        return ""


def run(
    folder: Path, base: Base, wanted: Sequence[dict[str, Any]], adapter: Path | None, note: Note, stop: Stop
) -> None:
    """Have the process make these pictures in a folder, `file` each.

    A picture is {file, prompt, negative, width, height, steps, guidance, seed, scale, reference, strength}. Those that
    lie there already stay. Raises Unavailable (memory, model), Invalid (adapter), StorageError, Cancelled.
    """
    if adapter is not None:
        lora_files.facts(adapter)  # says what is wrong with it before anything is loaded
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "progress.json").unlink(missing_ok=True)

    def waiting() -> None:
        note(0, 0, "Waiting: this machine trains, or makes other pictures")
        _heard(stop)

    with process.device("cuda" if machine.here().card else "cpu", waiting):
        device, dtype = fitting(base, max(int(one["width"]) * int(one["height"]) for one in wanted))
        loads = {"base": str(base.folder), "device": device, "dtype": dtype, "adapter": str(adapter) if adapter else ""}
        (folder / ASK).write_text(json.dumps({**loads, "pictures": list(wanted)}), encoding="utf8")
        key = json.dumps([loads, _stamps(base, adapter)])
        code = resident.follow(device, CHILD, key, folder, _looking(folder, note, stop))
    if code:
        raise _ended(code, progress(folder))


def _stamps(base: Base, adapter: Path | None) -> list[tuple[str, int, int]]:
    """What tells whether the files that a process has loaded are still those that lie there."""
    files = [*base.folder.glob("*/*"), *([adapter] if adapter else [])]
    return sorted((str(file), (about := file.stat()).st_size, about.st_mtime_ns) for file in files)


def read(file: Path) -> tuple[bytes, str]:
    """A picture that was made, or why it was refused. Raises Unavailable where there is neither."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Unavailable("A picture that was made cannot be read.", "Ask for it again.") from error
    return (data, "") if data.startswith(PNG) else (b"", data.decode("utf8", "replace"))


def fitting(base: Base, pixels: int = 0) -> tuple[str, str]:
    """Device and type of numbers with which this model works here now: on a card 16 bits, else 32 where they fit.

    A card's memory is looked at by the process itself, which then keeps parts of the model outside of it.
    Raises Unavailable where memory is not enough.
    """
    if machine.here().card:
        return "cuda", "bfloat16" if base.kind == "sdxl" else "float16"
    pixels = pixels or base.side**2
    free = psutil.virtual_memory().available + resident.held("cpu")  # which gives way, or has it loaded already
    for name, size in (("float32", 4), ("bfloat16", 2)):
        if free >= base.needs(pixels, size):
            return "cpu", name
    raise Unavailable(
        f"{base.title} needs about {base.needs(pixels, 2) / MEGABYTE:,.0f} MB of memory; {free / MEGABYTE:,.0f} MB are "
        "free now. Nothing was begun.",
        "Close other programs, or use a smaller image model (TIMBRE_DIFFUSION_MODEL).",
    )


def _looking(folder: Path, note: Note, stop: Stop) -> Callable[[], None]:
    def look() -> None:
        said = progress(folder)
        note(int(said.get("step") or 0), int(said.get("steps") or 0), str(said.get("message") or "Making pictures"))
        _heard(stop)

    return look


def _heard(stop: Stop) -> None:
    if stop():
        raise Cancelled("Stopped, as you asked.", "")


def _ended(code: int, said: dict[str, Any]) -> TimbreError:
    """Why the process ended, in words."""
    if said.get("phase") == "failed" and said.get("message"):
        return Unavailable(str(said["message"]), str(said.get("hint") or ""))
    if code == process.OUT_OF_MEMORY:
        return Unavailable(
            "The system ended the process that makes pictures, most likely because memory ran out.",
            "Close other programs, or use a smaller image model (TIMBRE_DIFFUSION_MODEL).",
        )
    return Unavailable(f"The process that makes pictures stopped (code {code}).", "Ask for the pictures again.")
