"""Stability over REST: the form as the service wants it, refusals in words, nothing paid twice. Over a real socket."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images import remote, stability
from core.images.provider import Ask, Made
from core.llm import wire
from tests.core.images.fake_stability import KEY, FakeStability, failed, picture, serving
from tests.core.images.loopback import Hangup, Notebook, Reply, png


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStability]:
    monkeypatch.setattr(remote, "POLL", 0.02)
    with serving(monkeypatch) as server:
        yield server


@pytest.fixture
def memory(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


def made(ask: Ask, memory: Notebook, stop: Any = lambda: False) -> list[Made]:
    return list(stability.make(ask, lambda *_: None, stop, memory))


def test_a_picture_comes_with_its_seed_and_what_it_takes_to_make_it_again(
    fake: FakeStability, memory: Notebook
) -> None:
    ask = Ask("A lighthouse at dawn, no people", negative="text", aspect="4:5", numbers=(0, 2), seed=41)
    got = made(ask, memory)
    assert [(one.number, one.seed, one.data) for one in got] == [(0, 41, png(41)), (2, 43, png(43))]
    form = fake.forms[1]
    assert {name: form[name] for name in ("path", "prompt", "negative_prompt", "aspect_ratio", "seed")} == {
        "path": "core", "prompt": ask.prompt, "negative_prompt": "text", "aspect_ratio": "4:5", "seed": "43",
    }  # fmt: skip
    assert got[0].settings == {
        "service": "stability v2beta", "model": "core", "aspect": "4:5", "request": "req-1",
    }  # fmt: skip
    assert got[0].cost is not None and got[0].cost.amount == 0.03
    assert stability.price(ask).amount == 0.06
    assert memory.recall() == {}


@pytest.mark.parametrize("model", list(stability.MODELS))
def test_every_model_gets_a_form_that_it_takes(
    fake: FakeStability, memory: Notebook, tmp_path: Path, model: str
) -> None:
    begun = tmp_path / "from.png"
    begun.write_bytes(png(9))
    for ask in (
        Ask("A harbour", negative="fog", model=model, seed=0, aspect="7:9", width=700, height=900),
        Ask("A harbour", negative="fog", model=model, reference=begun, strength=1.7),
    ):
        (one,) = made(ask, memory)
        assert one.data and not one.refused
    plain, from_picture = fake.forms
    assert plain["aspect_ratio"] == "4:5" and plain["seed"] != "0", "0 would mean any seed"
    takes = stability.MODELS[model][0]
    assert ("negative_prompt" in plain) == takes.negative
    assert ("image" in from_picture) == takes.reference
    if takes.reference:
        assert from_picture["image"] == begun.read_bytes() and from_picture["strength"] == "1"


def test_a_picture_in_json_is_read_as_well(fake: FakeStability, memory: Notebook) -> None:
    told = {"image": base64.b64encode(png(5)).decode(), "finish_reason": "SUCCESS", "seed": 5}
    fake.turn = lambda _: Reply(200, told, "application/json; type=image/png")
    (one,) = made(Ask("A harbour"), memory)
    assert (one.data, one.seed) == (png(5), 5)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failed(403, "content_moderation", "Your request was flagged by our content moderation system"), "other words"),
        (failed(422, "content_moderation", "flagged"), "other words"),
        (picture(png(1), 7, "CONTENT_FILTERED"), "withheld"),
        (Reply(200, {"image": "", "finish_reason": "CONTENT_FILTERED", "seed": 7}), "withheld"),
    ],
)
def test_a_refusal_by_the_content_check_is_an_answer_and_the_next_picture_is_made(
    fake: FakeStability, memory: Notebook, reply: Reply, words: str
) -> None:
    fake.turn = lambda form: reply if form["seed"] == "7" else None
    first, second = made(Ask("A harbour", numbers=(0, 1), seed=7), memory)
    assert (first.data, first.number) == (b"", 0) and words in first.refused
    assert second.data == png(8)


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (failed(401, "unauthorized", f"bad key {KEY}"), Denied, "Check STABILITY_API_KEY"),
        (failed(402, "payment_required", "You lack sufficient credits"), Unavailable, "not enough credit"),
        (failed(403, "forbidden", "this key may not"), Denied, "refused the key (403)"),
        (failed(400, "bad_request", "prompt: is in no language that is known"), Invalid, "prompt: is in no language"),
        (failed(413, "payload_too_large", "body must be smaller"), Invalid, "too large"),
        (failed(422, "invalid_language", "English is the only supported language"), Invalid, "English is the only"),
        (failed(500, "internal_error", "oh"), Unavailable, "fault at the moment"),
        (Reply(502, b"<html>nginx</html>", "text/html"), Unavailable, "fault at the moment"),
        (Reply(302, b"", "text/html", {"Location": "http://127.0.0.1:9/"}), Unavailable, "does not follow"),
        (Reply(200, b"<html>login</html>", "text/html"), Unavailable, "something else"),
        (Reply(200, {"image": "!!", "finish_reason": "SUCCESS"}), Unavailable, "something else"),
        (Reply(200, [1, 2]), Unavailable, "something else"),
    ],
)
def test_a_failure_is_said_in_words_without_the_key_and_nothing_is_held_as_out(
    fake: FakeStability, memory: Notebook, reply: Reply, kind: type[TimbreError], words: str
) -> None:
    fake.turn = lambda _: reply
    with pytest.raises(kind) as caught:
        made(Ask("A harbour"), memory)
    assert type(caught.value) is kind and words in str(caught.value) and KEY not in str(caught.value)
    assert len(fake.asked) == 1 and memory.recall() == {}


def test_a_busy_service_is_waited_for_and_no_longer_than_patience(
    fake: FakeStability, memory: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [failed(429, "rate_limit_exceeded", "150 requests in 10 seconds")]
    busy[0].headers["Retry-After"] = "0.1"
    fake.turn = lambda _: busy.pop() if busy else None
    assert made(Ask("A harbour"), memory)[0].data
    fake.turn = lambda _: failed(429, "rate_limit_exceeded", "150 requests in 10 seconds")
    monkeypatch.setattr(wire, "PATIENCE", 0.0)
    with pytest.raises(Unavailable, match="too many requests"):
        made(Ask("A harbour"), memory)


def test_where_no_answer_came_it_is_said_that_it_may_be_paid_and_not_asked_again(
    fake: FakeStability, memory: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(_: object) -> Reply:
        raise Hangup

    fake.turn = hang_up
    with pytest.raises(Unavailable, match="is not known"):
        made(Ask("A harbour"), memory)
    fake.turn = lambda _: Reply(200, png(1), "image/png", cut=20)
    with pytest.raises(Unavailable, match="is not known"):
        made(Ask("A harbour"), memory)
    monkeypatch.setattr(stability, "SECONDS", 0.2)
    fake.turn = lambda _: Reply(200, png(1), "image/png", wait=threading.Event())
    with pytest.raises(Unavailable, match="is not known"):
        made(Ask("A harbour"), memory)
    assert len(fake.forms) == 3


def test_a_killed_worker_does_not_ask_for_the_same_picture_again(fake: FakeStability, memory: Notebook) -> None:
    class Killed(BaseException):
        pass

    ask = Ask("A harbour", numbers=(0, 1))
    with pytest.raises(Killed):
        made(ask, memory, stop=_once(Killed, fake))
    with pytest.raises(Unavailable, match=r"number 1\).*not known"):
        made(ask, memory)
    assert len(fake.forms) == 1
    assert [one.number for one in made(ask, memory)] == [0, 1], "asked for anew by a person, it is made"


def _once(error: type[BaseException], fake: FakeStability) -> Any:
    fake.turn = lambda _: Reply(200, png(1), "image/png", wait=threading.Event())

    def stop() -> bool:
        if fake.forms:
            fake.turn = lambda _: None
            raise error
        return False

    return stop


def test_stopping_cuts_the_call_at_once(fake: FakeStability, memory: Notebook) -> None:
    fake.turn = lambda _: Reply(200, png(1), "image/png", wait=threading.Event())
    with pytest.raises(Cancelled):
        made(Ask("A harbour"), memory, stop=lambda: bool(fake.forms))
    assert fake.gone.wait(5) and memory.recall() == {}


def test_without_a_key_nothing_is_asked(fake: FakeStability, memory: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stability.probe().ready
    monkeypatch.setenv("STABILITY_API_KEY", "")
    settings.cache_clear()
    assert "STABILITY_API_KEY" in stability.probe().hint
    with pytest.raises(Denied, match="STABILITY_API_KEY"):
        made(Ask("A harbour"), memory)
    monkeypatch.setenv("STABILITY_API_KEY", "a key\twith a tab")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="Check STABILITY_API_KEY"):
        made(Ask("A harbour"), memory)
    assert not fake.asked


def test_a_server_that_is_not_there(memory: Notebook, fake: FakeStability, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STABILITY_BASE_URL", "http://user:pass@127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(Unavailable, match=r"Nobody answers at http://127\.0\.0\.1:9") as caught:
        made(Ask("A harbour"), memory)
    assert "pass" not in str(caught.value)
