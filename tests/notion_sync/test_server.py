"""The local Notion refuses what Notion's documentation says is refused, and keeps its times, lists and limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.notion_sync.server import TOKEN, VERSION, Server, World

SCHEMA: dict[str, Any] = {
    "Name": {"title": {}}, "Text": {"rich_text": {}}, "Kind": {"select": {"options": [{"name": "A"}]}},
    "Many": {"multi_select": {"options": []}}, "State": {"status": {"options": [{"name": "Idea"}]}},
    "Day": {"date": {}}, "Link": {"url": {}}, "Who": {"people": {}}, "Image": {"files": {}}, "Count": {"number": {}},
}  # fmt: skip


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": VERSION}
    with httpx.Client(base_url=f"{server.url}/v1/", headers=headers) as client:
        client.post(
            "databases",
            json={
                "parent": {"type": "page_id", "page_id": server.world.parent},
                "title": [{"type": "text", "text": {"content": "T"}}],
                "initial_data_source": {"properties": SCHEMA},
            },
        ).raise_for_status()
        yield client


def text(content: str) -> dict[str, Any]:
    return {"type": "text", "text": {"content": content}}


def rows(api: httpx.Client, world: World, **body: Any) -> httpx.Response:
    return api.post(f"data_sources/{world.source('T')['id']}/query", json=body)


@pytest.mark.parametrize(
    "value",
    [
        {"Text": {"rich_text": [text("x")] * 101}},
        {"Text": {"rich_text": [text("\U0001f600" * 1001)]}},
        {"Text": {"rich_text": "x"}},
        {"Text": {"rich_text": [{**text("x"), "colour": "red"}]}},
        {"Text": {"number": 1}},
        {"Nowhere": {"number": 1}},
        {"Kind": {"select": {"name": "a, b"}}},
        {"Many": {"multi_select": [{"name": str(n)} for n in range(101)]}},
        {"State": {"status": {"name": "Nowhere"}}},
        {"Day": {"date": {"start": "tomorrow"}}},
        {"Day": {"date": {"start": "2026-01-01T09:00:00+01:00", "time_zone": "Europe/Paris"}}},
        {"Link": {"url": ""}},
        {"Link": {"url": "x" * 2001}},
        {"Count": {"number": "1"}},
        {"Who": {"people": [{"id": "7d0b2b8e-0000-4000-8000-000000000000"}]}},
        {"Image": {"files": [{"type": "file_upload", "file_upload": {"id": "7d0b2b8e-0000-4000-8000-000000000000"}}]}},
    ],
)
def test_values_that_notion_refuses(api: httpx.Client, server: Server, value: dict[str, Any]) -> None:
    row = server.world.type_row("T", Name="One")
    answer = api.patch(f"pages/{row['id']}", json={"properties": value})
    assert answer.status_code in (400, 404)
    assert answer.json()["code"] in ("validation_error", "object_not_found")
    assert list(row["values"]) == ["title"]


def test_bodies_and_lists(api: httpx.Client, server: Server) -> None:
    world = server.world
    for number in range(5):
        world.type_row("T", Name=str(number))
    assert rows(api, world, page_size=101).status_code == 400
    assert rows(api, world, archived=True).status_code == 400
    assert rows(api, world, filter={"property": "Name", "number": {"equals": 1}}).status_code == 400
    first = rows(api, world, page_size=2).json()
    assert (len(first["results"]), first["has_more"]) == (2, True)
    world.cursor_life = 0.0
    assert rows(api, world, page_size=2, start_cursor=first["next_cursor"]).status_code == 400
    world.cap = 3
    capped = rows(api, world, page_size=2).json()
    assert capped["request_status"]["incomplete_reason"] == "query_result_limit_reached"
    assert api.patch(f"pages/{world.rows('T')[0]['id']}", json={"archived": True}).status_code == 400


def test_queries_lag_and_a_look_does_not(api: httpx.Client, server: Server) -> None:
    world = server.world
    row = world.type_row("T", Name="Old")
    row["created"] -= timedelta(hours=2)
    world.lag = 3600.0
    world.edit(row, Name="New")
    world.type_row("T", Name="Another")

    def shown(page: dict[str, Any]) -> str:
        return str(page["properties"]["Name"]["title"][0]["plain_text"])

    assert shown(api.get(f"pages/{row['id']}").json()) == "New"
    assert [shown(p) for p in rows(api, world).json()["results"]] == ["Old"]
    world.lag = 0.0
    assert [shown(p) for p in rows(api, world).json()["results"]] == ["New", "Another"]


def test_limits(api: httpx.Client, server: Server) -> None:
    world = server.world
    world.blocks_left = 1
    made = {"parent": {"type": "data_source_id", "data_source_id": world.source("T")["id"]}, "properties": {}}
    assert api.post("pages", json=made).status_code == 200
    refused = api.post("pages", json=made)
    assert (refused.status_code, refused.json()["additional_data"]) == (403, {"block_limit": "block_creation"})
    world.space_limit = 1
    api.get("users/me")
    answer = api.get("users/me")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60
    assert answer.json()["additional_data"] == {
        "rate_limit_reason": "public_api_space_request_rate_limit",
        "retry_after": answer.headers["Retry-After"],
    }


def test_comments_and_bodies_leave_the_time_of_the_last_edit_alone(api: httpx.Client, server: Server) -> None:
    world = server.world
    row = world.type_row("T", Name="One")
    edited = row["edited"]
    world.silent_bodies = True
    world.write_body(row, "# Rule")
    world.comment(row, "From a person")
    sent = {"parent": {"page_id": row["id"]}, "rich_text": [text("From us")]}
    assert api.post("comments", json=sent).status_code == 200
    assert api.post("comments", json={**sent, "discussion_id": "x"}).status_code == 400
    listed = api.get("comments", params={"block_id": row["id"]}).json()["results"]
    assert [c["rich_text"][0]["plain_text"] for c in listed] == ["From a person", "From us"]
    assert api.get(f"pages/{row['id']}/markdown").json()["markdown"] == "# Rule"
    assert row["edited"] == edited
