"""What the Notion benchmark stands on: a scratch data folder, the local Notion of the tests, clocks that run faster."""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from core import store
from core.config import ROOT, settings
from core.people import local_actor
from core.review import content_hash
from core.store import Actor, authors, new_id, posts
from core.store.tables import Post
from notion_sync import client, commands, pace, passes

AUTHORS = ("Ada", "Bo", "Cleo")
LIMIT = 180
"""Requests a minute of all plans but the two dearest (https://developers.notion.com/reference/request-limits)."""
REAL = ROOT.parent / "shared/data/posts.jsonl"
_WORDS = """
we the team plant valve report learned later morning question customer Monday number quietly because before shipped
nobody everyone asked wrote changed first honest small meeting decision and of to in a it that was 🚀 💡
"""


def local_notion() -> Any:
    """The module of the local Notion; a library installs a package called tests, so ours is put in front of it."""
    ours = str(ROOT / "tests")
    if ours not in getattr(sys.modules.get("tests"), "__path__", []):
        sys.modules["tests"] = ModuleType("tests")
        sys.modules["tests"].__path__ = [ours]
    return importlib.import_module("tests.notion_sync.server")


@dataclass
class Bed:
    """A connected workspace: `world` is what Notion holds, `data` our folder, `authors` name -> id."""

    world: Any
    url: str
    data: Path
    actor: Actor
    authors: dict[str, str]
    calendar: str
    """The id of the calendar's data source."""


@contextmanager
def bed(settle: int = 0) -> Iterator[Bed]:
    """A fresh installation connected with a fresh Notion whose limiter is off until `limited` switches it on."""
    server = local_notion().Server().start()
    folder = Path(tempfile.mkdtemp(prefix="timbre-bench-notion-"))
    chosen = {
        "TIMBRE_DATA": str(folder), "DATABASE_URL": "", "NOTION_BASE_URL": server.url, "TIMBRE_LLM": "embedded",
        "NOTION_TOKEN": server.world.token, "NOTION_PARENT_PAGE": server.world.parent,
        "NOTION_REQUESTS_PER_MINUTE": "1000000", "NOTION_SETTLE_SECONDS": str(settle), "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    settings.cache_clear()
    try:
        store.migrate()
        actor = local_actor()
        with store.writing(actor) as tx:
            ids = {name: authors.add(tx, name).id for name in AUTHORS}
        commands.setup()
        yield Bed(server.world, server.url, folder, actor, ids, server.world.source("Content Calendar")["id"])
    finally:
        store.dispose()
        server.stop()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        settings.cache_clear()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def limited(one: Bed, limit: int = LIMIT, speed: float = 1.0, timeout: float = client.TIMEOUT) -> Iterator[None]:
    """The real limiter on both sides, its window 60 seconds of a clock that runs `speed` times as fast as ours."""
    os.environ["NOTION_REQUESTS_PER_MINUTE"] = str(limit)
    settings.cache_clear()
    for kept in one.data.glob("notion-pace-*.txt"):
        kept.unlink()
    world = one.world
    world._windows.clear()
    world.limit, world.window, world.speed = limit, 60.0, speed
    world.limited.clear()
    plain, pauses = vars(passes)["Notion"], vars(client)["time"]
    keeper = pace.Pace(
        one.data, limit, clock=lambda: time.monotonic() * speed, sleep=lambda seconds: time.sleep(seconds / speed)
    )
    if speed != 1.0:
        vars(passes)["Notion"] = partial(plain, timeout=timeout, pace=keeper)
        vars(client)["time"] = _Faster(speed)
    try:
        yield
    finally:
        vars(passes)["Notion"], vars(client)["time"] = plain, pauses
        os.environ["NOTION_REQUESTS_PER_MINUTE"] = "1000000"
        settings.cache_clear()
        for kept in one.data.glob("notion-pace-*.txt"):
            kept.unlink()
        world.limit, world.speed = None, 1.0


class _Faster:
    """The module time for the client's pauses between two tries."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._speed)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def texts(number: int, seed: int = 7) -> list[str]:
    """Post texts: real ones where the development data is beside the project, else made up, of the same length."""
    dice, words = random.Random(seed), _WORDS.split()
    if REAL.exists():
        real = [json.loads(line)["text"] for line in REAL.read_text(encoding="utf8").splitlines()]
        real = [text for text in real if text.strip()]
        return [real[dice.randrange(len(real))] for _ in range(number)]
    return [
        "\n\n".join(" ".join(dice.choices(words, k=dice.randint(6, 20))).capitalize() + "." for _ in range(12))
        for _ in range(number)
    ]


def write_posts(one: Bed, wanted: list[str], status: str = "Approved") -> list[str]:
    """Posts straight into the store, as if approved; returns their ids."""
    out: list[str] = []
    names = list(one.authors)
    for start in range(0, len(wanted), 500):
        with store.writing(one.actor) as tx:
            for number, text in enumerate(wanted[start : start + 500], start):
                made = content_hash(text, [], "")
                signed = {"approved_hash": made, "approved_by": one.actor.name} if status == "Approved" else {}
                post = Post(
                    id=new_id(), author_id=one.authors[names[number % len(names)]], title=f"Post {number}", text=text,
                    status=status, zone="UTC", media=[], account="", hash=made, scores={}, **signed,
                )  # fmt: skip
                out.append(posts.add(tx, post).id)
    return out


__all__ = ["LIMIT", "REAL", "Bed", "bed", "limited", "local_notion", "texts", "write_posts"]
