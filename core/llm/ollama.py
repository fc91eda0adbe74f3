"""Ollama, wherever OLLAMA_HOST points: its models, its answers, pulling a model by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.config import settings
from core.errors import Invalid, Unavailable
from core.llm.model import Health, Model, Piece, Request, Stop, is_small, schema_in_words
from core.llm.pump import Put, pump
from core.llm.wire import FAILURES, Broken, Line, Refused, Server, explain, fetch

MANY, PARALLEL = False, 2
"""OLLAMA_NUM_PARALLEL cannot be asked for; what is too much waits in Ollama's own queue."""
KEEP_ALIVE = "15m"
"""How long the model stays in memory after a call: the steps of a run come minutes apart."""
CONTEXT = 8192
"""Tokens of context asked for at least. Ollama's default is smaller, and it cuts longer prompts without a word."""
STALLED = 300.0
"""Seconds without a word after which a pull is given up (checking a large file is silent)."""
HINT = "Start Ollama with `ollama serve`, or set TIMBRE_LLM=embedded."
NONE = "Run `ollama pull qwen2.5:7b`, or pull one on the Settings page."
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?::\d+)?(?:/[A-Za-z0-9][\w.-]*)*(?::[\w.-]+)?")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Local:
    """A model that Ollama has: bytes on the disk, parameters and quantization as Ollama says them."""

    name: str
    size: int
    parameters: str
    quantization: str


def server() -> Server:
    """Ollama's address; `host:port` alone is understood too."""
    url = settings().ollama_host.rstrip("/")
    return Server(url if "://" in url else f"http://{url}", "Ollama", HINT)


def describe(name: str) -> Model:
    """The model of that name; its size is read off the name, nothing is asked."""
    if not name:
        return Model("ollama", "Ollama", False, "The first model that Ollama lists.")
    small = is_small(name)
    hint = "For better text, pull a model of 7B or more and name it in TIMBRE_LLM." if small else ""
    return Model("ollama", name, small, "Runs in Ollama." + (" A small model." if small else ""), hint)


def probe() -> Health:
    """Which models Ollama has; gives up after five seconds."""
    try:
        names = models()
    except Unavailable as error:
        return Health(False, error.message, error.hint)
    if not names:
        return Health(False, "Ollama answers, but has no model yet.", NONE)
    return Health(True, f"Ollama answers with {len(names)} model{'s' if len(names) > 1 else ''}.", models=names)


def models() -> list[str]:
    """The names of the models that Ollama has. Raises Unavailable."""
    return [found.name for found in listed()]


def listed() -> list[Local]:
    """The models that Ollama has, the newest first. Raises Unavailable."""
    try:
        rows = fetch(server(), "/api/tags")["models"]
        return [
            Local(
                str(row.get("model") or row["name"]),
                int(row.get("size") or 0),
                str((row.get("details") or {}).get("parameter_size") or ""),
                str((row.get("details") or {}).get("quantization_level") or ""),
            )
            for row in rows
        ]
    except (*FAILURES, Refused) as error:
        raise _explained(error, "") from None


def stream(name: str, request: Request, stop: Stop) -> Iterator[Piece]:
    """The answer of Ollama. Raises Unavailable."""
    line = Line(server())

    def work(put: Put) -> None:
        line.alive = lambda: put(Piece())
        try:
            _work(line, name or _first(), request, put)
        except (*FAILURES, Refused, Broken) as error:
            raise _explained(error, name) from None

    return pump(work, stop, request.timeout, "Ollama", line.cut)


def _work(line: Line, name: str, request: Request, put: Put) -> None:
    path = "/api/generate" if request.raw else "/api/chat"
    try:
        _read(line.rows(path, _body(name, request), request.timeout), request.raw, put)
    except Refused as error:
        if error.status != 400:
            raise
        # an Ollama from before schemas and thinking: nothing was done, so it may be asked in its own words
        _read(line.rows(path, _body(name, request, old=True), request.timeout), request.raw, put)


def _read(rows: Iterator[bytes], raw: bool, put: Put) -> None:
    for part in _objects(rows):
        text = part.get("response") if raw else (part.get("message") or {}).get("content")  # never `thinking`
        if put(Piece(text or "")):
            return
        if part.get("done"):
            put(Piece("", 0, None, int(part.get("prompt_eval_count") or 0), int(part.get("eval_count") or 0)))
            return
    raise Broken


