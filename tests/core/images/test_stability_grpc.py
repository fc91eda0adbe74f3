"""Stability's older engines against a real gRPC server on this machine, through the real stability-sdk.

Without that package (requirements-stability.txt) only what is said then is tested.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images import remote, stability_grpc
from core.images.provider import Ask, Made
from tests.core.images.loopback import Notebook, certificate, png

KEY = "sk-stability-0123456789abcdef"
needs_sdk = pytest.mark.skipif(
    importlib.util.find_spec("stability_sdk") is None, reason="needs requirements-stability.txt"
)
Turn = Callable[[Any, Any, Any], Iterator[Any]]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STABILITY_API_KEY", KEY)
    monkeypatch.setattr(remote, "POLL", 0.02)
    settings.cache_clear()
    yield
    settings.cache_clear()


class Engine:
    """A generation service; `turn` may answer in another way."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.turn: Turn | None = None
        self.gone = threading.Event()

    ChainGenerate = None

    def Generate(self, request: Any, context: Any) -> Iterator[Any]:
        from stability_sdk.interfaces.gooseai.generation import generation_pb2 as generation

        self.asked.append(request)
        context.add_callback(self.gone.set)
        yield generation.Answer(answer_id="keepalive")
        if self.turn is not None:
            yield from self.turn(request, context, generation)
            return
        seed = request.image.seed[0]
        made = generation.Artifact(
            type=generation.ARTIFACT_IMAGE, mime="image/png", binary=png(seed), seed=seed, finish_reason=generation.NULL
        )
        yield generation.Answer(answer_id="1", artifacts=[made])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    import grpc
    from stability_sdk.interfaces.gooseai.generation import generation_pb2_grpc

    service = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    generation_pb2_grpc.add_GenerationServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("STABILITY_GRPC_HOST", f"127.0.0.1:{port}")
    settings.cache_clear()
    yield service
    server.stop(0)


def made(ask: Ask, tmp_path: Path, stop: Any = lambda: False) -> list[Made]:
    return list(stability_grpc.make(ask, lambda *_: None, stop, Notebook(tmp_path)))


@needs_sdk
def test_pictures_come_one_by_one_each_with_its_seed(engine: Engine, tmp_path: Path) -> None:
    ask = Ask("A lighthouse", negative="people", numbers=(0, 2), seed=41, steps=5, guidance=3.5)
    assert [(one.number, one.seed, one.data) for one in made(ask, tmp_path)] == [(0, 41, png(41)), (2, 43, png(43))]
    request = engine.asked[1]
    assert request.engine_id == "stable-diffusion-xl-1024-v1-0"
    assert [(p.text, p.parameters.weight) for p in request.prompt] == [("A lighthouse", 1.0), ("people", -1.0)]
    assert (request.image.width, request.image.height, request.image.steps, list(request.image.seed)) == (
        896, 1152, 10, [43],
    )  # fmt: skip
    assert request.image.parameters[0].sampler.cfg_scale == 3.5


@needs_sdk
def test_a_filtered_picture_is_an_answer(engine: Engine, tmp_path: Path) -> None:
    def filtered(request: Any, context: Any, generation: Any) -> Iterator[Any]:
        yield generation.Answer(
            artifacts=[
                generation.Artifact(
                    type=generation.ARTIFACT_IMAGE, binary=png(1), finish_reason=generation.FILTER, mime="image/png"
                )
            ]
        )

    engine.turn = filtered
    (one,) = made(Ask("A lighthouse"), tmp_path)
    assert one.data == b"" and "withheld" in one.refused


