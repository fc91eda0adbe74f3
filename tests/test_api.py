"""The HTTP API over a real socket: its doors, its token, revisions, errors, and what it never does."""

from __future__ import annotations

import json
import re
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from playwright.sync_api import Page

import api
from core import api_token, jobs, review, store
from core.config import ROOT, settings
from core.errors import StorageError
from core.people import WORKER
from core.store.base import now
from core.store.tables import Alarm, Heartbeat, Post, Run
from tests.processes import environment, free_port

FIELDS = {
    "id", "app_id", "author", "title", "text", "status", "slot", "zone", "hash", "revision", "variant", "scores",
}  # fmt: skip
NAIVE = re.compile(r"Traceback|File \"|sqlalchemy|sqlite3", re.I)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The API on a real socket, in a thread; its store is whichever the test's settings name."""
    port = free_port()
    config = uvicorn.Config(api.app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def client(served: str, two_authors: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with the right token, on a store with Ada and Bo."""
    headers = {"Authorization": f"Bearer {api_token.token()}"}
    with httpx.Client(base_url=served, headers=headers, trust_env=False, verify=False) as one:  # no TLS here
        yield one


@pytest.fixture
def post(client: httpx.Client) -> dict[str, Any]:
    answer = client.post("/api/posts", json={"author": "ada", "title": "Margins", "text": "Read the margins. 🧭"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    """It says no as every door does: an error, a hint, nothing of the inside."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "hint"}
    assert body["error"]
    assert body["hint"]
    assert not NAIVE.search(answer.text)
    for word in words:
        assert word in body["error"] + " " + body["hint"]


# ---- the token -----------------------------------------------------------------------------------------------


def test_a_token_is_made_once_and_kept_where_only_its_owner_reads(data: Path) -> None:
    first = api_token.token()
    assert len(first) >= 40
    assert api_token.token() == first
    assert stat.S_IMODE((data / "api-token").stat().st_mode) == 0o600
    (data / "api-token").chmod(0o644)
    assert api_token.token() == first
    assert stat.S_IMODE((data / "api-token").stat().st_mode) == 0o600


def test_two_processes_that_make_it_at_once_agree(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_size: int) -> str:
        (data / "api-token").write_text("made-by-the-other-process\n")
        return "ours"

    monkeypatch.setattr(api_token.secrets, "token_urlsafe", slow)
    assert api_token.token() == "made-by-the-other-process"
    assert [p.name for p in data.iterdir() if "api-token" in p.name] == ["api-token"]


def test_the_setting_comes_first_and_an_empty_file_opens_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "api-token").write_text("\n")
    assert len(api_token.token()) >= 40
    monkeypatch.setenv("TIMBRE_API_TOKEN", "chosen")
    settings.cache_clear()
    assert api_token.token() == "chosen"


def test_a_folder_that_cannot_be_written_is_explained(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TIMBRE_DATA", "/proc/nowhere")
        settings.cache_clear()
        with pytest.raises(StorageError) as error:
            api_token.token()
    settings.cache_clear()
    assert "TIMBRE_API_TOKEN" in error.value.hint


def doors() -> list[tuple[str, str]]:
    """Every documented door, its parameters filled with something."""
    paths = api.app.openapi()["paths"]
    return [(m, re.sub(r"{\w+}", "x", p)) for p, methods in paths.items() for m in methods if p != "/healthz"]


def test_the_designs_doors_are_all_there() -> None:
    paths = api.app.openapi()["paths"]
    wanted = {
        "/api/authors": {"get", "post"},
        "/api/authors/{author}": {"get"},
        "/api/samples": {"get", "post"},
        "/api/personas/{author}": {"get", "post"},
        "/api/posts": {"get", "post"},
        "/api/posts/{post_id}": {"get", "patch", "put"},
        "/api/posts/{post_id}/claims": {"get"},
        "/api/posts/{post_id}/confirm": {"post"},
        **{f"/api/posts/{{post_id}}/{verb}": {"post"} for verb in ("approve", "reject", "schedule", "publish")},
        "/api/schedule": {"get"},
        "/api/generate": {"post"},
        "/api/variants/{variant_id}/revise": {"post"},
        "/api/variants/{variant_id}/adapt": {"post"},
        "/api/runs": {"get"},
        "/api/runs/{run_id}": {"get"},
        "/api/runs/{run_id}/cancel": {"post"},
        "/api/drift": {"get"},
        "/api/training": {"get", "post"},
        "/api/training/{run_id}": {"get"},
        "/api/training/{run_id}/cancel": {"post"},
        "/api/adapters": {"get"},
        "/api/adapters/{adapter_id}": {"get"},
        "/api/adapters/{adapter_id}/promote": {"post"},
        "/api/adapters/roll-back": {"post"},
        "/api/archetypes": {"get"},
        "/api/archetypes/{archetype_id}": {"get"},
        "/api/images": {"get"},
        "/api/images/{image_id}": {"delete", "get"},
        "/api/images/{image_id}/files/{name}": {"get"},
        "/api/images/{image_id}/again": {"post"},
        "/api/images/cards": {"post"},
        "/api/images/cards/{design_id}": {"delete", "get"},
        "/api/images/cards/{design_id}/finish": {"post"},
        "/api/images/pictures": {"post"},
        "/api/images/pictures/{run_id}": {"get"},
        "/api/images/pictures/{run_id}/cancel": {"post"},
        "/api/posts/{post_id}/images": {"get", "post"},
        "/api/posts/{post_id}/images/order": {"put"},
        "/api/posts/{post_id}/images/{image_id}": {"delete"},
        "/api/brand": {"get", "post"},
        "/api/brand/{what}": {"delete", "put"},
        "/api/settings": {"get"},
        "/api/sync": {"get", "post"},
        "/healthz": {"get"},
        "/metrics": {"get"},
    }
    assert {path: set(methods) for path, methods in paths.items()} == wanted


def test_every_resource_asks_for_the_token_itself() -> None:
    paths = api.app.openapi()["paths"]
    open_ = [(path, verb) for path, verbs in paths.items() for verb, how_ in verbs.items() if not how_.get("security")]
    assert open_ == [("/healthz", "get")], "what stands before the routes is the second lock, not the only one"


def test_every_door_needs_the_token(client: httpx.Client) -> None:
    for method, path in doors():
        for header in ("", "Bearer wrong", "Bearer", "Basic eDp4", "Bearer é", f"Bearer {api_token.token()}x"):
            answer = client.request(method, path, headers={"Authorization": header.encode()}, content=b"{")
            refused(answer, 401, "Authorization: Bearer")
            assert answer.headers["www-authenticate"] == "Bearer"


# ---- drift ---------------------------------------------------------------------------------------------------


def alarm(author_id: str, **more: Any) -> Alarm:
    ids = dict.fromkeys(("first_id", "low_id", "high_id", "onset_id"), "x")
    row = Alarm(author_id=author_id, **{"status": "open", "number": 41, **ids, **more})
    with store.writing(WORKER) as tx:
        tx.session.add(row)
    return row


def test_open_alarms_are_listed_in_the_words_of_the_pages(client: httpx.Client, two_authors: dict[str, str]) -> None:
    found = {
        "effect": 2.5, "low": 39, "high": 44, "since": 17, "changed": [{"name": "x", "text": "shorter posts: 40 words"}],
    }  # fmt: skip
    one = alarm(two_authors["Ada"], changed_at=datetime(2026, 3, 14, tzinfo=UTC), finding=found)
    other = alarm(two_authors["Bo"], standing=False)
    done = alarm(two_authors["Bo"], status="acknowledged", note="intended", closed_by="Mia", new_baseline=True)
    listed = client.get("/api/drift").json()
    assert [row["id"] for row in listed] == [one.id, other.id]
    assert listed[0] | {"opened_at": ""} == {
        "id": one.id, "author": two_authors["Ada"], "status": "open", "standing": True,
        "title": "Ada writes differently since about the 14th of March 2026", "since": "2026-03-14T00:00:00Z",
        "number": 41, "interval": [39, 44], "effect": 2.5, "posts_since": 17, "changed": ["shorter posts: 40 words"],
        "note": "", "opened_at": "", "closed_by": "", "closed_at": None, "new_baseline": False,
    }  # fmt: skip
    assert listed[1]["since"] is None and listed[1]["effect"] is None and "41st post" in listed[1]["title"]
    everything = client.get("/api/drift", params={"status": "all", "author": "bo"}).json()
    assert {row["id"]: row["note"] for row in everything} == {other.id: "", done.id: "intended"}
    assert "timbre_drift_alarms 2.0" in client.get("/metrics").text


def test_alarms_of_nobody_and_of_no_kind_are_refused(client: httpx.Client) -> None:
    refused(client.get("/api/drift", params={"author": "nobody"}), 404, "no author")
    refused(client.get("/api/drift", params={"status": "shut"}), 422, "status")
    assert client.get("/api/drift").json() == []
    assert client.post("/api/drift", json={}).status_code == 405, "it can only be read"


# ---- authors, samples, personas ------------------------------------------------------------------------------


def test_authors_are_listed_made_and_read_by_id_or_name(client: httpx.Client) -> None:
    made = client.post("/api/authors", json={"name": "Zoë Ω", "zone": "Europe/Berlin", "headline": "Writes"})
    assert made.status_code == 201
    by_id = client.get(made.headers["location"]).json()
    assert by_id == client.get("/api/authors/zoë ω").json() == made.json()
    assert (by_id["zone"], by_id["headline"], by_id["samples"]) == ("Europe/Berlin", "Writes", 0)
    assert [(a["name"], a["samples"]) for a in client.get("/api/authors").json()] == [
        ("Ada", 40),
        ("Bo", 40),
        ("Zoë Ω", 0),
    ]
    refused(client.post("/api/authors", json={"name": "ada"}), 422, "ada")
    refused(client.post("/api/authors", json={"name": "New", "zone": "Mars/Base"}), 422, "Mars/Base")
    refused(client.get("/api/authors/nobody"), 404, "nobody")
    assert len(client.get("/api/authors").json()) == 3


def test_samples_are_stored_once_and_what_is_left_out_is_named(client: httpx.Client) -> None:
    text = 'A sentence that is long enough to learn something from.\u2028And "quotes", and 🧭.'
    many = [
        {"author": "Ada", "text": text, "date": "2026-01-02T03:04:05+01:00"},
        {"author": "Ada", "text": text},
        {"author": "Ada", "text": "short"},
        {"author": "Newcomer", "text": text},
    ]
    first = client.post("/api/samples", json=many, params={"may_train": False})
    assert first.status_code == 201, first.text
    body = first.json()
    assert {k: body[k] for k in ("stored", "duplicate", "short", "unreadable")} == {
        "stored": 2, "duplicate": 1, "short": 1, "unreadable": 0,
    }  # fmt: skip
    assert [(r["row"], r["status"]) for r in body["rows"]] == [(2, "duplicate"), (3, "short")]
    again = client.post("/api/samples", json=many[0])
    assert (again.status_code, again.json()["stored"], again.json()["duplicate"]) == (200, 0, 1)
    newest = client.get("/api/samples", params={"author": "Ada", "limit": 1}).json()[0]
    assert newest["text"] == text
    assert newest["date"] == "2026-01-02T02:04:05Z"
    assert client.get("/api/authors/Newcomer").json()["training_consent"] is False


def test_samples_are_paged_with_a_link_to_the_next(client: httpx.Client) -> None:
    seen, path = [], "/api/samples?author=Ada&limit=15"
    while path:
        answer = client.get(path)
        assert answer.headers["x-total-count"] == "40"
        seen += [s["id"] for s in answer.json()]
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        path = link[1] if link else ""
    assert len(seen) == len(set(seen)) == 40


def test_a_persona_is_derived_and_read(client: httpx.Client) -> None:
    refused(client.get("/api/personas/Ada"), 404, "no persona card", "POST")
    made = client.post("/api/personas/Ada")
    assert made.status_code == 201
    card = client.get("/api/personas/Ada").json()
    assert card == made.json()
    assert (card["author"], card["samples"]) == ("Ada", 40)


# ---- posts ---------------------------------------------------------------------------------------------------


def test_a_post_has_exactly_its_fields_and_its_etag(client: httpx.Client, post: dict[str, Any]) -> None:
    assert set(post) == FIELDS
    assert post["id"] == post["app_id"]
    assert post["hash"] == review.content_hash(post["text"], [], "")
    answer = client.get(f"/api/posts/{post['id']}")
    assert answer.json() == post
    assert answer.headers["etag"] == f'"{post["revision"]}"' == '"1"'


def test_a_posts_scores_are_of_its_text_as_it_is(client: httpx.Client, post: dict[str, Any]) -> None:
    names = {"style", "topic", "likeness", "typical", "evidence", "reason", "generic", "version", "meaning"}
    long = "I walked the southern plant with the man who fixes its pumps, and he showed me valves no report names. " * 5
    url = f"/api/posts/{post['id']}"
    assert set(post["scores"]) == names and post["scores"]["evidence"] == "too little" and post["scores"]["reason"]
    found = client.patch(url, json={"text": long}, headers={"If-Match": '"1"'}).json()["scores"]
    assert found["evidence"] == "ok" and 0 <= found["likeness"] <= 1 and isinstance(found["style"], float)
    assert "at even odds" in found["meaning"]["likeness"] and found["version"]
    (listed,) = client.get("/api/posts").json()
    assert listed["scores"]["evidence"] == "not measured", "a list gives what is kept, and nothing of another text"
    assert client.get(url).json()["scores"] == found


def test_the_way_from_draft_to_schedule(client: httpx.Client, post: dict[str, Any]) -> None:
    url = f"/api/posts/{post['id']}"
    asked = client.patch(url, json={"status": "In Review"}, headers={"If-Match": '"1"'})
    assert (asked.status_code, asked.json()["status"], asked.headers["etag"]) == (200, "In Review", '"2"')
    refused(client.post(f"{url}/approve", json={"hash": "0" * 64}), 409, "read the new text")
    done = client.post(f"{url}/approve", json={"hash": post["hash"], "note": "Good."})
    assert done.json()["status"] == "Approved"
    slot = client.post(f"{url}/schedule", json={"slot": "2027-03-28T09:00", "zone": "Europe/Berlin"}).json()
    assert (slot["status"], slot["slot"], slot["zone"]) == ("Scheduled", "2027-03-28T09:00:00+02:00", "Europe/Berlin")
    listed = client.get("/api/schedule", params={"from": "2027-03-28", "to": "2027-03-28", "zone": "Europe/Berlin"})
    assert [p["id"] for p in listed.json()] == [post["id"]]
    assert client.get("/api/schedule", params={"from": "2027-03-29", "to": "2027-04-28"}).json() == []
    refused(client.post(f"{url}/publish"), 501, "cannot publish yet", "Nothing was sent")
    assert client.get(url).json()["status"] == "Scheduled"
    assert client.post(f"{url}/schedule", json={"slot": None}).json()["status"] == "Approved"
    changes = review.history(post["id"])
    assert {c.source for c in changes} == {"api"}


def test_approving_a_draft_submits_it_first(client: httpx.Client, post: dict[str, Any]) -> None:
    assert client.post(f"/api/posts/{post['id']}/approve").json()["status"] == "Approved"
    assert [n.decision for n in review.notes(post["id"])] == ["submitted", "approved"]


def test_reject_and_restore(client: httpx.Client, post: dict[str, Any]) -> None:
    url = f"/api/posts/{post['id']}"
    out = client.post(f"{url}/reject", json={"note": "Off topic."})
    assert out.json()["status"] == "Rejected"
    back = client.patch(url, json={"status": "Drafting"}, headers={"If-Match": out.headers["etag"]})
    assert back.json()["status"] == "Drafting"
    refused(client.post(f"{url}/reject", headers={"If-Match": '"1"'}), 412, "Nothing was overwritten")


def test_an_edit_needs_if_match_and_a_stale_one_changes_nothing(client: httpx.Client, post: dict[str, Any]) -> None:
    url = f"/api/posts/{post['id']}"
    refused(client.patch(url, json={"text": "x"}), 428, "If-Match")
    refused(client.put(url, json={"title": "", "text": "x"}), 428, "If-Match")
    assert client.patch(url, json={"text": "Hers."}, headers={"If-Match": '"1"'}).status_code == 200
    for stale in ('"1"', "1", 'W/"2"', '"7"', "nonsense"):
        refused(client.patch(url, json={"text": f"Mine {stale}"}, headers={"If-Match": stale}), 412)
    assert client.get(url).json()["text"] == "Hers."
    assert any(n.decision == "kept" for n in review.notes(post["id"])), "the losing text is kept"
    assert client.patch(url, json={"title": "T"}, headers={"If-Match": "*"}).status_code == 200


def test_of_two_writers_at_once_one_gets_412(client: httpx.Client, post: dict[str, Any]) -> None:
    answers: list[int] = []
    gate = threading.Barrier(6)

    def write(number: int) -> None:
        gate.wait()
        answer = client.patch(f"/api/posts/{post['id']}", json={"text": f"By {number}."}, headers={"If-Match": '"1"'})
        answers.append(answer.status_code)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(answers) == [200, 412, 412, 412, 412, 412]
    assert client.get(f"/api/posts/{post['id']}").json()["revision"] == 2


def test_put_replaces_and_takes_a_post_as_it_was_read(client: httpx.Client, post: dict[str, Any]) -> None:
    url = f"/api/posts/{post['id']}"
    client.post(f"{url}/schedule", json={"slot": "2027-03-01T09:00:00Z", "zone": "Europe/Berlin"})
    read = client.get(url)
    whole = {**read.json(), "text": "Another text."}
    done = client.put(url, json=whole, headers={"If-Match": read.headers["etag"]}).json()
    assert (done["text"], done["slot"], done["zone"]) == ("Another text.", "2027-03-01T10:00:00+01:00", "Europe/Berlin")
    bare = client.put(url, json={"title": "", "text": "x"}, headers={"If-Match": "*"}).json()
    assert (bare["slot"], bare["title"]) == (None, "")


def test_an_edit_of_approved_text_asks_again(client: httpx.Client, post: dict[str, Any]) -> None:
    url = f"/api/posts/{post['id']}"
    etag = client.post(f"{url}/approve").headers["etag"]
    assert client.patch(url, json={"text": "Other."}, headers={"If-Match": etag}).json()["status"] == "In Review"


@pytest.mark.parametrize("status", ["Approved", "Scheduled", "Published", "Measured", "Nonsense"])
def test_a_status_with_its_own_door_is_not_set_by_an_edit(
    client: httpx.Client, post: dict[str, Any], status: str
) -> None:
    url = f"/api/posts/{post['id']}"
    answer = client.patch(url, json={"status": status, "text": "x"}, headers={"If-Match": '"1"'})
    refused(answer, 422, status, "Nothing was changed")
    assert client.get(url).json() == post


def test_posts_are_listed_by_status_author_and_words_in_pages(client: httpx.Client) -> None:
    for number in range(7):
        client.post("/api/posts", json={"author": "Bo" if number % 2 else "Ada", "text": f"Number {number}."})
    idea = client.post("/api/posts", json={"author": "Bo", "title": "Later", "status": "Idea"}).json()
    assert [p["id"] for p in client.get("/api/posts", params={"status": "Idea"}).json()] == [idea["id"]]
    assert len(client.get("/api/posts", params={"author": "Bo", "status": ["Idea", "Drafting"]}).json()) == 4
    assert [p["text"] for p in client.get("/api/posts", params={"q": "number 3"}).json()] == ["Number 3."]
    page = client.get("/api/posts", params={"limit": 3, "offset": 6})
    assert (len(page.json()), page.headers["x-total-count"], "link" in page.headers) == (2, "8", False)
    assert 'rel="next"' in client.get("/api/posts?limit=3").headers["link"]
    refused(client.get("/api/posts?status=Nope"), 422, "status", "Drafting")
    refused(client.get("/api/posts?limit=0"), 422, "limit")
    refused(client.get("/api/posts?author=nobody"), 404)
    assert client.get("/api/posts", params={"q": "'; DROP TABLE post; --"}).json() == []
    assert len(client.get("/api/posts").json()) == 8


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"author": "Ada", "txet": "x"}, "txet"),
        ({"author": "Ada", "text": 7}, "text"),
        ({"author": "Ada", "status": "Approved"}, "status"),
        ({"text": "x"}, "author"),
        ({"author": "Ada", "text": "x" * 100_001}, "text"),
        ({"author": "Ada", "text": "a\u0000b"}, "text"),
        ({"author": "Ada", "slot": "2027-01-01T09:00"}, "slot"),
        ({"author": "Ada", "slot": "tomorrow"}, "slot"),
        ({"author": "Ada", "zone": "../../etc/passwd"}, "zone"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(client: httpx.Client, body: dict[str, Any], field: str) -> None:
    refused(client.post("/api/posts", json=body), 422, field)
    assert client.get("/api/posts").json() == []


def test_what_is_not_there(client: httpx.Client) -> None:
    for method, path in (
        ("GET", "/api/posts/nope"),
        ("POST", "/api/posts/nope/approve"),
        ("POST", "/api/posts/nope/publish"),
        ("GET", "/api/runs/nope"),
        ("GET", "/api/nothing"),
    ):
        refused(client.request(method, path), 404)
    refused(client.delete("/api/authors"), 405)
    refused(client.get("/api/posts/%00"), 422)


@pytest.mark.parametrize(
    "raw", [b"{", b"", b"[" * 100_000, b'{"author": "Ada", "text": "\\ud83d"}', b"\xff\xfe", b"null", b"[]"]
)
def test_a_body_that_cannot_be_read(client: httpx.Client, raw: bytes) -> None:
    answer = client.post("/api/posts", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code)


def test_texts_arrive_byte_for_byte(client: httpx.Client) -> None:
    @how(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80))
    def check(text: str) -> None:
        made = client.post("/api/posts", json={"author": "Ada", "text": text})
        assert made.status_code == 201
        assert client.get(f"/api/posts/{made.json()['id']}").json()["text"] == text

    check()


