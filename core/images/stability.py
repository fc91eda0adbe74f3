"""Stability's image models over REST (v2beta): Core, Ultra and Stable Diffusion 3.5. STABILITY_API_KEY.

Fields and answers: https://platform.stability.ai/docs/api-reference; one call makes one picture, and has no name by
which it could be found again. Numbers that Stability may change stand in `MODELS` and nowhere else.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.config import settings
from core.errors import Denied, Invalid, TimbreError, Unavailable
from core.images import remote
from core.images.provider import Ability, Ask, Cost, Health, Made, Memory, Model, Note, Stop
from core.images.remote import Answer
from core.llm.wire import Refused, Server

NAME, TITLE = "stability", "Stability"
CREDIT = 0.01
"""US dollars of one credit."""
SECONDS = 180.0
"""For one picture; Ultra takes up to a minute."""
SEEDS = 4_294_967_294
"""The largest seed. 0 would mean: any."""
ASPECTS = ("4:5", "1:1", "16:9", "5:4", "3:2", "2:3", "9:16", "21:9", "9:21")
SENT = "sent"
"""What is remembered while a request is out."""


@dataclass(frozen=True)
class _Way:
    """How a model is asked: its path, its name in the form (sd3 has several), credits of a picture."""

    path: str
    credits: float
    form: str = ""


def _model(id_: str, title: str, negative: bool = True, reference: bool = False) -> Model:
    return Model(id_, title, ASPECTS, negative=negative, reference=reference)


MODELS: dict[str, tuple[Model, _Way]] = {
    "core": (_model("core", "Stable Image Core: quick"), _Way("core", 3)),
    "ultra": (_model("ultra", "Stable Image Ultra: the most detailed", reference=True), _Way("ultra", 8)),
    "sd3.5-large": (
        _model("sd3.5-large", "Stable Diffusion 3.5 Large", reference=True),
        _Way("sd3", 6.5, "sd3.5-large"),
    ),
    "sd3.5-large-turbo": (
        _model("sd3.5-large-turbo", "Stable Diffusion 3.5 Large Turbo", negative=False, reference=True),
        _Way("sd3", 4, "sd3.5-large-turbo"),
    ),
    "sd3.5-medium": (
        _model("sd3.5-medium", "Stable Diffusion 3.5 Medium", reference=True),
        _Way("sd3", 3.5, "sd3.5-medium"),
    ),
}


def server() -> Server:
    """Where Stability answers, with the key."""
    return Server(
        settings().stability_base_url.rstrip("/"),
        TITLE,
        "Check STABILITY_BASE_URL, and that you are online.",
        settings().stability_api_key,
        setting="STABILITY_API_KEY",
    )


def describe() -> Ability:
    """Its models."""
    return Ability(
        tuple(model for model, _ in MODELS.values()),
        "The prompt, and a picture to begin from, go to Stability; each picture costs credits.",
    )


def probe() -> Health:
    """Whether there is a key."""
    if settings().stability_api_key is None:
        return Health(False, "There is no key for Stability.", "Set STABILITY_API_KEY, then start Timbre again.")
    return Health(True, f"Pictures are made by {server().host}.")


def price(ask: Ask) -> Cost:
    """Credits of all pictures, in dollars."""
    each = _way(ask)[1].credits
    how = f"{each:g} credits a picture, a credit is ${CREDIT:.2f} (Stability's published prices)."
    return Cost(round(each * ask.n * CREDIT, 4), "USD", how)


def make(ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterator[Made]:
    """One picture after the other. Raises Denied, Invalid, Unavailable or Cancelled."""
    if not probe().ready:
        raise Denied(probe().why, probe().hint)
    return one_by_one(ask, note, memory, lambda number: _one(ask, number, stop))


def one_by_one(ask: Ask, note: Note, memory: Memory, one: Callable[[int], Made]) -> Iterator[Made]:
    """Each picture as `one(number)` makes it; that a request is out is remembered, as it cannot be found again.

    Raises Unavailable where one went out before a worker was killed, and its end was never seen.
    """
    out = memory.recall().get(SENT)
    if out in ask.numbers:
        memory.remember({SENT: None})
        raise unseen(f"Timbre was stopped while Stability made a picture (number {out + 1}).")
    for done, number in enumerate(ask.numbers):
        note(done, ask.n, f"Stability makes picture {done + 1} of {ask.n}")
        memory.remember({SENT: number})
        try:
            made = one(number)
        except TimbreError:  # refused, or stopped by a person: nothing is out any more
            memory.remember({SENT: None})
            raise
        yield made
        memory.remember({SENT: None})


def unseen(what: str) -> Unavailable:
    """It is not known whether a picture was made."""
    return Unavailable(
        f"{what} Whether it was finished, and charged for, is not known; it was not asked for again by itself.",
        "Your balance stands at platform.stability.ai. Ask again if you want the picture.",
    )


def _one(ask: Ask, number: int, stop: Stop) -> Made:
    here, (model, way) = server(), _way(ask)
    path = f"/v2beta/stable-image/generate/{way.path}"
    seed = seed_of(ask, number)
    try:
        answer = remote.call(
            here,
            "POST",
            path,
            stop,
            seconds=SECONDS,
            later=(429,),  # any other refusal may come after the work was done
            headers={"Accept": "image/*", "stability-client-id": "timbre"},
            data=_fields(ask, model, way, seed),
            files=_files(ask, model),
        )
        return _made(answer, ask, model, number, seed)
    except Refused as error:
        if _moderated(error):
            words = "Stability's content check refused this prompt, so no picture was made. Put it in other words."
            return Made(b"", number, seed, _kept(model, ask), refused=words)
        raise remote.explained(error, here) from None
    except remote.UNSEEN:
        raise unseen("Stability took the request for a picture and gave no answer.") from None
    except remote.EXPECTED as error:
        raise remote.explained(error, here) from None


def _fields(ask: Ask, model: Model, way: _Way, seed: int) -> dict[str, str]:
    fields = {"prompt": ask.prompt, "seed": str(seed), "output_format": "png"}
    if way.form:
        fields["model"] = way.form
    if ask.negative and model.negative:
        fields["negative_prompt"] = ask.negative
    if ask.reference is not None and model.reference:
        fields["strength"] = f"{min(1.0, max(0.0, ask.strength)):g}"
        return fields | ({"mode": "image-to-image"} if way.path == "sd3" else {"aspect_ratio": _aspect(ask)})
    return fields | {"aspect_ratio": _aspect(ask)}


def _files(ask: Ask, model: Model) -> dict[str, Any]:
    """The form is multipart even where nothing is attached: without a file httpx would send it url-encoded."""
    if ask.reference is None or not model.reference:
        return {"none": (None, "")}
    try:
        data = ask.reference.read_bytes()
    except OSError:
        raise Invalid("The picture to begin from is not there any more.", "Choose another one.") from None
    return {"image": ("image", data, f"image/{remote.kind(data) or 'png'}")}


def _aspect(ask: Ask) -> str:
    if ask.aspect in ASPECTS:
        return ask.aspect
    wanted = ask.width / ask.height
    return min(ASPECTS, key=lambda one: abs(int(one.split(":")[0]) / int(one.split(":")[1]) - wanted))


def seed_of(ask: Ask, number: int) -> int:
    """The seed of picture `number`: 1 to SEEDS."""
    return (ask.seed + number - 1) % SEEDS + 1


def _made(answer: Answer, ask: Ask, model: Model, number: int, seed: int) -> Made:
    """The picture, in whichever of its two forms it came. Raises ValueError for what is none."""
    data, ended = answer.body, answer.headers.get("finish-reason", "")
    used = answer.headers.get("seed", "")
    if answer.headers.get("content-type", "").startswith("application/json"):
        told = answer.json()
        data = base64.b64decode(str(told.get("image") or ""), validate=True)
        ended, used = str(told.get("finish_reason") or ended), str(told.get("seed") or used)
    settled = int(used) if used.isdigit() else seed
    kept = _kept(model, ask) | {"request": answer.headers.get("x-request-id", "")[:80]}
    if ended == "CONTENT_FILTERED":
        words = "Stability's content check withheld this picture. Put the prompt in other words, or take another seed."
        return Made(b"", number, settled, kept, refused=words)
    if not remote.kind(data):
        raise ValueError("no picture")
    each = _way(ask)[1].credits
    return Made(data, number, settled, kept, cost=Cost(each * CREDIT, "USD", f"{each:g} credits"))


def _kept(model: Model, ask: Ask) -> dict[str, Any]:
    return {"service": "stability v2beta", "model": model.id, "aspect": _aspect(ask)}


def _moderated(error: Refused) -> bool:
    return error.status in (400, 403, 422) and "content_moderation" in remote.said(error.body)[1]


def _way(ask: Ask) -> tuple[Model, _Way]:
    found = MODELS.get(ask.model or "core")
    if found is None:
        raise Invalid(f"Stability has no model {ask.model}.", f"There are: {', '.join(MODELS)}.")
    return found