@needs_sdk
@pytest.mark.parametrize(
    ("code", "details", "kind", "words"),
    [
        ("UNAUTHENTICATED", f"missing or bad credentials {KEY}", Denied, "Check STABILITY_API_KEY"),
        ("RESOURCE_EXHAUSTED", "Your organization does not have enough balance", Unavailable, "enough balance"),
        ("INVALID_ARGUMENT", "height must be a multiple of 64", Invalid, "multiple of 64"),
        ("NOT_FOUND", "engine is not available", Unavailable, "does not have this engine"),
        ("INTERNAL", "oh", Unavailable, "is not known"),
        ("UNAVAILABLE", "goodbye", Unavailable, "Nobody answers"),
    ],
)
def test_a_failure_is_said_in_words_without_the_key(
    engine: Engine, tmp_path: Path, code: str, details: str, kind: type[TimbreError], words: str
) -> None:
    import grpc

    def abort(request: Any, context: Any, generation: Any) -> Iterator[Any]:
        context.abort(grpc.StatusCode[code], details)
        yield

    engine.turn = abort
    with pytest.raises(kind) as caught:
        made(Ask("A lighthouse"), tmp_path)
    assert type(caught.value) is kind and words in str(caught.value) and KEY not in str(caught.value)


@needs_sdk
def test_a_refused_prompt_is_an_answer(engine: Engine, tmp_path: Path) -> None:
    import grpc

    def abort(request: Any, context: Any, generation: Any) -> Iterator[Any]:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Invalid prompts detected")
        yield

    engine.turn = abort
    (one,) = made(Ask("A lighthouse"), tmp_path)
    assert one.data == b"" and "refused this prompt" in one.refused


@needs_sdk
def test_stopping_cancels_the_call_and_a_silent_service_is_left(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(request: Any, context: Any, generation: Any) -> Iterator[Any]:
        engine.gone.wait(10)
        yield generation.Answer()

    engine.turn = silent
    with pytest.raises(Cancelled):
        made(Ask("A lighthouse"), tmp_path, stop=lambda: bool(engine.asked))
    assert engine.gone.wait(5)
    engine.gone.clear()
    monkeypatch.setattr(stability_grpc, "SECONDS", 0.3)
    with pytest.raises(Unavailable, match="is not known"):
        made(Ask("A lighthouse"), tmp_path)


@needs_sdk
def test_an_answer_without_a_picture_and_a_server_that_is_not_there(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.turn = lambda request, context, generation: iter([generation.Answer()])
    with pytest.raises(Unavailable, match="something else"):
        made(Ask("A lighthouse"), tmp_path)
    monkeypatch.setenv("STABILITY_GRPC_HOST", "127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(Unavailable, match=r"Nobody answers at 127\.0\.0\.1:9"):
        made(Ask("A lighthouse"), tmp_path)


@needs_sdk
def test_the_key_goes_along_where_the_way_is_shut_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import grpc
    from stability_sdk.interfaces.gooseai.generation import generation_pb2_grpc

    cert, key = certificate(tmp_path, "localhost")
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(cert))  # read once a process: by this test alone
    service, server = Engine(), grpc.server(futures.ThreadPoolExecutor(2))
    generation_pb2_grpc.add_GenerationServiceServicer_to_server(service, server)
    shut = grpc.ssl_server_credentials([(key.read_bytes(), cert.read_bytes())])
    port = next(p for p in range(20443, 65443, 1000) if _bound(server, p, shut))
    server.start()
    monkeypatch.setenv("STABILITY_GRPC_HOST", f"localhost:{port}")
    settings.cache_clear()
    seen: list[dict[str, str]] = []

    def look(request: Any, context: Any, generation: Any) -> Iterator[Any]:
        seen.append(dict(context.invocation_metadata()))
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "no")
        yield

    service.turn = look
    with pytest.raises(Denied, match="refused the key"):
        made(Ask("A lighthouse"), tmp_path)
    assert seen[0]["authorization"] == f"Bearer {KEY}"
    server.stop(0)


def _bound(server: Any, port: int, shut: Any) -> bool:
    try:
        return bool(server.add_secure_port(f"localhost:{port}", shut))
    except RuntimeError:
        return False


@needs_sdk
def test_the_prompt_goes_nowhere_in_the_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STABILITY_GRPC_HOST", "grpc.stability.ai:80")
    settings.cache_clear()
    with pytest.raises(Denied, match="in the open"):
        made(Ask("A lighthouse"), tmp_path)


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability_grpc, "SDK", "stability_sdk_that_is_not_there")
    assert "requirements-stability.txt" in stability_grpc.probe().hint
    assert stability_grpc.describe().models
    with pytest.raises(Denied, match="not installed"):
        made(Ask("A lighthouse"), tmp_path)
