"""A model's server for the contract: speaks Ollama's and OpenAI's protocols over a real socket, and fails as told."""

from __future__ import annotations

import contextlib
import json
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.serving import Handler, served

READ, WRITTEN = 11, 3
"""Tokens that every answer is said to have read and written."""


@dataclass
class Turn:
    """One answer. `then` is what happens after the first piece: go on, fall silent, or die (with or without a bang)."""

    pieces: Sequence[str] = ("Nobody ", "lied to us.")
    status: int = 200
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    thoughts: str = ""
    then: str = "go on"
    slices: int = 10_000
    """Bytes that are sent at a time."""


@dataclass
class Fake:
    """`answer(body)` makes each turn; `asked` has path and body of every call, `gone` is set when a caller hung up."""

    url: str = ""
    answer: Callable[[dict[str, Any]], Turn] = lambda body: Turn()
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["writer:7b", "nomic-embed-text:latest"])
    pull: list[dict[str, Any]] = field(default_factory=list)
    props: dict[str, Any] = field(default_factory=dict)
    many: bool = False
    """Whether it gives several candidates in one call; each says its number and the seed."""
    gone: threading.Event = field(default_factory=threading.Event)

    def turns(self, *turns: Turn) -> None:
        """These in this order, the last for ever."""
        left = list(turns)
        self.answer = lambda body: left.pop(0) if len(left) > 1 else left[0]

    def prompt(self, number: int = -1) -> str:
        body = self.asked[number][1]
        return str(body["prompt"] if "prompt" in body else body["messages"][-1]["content"])


@contextlib.contextmanager
def serving() -> Iterator[Fake]:
    """A server on a free port of this machine."""
    fake = Fake()

    class One(_Handler):
        server_of = fake

    with served(One) as fake.url:
        yield fake


class _Handler(Handler):
    server_of: Fake

    def do_GET(self) -> None:
        fake = self.server_of
        known: dict[str, Any] = {
            "/v1/models": {"data": [{"id": name} for name in fake.models]},
            "/api/tags": {
                "models": [
                    {
                        "model": name,
                        "size": 4_700_000_000,
                        "details": {"parameter_size": "7.6B", "quantization_level": "Q4_K_M"},
                    }
                    for name in fake.models
                ]
            },
        }
        if fake.props:
            known["/props"] = fake.props
        self._whole(200 if self.path in known else 404, known.get(self.path, {"error": "no such path"}))

    def do_POST(self) -> None:
        fake = self.server_of
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake.asked.append((self.path, body))
        fake.keys.append(self.headers.get("Authorization", ""))
        if self.path == "/api/pull":
            self._pull(fake)
            return
        turn = fake.answer(body)
        if fake.many:
            self._candidates(body)
            return
        if turn.status != 200:
            error = {"error": {"message": turn.error}} if self.path.startswith("/v1") else {"error": turn.error}
            self._whole(turn.status, error, turn.headers)
            return
        self._stream(turn)

    def _whole(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        payload = json.dumps(value).encode()
        self.send_response(status)
        for name, said in {"Content-Length": str(len(payload)), **(headers or {})}.items():
            self.send_header(name, said)
        self.end_headers()
        self.wfile.write(payload)

    def _begin(self, chunked: bool = True) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if self.path.startswith("/v1") else "application/x-ndjson")
        self.send_header(*("Transfer-Encoding", "chunked") if chunked else ("Connection", "close"))
        self.end_headers()
        self.chunked = chunked

    def _send(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self.chunked else data)
        self.wfile.flush()

    def _stream(self, turn: Turn) -> None:
        self._begin(chunked=turn.then != "die")
        write = _sse if self.path.startswith("/v1") else _line
        if turn.thoughts:
            self._send(write(self.path, "", thoughts=turn.thoughts))
        for number, piece in enumerate(turn.pieces):
            data = write(self.path, piece)
            for at in range(0, len(data), turn.slices):
                self._send(data[at : at + turn.slices])
            if number == 0 and turn.then == "fall silent":
                self._wait_for_the_end()
                return
            if number == 0 and turn.then in ("die", "die with a bang"):
                self.close_connection = True
                return
        self._send(write(self.path, "", last=True))
        self._send(b"")

    def _candidates(self, body: dict[str, Any]) -> None:
        self._begin()
        for index in reversed(range(body.get("n", 1))):
            self._send(_sse(self.path, f"{index} of ", index=index))
        for index in range(body.get("n", 1)):
            self._send(_sse(self.path, str(body["seed"]), index=index))
        self._send(_sse(self.path, "", last=True))
        self._send(b"")

    def _wait_for_the_end(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if select.select([self.connection], [], [], 0.05)[0] and not self.connection.recv(1):
                self.server_of.gone.set()
                break
        self.close_connection = True

    def _pull(self, fake: Fake) -> None:
        self._begin()
        for row in fake.pull:
            if row == {"then": "fall silent"}:
                self._wait_for_the_end()
                return
            self._send(json.dumps(row).encode() + b"\n")
        self._send(b"")


def _sse(path: str, text: str, thoughts: str = "", last: bool = False, index: int = 0) -> bytes:
    choice: dict[str, Any] = {"index": index, "finish_reason": "stop" if last else None}
    if path.endswith("/chat/completions"):
        choice["delta"] = {"reasoning_content": thoughts} if thoughts else {"content": text or None}
    else:
        choice["text"] = text
    usage = {"prompt_tokens": READ, "completion_tokens": WRITTEN} if last else None
    row = json.dumps({"choices": [choice], "usage": usage}, ensure_ascii=False)
    return f": still here\n\ndata: {row}\n\n{'data: [DONE]' if last else ''}\n\n".encode()


def _line(path: str, text: str, thoughts: str = "", last: bool = False) -> bytes:
    said: dict[str, Any] = {"response": text}
    if path == "/api/chat":
        said = {"message": {"role": "assistant", "content": text, **({"thinking": thoughts} if thoughts else {})}}
    counts = {"prompt_eval_count": READ, "eval_count": WRITTEN} if last else {}
    return (json.dumps({"done": last, **said, **counts}, ensure_ascii=False) + "\n").encode()
