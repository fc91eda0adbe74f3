"""Any server that speaks the OpenAI API: vLLM, llama-server, a hosted one. OPENAI_BASE_URL and OPENAI_API_KEY."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from core.config import settings
from core.errors import Unavailable
from core.llm.model import Health, Model, Piece, Request, Stop, is_small, schema_in_words
from core.llm.pump import Put, pump
from core.llm.wire import FAILURES, Broken, Line, Refused, Server, explain, fetch

MANY, PARALLEL = False, 4
OPENAI = "https://api.openai.com/v1"
ASK = 1.0
"""Seconds that a server has to say how many slots it has; its word holds for a minute."""
UNWANTED = (400, 422)
"""A body that a server does not take: nothing was done, so a plainer one may follow."""
_taken: dict[tuple[str, str, bool, bool], int] = {}
"""How plain a body had to be for this server and model, raw or chat, with a schema or not."""
_slots: dict[str, tuple[float, int]] = {}


def server() -> Server:
    """The server of the settings; OpenAI's own where no address is set."""
    url = (settings().openai_base_url or OPENAI).rstrip("/")
    start = "Start that server, correct OPENAI_BASE_URL, or set TIMBRE_LLM=embedded."
    return Server(url, "the model's server", start, settings().openai_api_key)


def describe(name: str) -> Model:
    """The model of that name; its size is read off the name, nothing is asked."""
    small, where = is_small(name), server().host
    return Model("openai", name or where, small, f"Runs at {where}." + (" A small model." if small else ""))


def require() -> None:
    """Raises Unavailable where neither an address nor a key is set."""
    if settings().openai_base_url is None and settings().openai_api_key is None:
        raise Unavailable(
            "No OpenAI-compatible server is set.", "Set OPENAI_BASE_URL, and OPENAI_API_KEY if it asks for one."
        )


def probe() -> Health:
    """Which models the server has; gives up after five seconds."""
    try:
        require()
        names = models()
    except Unavailable as error:
        return Health(False, error.message, error.hint)
    return Health(True, f"{server().host} answers.", models=names)


def models() -> list[str]:
    """The names of the models that the server has. Raises Unavailable."""
    try:
        return [str(m["id"]) for m in fetch(server(), "/models").get("data", [])]
    except (*FAILURES, Refused) as error:
        raise _explained(error) from None


def slots() -> int:
    """Calls that llama-server takes at once (its /props says so); 4 for one that does not say. At most a second."""
    here = server()
    at, number = _slots.get(here.url, (0.0, 0))
    if not number or time.monotonic() - at > 60:
        found: list[int] = []
        thread = threading.Thread(target=_ask_slots, args=(here, found), daemon=True)
        thread.start()
        thread.join(ASK)
        number = found[0] if found else PARALLEL
        _slots[here.url] = (time.monotonic(), number)
    return number


def _ask_slots(here: Server, found: list[int]) -> None:
    if here.url == OPENAI:
        return
    root = Server(here.url.removesuffix("/v1"), here.who, here.start, here.key)
    try:
        found.append(min(32, max(1, int(fetch(root, "/props", ASK)["total_slots"]))))
    except (*FAILURES, Refused, Unavailable):
        return  # it is no llama-server


def stream(name: str, request: Request, stop: Stop) -> Iterator[Piece]:
    """The server's answer. Raises Unavailable."""
    line = Line(server())

    def work(put: Put) -> None:
        line.alive = lambda: put(Piece())
        try:
            _work(line, name, request, put)
        except (*FAILURES, Refused, Broken) as error:
            raise _explained(error) from None

    return pump(work, stop, request.timeout, "The model's server", line.cut)


def _work(line: Line, name: str, request: Request, put: Put) -> None:
    """Send the richest body that the server takes; a refusal (400, 422) comes before any work."""
    place = (line.server.url, name, request.raw, request.schema is not None)
    bodies = _bodies(line.server, name, request)
    first: Refused | None = None
    for plain in range(min(_taken.get(place, 0), len(bodies) - 1), len(bodies)):
        path = "/completions" if request.raw else "/chat/completions"
        rows = line.rows(path, bodies[plain], request.timeout)
        try:
            _read(rows, request.raw, put)
        except Refused as error:
            first = first or error
            if error.status not in UNWANTED:
                raise
            continue
        _taken[place] = plain
        return
    raise first or AssertionError("there is a body")


def _read(rows: Iterator[bytes], raw: bool, put: Put) -> None:
    ended = any_came = False
    for row in rows:
        data = row.strip().removeprefix(b"data:").strip() if row.startswith(b"data:") else b""
        if data == b"[DONE]":
            return
        if data:
            any_came = True
            said = json.loads(data)
            if put(_piece(said, raw)):
                return
            ended = ended or bool((said.get("choices") or [{}])[0].get("finish_reason"))
    if not any_came:
        raise ValueError("no events")
    if not ended:
        raise Broken


def _piece(data: dict[str, Any], raw: bool) -> Piece:
    if "error" in data:
        error = data["error"]
        raise Refused(500, str(error.get("message", "") if isinstance(error, dict) else error))
    choice = (data.get("choices") or [{}])[0]
    text = choice.get("text") if raw else (choice.get("delta") or {}).get("content")  # never `reasoning_content`
    if isinstance(text, list):  # some give parts: thoughts and text
        text = "".join(str(part.get("text") or "") for part in text if part.get("type") == "text")
    usage = data.get("usage") or {}
    return Piece(
        text or "", tokens_in=int(usage.get("prompt_tokens") or 0), tokens_out=int(usage.get("completion_tokens") or 0)
    )


def _bodies(here: Server, name: str, request: Request) -> list[dict[str, Any]]:
    """From the richest to the plainest: a local server's words, OpenAI's words, JSON without a schema, bare."""
    own = urlsplit(here.url).hostname == urlsplit(OPENAI).hostname
    room = {"max_completion_tokens" if own else "max_tokens": request.max_tokens}
    bare = {"model": name or "default", "stream": True, **room}
    usual = {
        **bare,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream_options": {"include_usage": True},
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


def _explained(error: Exception) -> Unavailable:
    here = server()
    if isinstance(error, Refused) and error.status in (401, 403):
        return Unavailable(f"{here.where} refused the key ({error.status}).", "Check OPENAI_API_KEY.")
    if isinstance(error, Refused) and error.status == 404:
        return Unavailable(
            f"{here.where} does not know this model or address (404).",
            "Check TIMBRE_LLM=openai/MODEL and OPENAI_BASE_URL (it usually ends in /v1).",
        )
    return explain(error, here)