# ---- generation, settings, sync, health ----------------------------------------------------------------------


def test_a_run_is_asked_for_looked_at_and_cancelled(client: httpx.Client) -> None:
    asked = client.post("/api/generate", json={"author": "Ada", "topic": "Audits", "points": ["A valve leaked."]})
    assert asked.status_code == 202, asked.text
    run_id = asked.json()["id"]
    assert asked.headers["location"] == f"/api/runs/{run_id}"
    seen = client.get(f"/api/runs/{run_id}").json()
    assert (seen["status"], seen["brief"]["topic"], seen["variants"]) == ("queued", "Audits", [])
    assert jobs.get(run_id).payload is not None, "it is the worker's job of the same id"
    assert [r["id"] for r in client.get("/api/runs", params={"author": "Ada"}).json()] == [run_id]
    assert client.post(f"/api/runs/{run_id}/cancel").status_code == 202
    assert client.get(f"/api/runs/{run_id}").json()["status"] == "cancelled"
    refused(client.post("/api/generate", json={"author": "Ada", "topic": "x", "variants": 99}), 422, "variants")
    refused(client.post("/api/generate", json={"author": "Ada", "topci": "x"}), 422, "topci")
    with store.reading() as tx:
        assert len(list(tx.session.query(Run))) == 1


