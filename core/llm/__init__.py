"""Language models, a provider a file. Asking which one is active loads nothing; only the worker generates."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from core.config import settings
from core.errors import Invalid, Unavailable
from core.llm.model import Completion, Health, Model, Piece, Provider, Request, Stop

__all__ = [
    "Completion",
    "Health",
    "Model",
    "Piece",
    "Request",
    "active",
    "complete",
    "parallel",
    "probe",
    "require",
    "warm",
]

PROVIDERS = {
    "embedded": "core.llm.embedded",
    "ollama": "core.llm.ollama",
    "openai": "core.llm.openai",
}
"""A provider is one file and its line here."""
OnText = Callable[[int, str], None]


def active() -> Model:
    """The model that TIMBRE_LLM names. Loads and asks nothing. Raises Invalid where the setting names no provider."""
    provider, name = _chosen()
    return provider.describe(name)


def probe(provider: str) -> Health:
    """Whether a provider can be used now; answers within a few seconds."""
    return _provider(provider).probe()


def warm() -> None:
    """Load what the active model needs before the first call, where it runs in this process. Raises Unavailable."""
    provider, _ = _chosen()
    load = getattr(provider, "warm", None)
    if load is not None:
        load()


def require() -> None:
    """Say at once where the active model cannot work, as far as that is known without asking anyone."""
    check = getattr(_chosen()[0], "require", None)
    if check is not None:
        check()


def parallel() -> int:
    """How many calls of the active model are worth having in flight at once."""
    return _chosen()[0].PARALLEL


def complete(request: Request, stop: Stop = lambda: False, on_text: OnText | None = None) -> Completion:
    """Run one request to its end; `on_text(candidate, text so far)` hears every piece.

    Raises Unavailable, or Cancelled once `stop()` says so (looked at between tokens and at least 10 times a second).
    """
    provider, name = _chosen()
    model = provider.describe(name).id
    if request.n == 1 or provider.MANY:
        return _collect(provider, name, request, stop, on_text, model)
    with ThreadPoolExecutor(min(request.n, provider.PARALLEL)) as pool:
        parts = list(
            pool.map(
                lambda i: _collect(provider, name, request.one(i), stop, _shifted(on_text, i), model), range(request.n)
            )
        )
    return Completion(
        [p.texts[0] for p in parts],
        [p.fluency[0] for p in parts],
        sum(p.tokens_in for p in parts),
        sum(p.tokens_out for p in parts),
        model,
    )


def _collect(
    provider: Provider, name: str, request: Request, stop: Stop, on_text: OnText | None, model: str
) -> Completion:
    texts, sums, counts = [""] * request.n, [0.0] * request.n, [0] * request.n
    tokens_in = tokens_out = 0
    for piece in provider.stream(name, request, stop):
        tokens_in, tokens_out = tokens_in or piece.tokens_in, tokens_out or piece.tokens_out
        if piece.text or piece.logprob is not None:
            texts[piece.index] += piece.text
            if piece.logprob is not None:
                sums[piece.index] += piece.logprob
                counts[piece.index] += 1
            if on_text is not None:
                on_text(piece.index, texts[piece.index])
    fluency = [s / c if c else None for s, c in zip(sums, counts, strict=True)]
    return Completion(texts, fluency, tokens_in, tokens_out, model)


def _shifted(on_text: OnText | None, by: int) -> OnText | None:
    return None if on_text is None else lambda index, text: on_text(index + by, text)


def _chosen() -> tuple[Provider, str]:
    kind, _, name = settings().timbre_llm.partition("/")
    if kind not in PROVIDERS:
        raise Invalid(
            f"TIMBRE_LLM={settings().timbre_llm} names no provider.",
            "Set it to embedded, ollama/MODEL or openai/MODEL, then start Timbre again.",
        )
    return _provider(kind), name


def _provider(kind: str) -> Provider:
    if kind not in PROVIDERS:
        raise Unavailable(f"There is no provider {kind}.", f"There are: {', '.join(PROVIDERS)}.")
    return cast(Provider, importlib.import_module(PROVIDERS[kind]))
