"""Training over HTTP: beginning and stopping runs, looking at them, promoting and rolling back adapters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import api
from core import api_token, jobs, store
from core.config import settings
from core.store import Actor, archetypes
from core.store.tables_training import Adapter, TrainingRun
from core.train import commands, registry
from core.train.model import adapters_folder
from core.train.scope import Scope
from tests.core.train.posts import author

FILE, BASE = b"a small LoRA", b"a base"


@pytest.fixture
def client(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    (data / "base.gguf").write_bytes(BASE)
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(data / "base.gguf"))
    settings.cache_clear()
    headers = {"Authorization": f"Bearer {api_token.token()}"}
    yield TestClient(api.app, "http://127.0.0.1", headers=headers, raise_server_exceptions=False)


@pytest.fixture
def ada(client: TestClient, actor: Actor) -> str:
    return author(actor, "Ada", count=40)


def adapter(actor: Actor, author_id: str, passed: bool) -> str:
    file = {"adapter.gguf": hashlib.sha256(FILE).hexdigest()}
    with store.writing(actor) as tx:
        run = TrainingRun(kind="voice", method="sft", author_id=author_id, title="Ada", status="done")
        tx.session.add(run)
        tx.session.flush()
        row = Adapter(
            kind="voice", author_id=author_id, run_id=run.id, title="Ada", base="embedded", files=file, passed=passed,
            base_hash=hashlib.sha256(BASE).hexdigest(),
            exam={"passed": passed, "judged": {"gain": 0.3, "low": 0.1, "high": 0.5, "n": 24}, "verdict": []},
            card={"consent": {author_id: {"by": "Ada", "at": "2026-01-02"}}},
        )  # fmt: skip
        tx.session.add(row)
    folder = adapters_folder() / row.id
    folder.mkdir(parents=True)
    (folder / "adapter.gguf").write_bytes(FILE)
    return row.id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/training"),
        ("post", "/api/training"),
        ("get", "/api/adapters"),
        ("get", "/api/archetypes"),
        ("post", "/api/adapters/roll-back"),
    ],
)
def test_nobody_comes_in_without_the_token(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401 and set(answer.json()) == {"error", "hint"}


def test_a_training_is_begun_once_looked_at_and_stopped(client: TestClient, ada: str) -> None:
    body = {"author": "ada", "effort": "quick", "settings": {"rank": 6.0, "rate": 2e-4}}
    answer = client.post("/api/training", json=body)
    assert answer.status_code == 202, answer.text
    id_ = answer.json()["id"]
    assert answer.headers["location"] == f"/api/training/{id_}"
    assert client.post("/api/training", json=body).json()["id"] == id_, "asked for again it is the same one"
    found = client.get(f"/api/training/{id_}").json()
    told = {"author": ada, "kind": "voice", "method": "sft", "status": "queued", "history": []}
    assert told.items() <= found.items()
    assert (found["settings"]["rank"], found["settings"]["effort"]) == (6, "quick")
    assert [row["id"] for row in client.get("/api/training", params={"author": "Ada", "kind": "voice"}).json()] == [id_]
    assert client.get("/api/training", params={"kind": "image"}).json() == []
    assert client.post(f"/api/training/{id_}/cancel").json() == {"id": id_, "status": "cancelled"}
    assert jobs.get(id_).status == "cancelled"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "nobody was named"),
        ({"author": "ada", "settings": {"wings": 2}}, "there is no 'wings'"),
        ({"author": "ada", "settings": {"rank": 9000}}, "Rank: 9000"),
        ({"author": "ada", "settings": {"batch": "many"}}, "Rows at once: many"),
        ({"author": "ada", "method": "dpo"}, "dpo does not learn a voice"),
        ({"author": "ada", "kind": "preference"}, ""),
        ({"author": "ada", "efort": "quick"}, "efort"),
        ({"kind": "reranker"}, ""),
        ({"kind": "genericness", "author": "ada", "effort": "quick"}, "author: genericness is learnt from everybody"),
        ({"archetype": "a\0b"}, "archetype"),
    ],
)
def test_what_cannot_be_begun_says_why_and_begins_nothing(
    client: TestClient, ada: str, body: dict[str, Any], said: str
) -> None:
    answer = client.post("/api/training", json=body)
    assert answer.status_code == 422 and said in answer.json()["error"], answer.text
    assert answer.json()["hint"] and not commands.runs()


def test_who_and_what_is_not_there_is_404(client: TestClient, ada: str) -> None:
    for path in ("/api/training/01GONE", "/api/adapters/01GONE", "/api/training?author=nobody"):
        assert client.get(path).status_code == 404, path
    assert client.post("/api/training", json={"author": "nobody"}).status_code == 404
    assert client.post("/api/adapters/01GONE/promote").status_code == 404


def test_lists_of_runs_and_of_adapters_are_paged(client: TestClient, ada: str, actor: Actor) -> None:
    newest = [adapter(actor, ada, passed=True) for _ in range(3)][::-1]
    for path in ("/api/training", "/api/adapters"):
        first = client.get(path, params={"author": "Ada", "kind": "voice", "limit": 2})
        assert (len(first.json()), first.headers["x-total-count"]) == (2, "3")
        rest = client.get(first.links["next"]["url"])
        assert len(rest.json()) == 1 and "link" not in rest.headers
        assert len({one["id"] for one in (*first.json(), *rest.json())}) == 3
    assert [one["id"] for one in client.get("/api/adapters").json()] == newest


def test_archetypes_are_listed_with_their_members(client: TestClient, ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        made = archetypes.add(tx, "Short and dry")
        made.members = [{"author": ada, "distance": 0.2, "pinned": False, "x": 0.0, "y": 0.0}]
    (listed,) = client.get("/api/archetypes").json()
    assert (listed["id"], listed["name"], listed["members"]) == (made.id, "Short and dry", [ada])
    assert client.get(f"/api/archetypes/{made.id}").json()["marks"] == []
    gone = client.get("/api/archetypes/01GONE")
    assert gone.status_code == 404 and gone.json()["hint"]


def test_an_adapter_is_promoted_listed_as_in_use_and_rolled_back(client: TestClient, ada: str, actor: Actor) -> None:
    id_ = adapter(actor, ada, passed=True)
    (listed,) = client.get("/api/adapters", params={"author": "Ada"}).json()
    assert (listed["id"], listed["in_use"], listed["gain"]) == (
        id_,
        [],
        {"gain": 0.3, "low": 0.1, "high": 0.5, "n": 24},
    )
    answer = client.post(f"/api/adapters/{id_}/promote")
    told = {"kind": "voice", "scope": f"author:{ada}", "adapter": id_, "why": "promote"}
    assert answer.status_code == 200 and told.items() <= answer.json().items(), answer.text
    found = client.get(f"/api/adapters/{id_}").json()
    assert found["in_use"] == [f"author:{ada}"] and found["exam"]["passed"] and found["deleted_at"] is None
    back = client.post("/api/adapters/roll-back", json={"author": "Ada"})
    assert (back.json()["adapter"], back.json()["why"]) == (None, "roll back")
    assert registry.live("voice", Scope(author_id=ada)) is None
    assert client.post("/api/adapters/roll-back", json={"author": "Ada"}).status_code == 422


def test_one_that_failed_or_is_somebody_elses_is_not_promoted(client: TestClient, ada: str, actor: Actor) -> None:
    author(actor, "Bo", count=3, seed=2)
    failed, passed = adapter(actor, ada, passed=False), adapter(actor, ada, passed=True)
    for path, body, said in (
        (f"/api/adapters/{failed}/promote", None, "did not pass its exam"),
        (f"/api/adapters/{passed}/promote", {"author": "Bo"}, "somebody else"),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 422 and said in answer.json()["error"], answer.text
    assert not registry.in_use()