def test_settings_show_no_secret(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", "ntn_hush_hush")
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush-hush")
    settings.cache_clear()
    answer = client.get("/api/settings")
    assert answer.json()["NOTION_TOKEN"]["value"] == "set"
    assert answer.json()["API_PORT"]["value"]
    assert "hush" not in answer.text
    assert api_token.token() not in answer.text


def test_a_sync_that_cannot_be_says_what_to_do(client: httpx.Client) -> None:
    found = client.get("/api/sync").json()
    assert found["connected"] is False
    assert (found["waiting"], found["conflicts"], found["trashed"], found["blocks"]) == (0, 0, 0, 0)
    refused(client.post("/api/sync"), 409, "python -m notion_sync setup")


def test_health_needs_no_token_and_names_what_is_missing(client: httpx.Client, served: str) -> None:
    assert httpx.get(f"{served}/healthz", trust_env=False).json() == {
        "status": "degraded",
        "store": True,
        "worker": False,
    }
    with store.writing(WORKER) as tx:
        tx.session.merge(Heartbeat(slot="worker-1", pid=1, at=now(), state={}))
    assert httpx.get(f"{served}/healthz", trust_env=False).json() == {"status": "ok", "store": True, "worker": True}


def test_health_without_a_store_is_503(client: httpx.Client, data: Path) -> None:
    store.dispose()
    (data / "timbre.db").write_bytes(b"this is no database at all, not even nearly" * 50)
    for leftover in ("timbre.db-wal", "timbre.db-shm"):
        (data / leftover).unlink(missing_ok=True)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["store"]) == (503, False)
    answer = client.get("/api/posts")
    assert answer.status_code in (503, 507)
    refused(answer, answer.status_code)
    store.dispose()


