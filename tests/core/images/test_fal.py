"""fal's queue and pictures: every state, refusals, stopping, a killed worker, a likeness that goes along. Real sockets."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Cancelled, Denied, Invalid, TimbreError, Unavailable
from core.images import fal, fal_files, fal_queue, remote
from core.images.provider import Ask, Made
from tests.core.images.fake_fal import KEY, FakeFal, error, serving
from tests.core.images.loopback import Asked, Hangup, Notebook, Reply, png


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFal]:
    monkeypatch.setattr(remote, "POLL", 0.02)
    monkeypatch.setattr(fal, "EVERY", (0.01, 0.02))
    with serving(monkeypatch) as server:
        yield server


@pytest.fixture
def memory(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


@pytest.fixture
def likeness(tmp_path: Path, fake: FakeFal) -> Path:
    file = tmp_path / "pytorch_lora_weights.safetensors"
    file.write_bytes(fake.weights)
    return file


def made(ask: Ask, memory: Notebook, stop: Any = lambda: False, said: list[str] | None = None) -> list[Made]:
    return list(fal.make(ask, lambda *told: (said if said is not None else []).append(told[2]), stop, memory))


def test_each_picture_is_a_request_with_its_own_seed_and_comes_home(fake: FakeFal, memory: Notebook) -> None:
    said: list[str] = []
    got = made(Ask("A harbour at dusk", numbers=(1, 3), seed=10, steps=99), memory, said=said)
    assert [(one.number, one.seed, one.data) for one in got] == [
        (1, 11, png(11, (136, 170))), (3, 13, png(13, (136, 170))),
    ]  # fmt: skip
    assert [job.body["seed"] for job in fake.jobs.values()] == [11, 13]
    body = fake.jobs["req-1"].body
    assert body["image_size"] == {"width": 1088, "height": 1360}
    assert (body["num_inference_steps"], body["num_images"], body["enable_safety_checker"]) == (50, 1, True)
    assert {job.keeps for job in fake.jobs.values()} == {86_400}, "pictures lie there for a day, not for ever"
    assert got[0].settings == {
        "service": "fal", "model": "fal-ai/flux/dev", "request": "req-1", "size": [1088, 1360],
    }  # fmt: skip
    assert "Waiting in fal's queue: 2 before it" in said and "fal makes picture 2 of 2" in said
    assert fake.leaks == [], "the key goes along to no file"
    assert memory.recall() == {}


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ((1080, 1080), (1088, 1088)),
        ((1200, 627), (1200, 640)),
        ((4000, 5000), (1136, 1424)),
        ((3000, 300), (1440, 144)),
    ],
)
def test_the_size_is_of_the_wanted_shape_and_one_that_flux_is_good_at(
    wanted: tuple[int, int], asked: tuple[int, int]
) -> None:
    assert fal.size(Ask("x", width=wanted[0], height=wanted[1])) == asked


def test_a_picture_to_begin_from_goes_inside_the_request(fake: FakeFal, memory: Notebook, tmp_path: Path) -> None:
    begun = tmp_path / "from.png"
    begun.write_bytes(png(3))
    (one,) = made(Ask("A harbour", reference=begun, strength=0.0), memory)
    job = fake.jobs["req-1"]
    assert one.data and job.model == "fal-ai/flux/dev/image-to-image"
    assert job.body["image_url"] == f"data:image/png;base64,{base64.b64encode(png(3)).decode()}"
    assert job.body["strength"] == 0.01 and "image_size" not in job.body
    assert not fake.calls("POST", "/storage/")


def test_the_content_check_withholds_a_picture_and_the_next_one_comes(fake: FakeFal, memory: Notebook) -> None:
    fake.nsfw = True
    (one,) = made(Ask("A harbour"), memory)
    assert (one.data, "withheld" in one.refused) == (b"", True)
    fake.nsfw, fake.problem = False, error(422, "content_policy_violation", "flagged by a content checker", "prompt")
    (one,) = made(Ask("A harbour"), memory)
    assert (one.data, "withheld" in one.refused) == (b"", True)
    fake.completed_with = {"error": "flagged", "error_type": "content_policy_violation"}
    assert made(Ask("A harbour"), memory)[0].refused


@pytest.mark.parametrize(
    ("where", "reply", "kind", "words"),
    [
        ("POST /fal-ai", Reply(401, {"detail": f"No user found for Key ID and Secret {KEY}"}), Denied, "Check FAL_KEY"),
        ("POST /fal-ai", Reply(403, {"detail": "User is locked. Reason: Exhausted balance."}), Unavailable, "enough credit"),
        ("POST /fal-ai", error(422, "less_than_equal", "Input should be at most 50", "steps"), Invalid, "at most 50"),
        ("POST /fal-ai", Reply(404, {"detail": "Application not found"}), Unavailable, "does not know"),
        ("POST /fal-ai", Reply(502, b"nginx", "text/html"), Unavailable, "not known whether fal took"),
        ("POST /fal-ai", Reply(503, b"busy", "text/plain"), Unavailable, "not known whether fal took"),
        ("POST /fal-ai", Reply(200, {"oops": 1}), Unavailable, "not known whether fal took"),
        ("GET status", Reply(404, {"detail": "Request not found"}), Unavailable, "does not know"),
        ("GET result", error(500, "internal_server_error", "CUDA out of memory"), Unavailable, "CUDA out of memory"),
        ("GET result", Reply(504, {"detail": "Request timed out", "error_type": "request_timeout"}), Unavailable, "timed"),
        ("GET result", Reply(200, {"images": []}), Unavailable, "made no picture"),
        ("GET result", Reply(200, {"images": [{"url": "file:///etc/passwd"}]}), Invalid, "Only http and https"),
        ("GET result", Reply(200, {"images": [{"url": "https://169.254.169.254/x"}]}), Invalid, "private network"),
        ("GET result", Reply(200, {"images": [{"url": "http://127.0.0.1:9/x"}]}), Invalid, "names port 9"),
        ("GET file", Reply(404, b""), Unavailable, "does not have the picture any more"),
        ("GET file", Reply(302, b"", "text/html", {"Location": "http://127.0.0.1:9/"}), Unavailable, "does not follow"),
    ],
)  # fmt: skip
def test_a_failure_is_said_in_words_without_the_key_and_what_is_left_is_cancelled(
    fake: FakeFal, memory: Notebook, where: str, reply: Reply, kind: type[TimbreError], words: str
) -> None:
    fake.turn = lambda asked: reply if _is(asked, where) else None
    with pytest.raises(kind) as caught:
        made(Ask("A harbour", numbers=(0, 1)), memory)
    assert type(caught.value) is kind and words in str(caught.value), str(caught.value)
    assert KEY not in str(caught.value) and KEY.split(":")[1] not in str(caught.value)
    if where.startswith("GET"):
        assert fake.jobs["req-2"].cancelled
    assert memory.recall() == {}, "there is nothing to take up"
    if where.startswith("POST"):
        assert len(fake.calls("POST", "/fal-ai")) == 1, "what may be paid is not sent twice"


@pytest.mark.parametrize(
    ("where", "reply", "kind"),
    [
        ("GET status", Reply(401, {"detail": "no"}), Denied),
        ("GET result", Reply(500, b"", "text/html"), Unavailable),
        ("GET result", Reply(200, b"<html>", "text/html"), Unavailable),
        ("GET file", Reply(500, b""), Unavailable),
        ("GET file", Reply(200, b"<html>", "text/html"), Unavailable),
        ("GET file", Reply(200, png(1), "image/png", cut=30), Unavailable),
    ],
)
def test_what_a_passing_fault_leaves_there_is_fetched_the_next_time(
    fake: FakeFal, memory: Notebook, likeness: Path, where: str, reply: Reply, kind: type[TimbreError]
) -> None:
    ask = Ask("A photo of ohwx man", numbers=(0, 1), adapter=likeness)
    fake.turn = lambda asked: reply if _is(asked, where) else None
    with pytest.raises(kind) as caught:
        made(ask, memory)
    assert KEY not in str(caught.value) and not any(job.cancelled for job in fake.jobs.values())
    fake.turn = lambda _: None
    assert [one.number for one in made(ask, memory)] == [0, 1]
    assert len(fake.jobs) == 2, "nothing is paid twice"
    assert [file.hidden for path, file in fake.files.items() if path.endswith(".safetensors")] == [True]


def _is(asked: Asked, where: str) -> bool:
    method, part = where.split(" ")
    if asked.method != method:
        return False
    if part in ("status", "result"):
        return "/requests/" in asked.path and asked.path.endswith("/status") == (part == "status")
    return asked.path.startswith("/files/" if part == "file" else part)


def test_a_fault_while_it_waits_is_waited_out(fake: FakeFal, memory: Notebook) -> None:
    faults = [
        Reply(500, b"", "text/html"),
        Hangup(),
        Reply(200, b"<html>", "text/html"),
        Reply(200, {"status": "FINE"}),
    ]

    def stumble(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/status") or not faults:
            return None
        if isinstance(fault := faults.pop(0), Hangup):
            raise fault
        return fault

    fake.turn = stumble
    assert made(Ask("A harbour"), memory)[0].data == png(0, (136, 170))


def test_it_gives_up_once_nothing_is_heard_for_long(
    fake: FakeFal, memory: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fal_queue, "PATIENCE", 0.05)
    fake.turn = lambda asked: Reply(500, b"") if asked.path.endswith("/status") else None
    with pytest.raises(Unavailable, match="may still be carried out"):
        made(Ask("A harbour"), memory)


def test_a_killed_worker_goes_on_with_the_same_requests(fake: FakeFal, memory: Notebook) -> None:
    fake.states = ["IN_QUEUE"]
    ask = Ask("A harbour", numbers=(0, 1))
    with pytest.raises(_Killed):
        made(ask, memory, stop=_kill_once(lambda: bool(fake.calls("GET", "/status"))))
    for job in fake.jobs.values():
        job.states = ["COMPLETED"]
    assert not any(job.cancelled for job in fake.jobs.values())
    assert [one.number for one in made(ask, memory)] == [0, 1]
    assert len(fake.jobs) == 2, "nothing was asked for, and paid, twice"


def test_killed_while_a_request_goes_out_it_is_not_sent_again(fake: FakeFal, memory: Notebook) -> None:
    fake.turn = lambda asked: Reply(wait=threading.Event()) if asked.method == "POST" else None
    with pytest.raises(_Killed):
        made(Ask("A harbour"), memory, stop=_kill_once(lambda: bool(fake.asked)))
    fake.turn = lambda _: None
    with pytest.raises(Unavailable, match="not known whether fal took"):
        made(Ask("A harbour"), memory)
    assert not fake.jobs
    assert made(Ask("A harbour"), memory)[0].data, "asked for again by a person, it is made"


def test_where_one_of_several_is_not_known_the_others_are_fetched_and_it_is_not_sent_again(
    fake: FakeFal, memory: Notebook
) -> None:
    ask = Ask("A harbour", numbers=(0, 1))
    fake.turn = lambda asked: Reply(502, b"") if asked.method == "POST" and len(fake.jobs) == 1 else None
    with pytest.raises(Unavailable, match="not known whether fal took"):
        made(ask, memory)
    fake.turn = lambda _: None
    got: list[Made] = []
    with pytest.raises(Unavailable, match="not known whether fal took"):
        for one in fal.make(ask, lambda *_: None, lambda: False, memory):
            got.append(one)
    assert [one.number for one in got] == [0] and len(fake.jobs) == 1
    assert memory.recall() == {}


class _Killed(BaseException):
    pass


def _kill_once(when: Any) -> Any:
    def stop() -> bool:
        if when():
            raise _Killed
        return False

    return stop


def test_stopping_tells_fal(fake: FakeFal, memory: Notebook) -> None:
    fake.states = ["IN_QUEUE"]
    with pytest.raises(Cancelled):
        made(Ask("A harbour", numbers=(0, 1, 2)), memory, stop=lambda: bool(fake.calls("GET", "/status")))
    assert [job.cancelled for job in fake.jobs.values()] == [True, True, True]


def test_a_likeness_goes_along_for_a_while_and_is_hidden_afterwards(
    fake: FakeFal, memory: Notebook, likeness: Path
) -> None:
    told: list[dict[str, Any]] = []

    def noted(copy: dict[str, Any]) -> None:
        told.append({**copy, "sent": len(fake.calls("PUT", "/put/"))})

    ask = Ask("a photo of ohwx man", numbers=(0, 1), adapter=likeness, adapter_scale=0.9, adapter_noted=noted)
    assert len(made(ask, memory)) == 2
    assert {one["what"] for one in told} == {f"{fake.url}{next(iter(fake.files))}"}
    assert told[0]["sent"] == 0 and not told[-2]["hidden"] and told[-1]["hidden"], "told before its first byte goes out"
    (path, file), *_ = fake.files.items()
    assert [job.model for job in fake.jobs.values()] == ["fal-ai/flux-lora"] * 2
    assert fake.jobs["req-1"].body["loras"] == [{"path": f"{fake.url}{path}", "scale": 0.9}]
    assert (file.data, file.keeps, file.hidden) == (fake.weights, 6 * 3600, True)
    assert len(fake.calls("POST", "/storage/upload/initiate")) == 1 and fake.leaks == []


def test_a_likeness_is_hidden_also_where_the_pictures_failed(fake: FakeFal, memory: Notebook, likeness: Path) -> None:
    fake.problem = error(500, "internal_server_error", "oh")
    with pytest.raises(Unavailable):
        made(Ask("a photo of ohwx man", adapter=likeness), memory)
    assert all(file.hidden for file in fake.files.values())


def test_a_likeness_that_still_lies_there_is_not_sent_again(fake: FakeFal, memory: Notebook, likeness: Path) -> None:
    lies = fal_files.send(likeness, "application/octet-stream", "weights", 60, lambda: False, lambda one: None)
    kept = {"what": lies.what, "expires": fal_files.stamp(60)}
    made(Ask("a photo of ohwx man", adapter=likeness, adapter_remote=kept), memory)
    assert len(fake.files) == 2, "the likeness and the picture"
    made(Ask("a photo of ohwx man", adapter=likeness, adapter_remote={**kept, "expires": fal_files.stamp(-1)}), memory)
    assert len(fake.calls("POST", "/storage/upload/initiate")) == 2


def test_a_killed_worker_sends_a_likeness_anew_only_where_it_was_not_all_there(
    fake: FakeFal, memory: Notebook, likeness: Path
) -> None:
    fake.states = ["IN_QUEUE"]
    ask = Ask("a photo of ohwx man", adapter=likeness)
    fake.turn = lambda asked: Reply(wait=threading.Event()) if asked.method == "PUT" else None
    with pytest.raises(_Killed):
        made(ask, memory, stop=_kill_once(lambda: bool(fake.calls("PUT", "/put/"))))
    fake.turn = lambda _: None
    assert not fake.jobs
    with pytest.raises(_Killed):
        made(ask, memory, stop=_kill_once(lambda: bool(fake.calls("GET", "/status"))))
    fake.jobs["req-1"].states = ["COMPLETED"]
    assert made(ask, memory)[0].data
    assert len(fake.calls("PUT", "/put/")) == 2 and len(fake.jobs) == 1


def test_a_model_that_takes_no_likeness_says_so(fake: FakeFal, memory: Notebook, likeness: Path) -> None:
    with pytest.raises(Invalid, match="cannot apply a trained likeness"):
        made(Ask("x", adapter=likeness, model="fal-ai/flux/schnell"), memory)
    with pytest.raises(Invalid, match="no model fal-ai/other"):
        made(Ask("x", model="fal-ai/other"), memory)
    assert not fake.asked


def test_the_key_never_leaves_for_an_address_that_an_answer_names(fake: FakeFal, memory: Notebook) -> None:
    other = FakeFal()
    with other.serving():
        there = f"{other.url}/fal-ai/flux/requests/req-1"
        fake.states = ["COMPLETED"]

        def elsewhere(asked: Asked) -> Reply | None:
            if asked.method != "POST":
                return None
            fake.turn = lambda _: None
            fake.answer(asked)
            return Reply(200, {"request_id": "req-1", "response_url": there, "status_url": f"{there}/status"})

        fake.turn = elsewhere
        assert made(Ask("A harbour"), memory)[0].data
        assert not other.asked


def test_what_it_costs_is_the_settings_word(fake: FakeFal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fal.price(Ask("x")).amount is None and "TIMBRE_PRICE_FAL_PICTURE" in fal.price(Ask("x")).how
    monkeypatch.setenv("TIMBRE_PRICE_FAL_PICTURE", "0.05")
    settings.cache_clear()
    assert fal.price(Ask("x", numbers=(0, 1, 2))).amount == 0.15


def test_without_a_key_nothing_is_asked(fake: FakeFal, memory: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "")
    settings.cache_clear()
    assert "FAL_KEY" in fal.probe().hint
    with pytest.raises(Denied, match="FAL_KEY"):
        made(Ask("A harbour"), memory)
    assert not fake.asked
