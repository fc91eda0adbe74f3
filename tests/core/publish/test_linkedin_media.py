"""Files brought to LinkedIn over a real socket: what arrives, what is tried again, what is said, where the token goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import settings
from core.errors import Conflict, Denied, Invalid, TimbreError, Unavailable
from core.publish import linkedin_media
from tests.core.publish.fake_linkedin import TOKEN, LinkedIn, serving

ME = "urn:li:person:abc_1"


@pytest.fixture
def linkedin(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkedIn]:
    with serving() as server:
        monkeypatch.setenv("LINKEDIN_BASE_URL", server.url)
        monkeypatch.setenv("LINKEDIN_ACCESS_TOKEN", TOKEN)
        for name in ("PAUSE", "LOOK"):
            monkeypatch.setattr(linkedin_media, name, 0.0)
        settings.cache_clear()
        yield server


def file(data: Path, name: str, raw: bytes = b"bytes") -> dict[str, Any]:
    folder = data / "images/01J0"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)
    kind = "application/pdf" if name.endswith(".pdf") else "image/png"
    sha = hashlib.sha256(raw).hexdigest()
    return {"name": name, "path": f"images/01J0/{name}", "sha": sha, "type": kind, "bytes": len(raw)}


def refused(data: Path, server: LinkedIn, wanted: type[TimbreError] = Unavailable) -> str:
    with pytest.raises(wanted) as caught:
        linkedin_media.upload([file(data, "a.png")], ME)
    said = str(caught.value)
    assert TOKEN not in said and "signature" not in said and "Nothing was published" in said
    return said


def test_pictures_and_documents_arrive_whole_and_are_waited_for(linkedin: LinkedIn, data: Path) -> None:
    linkedin.statuses = ["WAITING_UPLOAD", "PROCESSING", "AVAILABLE"]
    notes: list[str] = []
    urns = linkedin_media.upload([file(data, "a.png", b"one"), file(data, "b.png", b"two")], ME, notes.append)
    assert [linkedin.files[urn] for urn in urns] == [b"one", b"two"]
    assert linkedin.seen("POST") == ["/rest/images?action=initializeUpload"] * 2
    assert len(linkedin.seen("GET")) == 4 and notes[0] == "Uploading a.png"
    (urn,) = linkedin_media.upload([file(data, "c.pdf", b"%PDF")], "urn:li:organization:1")
    assert urn.startswith("urn:li:document:") and linkedin.files[urn] == b"%PDF"
    assert linkedin.seen("GET")[-1].startswith("/rest/documents/")


@pytest.mark.parametrize("where", ["POST", "PUT", "GET"])
def test_a_fault_that_passes_is_tried_again(linkedin: LinkedIn, data: Path, where: str) -> None:
    for status in (500, 503, 0):
        linkedin.faults = {f"{where} ": [status, status]}
        (urn,) = linkedin_media.upload([file(data, "a.png", b"one")], ME)
        assert linkedin.files[urn] == b"one"


@pytest.mark.parametrize("status", [500, 0])
def test_one_that_stays_is_said(linkedin: LinkedIn, data: Path, status: int) -> None:
    linkedin.faults = {"PUT ": [status] * 9}
    assert ("500" if status else "broke off") in refused(data, linkedin)
    assert len(linkedin.seen("PUT")) == 3


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Denied, "access token"),
        (403, Denied, "w_member_social"),
        (426, Unavailable, "202608"),
        (429, Unavailable, "midnight UTC"),
        (413, Invalid, "too large"),
        (400, Invalid, "cannot use"),
        (302, Unavailable, "stays here"),
    ],
)
def test_a_refusal_is_said_in_words_and_asked_once(
    linkedin: LinkedIn, data: Path, status: int, kind: type[TimbreError], words: str
) -> None:
    linkedin.faults = {"POST ": [status] * 9}
    assert words in refused(data, linkedin, kind)
    assert len(linkedin.calls) == 1


def test_a_token_that_may_only_post_does_not_wait(linkedin: LinkedIn, data: Path) -> None:
    linkedin.faults = {"GET ": [403] * 9}
    assert linkedin_media.upload([file(data, "a.png")], ME)


def test_a_file_that_linkedin_cannot_read_or_never_finishes(
    linkedin: LinkedIn, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linkedin.statuses = ["PROCESSING", "PROCESSING_FAILED"]
    assert "could not read a.png" in refused(data, linkedin, Invalid)
    linkedin.statuses = ["PROCESSING"]
    monkeypatch.setattr(linkedin_media, "WAIT", 0.0)
    assert "still working" in refused(data, linkedin)


def test_a_slow_answer_is_said(linkedin: LinkedIn, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkedin_media, "SECONDS", 0.1)
    linkedin.faults = {"POST ": [-1] * 9}
    assert "took too long" in refused(data, linkedin)


def test_an_answer_of_another_shape_is_no_upload(linkedin: LinkedIn, data: Path) -> None:
    for answer in ({}, [], {"value": {}}, {"value": {"image": "../x", "uploadUrl": "http://a/"}}, "x"):
        linkedin.answer = answer
        assert "something else" in refused(data, linkedin)
    assert not linkedin.seen("PUT")


def test_neither_token_nor_file_goes_to_a_strange_address(linkedin: LinkedIn, data: Path) -> None:
    for address in (
        "http://127.0.0.1:9/up", "https://linkedin.com.evil.example/up", "http://www.linkedin.com/up",
        "https://x@evil.example/up", "ftp://www.linkedin.com/up", "https://x@www.linkedin.com/up",
    ):  # fmt: skip
        linkedin.elsewhere = address
        assert "not its own" in refused(data, linkedin)
    assert not linkedin.seen("PUT")


def test_nothing_is_sent_where_the_file_is_not_what_was_approved(linkedin: LinkedIn, data: Path) -> None:
    entry = file(data, "a.png")
    (data / entry["path"]).write_bytes(b"other")
    with pytest.raises(Conflict, match="not the file"):
        linkedin_media.upload([entry], ME)
    for path, error in (("../secret", Invalid), ("images/01J0/none.png", Invalid), ("timbre.db", Invalid)):
        with pytest.raises(error):
            linkedin_media.upload([{**entry, "path": path}], ME)
    with pytest.raises(Invalid, match="at most 20"):
        linkedin_media.upload([entry] * 21, ME)
    with pytest.raises(Invalid, match="account"):
        linkedin_media.upload([entry], "urn:li:person:../x")
    assert not linkedin.calls


def test_without_a_token_it_says_so(linkedin: LinkedIn, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKEDIN_ACCESS_TOKEN", "")
    settings.cache_clear()
    assert "not connected" in refused(data, linkedin, Denied)
