"""fal on this machine: queue, files with expiry and access, portrait trainer, deletion. As docs.fal.ai has it."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest

from tests.core.images.loopback import Asked, Loopback, Reply, at_hand, png

KEY = "6b0d1c1e-0000-4000-8000-fal0fal0fal0:0123456789abcdef"
TRAINER = "fal-ai/flux-lora-portrait-trainer"
MODELS = ("fal-ai/flux/dev", "fal-ai/flux/schnell", "fal-ai/flux-lora", TRAINER)


@dataclass
class Job:
    """A request in the queue. `states`: what each look finds, the last for ever; `problem`: how its result fails."""

    id: str
    model: str
    body: dict[str, Any]
    keeps: int
    states: list[str]
    looks: int = 0
    cancelled: bool = False
    deleted: bool = False
    made: list[str] = field(default_factory=list)

    def state(self) -> str:
        return self.states[min(self.looks, len(self.states) - 1)]


@dataclass
class File:
    """A file on the CDN. `keeps`: seconds until it expires, None for never."""

    keeps: int | None
    data: bytes | None = None
    hidden: bool = False


class FakeFal(Loopback):
    """Set `states`, `problem`, `turn` for other courses; `jobs` and `files` are what lies there."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, Job] = {}
        self.files: dict[str, File] = {}
        self.states = ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
        self.logs: list[str] = []
        self.problem: Reply | None = None
        self.completed_with: dict[str, Any] = {}
        self.nsfw = False
        self.admin = False
        self.weights = safetensors()
        self.zips: list[dict[str, bytes]] = []
        self.leaks: list[str] = []
        self.largest = 100_000_000
        self.parts: dict[str, dict[int, bytes]] = {}
        self.turn: Callable[[Asked], Reply | None] = lambda asked: None

    def answer(self, asked: Asked) -> Reply:
        """Files need no key and get none; all else needs one."""
        if (told := self.turn(asked)) is not None:
            return told
        if asked.path.startswith(("/files/", "/put/")):
            if "authorization" in asked.headers:
                self.leaks.append(asked.path)
            return self._file(asked)
        if asked.headers.get("authorization") != f"Key {KEY}":
            return Reply(401, {"detail": "Cannot access application. Authentication is required."})
        if "/requests/" in asked.path and not asked.path.startswith("/models/"):
            return self._request(asked)
        known: dict[tuple[str, str], Callable[[Asked], Reply]] = {
            ("POST", "/storage/upload/initiate"): self._announce,
            ("POST", "/storage/upload/initiate-multipart"): self._announce,
            ("PUT", "/storage/files/acl"): self._access,
        }
        if asked.path.startswith("/models/requests/"):
            return self._delete(asked)
        return known.get((asked.method, asked.path), self._submit)(asked)

    # ---- queue

    def _submit(self, asked: Asked) -> Reply:
        model = asked.path.strip("/")
        if asked.method != "POST" or model.removesuffix("/image-to-image") not in MODELS:
            return Reply(404, {"detail": f"Application {model!r} not found"})
        body, keeps = asked.json(), json.loads(asked.headers.get("x-fal-object-lifecycle-preference", "{}"))
        if wrong := self._unreadable(model, body):
            return wrong
        with self.lock:
            id_ = f"req-{len(self.jobs) + 1}"
            job = Job(id_, model, body, keeps.get("expiration_duration_seconds", 0), list(self.states))
            self.jobs[id_] = job
        there = f"{self.url}/{self._app(model)}/requests/{id_}"
        return Reply(
            200,
            {
                "status": "IN_QUEUE",
                "request_id": id_,
                "response_url": there,
                "status_url": f"{there}/status",
                "cancel_url": f"{there}/cancel",
                "queue_position": 2,
            },
        )

    def _unreadable(self, model: str, body: dict[str, Any]) -> Reply | None:
        """A model fetches its inputs like anybody: what is hidden or not there, it cannot read."""
        wanted = [body["images_data_url"]] if model == TRAINER else [one["path"] for one in body.get("loras") or []]
        for url in wanted:
            data = self._open(url)
            if data is None:
                return error(422, "file_download_error", "Failed to download the file.", "images_data_url")
            if model == TRAINER:
                with zipfile.ZipFile(io.BytesIO(data)) as packed:
                    self.zips.append({name: packed.read(name) for name in packed.namelist()})
        if model != TRAINER and not body.get("prompt"):
            return error(422, "missing", "Field required", "prompt")
        return None

    def _app(self, model: str) -> str:
        return "/".join(model.split("/")[:2])

    def _request(self, asked: Asked) -> Reply:
        app, _, rest = asked.path.strip("/").partition("/requests/")
        id_, _, what = unquote(rest).partition("/")
        job = self.jobs.get(id_)
        if job is None or job.deleted or self._app(job.model) != app:
            return Reply(404, {"detail": "Request not found"})
        if what == "status":
            return self._status(job)
        if what == "cancel":
            if job.state() == "COMPLETED":
                return Reply(400, {"status": "ALREADY_COMPLETED"})
            job.cancelled = True
            return Reply(202, {"status": "CANCELLATION_REQUESTED"})
        return self.problem or self._result(job)

    def _status(self, job: Job) -> Reply:
        state = job.state()
        job.looks += 1
        told: dict[str, Any] = {"status": state, "request_id": job.id, "response_url": "", "logs": None}
        if state == "IN_QUEUE":
            told["queue_position"] = 2
        else:
            told["logs"] = [{"message": line, "level": "INFO", "source": "USER"} for line in self.logs]
        if state == "COMPLETED":
            told |= {"metrics": {"inference_time": 3.7}, **self.completed_with}
        return Reply(200 if state == "COMPLETED" else 202, told)

    def _result(self, job: Job) -> Reply:
        if job.state() != "COMPLETED":
            return Reply(400, {"detail": "Request is still in progress"})
        if job.model == TRAINER:
            weights = self._keep(job, "pytorch_lora_weights.safetensors", self.weights)
            config = self._keep(job, "config.json", b"{}")
            return Reply(200, {"diffusers_lora_file": {"url": weights}, "config_file": {"url": config}})
        wanted = job.body.get("image_size") or {"width": 64, "height": 80}
        seed = int(job.body.get("seed") or 0)
        url = self._keep(job, "picture.png", png(seed, (wanted["width"] // 8, wanted["height"] // 8)))
        shown = {"url": url, "content_type": "image/png", **wanted}
        return Reply(200, {"images": [shown], "seed": seed, "has_nsfw_concepts": [self.nsfw], "prompt": "as asked"})

    def _keep(self, job: Job, name: str, data: bytes) -> str:
        path = f"/files/{job.id}/{name}"
        if path not in self.files:
            self.files[path] = File(job.keeps or None, data)
            job.made.append(path)
        return f"{self.url}{path}"

    # ---- files

    def _announce(self, asked: Asked) -> Reply:
        keeps = json.loads(asked.headers.get("x-fal-object-lifecycle", "{}")).get("expiration_duration_seconds")
        with self.lock:
            path = f"/files/in-{len(self.files) + 1}/{asked.json()['file_name']}"
            self.files[path] = File(keeps)
        way = "/put/parts" if asked.path.endswith("multipart") else "/put"
        return Reply(200, {"file_url": f"{self.url}{path}", "upload_url": f"{self.url}{way}{path}?signature=abc"})

    def _file(self, asked: Asked) -> Reply:
        if asked.path.startswith("/put/parts/"):
            return self._part(asked)
        if asked.method == "PUT":
            if len(asked.body) > self.largest:
                return Reply(413, b"", "text/plain")
            self.files[asked.path.removeprefix("/put")].data = asked.body
            return Reply(200, b"", "text/plain")
        data = self._open(f"{self.url}{asked.path}")
        return Reply(404, b"", "text/plain") if data is None else Reply(200, data, "application/octet-stream")

    def _part(self, asked: Asked) -> Reply:
        path, _, name = asked.path.removeprefix("/put/parts").rpartition("/")
        parts = self.parts.setdefault(path, {})
        if name != "complete":
            parts[int(name)] = asked.body
            return Reply(200, {"partNumber": int(name), "etag": f"etag-{name}"})
        wanted = [(one["partNumber"], one["etag"]) for one in asked.json()["parts"]]
        if wanted != [(number, f"etag-{number}") for number in sorted(parts)]:
            return Reply(400, {"error": "parts do not fit"})
        self.files[path].data = b"".join(parts[number] for number in sorted(parts))
        return Reply(200, {})

    def _open(self, url: str) -> bytes | None:
        file = self.files.get(url.removeprefix(self.url))
        return None if file is None or file.hidden else file.data

    def _access(self, asked: Asked) -> Reply:
        file = self.files.get(asked.query["url"].removeprefix(self.url))
        if file is None:
            return Reply(404, {"error": {"type": "not_found", "message": "no such file"}})
        file.hidden = asked.json()["default"] in ("hide", "forbid")
        return Reply(200, asked.json())

    def _delete(self, asked: Asked) -> Reply:
        if asked.method != "DELETE" or not self.admin:
            return Reply(403, {"error": {"type": "authorization_error", "message": "An admin key is needed."}})
        job = self.jobs.get(asked.path.split("/")[3])
        if job is None or job.deleted:
            return Reply(404, {"error": {"type": "not_found", "message": "no such request"}})
        job.deleted = True
        for path in job.made:
            del self.files[path]
        return Reply(200, {"cdn_delete_results": [{"link": path} for path in job.made]})


def error(status: int, kind: str, words: str, *at: str) -> Reply:
    """An error in the form of fal's models."""
    return Reply(status, {"detail": [{"loc": ["body", *at], "msg": words, "type": kind, "url": "https://docs.fal.ai"}]})


def safetensors(**tensors: tuple[int, ...]) -> bytes:
    """A tiny LoRA for Flux: names and shapes, all zeros (float32)."""
    name = "transformer.single_transformer_blocks.0.attn.to_q"
    wanted = tensors or {f"{name}.lora_A.weight": (4, 16), f"{name}.lora_B.weight": (16, 4)}
    table, at = {}, 0
    for key, shape in wanted.items():
        size = 4 * shape[0] * shape[1]
        table[key] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(table).encode()
    return struct.pack("<Q", len(head)) + head + bytes(at)


def serving(patch: pytest.MonkeyPatch) -> contextlib.AbstractContextManager[FakeFal]:
    """One on a free port, and its addresses and key in the environment."""
    return at_hand(FakeFal(), patch, ("FAL_KEY", KEY), "FAL_BASE_URL", "FAL_REST_URL", "FAL_API_URL")
