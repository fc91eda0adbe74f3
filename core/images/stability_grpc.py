"""Stability's older engines over gRPC, through stability-sdk: an optional extra (requirements-stability.txt).

The package is looked for without being imported, and imported only where a picture is made. Its makers send new models
over REST alone: for those see core.images.stability.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

from core.config import settings
from core.errors import Denied, Invalid, TimbreError, Unavailable
from core.images import remote, stability
from core.images.provider import Ability, Ask, Cost, Health, Made, Memory, Model, Note, Stop
from core.llm.wire import Server

NAME, TITLE = "stability_grpc", "Stability (older engines, gRPC)"
SECONDS = 180.0
SDK = "stability_sdk"
_SIZES = {
    "4:5": (896, 1152), "1:1": (1024, 1024), "16:9": (1344, 768), "5:4": (1152, 896), "3:2": (1216, 832),
    "2:3": (832, 1216), "9:16": (768, 1344), "21:9": (1536, 640), "9:21": (640, 1536),
}  # fmt: skip
"""The only sizes that SDXL 1.0 makes there; the nearest for each shape."""
ENGINES = (
    Model(
        "stable-diffusion-xl-1024-v1-0",
        "Stable Diffusion XL 1.0",
        tuple(_SIZES),
        negative=True,
        steps=(10, 30, 50),
        longest=2000,
    ),
)


def describe() -> Ability:
    """Its engines."""
    return Ability(ENGINES, "The prompt goes to Stability; each picture costs credits.")


def probe() -> Health:
    """Whether the package is installed, there is a key, and the way there is shut to others."""
    if importlib.util.find_spec(SDK) is None:
        return Health(
            False,
            "Stability's older engines need a package that is not installed.",
            "Run .venv/bin/pip install -r requirements-stability.txt, then start Timbre again.",
        )
    if settings().stability_api_key is None:
        return Health(False, "There is no key for Stability.", "Set STABILITY_API_KEY, then start Timbre again.")
    host = settings().stability_grpc_host
    if not host.endswith("443") and host.rpartition(":")[0] not in ("localhost", "127.0.0.1", "[::1]"):
        return Health(False, f"{host} would be spoken to in the open.", "Set STABILITY_GRPC_HOST to HOST:443.")
    return Health(True, f"Pictures are made by {host}.")


def price(ask: Ask) -> Cost:  # noqa: ARG001 (every provider has it)
    """Stability publishes no lasting price of its older engines."""
    return Cost(None, "USD", "Not known here: see platform.stability.ai/pricing.")


def make(ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterator[Made]:
    """One picture after the other. Raises Denied, Invalid, Unavailable or Cancelled."""
    if not (health := probe()).ready:
        raise Denied(health.why, health.hint)
    return stability.one_by_one(ask, note, memory, lambda number: _one(ask, number, stop))


def _one(ask: Ask, number: int, stop: Stop) -> Made:
    key = settings().stability_api_key
    sdk: Any = importlib.import_module(f"{SDK}.client")
    engine = _engine(ask)
    inference = sdk.StabilityInference(
        host=settings().stability_grpc_host,
        key=key.get_secret_value().strip() if key else "",
        engine=engine.id,
        wait_for_ready=False,
    )
    calls: list[Any] = []
    generate = inference.stub.Generate

    def timed(request: Any, **how: Any) -> Any:
        calls.append(generate(request, timeout=SECONDS, **how))
        return calls[-1]

    def cut() -> None:
        for call in calls:
            call.cancel()

    inference.stub.Generate = timed  # the client gives no way to stop a call, nor a time by which it must be done
    try:
        return remote.watched(lambda: _read(sdk.generation, inference, ask, engine, number), stop, cut)
    except sdk.grpc.RpcError as error:
        return _failed(error, ask, engine, number)
    except (ValueError, TypeError) as error:
        raise remote.explained(error, _server()) from None


def _read(generation: Any, inference: Any, ask: Ask, engine: Model, number: int) -> Made:
    """The answers as they come: a picture, or that it was filtered."""
    width, height = _size(ask)
    seed = stability.seed_of(ask, number)
    prompts = [generation.Prompt(text=ask.prompt, parameters=generation.PromptParameters(weight=1))]
    if ask.negative:
        prompts.append(generation.Prompt(text=ask.negative, parameters=generation.PromptParameters(weight=-1)))
    least, usual, most = engine.steps or (1, 30, 50)
    steps = min(most, max(least, ask.steps or usual))
    kept = _kept(ask, engine) | {"steps": steps}
    guidance = 7.0 if ask.guidance is None else ask.guidance
    for answer in inference.generate(
        prompt=prompts, width=width, height=height, seed=seed, steps=steps, cfg_scale=guidance, samples=1
    ):
        for artifact in answer.artifacts:
            if artifact.finish_reason == generation.FILTER:
                return Made(b"", number, seed, kept, refused=_FILTERED)
            if artifact.type == generation.ARTIFACT_IMAGE and remote.kind(artifact.binary):
                return Made(bytes(artifact.binary), number, int(artifact.seed) or seed, kept)
    raise ValueError("no picture")


_FILTERED = "Stability's content check withheld this picture. Put the prompt in other words, or take another seed."


def _failed(error: Any, ask: Ask, engine: Model, number: int) -> Made:
    """A failure in words; a refused prompt is an answer. Raises TimbreError."""
    code, words = error.code().name, _server().clean(error.details() or "")
    if code == "INVALID_ARGUMENT" and "prompt" in words.lower() and ("invalid" in words.lower() or "filter" in words):
        refused = "Stability's content check refused this prompt, so no picture was made. Put it in other words."
        return Made(b"", number, stability.seed_of(ask, number), _kept(ask, engine), refused=refused)
    told = f" It says: {words}." if words else ""
    raise _error(code, told)


def _error(code: str, told: str) -> TimbreError:
    if code in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
        return Denied(f"Stability refused the key. Nothing was made.{told}", "Check STABILITY_API_KEY.")
    if code == "RESOURCE_EXHAUSTED":
        return Unavailable(f"Stability has no credits for you, or too many requests.{told}", "Top up, or wait a while.")
    if code in ("INVALID_ARGUMENT", "OUT_OF_RANGE", "FAILED_PRECONDITION"):
        return Invalid(f"Stability cannot use what was asked for.{told}", "Change it, then ask again.")
    if code == "NOT_FOUND":
        return Unavailable(f"Stability does not have this engine any more.{told}", "Use one of its newer models.")
    if code in ("DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "ABORTED", "DATA_LOSS"):
        return stability.unseen(f"Stability did not finish its answer.{told}")
    here = settings().stability_grpc_host
    return Unavailable(f"Nobody answers at {here}, or it broke off.{told}", "Check STABILITY_GRPC_HOST; try again.")


def _server() -> Server:
    return Server(settings().stability_grpc_host, "Stability", "Try again in a while.", settings().stability_api_key)


def _kept(ask: Ask, engine: Model) -> dict[str, Any]:
    return {"service": "stability gRPC", "model": engine.id, "size": list(_size(ask))}


def _engine(ask: Ask) -> Model:
    found = next((one for one in ENGINES if ask.model in ("", one.id)), None)
    if found is None:
        raise Invalid(f"There is no engine {ask.model}.", f"There are: {', '.join(one.id for one in ENGINES)}.")
    return found


def _size(ask: Ask) -> tuple[int, int]:
    wanted = ask.width / ask.height
    return _SIZES.get(ask.aspect) or min(_SIZES.values(), key=lambda size: abs(size[0] / size[1] - wanted))
