"""Stability's REST API (v2beta) on this machine: reads the multipart form, checks it as the reference says, answers."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from email.parser import BytesParser
from typing import Any

import pytest

from tests.core.images.loopback import Asked, Loopback, Reply, at_hand, png

KEY = "sk-stability-0123456789abcdef"
PATHS = ("core", "ultra", "sd3")
ASPECTS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
SD3 = ("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium")


class FakeStability(Loopback):
    """`turn(form)` may answer in another way; it gets the form's fields (`path` is the model's)."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: Callable[[dict[str, Any]], Reply | None] = lambda form: None
        self.forms: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Reply:
        """As https://platform.stability.ai/docs/api-reference has it."""
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return failed(401, "unauthorized", "missing or invalid authorization header")
        path = asked.path.removeprefix("/v2beta/stable-image/generate/")
        if asked.method != "POST" or path not in PATHS:
            return failed(404, "not_found", "no such path")
        if not asked.headers.get("content-type", "").startswith("multipart/form-data"):
            return failed(400, "bad_request", "content-type: must be multipart/form-data")
        form = {"path": path, **fields(asked)}
        self.forms.append(form)
        if (told := self.turn(form)) is not None:
            return told
        if wrong := _wrong(form):
            return failed(400, "bad_request", wrong)
        seed = int(form.get("seed") or 0) or 4711
        made = png(seed)
        if asked.headers.get("accept") == "application/json":
            body = {"image": base64.b64encode(made).decode(), "finish_reason": "SUCCESS", "seed": seed}
            return Reply(200, body)
        return picture(made, seed)


def _wrong(form: dict[str, Any]) -> str:
    if not 1 <= len(form.get("prompt") or "") <= 10_000:
        return "prompt: must have 1 to 10000 characters"
    if "none" not in form and "image" not in form:
        return "form: is not what a client sends"
    if not 0 <= int(form.get("seed") or 0) <= 4_294_967_294:
        return "seed: must be at most 4294967294"
    begun = form["path"] == "sd3" and form.get("mode") == "image-to-image"
    if begun and ("image" not in form or "strength" not in form or "aspect_ratio" in form):
        return "mode: needs image and strength, and takes no aspect_ratio"
    if form.get("aspect_ratio", "1:1") not in ASPECTS:
        return "aspect_ratio: is not one of these"
    if form["path"] == "sd3" and form.get("model") not in SD3:
        return "model: is not one of these"
    if form.get("model") == "sd3.5-large-turbo" and "negative_prompt" in form:
        return "negative_prompt: is not taken by this model"
    return ""


def picture(data: bytes, seed: int, finish: str = "SUCCESS") -> Reply:
    """A picture as `accept: image/*` gets it."""
    return Reply(200, data, "image/png", {"finish-reason": finish, "seed": str(seed), "x-request-id": "req-1"})


def failed(status: int, name: str, *errors: str) -> Reply:
    """An error in Stability's form."""
    return Reply(status, {"id": "a1b2", "name": name, "errors": list(errors)})


def fields(asked: Asked) -> dict[str, Any]:
    """The fields of a multipart form; a file's are bytes."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    found: dict[str, Any] = {}
    for part in BytesParser().parsebytes(head + asked.body).get_payload():
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        found[name] = content if part.get_filename() else content.decode()
    return found


def serving(patch: pytest.MonkeyPatch) -> contextlib.AbstractContextManager[FakeStability]:
    """One on a free port, and its address and key in the environment."""
    return at_hand(FakeStability(), patch, ("STABILITY_API_KEY", KEY), "STABILITY_BASE_URL")
