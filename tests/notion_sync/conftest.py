"""A Notion server for every test that wants one, the settings that point at it, and a connected workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import review
from core.config import settings
from core.store import Actor
from core.store.tables import NotionPass, Post
from notion_sync import commands
from tests.notion_sync.server import TOKEN, Server, World

TEXT = "First line 🚀\n\n  Second, with trailing spaces   \n\n\n#end "


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server().start()
    yield running
    running.stop()


@pytest.fixture
def world(server: Server, data: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Settings that point at a Notion with an empty page, and nothing bound yet."""
    monkeypatch.setenv("NOTION_BASE_URL", server.url)
    monkeypatch.setenv("NOTION_TOKEN", TOKEN)
    monkeypatch.setenv("NOTION_PARENT_PAGE", server.world.parent)
    monkeypatch.setenv("NOTION_REQUESTS_PER_MINUTE", "100000")
    monkeypatch.setenv("NOTION_SETTLE_SECONDS", "0")
    settings.cache_clear()
    return server.world


@pytest.fixture
def notion(world: World, two_authors: dict[str, str]) -> World:
    """A connected workspace with two authors."""
    commands.setup()
    world.log.clear()
    return world


@pytest.fixture
def approved(two_authors: dict[str, str], actor: Actor) -> Callable[..., Post]:
    """Make an approved post."""

    def make(text: str = TEXT, title: str = "A post", author: str = "Ada") -> Post:
        post = review.create(two_authors[author], title, text, actor)
        review.submit(post.id, actor)
        return review.approve(post.id, None, actor)

    return make


@pytest.fixture
def sync(world: World) -> Callable[..., NotionPass]:
    """One pass; the requests that it made are in `world.log`."""

    def run(**more: bool) -> NotionPass:
        world.log.clear()
        return commands.sync(**more)

    return run
