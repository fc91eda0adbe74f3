"""The models of the contract: two fakes over a socket, llama-server with the built-in weights, the embedded one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.config import settings
from core.llm import embedded, listing, openai
from tests.core.llm.servers import Fake, serving

Choose = Callable[..., None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Choose]:
    """Set variables of the environment; all that concern models are unset before, and nothing is remembered."""

    def chosen(**env: str) -> None:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    unset = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "TIMBRE_MODEL_PATH", "TIMBRE_PRICE_IN", "TIMBRE_PRICE_OUT")
    chosen(TIMBRE_LLM="embedded", OLLAMA_HOST="http://127.0.0.1:9", **dict.fromkeys(unset, ""))
    for kept in (listing._kept, openai._taken, openai._slots, openai._one_by_one):
        kept.clear()
    yield chosen
    settings.cache_clear()


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as server:
        yield server


@pytest.fixture(params=["ollama", "openai"])
def provider(request: pytest.FixtureRequest, fake: Fake, choose: Choose) -> str:
    """A provider that speaks to the fake, with a key where it takes one."""
    kind: str = request.param
    choose(
        TIMBRE_LLM=f"{kind}/writer:7b",
        OLLAMA_HOST=fake.url,
        OPENAI_BASE_URL=f"{fake.url}/v1",
        OPENAI_API_KEY="hush-1234567890",
    )
    return kind


@pytest.fixture(scope="session")
def llama_server() -> Any:
    """llama.cpp's own HTTP server, with the weights that Timbre brings."""
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(embedded.path())
    params.n_ctx, params.n_parallel, params.kv_unified = 2048, 3, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity, params.ui, params.api_keys = -1, False, ["sk-here"]
    return xllamacpp.Server(params)


@pytest.fixture(
    params=[
        "ollama",
        "openai",
        pytest.param("llama-server", marks=pytest.mark.slow),
        pytest.param("embedded", marks=pytest.mark.slow),
    ]
)
def anyone(request: pytest.FixtureRequest, fake: Fake, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> Fake | None:
    """Every provider in turn, as the model of the settings: the fake behind it, None for a real model."""
    monkeypatch.setattr(
        embedded, "cores", lambda: 1
    )  # two threads that wait for each other are slow beside other tests
    kind: str = request.param
    if kind == "llama-server":
        here = request.getfixturevalue("llama_server").listening_address
        choose(TIMBRE_LLM="openai/smollm2:135m", OPENAI_BASE_URL=f"{here}/v1", OPENAI_API_KEY="sk-here")
    elif kind != "embedded":
        choose(TIMBRE_LLM=f"{kind}/writer:7b", OLLAMA_HOST=fake.url, OPENAI_BASE_URL=f"{fake.url}/v1")
    return None if kind in ("llama-server", "embedded") else fake