def test_metrics_count_requests_by_route_and_hold_no_text(client: httpx.Client, post: dict[str, Any]) -> None:
    client.get(f"/api/posts/{post['id']}")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'timbre_posts{status="Drafting"} 1.0' in answer.text
    assert re.search(
        r'timbre_requests_total{method="GET",route="/api/posts/{post_id}",status="200"} [1-9]', answer.text
    )
    assert post["id"] not in answer.text


def test_an_error_of_the_program_shows_nothing_of_the_inside(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("postgresql://user:password@host and more")

    monkeypatch.setattr(review, "get", broken)
    answer = client.get("/api/posts/x")
    refused(answer, 500, "RuntimeError")
    assert "password" not in answer.text


# ---- from where, and how much --------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_a_name_that_is_not_ours_is_refused_even_without_a_door(client: httpx.Client, host: str) -> None:
    for path in ("/healthz", "/api/posts", "/docs"):
        refused(client.get(path, headers={"Host": host}), 403, "TIMBRE_API_HOSTS")


def test_our_own_names_and_configured_ones_are_let_in(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("localhost", "LOCALHOST:8600", "127.0.0.1", "[::1]:8600", "[::1]"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200, host
    monkeypatch.setenv("TIMBRE_API_HOSTS", "timbre.example, other")
    settings.cache_clear()
    assert client.get("/healthz", headers={"Host": "Timbre.example:443"}).status_code == 200


def test_a_body_without_end_is_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "BODY_BYTES", 10_000)
    big = json.dumps({"author": "Ada", "text": "x" * 20_000}).encode()
    refused(client.post("/api/posts", content=big), 413)
    chunks = (big[n : n + 1000] for n in range(0, len(big), 1000))
    refused(client.post("/api/posts", content=chunks), 413)
    assert client.get("/api/posts").json() == []


def test_other_sites_get_no_permission(client: httpx.Client) -> None:
    answer = client.get("/api/posts", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.browser
def test_the_documentation_asks_nobody_else(client: httpx.Client, served: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{served}/docs")
    page.locator(".opblock").first.wait_for()
    assert page.locator(".opblock").count() == len(doors()) + 1
    assert "http" not in re.sub(r"http://127\.0\.0\.1:\d+", "", client.get("/docs").text).replace("http-equiv", "")


@pytest.mark.slow
def test_the_program_serves_on_loopback_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    env = environment(tmp_path / "data", API_PORT=str(port))
    process = subprocess.Popen([sys.executable, "api.py"], cwd=ROOT, env=env, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert answer.json()["store"] is True
        assert (tmp_path / "data/api-token").stat().st_size > 40
        with socket.socket() as other, pytest.raises(OSError):
            other.settimeout(1)
            other.connect((_own_address(), port))
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode in (0, -15), said
    assert b"Traceback" not in said


def _own_address() -> str:
    """An address of this machine that is not loopback; a test address where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def test_posts_of_another_state_are_not_taken_for_granted(client: httpx.Client, post: dict[str, Any]) -> None:
    """A row that says Approved without an approval (an old copy, a hand in the database) is shown, and not schedulable."""
    with store.writing(WORKER) as tx:
        tx.session.get_one(Post, post["id"]).status = "Approved"
    done = client.post(f"/api/posts/{post['id']}/schedule", json={"slot": "2027-03-28T09:00Z"}).json()
    assert done["status"] == "In Review"


# ---- the edges of time, and names with slashes ---------------------------------------------------------------


@pytest.mark.parametrize("slot", ["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+14:00", "2201-01-01T12:00:00Z"])
def test_a_slot_that_no_calendar_shows_is_refused(client: httpx.Client, post: dict[str, Any], slot: str) -> None:
    url = f"/api/posts/{post['id']}"
    refused(client.post(f"{url}/schedule", json={"slot": slot, "zone": "Pacific/Kiritimati"}), 422, "1970", "2200")
    assert client.get(url).json() == post
    refused(client.get("/api/schedule", params={"from": "9999-12-31"}), 422, "not a range")


def test_an_author_whose_name_has_slashes_is_found_by_it(client: httpx.Client) -> None:
    name = "Ops/Café at http://x.example"
    client.post("/api/authors", json={"name": name})
    assert client.get(f"/api/authors/{quote(name, safe='')}").json()["name"] == name
    refused(client.get(f"/api/personas/{quote(name, safe='')}"), 404, "no persona card")


def test_a_note_and_a_name_that_cannot_be_stored_are_refused(client: httpx.Client, post: dict[str, Any]) -> None:
    refused(client.post(f"/api/posts/{post['id']}/approve", json={"note": "a\x00b"}), 422, "text")
    assert client.get(f"/api/posts/{post['id']}").json()["status"] == "Drafting"
    refused(client.post("/api/authors", json={"name": "a\x00b"}), 422, "one line")


def test_half_a_character_anywhere_is_the_senders_error(client: httpx.Client, post: dict[str, Any]) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    for name, status in {"author": 404, "variant": 422, "\\ud800": 422}.items():
        refused(client.post("/api/posts", content=f'{{"{name}": "\\ud800"}}', headers=headers), status)
    answer = client.patch(f"/api/posts/{post['id']}", content=r'{"status": "\ud800"}', headers=headers)
    refused(answer, 422, "cannot be set to ?")


def test_the_claims_of_a_post_that_was_written_by_hand_are_shown_and_block_nothing(client: httpx.Client) -> None:
    client.post("/api/authors", json={"name": "Ada"})
    made = client.post(
        "/api/posts", json={"author": "Ada", "title": "Audits", "text": "Nine of ten audits fail."}
    ).json()
    found = client.get(f"/api/posts/{made['id']}/claims").json()
    assert found["by_hand"] and not found["blocking"] and found["open"] == ["Nine of ten audits fail."]
    said = {"sentence": "Nine of ten audits fail.", "note": "our own count"}
    found = client.post(f"/api/posts/{made['id']}/confirm", json=said).json()
    assert found["open"] == [] and found["claims"][0]["note"] == "our own count"
    refused(client.post(f"/api/posts/{made['id']}/confirm", json={"sentence": "Nobody said this."}), 422, "sentence")
