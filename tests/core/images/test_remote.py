"""What the image services share: what an error says, what a picture is, stopping."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from core.errors import Cancelled
from core.images import remote
from tests.core.images.loopback import png


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"id":"1","name":"content_moderation","errors":["no","way"]}', ("no way", "content_moderation")),
        (b'{"detail":[{"msg":"Field required","type":"missing","loc":["body"]}]}', ("Field required", "missing")),
        (b'{"detail":"Request timed out","error_type":"request_timeout"}', ("Request timed out", "request_timeout")),
        (b'{"error":{"type":"authorization_error","message":"Admin"}}', ("Admin", "authorization_error")),
        (b'{"message":"no"}', ("no", "")),
        (b"<html>", ("", "")),
        (b"[1]", ("", "")),
        (b"[" * 50_000, ("", "")),
        (b'{"errors":[null,{"x":1}]}', ("None", "")),
    ],
)
def test_what_an_error_says(body: bytes, told: tuple[str, str]) -> None:
    assert tuple(part.strip() for part in remote.said(body)) == told


def test_what_a_picture_is() -> None:
    assert remote.kind(png()) == "png" and remote.kind(b"\xff\xd8\xff\xe0") == "jpeg"
    assert remote.kind(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "webp" and remote.kind(b"RIFF\x00\x00\x00\x00WAVE") == ""
    assert remote.kind(b"<svg") == "" and remote.kind(b"") == ""


def test_what_a_person_stops_is_left_at_once_and_cut() -> None:
    cut = threading.Event()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        remote.watched(lambda: cut.wait(20), lambda: True, cut.set)
    assert cut.is_set() and time.monotonic() - began < 10
    with pytest.raises(Cancelled):
        remote.pause(20, lambda: True)


def test_what_the_work_raises_is_raised_here() -> None:
    def work() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        remote.watched(work, lambda: False, lambda: None)
    assert remote.watched(lambda: 3, lambda: False, lambda: None) == 3


def test_lists_within_lists_are_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="without end"):
        remote.Answer(200, httpx.Headers(), b"[" * 50_000).json()
