"""The store: transactions with their change log, plain errors, migrations that match the tables; on both databases."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from core import authors, store
from core.config import settings
from core.errors import Conflict, Invalid, StorageError
from core.store import Actor
from core.store.base import Base
from core.store.engine import _explain, _newest, engine, upgrade
from core.store.tables import Author, Change, Persona, Post


def changes() -> list[Change]:
    with store.reading() as tx:
        return list(tx.session.scalars(select(Change).order_by(Change.seq)))


def test_every_edit_is_logged_with_who_and_what(any_database: str) -> None:
    actor = Actor(name="Rosa", source="api", verified=True)
    author = authors.add("Ada", actor)
    authors.consent(author.id, True, actor)
    by_field = {c.field: c for c in changes() if c.action == "update"}
    assert by_field["training_consent"].new is True
    assert by_field["training_consent"].old is None
    assert {(c.actor, c.source, c.verified, c.entity_id) for c in changes()} == {("Rosa", "api", True, author.id)}


def test_an_edit_and_its_log_are_committed_together_or_not_at_all(any_database: str, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    before = len(changes())
    with pytest.raises(RuntimeError), store.writing(actor) as tx:
        row = tx.session.get(Author, author.id)
        assert row is not None
        row.headline = "lost"
        tx.session.flush()
        raise RuntimeError
    assert authors.get(author.id).headline == ""
    assert len(changes()) == before


def test_bookkeeping_is_not_logged(any_database: str, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    with store.writing(actor) as tx:
        post = Post(author_id=author.id, text="one")
        tx.session.add(post)
    with store.writing(actor) as tx:
        row = tx.session.get(Post, post.id)
        assert row is not None
        row.revision, row.text = 2, "two"
    updates = [(c.field, c.old, c.new) for c in changes() if c.action == "update"]
    assert updates == [("text", "one", "two")]


def test_the_same_name_twice_is_refused_in_words(any_database: str, actor: Actor) -> None:
    authors.add("Ada", actor)
    with pytest.raises(Invalid, match="named ada already"):
        authors.add("ada", actor)


def test_a_unique_key_is_a_conflict(any_database: str, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    with pytest.raises(Conflict), store.writing(actor) as tx:
        for _ in range(2):
            tx.session.add(Persona(author_id=author.id, version=1))


def test_instants_keep_their_moment_and_naive_ones_are_refused(any_database: str, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    there = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with store.writing(actor) as tx:
        post = Post(author_id=author.id, slot=there)
        tx.session.add(post)
    with store.reading() as tx:
        row = tx.session.get(Post, post.id)
        assert row is not None
        assert row.slot == there
        assert row.slot.tzinfo is UTC
    with pytest.raises(StorageError), store.writing(actor) as tx:
        tx.session.add(Post(author_id=author.id, slot=datetime(2026, 1, 1)))


@pytest.mark.parametrize("way", ["created at once", "migrated"])
def test_an_empty_database_gets_the_tables_either_way(any_database: str, way: str) -> None:
    if way == "migrated":
        with engine().execution_options(timbre_write=True).begin() as connection:
            Base.metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE alembic_version")
        upgrade()
    with engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == _newest()
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda n, k, _: k != "table" or n in Base.metadata.tables}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_is_harmless(any_database: str, actor: Actor) -> None:
    authors.add("Ada", actor)
    store.migrate()
    assert [a.name for a in authors.listed()] == ["Ada"]


def test_a_locked_database_says_so_and_loses_nothing(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    authors.add("Ada", actor)
    store.dispose()
    holder = sqlite3.connect(data / "timbre.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("core.store.engine.BUSY_MILLISECONDS", 50)
    try:
        with pytest.raises(StorageError, match="busy") as caught:
            authors.add("Bo", actor)
        assert "only one Timbre uses this data folder" in caught.value.hint
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    authors.add("Bo", actor)
    assert [a.name for a in authors.listed()] == ["Ada", "Bo"]


def test_a_full_disk_says_so(data: Path, actor: Actor) -> None:
    author = authors.add("Ada", actor)
    with engine().connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        raw = connection.connection.dbapi_connection
        with pytest.raises(sqlite3.OperationalError) as full:
            raw.execute("CREATE TABLE big AS SELECT randomblob(1000000)")
    error = _explain(str(full.value))
    assert "disk is full" in error.message
    assert "Free some space" in error.hint
    assert authors.get(author.id).name == "Ada"


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("TIMBRE_DATA", str(blocked / "data"))
    settings.cache_clear()
    with pytest.raises(StorageError) as caught:
        store.migrate()
    assert "TIMBRE_DATA" in caught.value.hint
    settings.cache_clear()


def test_a_half_written_database_file_says_so(data: Path, actor: Actor) -> None:
    store.dispose()
    for old in data.glob("timbre.db*"):
        old.unlink()
    (data / "timbre.db").write_bytes(b"this was a database once" * 400)
    with pytest.raises(StorageError) as caught:
        authors.listed()
    assert "copy" in caught.value.hint
