"""fal's portrait trainer: photos there and weights back, every way in which it ends, what is left there. Real sockets."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Cancelled, Denied, Invalid, StorageError, TimbreError, Unavailable
from core.images import elsewhere, fal_files, fal_trainer, remote
from core.images.fal_trainer import Plan
from tests.core.images.fake_fal import TRAINER, FakeFal, error, serving
from tests.core.images.loopback import Notebook, Reply, png

PLAN = Plan("ohwx", steps=1500, rate=0.0002, masks=True)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFal]:
    monkeypatch.setattr(remote, "POLL", 0.02)
    monkeypatch.setattr(fal_trainer, "EVERY", (0.01, 0.02))
    monkeypatch.setattr(fal_trainer, "AGAIN", (0.01, 0.01))
    with serving(monkeypatch) as server:
        yield server


class Bench:
    """A set of photos, a run's memory, and all that a training told."""

    def __init__(self, folder: Path) -> None:
        self.photos, self.into = folder / "photos", folder / "adapter" / "pytorch_lora_weights.safetensors"
        self.photos.mkdir()
        self.into.parent.mkdir()
        for number in (1, 2, 3):
            (self.photos / f"me at work {number}.png").write_bytes(png(number))
            (self.photos / f"me at work {number}.txt").write_text(f"a photo of [trigger], number {number}")
        (self.photos / "notes.json").write_text("{}")
        self.memory = Notebook(folder)
        self.copies: dict[str, dict[str, Any]] = {}
        self.seen: list[str] = []
        self.said: list[tuple[int, int, str]] = []
        self.lines: list[str] = []

    def train(self, stop: Any = lambda: False, into: Path | None = None) -> Path:
        return fal_trainer.train(
            self.photos,
            PLAN,
            into or self.into,
            lambda *told: self.said.append(told),
            stop,
            self.memory,
            self.noted,
            self.lines.append,
        )

    def noted(self, entry: dict[str, Any]) -> None:
        self.copies[entry["what"]] = dict(entry)
        self.seen.append(entry["kind"])

    def kinds(self) -> dict[str, tuple[bool, bool]]:
        """Of each copy: whether it is hidden, whether it is gone."""
        return {one["kind"]: (bool(one["hidden"]), bool(one["gone"])) for one in self.copies.values()}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_photos_go_there_and_whole_weights_come_home(fake: FakeFal, bench: Bench) -> None:
    fake.logs = ["Loading FLUX.1 dev", " 20%|██        | 300/1500 [01:00<04:00, 5.0it/s, loss=0.31]", "saving 3/4"]
    assert bench.train().read_bytes() == fake.weights
    (packed,) = fake.zips
    assert sorted(packed) == ["001.png", "001.txt", "002.png", "002.txt", "003.png", "003.txt"], "no name of a photo"
    assert packed["002.png"] == png(2) and packed["002.txt"] == b"a photo of [trigger], number 2"
    (job,) = fake.jobs.values()
    assert job.model == TRAINER and job.keeps == 7 * 86_400
    assert {name: value for name, value in job.body.items() if name != "images_data_url"} == {
        "trigger_phrase": "ohwx", "learning_rate": 0.0002, "steps": 1500, "multiresolution_training": True,
        "subject_crop": True, "create_masks": True, "data_archive_format": "zip",
    }  # fmt: skip
    assert bench.lines == [" ".join(line.split()) for line in fake.logs], "each line once"
    assert (300, 1500, "fal trains") in bench.said and max(done for done, *_ in bench.said) == 300
    assert fake.leaks == [] and stat.S_IMODE(bench.into.stat().st_mode) == 0o600
    assert not (bench.memory.folder() / "photos.zip").exists()


def test_afterwards_everything_there_is_shut_off_and_with_an_admin_key_deleted(fake: FakeFal, bench: Bench) -> None:
    bench.train()
    zipped = next(file for path, file in fake.files.items() if path.endswith("photos.zip"))
    assert zipped.keeps == 86_400 and all(file.hidden for file in fake.files.values())
    assert bench.kinds() == {
        "photos": (True, False), "request": (False, False), "settings": (True, False), "weights": (True, False),
    }  # fmt: skip
    fake.admin = True
    again = Bench(bench.into.parent)
    again.train()
    assert [path for path in fake.files if "req-2" in path] == []
    assert again.kinds()["weights"] == (True, True) and again.kinds()["request"] == (False, True)
    assert again.kinds()["photos"] == (True, False), "fal lets nobody delete what was sent to it"


