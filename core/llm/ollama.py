"""Ollama, wherever OLLAMA_HOST points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.config import settings
from core.errors import Unavailable
from core.llm.model import Health, Model, Piece, Request, Stop, is_small
from core.llm.pump import Put, pump

MANY, PARALLEL = False, 2
CONNECT = 3.0
HINT = "Start Ollama with `ollama serve`, or set TIMBRE_LLM=embedded."


def describe(name: str) -> Model:
    """The model of that name; its size is read off the name, nothing is asked."""
    if not name:
        return Model("ollama", "Ollama", False, "The first model that Ollama lists.")
    small = is_small(name)
    hint = "For better text, pull a model of 7B or more and name it in TIMBRE_LLM." if small else ""
    return Model("ollama", name, small, "Runs in Ollama." + (" A small model." if small else ""), hint)


def probe() -> Health:
    """Which models Ollama has; gives up after three seconds."""
    try:
        names = _models()
    except Unavailable as error:
        return Health(False, error.message, error.hint)
    if not names:
        return Health(False, "Ollama answers, but has no model yet.", "Run `ollama pull qwen2.5:7b`.")
    return Health(True, f"Ollama answers with {len(names)} model{'s' if len(names) > 1 else ''}.", models=names)


def stream(name: str, request: Request, stop: Stop) -> Iterator[Piece]:
    """The answer of Ollama. Raises Unavailable."""

    def work(put: Put) -> None:
        try:
            for part in _answer(name or _first(), request):
                text = part.response if request.raw else (part.message.content or "")
                if put(Piece(text or "")):
                    return
                if part.done:
                    put(Piece(tokens_in=part.prompt_eval_count or 0, tokens_out=part.eval_count or 0))
        except Unavailable:
            raise
        except Exception as error:
            raise _explain(error, name) from error

    return pump(work, stop, request.timeout, "Ollama")


def _answer(name: str, request: Request) -> Iterator[Any]:
    options = {
        "seed": request.seed,
        "temperature": request.temperature,
        "min_p": request.min_p,
        "repeat_penalty": request.repeat_penalty,
        "repeat_last_n": request.repeat_last,
        "num_predict": request.max_tokens,
        "stop": list(request.stop),
    }
    client = _client(request.timeout)
    form = "json" if request.json else None
    if request.raw:
        return client.generate(model=name, prompt=request.prompt, raw=True, stream=True, options=options, format=form)  # type: ignore[no-any-return]
    system = [{"role": "system", "content": request.system}] if request.system else []
    messages = [*system, {"role": "user", "content": request.prompt}]
    return client.chat(model=name, messages=messages, stream=True, options=options, format=form, keep_alive="10m")  # type: ignore[no-any-return]


def _client(timeout: float) -> Any:
    import httpx
    import ollama

    return ollama.Client(host=settings().ollama_host, timeout=httpx.Timeout(timeout, connect=CONNECT))


def _models() -> list[str]:
    try:
        return [m.model for m in _client(CONNECT).list().models if m.model]
    except Exception as error:
        raise _explain(error, "") from error


def _first() -> str:
    names = _models()
    if not names:
        raise Unavailable("Ollama answers, but has no model yet.", "Run `ollama pull qwen2.5:7b`.")
    return names[0]


def _explain(error: Exception, name: str) -> Unavailable:
    status = getattr(error, "status_code", None)
    if status == 404:
        return Unavailable(
            f"Ollama does not have the model {name}.",
            f"Run `ollama pull {name}`, or name another in TIMBRE_LLM.",
        )
    if status is not None and status > 0:
        said = str(getattr(error, "error", ""))[:200]
        return Unavailable(f"Ollama answered with an error ({status}): {said}.", "See Ollama's log.")
    return Unavailable(f"Ollama does not answer at {settings().ollama_host}.", HINT)
