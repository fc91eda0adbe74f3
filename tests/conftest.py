"""What tests share: a fresh data folder, a store with authors in it, a worker, the real posts where they are present."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["TIMBRE_DATA"] = tempfile.mkdtemp(prefix="timbre-test-")  # never a person's own data folder

import gc
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from core import store
from core.config import ROOT, settings
from core.people import local_actor
from core.store import Actor, authors
from core.store.tables import Sample

pytest_plugins = ["tests.processes", "tests.databases"]

# A test process holds gigabytes of modules and models that never go: looking through them less often saves time.
gc.set_threshold(50_000, 20, 50)

# The same examples in every run, however slow the machine: what is looked for by chance is looked for with
# HYPOTHESIS_PROFILE=default.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

REAL_POSTS = ROOT.parent / "shared/data/posts.jsonl"


@pytest.fixture
def actor() -> Actor:
    return local_actor()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file: made once a run, and copied for each test, which is ten times as quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIMBRE_DATA", str(tmp_path_factory.mktemp("empty")))
        patch.setenv("DATABASE_URL", "")
        settings.cache_clear()
        store.migrate()
        store.dispose()
        (made,) = settings().timbre_data.glob("*.db")
    settings.cache_clear()
    return made


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: Path) -> Iterator[Path]:
    """An empty, migrated data folder, and settings that point at it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(empty_store, folder / empty_store.name)
    monkeypatch.setenv("TIMBRE_DATA", str(folder))
    for name in ("NOTION_TOKEN", "NOTION_PARENT_PAGE", "DATABASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TIMBRE_LLM", "embedded")
    settings.cache_clear()
    yield folder
    at_an_end()
    store.dispose()
    settings.cache_clear()


def at_an_end() -> None:
    """Wait for the threads that a page or a worker leaves behind.

    One that reads the settings while the next test sets its own puts the old ones back into the cache after it.
    """
    for thread in threading.enumerate():
        if thread.name in ("voice profile", "scores"):
            thread.join(60)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The `data` folder with its store on SQLite, then again on a real PostgreSQL."""
    if request.param == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("new_postgres")())
        settings.cache_clear()
        store.migrate()
    yield request.param
    at_an_end()
    store.dispose()


@pytest.fixture(scope="session")
def real_posts() -> dict[str, list[dict[str, str]]]:
    """The development posts by author; the test is skipped where they are not beside the project."""
    if not REAL_POSTS.exists():
        pytest.skip(f"needs the development posts at {REAL_POSTS}, which are not part of the project")
    out: dict[str, list[dict[str, str]]] = {}
    for line in REAL_POSTS.read_text(encoding="utf8").splitlines():
        post = json.loads(line)
        out.setdefault(post["author"], []).append(post)
    return out


def write_samples(author_id: str, texts: list[str], dates: list[datetime | None] | None = None) -> None:
    """Put texts into the store as an import would."""
    with store.writing(local_actor()) as tx:
        for number, text in enumerate(texts):
            tx.session.add(
                Sample(
                    author_id=author_id,
                    text=text,
                    text_hash=hashlib.sha256(text.encode()).hexdigest(),
                    date=dates[number] if dates else None,
                    position=number,
                    words=len(text.split()),
                )
            )


@pytest.fixture
def two_authors(data: Path, actor: Actor) -> dict[str, str]:
    """Ada (long, first person, no hashtags, dated) and Bo (short lines, hashtags, emoji, undated): name -> id."""
    with store.writing(actor) as tx:
        ids = {name: authors.add(tx, name).id for name in ("Ada", "Bo")}
    ada = [
        f"I spent {n + 2} weeks on the audit of the northern plant before I understood what I was looking at. "
        "Nobody had lied to me; they had simply stopped mentioning what everyone already knew.\n\n"
        f"My notebook from visit {n} says it plainly: the valves were fine, and the paperwork was fiction. "
        "I learned to read the margins first, and to trust the person who fixes things over the one who reports them."
        for n in range(40)
    ]
    bo = [
        f"Ship it. 🚀\n\nThen fix it.\n\nThen ship again.\n\nDay {n} of building in public.\n\nStill fun?\n\n#startup #build #day{n}"
        for n in range(40)
    ]
    start = datetime(2024, 1, 3, 9, tzinfo=UTC)
    write_samples(ids["Ada"], ada, [start + timedelta(days=9 * n) for n in range(40)])
    write_samples(ids["Bo"], bo)
    return ids
