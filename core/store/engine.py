"""Engines and transactions: SQLite in WAL mode by default, PostgreSQL by `DATABASE_URL`."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from core.config import ROOT, settings
from core.errors import Conflict, StorageError
from core.store.base import Base, Row
from core.store.changes import log_changes

MIGRATIONS = ROOT / "core/store/migrations"
BUSY_MILLISECONDS = 30_000
"""How long a write waits for another process's write."""


@dataclass(frozen=True)
class Actor:
    """Who does it, for the audit trail. `source` is the door they came through."""

    name: str = "You"
    person_id: str | None = None
    role: str = "approver"
    verified: bool = False
    source: str = "app"
    workspace_id: str = "main"


@dataclass
class Reading:
    """A read-only look at the store."""

    session: Session


@dataclass
class Writing(Reading):
    """One transaction: everything in it and its change log are committed together or not at all."""

    actor: Actor = field(default_factory=Actor)


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("timbre_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def folder() -> Path:
    """The data folder, made where it is missing. Raises StorageError."""
    try:
        settings().timbre_data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The data folder {settings().timbre_data} cannot be made ({error.strerror}).",
            "Set TIMBRE_DATA to a folder that you may write to, then start again.",
        ) from error
    return settings().timbre_data


@contextmanager
def locked(name: str, seconds: float = -1) -> Iterator[None]:
    """Hold a lock of the data folder; it goes with the process. Raises filelock's Timeout, StorageError."""
    lock = FileLock(folder() / name)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise
    except OSError as error:
        raise StorageError(
            f"The data folder {folder()} cannot be written ({error.strerror}).",
            "Set TIMBRE_DATA to a folder that you may write to, on a disk with free space, then start again.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@functools.cache
def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        folder()
        engine = create_engine(url)
        _sqlite(engine)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=10)
    except (SQLAlchemyError, ValueError):  # what they say may hold the password
        raise StorageError(
            "DATABASE_URL cannot be read as an address; nothing was opened.",
            "Write it as postgresql://user:password@host:5432/name, with %40 for an @ in the password.",
        ) from None


def engine() -> Engine:
    """The engine of the configured database."""
    return _engine(settings().database)


def dispose() -> None:
    """Close every connection (tests, and before a process ends)."""
    engine().dispose()
    _engine.cache_clear()


def migrate() -> None:
    """Bring the database to the newest schema. Safe to call from several processes at once."""
    with locked(".migrate.lock"), _understood():
        found = _revision()
        if found is None and not inspect(engine()).get_table_names():
            _create()
        elif found != _newest():
            upgrade()


def _create() -> None:
    """An empty database gets all tables at once (a test holds them and the migrations to be the same)."""
    from core.store import tables, tables_images, tables_training, tables_writing  # noqa: F401 (they fill the metadata)

    with engine().execution_options(timbre_write=True).begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": _newest()})


def upgrade() -> None:
    """Run the migrations that the database has not seen."""
    from alembic import command  # takes longer to import than everything else here: only where there is work
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine().connect() as connection, _unbound(connection):
        config.attributes["connection"] = connection.execution_options(timbre_write=True)
        command.upgrade(config, "head")


@contextmanager
def _unbound(connection: Connection) -> Iterator[None]:
    """SQLite changes some columns by making a table anew; with foreign keys on, dropping the old one would empty others
    (https://www.sqlite.org/lang_altertable.html, step 1).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection  # before a transaction: within one the pragma does nothing
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _revision() -> str | None:
    """The schema that the database has; None for an empty one."""
    with engine().connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest() -> str:
    """The newest schema, by the number that each migration's file begins with."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what a database says into what a person can do."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("Somebody saved the same thing first; nothing was overwritten.", "Reload and look.") from error
    except OperationalError as error:
        raise _explain(str(error.orig)) from error
    except SQLAlchemyError as error:
        raise _explain(str(getattr(error, "orig", None) or error)) from error


def _explain(said: str) -> StorageError:
    low = said.lower()
    if "full" in low:
        return StorageError(
            "The disk is full; nothing was half-saved.",
            "Free some space on the disk that holds the data folder, then try again.",
        )
    if "locked" in low or "busy" in low:
        return StorageError(
            "The database is busy with another process; nothing was half-saved.",
            "Wait a moment and try again. If it stays, see that only one Timbre uses this data folder.",
        )
    if "readonly" in low or "unable to open" in low or "disk i/o" in low:
        return StorageError(
            "The database file cannot be opened or written; nothing was half-saved.",
            "Check that the data folder exists, that you may write to it, and that the disk is in order.",
        )
    if "no such table" in low or "no such column" in low:
        return StorageError(
            "The database is older than the program.",
            "Stop Timbre and start it again: `make run` brings it up to date.",
        )
    if "not a database" in low or "malformed" in low:
        return StorageError(
            "The file timbre.db in the data folder is damaged; nothing was written to it.",
            "Move it away, put your last copy of it in its place, and start again.",
        )
    if "naive datetime" in low:
        return StorageError("A time without a time zone cannot be stored; nothing was saved.", "Give its time zone.")
    return StorageError("The database cannot be reached; nothing was half-saved.", "Check DATABASE_URL and the server.")


@contextmanager
def reading() -> Iterator[Reading]:
    """A short read. Rows stay readable after it, as plain records."""
    with _understood(), Session(engine(), expire_on_commit=False) as session:
        yield Reading(session)


@contextmanager
def writing(actor: Actor) -> Iterator[Writing]:
    """A short write in one transaction, with its change log. Rows stay readable after it."""
    bound = engine().execution_options(timbre_write=True)
    with _understood(), Session(bound, expire_on_commit=False) as session:
        session.info["actor"] = actor
        log_changes(session)
        with session.begin():
            yield Writing(session, actor)


R = TypeVar("R", bound=Row)


def held(tx: Writing, kind: type[R], row_id: str) -> R | None:
    """A row that nobody else can change until this transaction ends, as it is now even where it was read before.

    On PostgreSQL two transactions otherwise both read what one of them then overwrites; on SQLite a write is alone.
    """
    query = select(kind).where(kind.id == row_id).with_for_update(key_share=True)
    return tx.session.scalar(query.execution_options(populate_existing=True))
