"""A model's server for tests: speaks the OpenAI API over a real socket, counts what it is asked, waits where it is told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from tests.serving import Handler, served

Answer = Callable[[dict[str, Any]], str]


def kind(body: dict[str, Any]) -> str:
    """Which step asks: plan, draft, critique, rewrite or sentence."""
    if "prompt" in body:
        return "sentence"
    system = body["messages"][0]["content"]
    for start, name in (("You plan", "plan"), ("You write", "draft"), ("You are an editor", "critique")):
        if system.startswith(start):
            return name
    return "rewrite"


@dataclass
class ModelServer:
    """`answer(request body) -> text`. `hold(n)` blocks the n-th request from now on until `release()`, `hold_at(step)`
    the first one that this step makes."""

    url: str = ""
    answer: Answer = lambda body: "Nothing."
    asked: list[dict[str, Any]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    pause: float = 0.0
    status: int = 200
    """Other than 200: what every request gets instead of an answer."""
    _hold_at: int | None = None
    _hold_step: str = ""
    _gate: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, number: int) -> None:
        self._gate.clear()
        self._hold_at = len(self.asked) + number

    def hold_at(self, step: str) -> None:
        self._gate.clear()
        self._hold_step = step

    def release(self) -> None:
        self._hold_at, self._hold_step = None, ""
        self._gate.set()

    def wait_for(self, requests: int, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while len(self.asked) < requests:
            assert time.monotonic() < deadline, f"only {len(self.asked)} of {requests} requests came"
            time.sleep(0.02)

    def handle(self, http: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with self._lock:
            self.asked.append(body)
            number = len(self.asked)
            if self._hold_step and kind(body) == self._hold_step:
                self._hold_at, self._hold_step = number, ""
        if self.status != 200:
            http.send_error(self.status)
            return
        http.send_response(200)
        http.send_header("Content-Type", "text/event-stream")
        http.end_headers()
        text = self.answer(body)
        for at in range(0, len(text), 24):
            if number == self._hold_at:
                self._gate.wait(60)
            self._event(http, body, text[at : at + 24])
            time.sleep(self.pause)
        usage = {"prompt_tokens": 7, "completion_tokens": len(text.split())}
        self._event(http, body, "", usage)
        http.wfile.write(b"data: [DONE]\n\n")
        with self._lock:
            self.finished.append(json.dumps(body, sort_keys=True))

    def _event(
        self, http: BaseHTTPRequestHandler, body: dict[str, Any], text: str, usage: dict[str, int] | None = None
    ) -> None:
        choice = {"index": 0, "text": text} if "prompt" in body else {"index": 0, "delta": {"content": text}}
        http.wfile.write(b"data: " + json.dumps({"choices": [choice], "usage": usage}).encode() + b"\n\n")
        http.wfile.flush()


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()

    class One(Handler):
        protocol_version = "HTTP/1.0"  # the end of an answer is the end of the connection

        def do_GET(self) -> None:
            payload = json.dumps({"data": [{"id": "test-70b"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                server.handle(self, body)

    with served(One) as url:
        server.url = f"{url}/v1"
        yield server
        server.release()


@pytest.fixture
def model(model_server: ModelServer, data: Path, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """The server as this process's model, a large one; no embedder, so that nothing heavy is loaded."""
    monkeypatch.setenv("TIMBRE_LLM", "openai/test-70b")
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url)
    monkeypatch.setenv("TIMBRE_EMBEDDER", str(data / "no-embedder"))
    settings.cache_clear()
    model_server.answer = writer
    return model_server


DRAFT = (
    "I stopped trusting the binder on the third visit.\n\n"
    "Last March the northern plant passed its audit. I read the maintenance log the same week, and the log was empty.\n\n"
    "A clean audit says that the paper is clean. The people who fix the valves know more than the binder.\n\n"
    "I now begin every visit in the workshop, with a coffee and no questions. I learn there what the report leaves out, "
    "and I write it down before I open a single folder. The list is short, and it has never been wrong so far.\n\n"
    "Who do you ask first?"
)
BRIEF = {
    "topic": "Safety audits in old plants",
    "goal": "Readers talk to the workshop first",
    "audience": "Plant managers",
    "points": [
        "A clean audit says that the paper is clean",
        "The people who fix the valves know more than the binder",
        "I now begin every visit in the workshop",
    ],
    "story": "Last March the northern plant passed its audit. I read the maintenance log the same week, and the log was "
    "empty. I stopped trusting the binder that day.",
    "call_to_action": "Who do you ask first?",
    "variants": 2,
}


def drafted(body: dict[str, Any]) -> str:
    """The draft of an angle: the claim's opens with the claim."""
    first, story, claim, *rest = DRAFT.split("\n\n")
    told = str(body["messages"][1]["content"])
    return "\n\n".join([claim, first, story, *rest]) if "The claim:" in told else DRAFT


def writer(body: dict[str, Any]) -> str:
    """A large model that behaves: it plans, drafts, finds one defect, and rewrites."""
    match kind(body):
        case "plan":
            rows = [
                {"kind": k, "title": f"The {k}", "opening": "x", "build": "y"} for k in ("story", "claim", "question")
            ]
            return "Here you are:\n" + json.dumps({"angles": rows})
        case "draft":
            return f"Sure, here is the post:\n\n{drafted(body)}"
        case "critique":
            return json.dumps({"defects": [{"quote": "with a coffee", "problem": "not in the brief", "fix": "cut it"}]})
        case "rewrite":
            old = "I now begin every visit in the workshop, with a coffee and no questions."
            new = old.replace("with a coffee and no questions", "before anything else")
            return json.dumps({"edits": [{"old": old, "new": new}]})
        case "rewrite as text":
            return DRAFT.replace("with a coffee and no questions", "before anything else")
    return " the people there know what is wrong."
