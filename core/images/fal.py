"""fal's Flux models through its queue, with a likeness that was trained for Flux where one is chosen. FAL_KEY.

Fields: https://fal.ai/models/fal-ai/flux-lora/api (and flux/dev, flux/schnell). Numbers that fal may change stand in
`MODELS` and nowhere else. Each picture is a request of its own, so that each has its own seed.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import structlog

from core.config import settings
from core.errors import Invalid, TimbreError
from core.images import elsewhere, fal_files, fal_queue, remote
from core.images.fal_files import Copy
from core.images.fal_queue import Ticket
from core.images.provider import Ability, Ask, Cost, Health, Made, Memory, Model, Note, Stop
from core.llm.wire import Refused

NAME, TITLE = "fal", "fal (Flux)"
log = structlog.get_logger()
EVERY = (0.5, 3.0)
"""Seconds between two looks at the queue."""
KEPT = 86_400
"""Seconds for which fal keeps pictures: a stopped worker may be back by then."""
LIKENESS_KEPT = 6 * 3600
"""The same of a likeness that was sent along; it is hidden as soon as the pictures are made."""
AREA, SIDE, GRID = 1_600_000, 1440, 16
"""The most pixels and the longest side that Flux is good at; widths and heights are multiples of GRID."""


MODELS = {
    one.id: one
    for one in (
        Model("fal-ai/flux/dev", "Flux dev", steps=(1, 28, 50), reference=True),
        Model("fal-ai/flux/schnell", "Flux schnell: quick", steps=(1, 4, 12)),
        Model("fal-ai/flux-lora", "Flux dev with a likeness", steps=(1, 28, 50), adapters=True, reference=True),
    )
}
BEGUN = "/image-to-image"
"""What follows a model's path where a picture is begun from another one."""


def describe() -> Ability:
    """Its models."""
    return Ability(
        tuple(MODELS.values()),
        "The prompt, and a likeness or a picture to begin from, go to fal; pictures lie there for a day at an address "
        "that opens to whoever knows it.",
    )


def probe() -> Health:
    """Whether there is a key."""
    return fal_queue.probe()


def price(ask: Ask) -> Cost:
    """By TIMBRE_PRICE_FAL_PICTURE; fal's own prices are by the megapixel and by the model."""
    each, currency = settings().timbre_price_fal_picture, settings().timbre_price_currency
    if each is None:
        return Cost(None, currency, "Not known here: see fal.ai/pricing, and set TIMBRE_PRICE_FAL_PICTURE.")
    return Cost(round(each * ask.n, 4), currency, f"{each:g} {currency} a picture, as TIMBRE_PRICE_FAL_PICTURE says.")


def size(ask: Ask) -> tuple[int, int]:
    """Width and height that are asked for: of the wanted shape, as large as wanted or as Flux is good at."""
    scale = min(1.0, math.sqrt(AREA / (ask.width * ask.height)), SIDE / max(ask.width, ask.height))
    wide, high = (max(GRID, math.ceil(side * scale / GRID) * GRID) for side in (ask.width, ask.height))
    return wide, high


