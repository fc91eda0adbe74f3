"""Language models, a provider a file. Asking which one is active loads nothing; only the worker generates.

`model` is always said as TIMBRE_LLM says it (`embedded`, `ollama/NAME`, `openai/NAME`); "" is what that setting says.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from core.config import settings
from core.errors import Cancelled, Invalid, Unavailable
from core.llm.costs import Cost, Spent, cost, spent
from core.llm.model import Completion, Health, Lora, Model, Piece, Provider, Request, Stop
from core.llm.said import visible

__all__ = [
    "Completion",
    "Cost",
    "Health",
    "Lora",
    "Model",
    "Piece",
    "Request",
    "Spent",
    "active",
    "complete",
    "cost",
    "known",
    "parallel",
    "probe",
    "pull",
    "require",
    "spent",
    "warm",
]

PROVIDERS = {
    "embedded": "core.llm.embedded",
    "ollama": "core.llm.ollama",
    "openai": "core.llm.openai",
}
"""A provider is one file and its line here."""
OnText = Callable[[int, str], None]


def active(model: str = "") -> Model:
    """The model of that name. Loads and asks nothing. Raises Invalid where it names no provider."""
    provider, name = _chosen(model)
    return provider.describe(name)


def known() -> list[str]:
    """The models that can be chosen now, the one of the settings first. Answers within a second, never raises."""
    from core.llm.listing import known as listed

    return listed()


def probe(provider: str) -> Health:
    """Whether a provider can be used now; answers within a few seconds."""
    return _provider(provider).probe()


def pull(name: str, progress: Callable[[int, int, str], None], stop: Stop = lambda: False) -> None:
    """Have Ollama fetch a model; `progress(bytes done, bytes known of, what it does)`.

    Raises Invalid (the name), Unavailable, or Cancelled once `stop()` says so; what has come stays with Ollama.
    """
    from core.llm import ollama

    ollama.pull(name, progress, stop)


def warm(model: str = "") -> None:
    """Load what the model needs before the first call, where it runs in this process. Raises Unavailable."""
    load = getattr(_chosen(model)[0], "warm", None)
    if load is not None:
        load()


def require(model: str = "") -> None:
    """Raise Unavailable at once where the model cannot work, as far as that is known without asking anyone."""
    check = getattr(_chosen(model)[0], "require", None)
    if check is not None:
        check()


def parallel(model: str = "") -> int:
    """How many calls of the model are worth having in flight at once; a server that can say so is asked."""
    provider, _ = _chosen(model)
    ask = getattr(provider, "slots", None)
    return provider.PARALLEL if ask is None else int(ask())


def complete(
    request: Request, stop: Stop = lambda: False, on_text: OnText | None = None, model: str = ""
) -> Completion:
    """Run one request to its end; `on_text(candidate, text so far)` hears every piece. What a model thinks aloud
    (`<think>`) is no part of the text.

    Raises Unavailable, or Cancelled once `stop()` says so (looked at between tokens and at least 10 times a second);
    Invalid for adapters that the model cannot apply: a text without them would only look as if it had them.
    """
    provider, name = _chosen(model)
    if request.adapters and not getattr(provider, "ADAPTERS", False):
        raise Invalid(
            f"{provider.describe(name).id} applies no adapters of Timbre's; nothing was written.",
            "Export the adapter for that server and choose the model it is served as, or write with the built-in one.",
        )
    made = provider.describe(name).id
    several = getattr(provider, "several", None)
    if request.n == 1 or (provider.MANY if several is None else several()):
        return _collect(provider, name, request, stop, on_text, made)
    failed = threading.Event()

    def one(number: int) -> Completion:
        try:
            return _collect(
                provider, name, request.one(number), lambda: failed.is_set() or stop(), _shifted(on_text, number), made
            )
        except BaseException:
            failed.set()  # the others need not go on
            raise

    with ThreadPoolExecutor(min(request.n, parallel(model))) as pool:
        waiting = [pool.submit(one, number) for number in range(request.n)]
    errors = [error for w in waiting if (error := w.exception()) is not None]
    if errors:
        raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])
    parts = [w.result() for w in waiting]
    return Completion(
        [p.texts[0] for p in parts],
        [p.fluency[0] for p in parts],
        sum(p.tokens_in for p in parts),
        sum(p.tokens_out for p in parts),
        made,
    )


def _collect(
    provider: Provider, name: str, request: Request, stop: Stop, on_text: OnText | None, model: str
) -> Completion:
    texts, sums, counts = [""] * request.n, [0.0] * request.n, [0] * request.n
    tokens_in = tokens_out = 0
    for piece in provider.stream(name, request, stop):
        tokens_in, tokens_out = max(tokens_in, piece.tokens_in), max(tokens_out, piece.tokens_out)
        if piece.text or piece.logprob is not None:
            texts[piece.index] += piece.text
            if piece.logprob is not None:
                sums[piece.index] += piece.logprob
                counts[piece.index] += 1
            if on_text is not None:
                on_text(piece.index, visible(texts[piece.index]))
    said = [visible(text) for text in texts]
    if any(texts) and not any(said):
        raise Unavailable(
            f"{model} used all of its {request.max_tokens:,} tokens to think aloud and wrote no text.",
            "Choose a model that does not think aloud, or switch its thinking off at its server.",
        )
    fluency = [s / c if c else None for s, c in zip(sums, counts, strict=True)]
    return Completion(said, fluency, tokens_in, tokens_out, model)


def _shifted(on_text: OnText | None, by: int) -> OnText | None:
    return None if on_text is None else lambda index, text: on_text(index + by, text)


def _chosen(model: str) -> tuple[Provider, str]:
    wanted = model or settings().timbre_llm
    kind, _, name = wanted.partition("/")
    if kind not in PROVIDERS:
        raise Invalid(
            f"{'The model ' if model else 'TIMBRE_LLM='}{wanted} names no provider.",
            "Choose embedded, ollama/MODEL or openai/MODEL."
            if model
            else "Set it to embedded, ollama/MODEL or openai/MODEL, then start Timbre again.",
        )
    return _provider(kind), name


def _provider(kind: str) -> Provider:
    if kind not in PROVIDERS:
        raise Unavailable(f"There is no provider {kind}.", f"There are: {', '.join(PROVIDERS)}.")
    return cast(Provider, importlib.import_module(PROVIDERS[kind]))
