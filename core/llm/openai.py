"""Any server that speaks the OpenAI API: vLLM, llama-server, a hosted one. OPENAI_BASE_URL and OPENAI_API_KEY."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from core.config import settings
from core.errors import Unavailable
from core.llm.model import Health, Model, Piece, Request, Stop, is_small
from core.llm.pump import Put, pump

MANY, PARALLEL = False, 4
CONNECT = 5.0
MOST = 5_000_000
"""Bytes of a list of models."""
TRIES = 3
"""For answers that say 'later' (429, 503) before the first token; nothing else is tried again."""
_LATER = (429, 503)


def describe(name: str) -> Model:
    """The model of that name; its size is read off the name, nothing is asked."""
    small = is_small(name)
    where = httpx.URL(base_url()).host
    return Model("openai", name or where, small, f"Runs at {where}." + (" A small model." if small else ""))


def base_url() -> str:
    """Where the API is, without a trailing slash; OpenAI's own address where nothing is set."""
    return (settings().openai_base_url or "https://api.openai.com/v1").rstrip("/")


def probe() -> Health:
    """Which models the server has; gives up after five seconds."""
    if settings().openai_base_url is None and settings().openai_api_key is None:
        return Health(
            False, "No OpenAI-compatible server is set.", "Set OPENAI_BASE_URL, and OPENAI_API_KEY if it asks."
        )
    try:
        with _client(CONNECT) as client, client.stream("GET", f"{base_url()}/models") as answer:
            answer.raise_for_status()
            names = [str(m["id"]) for m in _listed(answer).get("data", [])]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
        found = _explain(error)
        return Health(False, found.message, found.hint)
    return Health(True, f"{httpx.URL(base_url()).host} answers.", models=names)


def _listed(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of a short answer. Raises ValueError for one that does not end."""
    read, until = bytearray(), time.monotonic() + CONNECT
    for part in answer.iter_bytes():
        read += part
        if len(read) > MOST or time.monotonic() > until:
            raise ValueError("the answer does not end")
    found: dict[str, Any] = json.loads(read)
    return found


def stream(name: str, request: Request, stop: Stop) -> Iterator[Piece]:
    """The server's answer. Raises Unavailable."""
    url = f"{base_url()}/{'completions' if request.raw else 'chat/completions'}"
    body = _body(name, request)

    def work(put: Put) -> None:
        try:
            with _client(request.timeout) as client, _opened(client, url, body) as answer:
                for data in _events(answer):
                    if put(_piece(data, request.raw)):
                        return
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _explain(error) from error

    return pump(work, stop, request.timeout, "The model's server")


def _body(name: str, request: Request) -> dict[str, Any]:
    hosted = httpx.URL(base_url()).host.endswith("openai.com")
    system = [{"role": "system", "content": request.system}] if request.system else []
    body: dict[str, Any] = {
        "model": name or "default",
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if hosted else "max_tokens": request.max_tokens,
    }
    if request.raw:
        body["prompt"] = request.prompt
    else:
        body["messages"] = [*system, {"role": "user", "content": request.prompt}]
    if request.stop:
        body["stop"] = list(request.stop)
    if request.json and not request.raw:
        body["response_format"] = {"type": "json_object"}
    if not hosted:  # OpenAI's own server refuses what it does not know
        body |= {"min_p": request.min_p, "repeat_penalty": request.repeat_penalty}
        body |= {"grammar": request.grammar} if request.grammar else {}
    return body


def _client(timeout: float) -> httpx.Client:
    key = settings().openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return httpx.Client(timeout=httpx.Timeout(timeout, connect=CONNECT), headers=headers)


@contextmanager
def _opened(client: httpx.Client, url: str, body: dict[str, Any]) -> Iterator[httpx.Response]:
    for attempt in range(1, TRIES + 1):
        with client.stream("POST", url, json=body) as answer:
            if answer.status_code in _LATER and attempt < TRIES:
                time.sleep(_pause(answer.headers.get("retry-after"), attempt))
                continue
            if answer.is_error:
                answer.read()
            answer.raise_for_status()
            yield answer
            return


def _pause(asked: str | None, attempt: int) -> float:
    try:
        return min(10.0, max(0.1, float(asked or "")))
    except ValueError:
        return 0.5 * float(1 << attempt)


def _events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The JSON of a stream of server-sent events. Raises ValueError where the answer holds none."""
    any_came = False
    for line in answer.iter_lines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data:
            any_came = True
            yield json.loads(data)
    if not any_came:
        raise ValueError("no events")


def _piece(data: dict[str, Any], raw: bool) -> Piece:
    if "error" in data:
        raise ValueError(str(data["error"])[:200])
    choices = data.get("choices") or [{}]
    text = choices[0].get("text") if raw else (choices[0].get("delta") or {}).get("content")
    usage = data.get("usage") or {}
    return Piece(
        text or "", tokens_in=int(usage.get("prompt_tokens") or 0), tokens_out=int(usage.get("completion_tokens") or 0)
    )


def _explain(error: Exception) -> Unavailable:
    where = base_url()
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        if status in (401, 403):
            return Unavailable(f"{where} refused the key ({status}).", "Check OPENAI_API_KEY.")
        if status == 404:
            return Unavailable(
                f"{where} does not know this model or address (404).",
                "Check TIMBRE_LLM=openai/MODEL and OPENAI_BASE_URL (it usually ends in /v1).",
            )
        hint = "Wait a moment and run again." if status in _LATER or status >= 500 else "See the server's log."
        return Unavailable(f"{where} answered with an error ({status}).", hint)
    if isinstance(error, httpx.HTTPError):
        return Unavailable(
            f"No model answers at {where}.",
            "Start that server, correct OPENAI_BASE_URL, or set TIMBRE_LLM=embedded.",
        )
    return Unavailable(f"{where} answered with something that is no stream of text.", "See its log.")