def make(ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterator[Made]:
    """Each picture as soon as it is there. Raises Denied, Invalid, Unavailable or Cancelled.

    What a passing fault leaves with fal stays remembered, and is fetched when this is called again.
    """
    fal_queue.require()
    model = _model_of(ask)
    if ask.adapter is not None and not model.adapters:
        raise Invalid(f"{model.title} cannot apply a trained likeness.", "Choose Flux dev with a likeness.")
    kept = {number: memory.recall().get(_key(number)) for number in ask.numbers}
    tickets = {number: Ticket.restored(one) for number, one in kept.items() if isinstance(one, Mapping)}
    left = list(ask.numbers)
    try:
        while left:  # what fal has already comes first, whatever becomes of the rest
            if not tickets:
                _hand_over(ask, left, tickets, note, stop, memory)
            for number, ticket in list(tickets.items()):
                yield _finished(ask, number, ticket, ask.n - len(left), note, stop)
                del tickets[number]
                left.remove(number)
                memory.remember({_key(number): None})
    except TimbreError as error:
        if fal_queue.final(error) or not tickets:
            for ticket in tickets.values():
                fal_queue.cancel(ticket)
            memory.remember({_key(number): None for number in left})
            _tidy(ask, memory)
        raise
    _tidy(ask, memory)


def _hand_over(
    ask: Ask, numbers: list[int], tickets: dict[int, Ticket], note: Note, stop: Stop, memory: Memory
) -> None:
    """A request for each of these pictures. Raises Unavailable where it is not known whether one went out before."""
    if any(memory.recall().get(_key(number)) for number in numbers):
        raise fal_queue.unseen()
    likeness = _likeness(ask, note, stop, memory)
    for number in numbers:
        note(ask.n - len(numbers), ask.n, "Handing it to fal")
        memory.remember({_key(number): "out"})
        try:
            tickets[number] = fal_queue.submit(_path(ask), _body(ask, number, likeness), KEPT, stop)
        except TimbreError as error:
            if fal_queue.UNKNOWN not in getattr(error, "__notes__", ()):
                memory.remember({_key(number): None})
            raise
        memory.remember({_key(number): tickets[number].record()})


def _key(number: int) -> str:
    return f"request {number}"


def _path(ask: Ask) -> str:
    model = _model_of(ask)
    return model.id + (BEGUN if _begun(ask) else "")


def _begun(ask: Ask) -> Path | None:
    return ask.reference if _model_of(ask).reference else None


def _body(ask: Ask, number: int, likeness: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "prompt": ask.prompt,
        "seed": ask.seed + number,
        "num_images": 1,
        "output_format": "png",
        "enable_safety_checker": True,
    }
    if steps := _model_of(ask).steps:
        least, usual, most = steps
        body["num_inference_steps"] = min(most, max(least, ask.steps or usual))
    if ask.guidance is not None:
        body["guidance_scale"] = ask.guidance
    if likeness:
        body["loras"] = [{"path": likeness, "scale": min(4.0, max(0.0, ask.adapter_scale))}]
    if (begun := _begun(ask)) is not None:
        return body | {"image_url": _inline(begun), "strength": min(1.0, max(0.01, ask.strength))}
    width, height = size(ask)
    return body | {"image_size": {"width": width, "height": height}}


def _inline(file: Path) -> str:
    """A picture inside the request: it is never put at an address."""
    try:
        data = file.read_bytes()
    except OSError:
        raise Invalid("The picture to begin from is not there any more.", "Choose another one.") from None
    return f"data:image/{remote.kind(data) or 'png'};base64,{base64.b64encode(data).decode()}"


def _finished(ask: Ask, number: int, ticket: Ticket, done: int, note: Note, stop: Stop) -> Made:
    """Wait for one request and fetch what it made."""
    seed = ask.seed + number
    kept: dict[str, Any] = {"service": "fal", "model": _path(ask), "request": ticket.id, "size": list(size(ask))}
    try:
        for state in fal_queue.follow(ticket, stop, EVERY):
            note(done, ask.n, fal_queue.waiting(state) or f"fal makes picture {done + 1} of {ask.n}")
        told = fal_queue.result(ticket, stop)
        if any(told.get("has_nsfw_concepts") or ()):
            return Made(b"", number, seed, kept, refused=_WITHHELD)
        if not told.get("images"):
            raise fal_queue.lost("fal made no picture.", "Ask again.")
        data = _fetched(str(told["images"][0]["url"]), stop)
        settled = int(told["seed"]) if isinstance(told.get("seed"), int) else seed
    except Refused as error:
        if fal_queue.withheld(error):
            return Made(b"", number, seed, kept, refused=_WITHHELD)
        raise fal_queue.failed(error) from None
    except remote.EXPECTED as error:
        raise remote.explained(error, fal_queue.queue(), _THERE) from None
    return Made(data, number, settled, kept)


_WITHHELD = "fal's content check withheld this picture. Put the prompt in other words, or take another seed."
_THERE = "What it made lies there for a day."


def _fetched(url: str, stop: Stop) -> bytes:
    if url.startswith("data:"):
        data = base64.b64decode(url.partition(",")[2], validate=True)
    else:
        try:
            data = elsewhere.get(url, fal_queue.own(), stop)
        except Refused as error:
            if error.status in (403, 404, 410):
                raise fal_queue.lost("fal does not have the picture any more.", "Ask again.") from None
            raise
    if not remote.kind(data):
        raise ValueError("no picture")
    return data


def _model_of(ask: Ask) -> Model:
    found = MODELS.get(ask.model or ("fal-ai/flux-lora" if ask.adapter is not None else "fal-ai/flux/dev"))
    if found is None:
        raise Invalid(f"fal has no model {ask.model} that Timbre knows.", f"There are: {', '.join(MODELS)}.")
    return found


# ---- a likeness that goes along ------------------------------------------------------------------------------


def _likeness(ask: Ask, note: Note, stop: Stop, memory: Memory) -> str:
    """Where fal finds the likeness: where it still lies, else it is sent there for some hours."""
    if ask.adapter is None:
        return ""
    for kept in (ask.adapter_remote, memory.recall().get("likeness") or {}):
        if kept.get("what") and not kept.get("hidden") and not Copy.restored(kept).over:
            return str(kept["what"])
    note(0, ask.n, "Sending the likeness to fal")
    sent = fal_files.send(
        ask.adapter,
        "application/octet-stream",
        "weights",
        LIKENESS_KEPT,
        stop,
        lambda one: _lent(ask, memory, replace(one, hidden="not all of it there")),
    )
    _lent(ask, memory, sent)
    return sent.what


def _lent(ask: Ask, memory: Memory, one: Copy) -> None:
    ask.adapter_noted(asdict(one))
    memory.remember({"likeness": asdict(one)})


def _tidy(ask: Ask, memory: Memory) -> None:
    """Hide a likeness that was sent along for this run."""
    if kept := memory.recall().get("likeness"):
        one = Copy.restored(kept)
        if not fal_files.hide(one):
            log.warning("fal: a likeness that was sent along could not be hidden; it expires by itself")
        ask.adapter_noted(asdict(one))
        memory.remember({"likeness": None})