def test_a_large_file_goes_there_in_parts(fake: FakeFal, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fal_files, "LARGE", 1000)
    monkeypatch.setattr(fal_files, "PART", 600)
    fake.largest = 1000
    (bench.photos / "large.jpg").write_bytes(bytes(range(256)) * 8)
    bench.train()
    assert fake.zips[0]["001.jpg"] == bytes(range(256)) * 8, "read whole by the trainer"
    (parts,) = fake.parts.values()
    assert len(parts) > 3 and max(map(len, parts.values())) == 600 and fake.leaks == []
    assert all(asked.query == {"signature": "abc"} for asked in fake.asked if asked.path.startswith("/put/"))


def test_a_copy_is_told_before_its_first_byte_goes_out(fake: FakeFal, bench: Bench) -> None:
    told: list[list[str]] = []
    fake.turn = lambda asked: told.append(list(bench.seen)) if asked.path.startswith("/put/") else None  # type: ignore[func-returns-value]
    bench.train()
    assert told == [["photos"]]


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (error(422, "content_policy_violation", "flagged"), Invalid, "content check refused these photos"),
        (error(422, "image_load_error", "Could not load image 002.png"), Invalid, "Could not load image"),
        (error(500, "internal_server_error", "CUDA out of memory"), Unavailable, "CUDA out of memory"),
        (Reply(504, {"detail": "Request timed out", "error_type": "request_timeout"}), Unavailable, "timed out"),
        (Reply(404, {"detail": "Request not found"}), Unavailable, "does not know"),
    ],
)
def test_a_training_that_failed_there_is_over_and_what_was_sent_is_shut_off(
    fake: FakeFal, bench: Bench, reply: Reply, kind: type[TimbreError], words: str
) -> None:
    fake.problem = reply
    with pytest.raises(kind, match=words):
        bench.train()
    assert bench.kinds()["photos"] == (True, False) and "request" not in bench.memory.recall()
    fake.problem = None
    assert bench.train().is_file(), "started again, it is a new request"
    assert len(fake.jobs) == 2


def test_a_failure_that_only_the_status_tells(fake: FakeFal, bench: Bench) -> None:
    fake.completed_with = {"error": "Runner disconnected", "error_type": "runner_disconnected"}
    with pytest.raises(Unavailable, match="Runner disconnected"):
        bench.train()
    assert "request" not in bench.memory.recall()


@pytest.mark.parametrize(
    "reply",
    [Reply(500, b""), Reply(200, b"half of it", "application/octet-stream", {"Content-Length": "900"}, cut=10)],
)
def test_weights_that_do_not_come_home_stay_there_until_it_goes_on(fake: FakeFal, bench: Bench, reply: Reply) -> None:
    fake.admin = True
    fake.turn = lambda asked: reply if asked.path.endswith(".safetensors") else None
    with pytest.raises(Unavailable, match="weights still lie there"):
        bench.train()
    assert len(fake.calls("GET", ".safetensors")) == 3 and not list(bench.into.parent.iterdir())
    hidden = {path.rpartition("/")[2]: file.hidden for path, file in fake.files.items()}
    assert hidden == {"photos.zip": True, "pytorch_lora_weights.safetensors": False, "config.json": False}
    fake.turn = lambda _: None
    assert bench.train().read_bytes() == fake.weights
    assert len(fake.jobs) == 1, "it was paid once"


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04 a pickle", b"whole", b"short"])
def test_what_is_no_whole_safetensors_is_not_kept(fake: FakeFal, bench: Bench, junk: bytes) -> None:
    fake.weights = {b"whole": fake.weights + b"more", b"short": fake.weights[:-1]}.get(junk, junk)
    with pytest.raises(Unavailable, match="no whole file in safetensors"):
        bench.train()
    assert not list(bench.into.parent.iterdir())


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("when", ["in the queue", "at the upload", "at the download"])
def test_a_killed_worker_goes_on_with_what_is_there(fake: FakeFal, bench: Bench, when: str) -> None:
    path = {"in the queue": "/status", "at the upload": "/put/", "at the download": ".safetensors"}[when]
    held = Reply(wait=threading.Event()) if when != "in the queue" else None
    fake.turn = lambda asked: held if path in asked.path else None
    if when == "in the queue":
        fake.states = ["IN_QUEUE"]

    def stop() -> bool:
        if any(path in asked.path for asked in fake.asked):
            raise _Killed
        return False

    with pytest.raises(_Killed):
        bench.train(stop)
    assert not any(job.cancelled for job in fake.jobs.values())
    assert [path for path, file in fake.files.items() if file.hidden and not path.endswith("photos.zip")] == []
    fake.turn = lambda _: None
    for job in fake.jobs.values():
        job.states = ["COMPLETED"]
    bench.train()
    assert len(fake.jobs) == 1 and len(fake.zips) == 1
    assert len(fake.calls("PUT", "/put/")) == (2 if when == "at the upload" else 1)
    assert all(file.hidden for file in fake.files.values()), "also the half of a zip that nobody needed"


