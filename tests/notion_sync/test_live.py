"""A smoke test against a real workspace: it makes one page below NOTION_PARENT_PAGE, works there, and removes it.

NOTION_TOKEN=... NOTION_PARENT_PAGE=... python -m pytest -m live tests/notion_sync/test_live.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import notion_client
import pytest

from core import review
from core.config import settings
from core.store import Actor
from notion_sync import commands
from notion_sync.client import VERSION
from notion_sync.setup import page_id
from tests.notion_sync.conftest import TEXT

TOKEN, PARENT = os.environ.get("NOTION_TOKEN", ""), os.environ.get("NOTION_PARENT_PAGE", "")
BASE = os.environ.get("NOTION_BASE_URL", "https://api.notion.com")

pytestmark = pytest.mark.live


@pytest.fixture
def api(request: pytest.FixtureRequest) -> notion_client.Client:
    """Notion's own library, so that what we did is looked at with other eyes than ours."""
    if "live" not in (request.config.option.markexpr or "") or not (TOKEN and PARENT):
        pytest.skip("runs only with -m live, NOTION_TOKEN and NOTION_PARENT_PAGE")
    return notion_client.Client(auth=TOKEN, base_url=BASE, notion_version=VERSION)


@pytest.fixture
def own_page(
    api: notion_client.Client, two_authors: dict[str, str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A page of this test, put into the trash at its end whatever happens."""
    title = {"title": [{"text": {"content": f"Timbre smoke test {time.strftime('%Y-%m-%d %H:%M:%S')}"}}]}
    made = api.pages.create(parent={"page_id": page_id(PARENT)}, properties={"title": title})
    for name, value in (("NOTION_TOKEN", TOKEN), ("NOTION_BASE_URL", BASE), ("NOTION_PARENT_PAGE", made["id"])):
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        yield made["id"]
    finally:
        api.pages.update(made["id"], in_trash=True)


def shown(page: dict, name: str) -> str:  # type: ignore[type-arg]
    prop = page["properties"][name]
    return "".join(i["plain_text"] for i in prop[prop["type"]])


@pytest.mark.timeout(900)
def test_create_edit_restore_and_remove(
    api: notion_client.Client, own_page: str, two_authors: dict[str, str], actor: Actor
) -> None:
    commands.setup(own_page)
    post = review.create(two_authors["Ada"], "A smoke test", TEXT, actor)
    review.submit(post.id, actor)
    review.approve(post.id, None, actor)
    commands.sync(wait=True)
    source = commands.status().bindings["calendar"].data_source_id
    rows = api.data_sources.query(source)["results"]
    assert [shown(row, "App ID") for row in rows] == [post.id]
    assert shown(rows[0], "Post text") == TEXT
    row = rows[0]["id"]

    api.pages.update(row, properties={"Name": {"title": [{"text": {"content": "Renamed in Notion"}}]}})
    commands.sync(full=True)
    assert review.get(post.id).title == "Renamed in Notion"

    api.pages.update(row, in_trash=True)
    commands.sync(full=True)
    (gone,) = commands.status().trashed
    commands.bring_back(gone.id, actor)
    commands.sync(full=True)
    assert not commands.status().trashed
    assert not api.pages.retrieve(row)["in_trash"]

    again = commands.sync()
    assert {again.counts.get(name, 0) for name in ("pushed", "created", "pulled")} == {0}
