"""Any server that speaks the OpenAI API: vLLM, llama-server, a hosted one. OPENAI_BASE_URL and OPENAI_API_KEY."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from core.config import settings
from core.errors import Unavailable
from core.llm.model import Health, Model, Piece, Request, Stop, is_small
from core.llm.openai_body import OPENAI, bodies
from core.llm.pump import Put, pump
from core.llm.wire import FAILURES, Broken, Line, Refused, Server, explain, fetch

MANY, PARALLEL = False, 4
ASK = 1.0
"""Seconds that a server has to say how many slots it has; its word holds for a minute."""
UNWANTED = (400, 422)
"""A body that a server does not take: nothing was done, so a plainer one may follow."""
_taken: dict[tuple[str, str, bool, bool], int] = {}
"""How plain a body had to be for this server and model, raw or chat, with a schema or not."""
_slots: dict[str, tuple[float, int]] = {}
_one_by_one: set[str] = set()
"""Servers that gave one candidate where several were asked for."""


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
    return _said_slots() or PARALLEL


def several() -> bool:
    """Whether one call can give several candidates: true until the server has shown that it gives one at a time."""
    return server().url not in _one_by_one


def _said_slots() -> int:
    here = server()
    at, number = _slots.get(here.url, (float("-inf"), 0))
    if time.monotonic() - at > 60:
        found: list[int] = []
        thread = threading.Thread(target=_ask_slots, args=(here, found), daemon=True)
        thread.start()
        thread.join(ASK)
        number = found[0] if found else 0
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
    """All candidates in one call, where their prompt is read once; what does not come that way one by one."""
    came: set[int] = set()
    read = written = 0
    if request.n > 1 and line.server.url not in _one_by_one:
        width = _said_slots() or request.n
        for at in range(0, request.n, width):
            group = replace(request, n=min(width, request.n - at), seed=request.seed + at)
            try:
                got = _send(line, name, group, put, at)
            except Refused as error:
                if error.status not in UNWANTED:
                    raise
                break
            came, read, written = came | got.came, read + got.read, written + got.written
        if len(came) < request.n:
            _one_by_one.add(line.server.url)
    for number in sorted(set(range(request.n)) - came):
        got = _send(line, name, request.one(number), put, number)
        read, written = read + got.read, written + got.written
    put(Piece(tokens_in=read, tokens_out=written))


def _send(line: Line, name: str, request: Request, put: Put, at: int) -> _Got:
    """Send the richest body that the server takes; a refusal (400, 422) comes before any work."""
    place = (line.server.url, name, request.raw, request.schema is not None)
    ladder = bodies(line.server, name, request)
    first: Refused | None = None
    for plain in range(min(_taken.get(place, 0), len(ladder) - 1), len(ladder)):
        path = "/completions" if request.raw else "/chat/completions"
        try:
            got = _read(line.rows(path, ladder[plain], request.timeout), request, put, at)
        except Refused as error:
            first = first or error
            if error.status not in UNWANTED or request.n > 1:
                raise
            continue
        _taken[place] = plain
        return got
    raise first or AssertionError("there is a body")


@dataclass
class _Got:
    """What an answer brought: which candidates, tokens read (the prompt once) and written (of all together)."""

    came: set[int] = field(default_factory=set)
    read: int = 0
    written: int = 0


def _read(rows: Iterator[bytes], request: Request, put: Put, at: int) -> _Got:
    got, seen, any_came = _Got(), set[int](), False
    for row in rows:
        data = row.strip().removeprefix(b"data:").strip() if row.startswith(b"data:") else b""
        if data == b"[DONE]":
            got.came |= seen
            return got
        if not data:
            continue
        any_came, said = True, json.loads(data)
        if "error" in said:
            error = said["error"]
            raise Refused(500, str(error.get("message", "") if isinstance(error, dict) else error))
        usage = said.get("usage") or {}
        got.read = max(got.read, int(usage.get("prompt_tokens") or 0))
        wrote = int(usage.get("completion_tokens") or 0)
        # of several candidates llama-server counts each by itself, others all together at the end
        got.written = got.written + wrote if request.n > 1 else max(got.written, wrote)
        choice = (said.get("choices") or [{}])[0]
        index = at + int(choice.get("index") or 0)
        if not at <= index < at + request.n:
            raise ValueError("a candidate that nobody asked for")
        if choice:
            seen.add(index)
        if put(Piece(_text(choice, request.raw), index)):
            return got
        if choice.get("finish_reason"):
            got.came.add(index)
    if not any_came:
        raise ValueError("no events")
    if not seen or seen != got.came:
        raise Broken
    return got


def _text(choice: dict[str, Any], raw: bool) -> str:
    """The text of a piece; never `reasoning_content`."""
    text = choice.get("text") if raw else (choice.get("delta") or {}).get("content")
    if isinstance(text, list):  # some give parts: thoughts and text
        return "".join(str(part.get("text") or "") for part in text if part.get("type") == "text")
    return str(text or "")


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