def test_killed_while_the_request_goes_out_it_is_not_sent_again(fake: FakeFal, bench: Bench) -> None:
    fake.turn = lambda asked: Reply(wait=threading.Event()) if TRAINER in asked.path else None

    def stop() -> bool:
        if fake.calls("POST", TRAINER):
            raise _Killed
        return False

    with pytest.raises(_Killed):
        bench.train(stop)
    fake.turn = lambda _: None
    with pytest.raises(Unavailable, match="not known whether fal took"):
        bench.train()
    assert not fake.jobs and all(file.hidden for file in fake.files.values())
    assert bench.train().is_file(), "started again by a person, it is done"


def test_stopping_tells_fal_and_shuts_everything_off(fake: FakeFal, bench: Bench) -> None:
    fake.states = ["IN_PROGRESS"]
    with pytest.raises(Cancelled):
        bench.train(lambda: len(fake.calls("GET", "/status")) > 2)
    assert fake.jobs["req-1"].cancelled and all(file.hidden for file in fake.files.values())
    assert "request" not in bench.memory.recall() and not bench.into.exists()


def test_consent_that_is_withdrawn_on_the_way_stops_it_and_shuts_everything_off(fake: FakeFal, bench: Bench) -> None:
    fake.states = ["IN_PROGRESS"]

    def stop() -> bool:
        if len(fake.calls("GET", "/status")) > 1:
            raise Denied("Ada no longer agrees.")
        return False

    with pytest.raises(Denied, match="no longer agrees"):
        bench.train(stop)
    assert fake.jobs["req-1"].cancelled and all(file.hidden for file in fake.files.values())
    assert "request" not in bench.memory.recall()


def test_a_key_that_was_changed_on_the_way_loses_nothing(
    fake: FakeFal, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.turn = lambda asked: Reply(401, {"detail": "no"}) if asked.path.endswith("/status") else None
    with pytest.raises(Denied, match="Check FAL_KEY"):
        bench.train()
    assert not fake.jobs["req-1"].cancelled
    fake.turn = lambda _: None
    bench.train()
    assert len(fake.jobs) == 1


def test_a_full_disk_is_said_before_and_the_weights_wait(
    fake: FakeFal, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "ROOM", 10**15)
    with pytest.raises(StorageError, match="too little"):
        bench.train()
    monkeypatch.undo()
    assert isinstance(bench.memory.recall()["request"], dict)


def test_no_photos_no_request(fake: FakeFal, bench: Bench) -> None:
    for file in bench.photos.iterdir():
        file.unlink()
    with pytest.raises(Invalid, match="no photos"):
        bench.train()
    assert not fake.asked


def test_the_same_photos_make_the_same_zip(bench: Bench, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        fal_trainer.pack(bench.photos, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_purging_shuts_a_file_off_at_once_and_says_until_when_it_is_kept(fake: FakeFal, bench: Bench) -> None:
    file = bench.photos / "me at work 1.png"
    one = fal_files.send(file, "image/png", "photos", 3600, lambda: False, lambda _: None)
    kept = {"service": "fal", "kind": "photos", "what": one.what, "at": one.at, "expires": one.expires, "gone": None}
    with pytest.raises(Unavailable, match=r"opened by nobody any more.*deletes it by itself by 20"):
        fal_trainer.purge(kept)
    assert next(iter(fake.files.values())).hidden
    fake.files.clear()
    fal_trainer.purge(kept)
    asked = len(fake.asked)
    fal_trainer.purge({**kept, "expires": fal_files.stamp(-1)})
    assert len(fake.asked) == asked, "past its expiry it is gone: nobody is asked"


def test_purging_says_what_could_not_be_done(fake: FakeFal, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.train()
    request = next(one for one in bench.copies.values() if one["kind"] == "request")
    with pytest.raises(Unavailable, match="kind Admin"):
        fal_trainer.purge(request)
    fake.admin = True
    fal_trainer.purge(request)
    weights = next(one for one in bench.copies.values() if one["kind"] == "weights")
    fal_trainer.purge(weights)
    photos = next(one for one in bench.copies.values() if one["kind"] == "photos")
    monkeypatch.setenv("FAL_API_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="could not be shut off"):
        fal_trainer.purge(photos)


def test_what_it_costs_is_the_settings_word(fake: FakeFal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fal_trainer.price(2500).amount is None
    monkeypatch.setenv("TIMBRE_PRICE_FAL_TRAINING", "2.4")
    settings.cache_clear()
    assert (fal_trainer.price(2500).amount, fal_trainer.price(10).amount) == (6.0, 2.4)


def test_a_huge_answer_is_not_kept(fake: FakeFal, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fal_trainer, "LARGEST", 100)
    with pytest.raises(Unavailable, match="something else"):
        bench.train()
    assert not list(bench.into.parent.iterdir())