def _objects(rows: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The lines as JSON. Raises Refused for a line that is an error."""
    for row in rows:
        if row.strip():
            part: dict[str, Any] = json.loads(row)
            if part.get("error"):
                raise Refused(500, str(part["error"]))
            yield part


def _body(name: str, request: Request, old: bool = False) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": name,
        "stream": True,
        "keep_alive": KEEP_ALIVE,
        "options": {
            "seed": request.seed,
            "temperature": request.temperature,
            "min_p": request.min_p,
            "repeat_penalty": request.repeat_penalty,
            "repeat_last_n": request.repeat_last,
            "num_predict": request.max_tokens,
            "num_ctx": _context(request),
            "stop": list(request.stop),
        },
    }
    prompt = schema_in_words(request) if old else request.prompt
    if request.schema or request.json:
        body["format"] = request.schema if request.schema and not old else "json"
    if request.raw:
        return {**body, "prompt": prompt, "raw": True}
    system = [{"role": "system", "content": request.system}] if request.system else []
    body["messages"] = [*system, {"role": "user", "content": prompt}]
    return body if old else {**body, "think": False}


def _context(request: Request) -> int:
    """Room for prompt and answer in few sizes, as each other size makes Ollama load the model again."""
    needed = (len(request.prompt) + len(request.system)) // 3 + request.max_tokens
    size = CONTEXT
    while size < needed and size < 16 * CONTEXT:
        size *= 2
    return size


def _first() -> str:
    names = models()
    if not names:
        raise Unavailable("Ollama answers, but has no model yet.", NONE)
    return names[0]


def name_of(text: str) -> str:
    """A model's name as Ollama takes it, `ollama pull` in front or not. Raises Invalid."""
    name = text.strip().removeprefix("ollama pull ").removeprefix("ollama run ").removeprefix("ollama/").strip()
    if len(name) > 200 or not _NAME.fullmatch(name):
        raise Invalid(f"'{name[:60]}' is no name of a model.", "Write it as Ollama does, for example qwen2.5:7b.")
    return name


def pull(name: str, progress: Progress, stop: Stop) -> None:
    """Have Ollama fetch a model; `progress(bytes done, bytes known of, what it does)`.

    What has come stays with Ollama: asked again, it goes on there. Raises Invalid, Unavailable, Cancelled.
    """
    name = name_of(name)
    line = Line(server())
    whole: dict[str, tuple[int, int]] = {}

    def work(put: Callable[[dict[str, Any]], bool]) -> None:
        try:
            for part in _objects(line.rows("/api/pull", {"model": name, "stream": True}, STALLED)):
                if put(part):
                    return
        except (*FAILURES, Refused, Broken) as error:
            raise _explained(error, name, pulling=True) from None

    said = ""
    for part in pump(work, stop, STALLED, "Ollama", line.cut):
        said = str(part.get("status") or "")
        if part.get("digest") and part.get("total"):
            whole[str(part["digest"])] = (int(part.get("completed") or 0), int(part["total"]))
        progress(sum(c for c, _ in whole.values()), sum(t for _, t in whole.values()), said)
    if said != "success":
        raise _explained(Broken(), name)


def _explained(error: Exception, name: str, pulling: bool = False) -> Unavailable:
    here = server()
    if isinstance(error, Refused) and error.status == 404 and not pulling:
        return Unavailable(
            f"Ollama does not have the model {name}.", f"Run `ollama pull {name}`, or name another in TIMBRE_LLM."
        )
    if isinstance(error, Refused) and pulling:
        said = here.clean(error.said) or f"error {error.status}"
        return Unavailable(
            f"Ollama could not pull {name}: {said}.",
            "Check the name at ollama.com/library, and that the machine Ollama runs on has room and a network.",
        )
    if isinstance(error, Refused | Broken | ValueError):
        return explain(error, here)
    found = explain(error, here)
    if found.hint == HINT:
        return Unavailable(f"Ollama does not answer at {here.where}.", HINT)
    return found
