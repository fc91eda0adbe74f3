"""What is sent to a server that speaks the OpenAI API: from the richest body to the plainest, for it to choose from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from core.llm.model import Request, schema_in_words
from core.llm.wire import Server

OPENAI = "https://api.openai.com/v1"


def bodies(here: Server, name: str, request: Request) -> list[dict[str, Any]]:
    """From the richest to the plainest: a local server's words, OpenAI's words, JSON without a schema, bare."""
    own = urlsplit(here.url).hostname == urlsplit(OPENAI).hostname
    room = {"max_completion_tokens" if own else "max_tokens": request.max_tokens}
    bare = {"model": name or "default", "stream": True, **room}
    usual = {
        **bare,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream_options": {"include_usage": True},
        **({"n": request.n} if request.n > 1 else {}),
        **({"stop": list(request.stop)} if request.stop else {}),
    }
    exact, told = _asked(request, request.prompt), _asked(request, schema_in_words(request))
    form = {"type": "json_object"} if request.json or request.schema else None
    schema = {"type": "json_schema", "json_schema": {"name": "answer", "schema": request.schema, "strict": True}}
    exactly = {"response_format": schema if request.schema else form} if form and not request.raw else {}
    loosely = {"response_format": form} if form and not request.raw else {}
    out = [
        {**usual, **exact, **exactly, **_local(request)},
        {**usual, **exact, **exactly},
        {**usual, **told, **loosely},
        {**bare, **told},
    ]
    if own:
        return out[1:]  # OpenAI's own server refuses what it does not know
    return out


def _asked(request: Request, prompt: str) -> dict[str, Any]:
    if request.raw:
        return {"prompt": prompt}
    system = [{"role": "system", "content": request.system}] if request.system else []
    return {"messages": [*system, {"role": "user", "content": prompt}]}


def _local(request: Request) -> dict[str, Any]:
    """What llama-server and vLLM know beyond OpenAI's words. Thinking aloud is switched off where it can be."""
    out: dict[str, Any] = {
        "min_p": request.min_p,
        "repeat_penalty": request.repeat_penalty,
        "repetition_penalty": request.repeat_penalty,
        "repeat_last_n": request.repeat_last,
        "cache_prompt": True,  # candidates and steps share the beginning of their prompts
    }
    if request.grammar:
        out["grammar"] = request.grammar
    if request.raw and request.schema:
        out["json_schema"] = request.schema
    return out if request.raw else {**out, "chat_template_kwargs": {"enable_thinking": False}}
