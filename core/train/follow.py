"""What a training process says of itself, brought into the row of its run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core import store
from core.errors import Cancelled
from core.people import WORKER
from core.store import intents, training

EVERY = 2.0
"""Seconds between two writes of the progress; and between two of the history, which is larger, `SELDOM`."""
SELDOM = 6.0
POINTS = 1500
"""Steps kept in the row; of a longer run every second, third... and those with a held-out loss."""


class Follower:
    """Follows one run. `look` is called again and again; it writes only what has changed."""

    def __init__(self, run_id: str, folder: Path, also: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.run_id, self.folder, self._also = run_id, folder, also
        self._seen: dict[str, Any] = {}
        self._sizes = (-1, -1)
        self._noted = self._wrote = 0.0

    def look(self) -> None:
        """Bring the row up to date. Raises Cancelled where a person asked the run to stop, and what `also` raises."""
        with store.reading() as tx:
            if training.asked_to_stop(tx, self.run_id):
                raise Cancelled("Stopped, as you asked.", "")
        if time.monotonic() - self._noted < EVERY:
            return
        self._noted = time.monotonic()
        said = progress(self.folder)
        self._also(said)
        fresh: dict[str, Any] = {"progress": said} if said != self._seen else {}
        if time.monotonic() - self._wrote >= SELDOM:
            fresh |= self._long()
        if fresh:
            self._write(said, fresh)

    def last(self) -> dict[str, Any]:
        """Bring everything into the row, whether it is time or not; returns the progress."""
        said = progress(self.folder)
        self._sizes = (-1, -1)
        self._write(said, {"progress": said} | self._long())
        return said

    def _long(self) -> dict[str, Any]:
        """History and samples, where their files have grown."""
        self._wrote = time.monotonic()
        files = (self.folder / "log.jsonl", self.folder / "samples.jsonl")
        sizes = (_size(files[0]), _size(files[1]))
        if sizes == self._sizes:
            return {}
        self._sizes = sizes
        return {"history": thinned(history(self.folder)), "samples": samples(self.folder)}

    def _write(self, said: dict[str, Any], fresh: dict[str, Any]) -> None:
        with store.writing(WORKER) as tx:
            row = training.note(tx, self.run_id)
            for name, value in fresh.items():
                setattr(row, name, {**_lasting(row.progress), **value} if name == "progress" else value)
            intents.progress(tx, self.run_id, int(said.get("step") or 0), int(said.get("steps") or 0) or None, None)
        self._seen = said


def progress(folder: Path) -> dict[str, Any]:
    """What the process wrote last; empty where it has not yet."""
    try:
        found = json.loads((folder / "progress.json").read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _lasting(kept: dict[str, Any]) -> dict[str, Any]:
    """Of a progress, what was said by the worker: it outlives what the process says."""
    return {name: kept[name] for name in ("took", "warnings") if name in kept}


def history(folder: Path) -> list[dict[str, Any]]:
    """A row for each logged step, in order. After a kill steps are done again: what they said first is passed over."""
    out: list[dict[str, Any]] = []
    for row in _lines(folder / "log.jsonl"):
        step = row.get("step")
        if not isinstance(step, int):
            continue
        while out and out[-1]["step"] > step:
            out.pop()
        if out and out[-1]["step"] == step:
            out[-1] = {**out[-1], **row}
        else:
            out.append(row)
    return out


def thinned(rows: Sequence[dict[str, Any]], most: int = POINTS) -> list[dict[str, Any]]:
    """At most about `most` rows, evenly taken; the last one and those with a held-out loss stay."""
    every = -(-len(rows) // most)
    if every <= 1:
        return list(rows)
    last = len(rows) - 1
    return [r for n, r in enumerate(rows) if n % every == 0 or n == last or r.get("held_loss") is not None]


def samples(folder: Path) -> list[dict[str, Any]]:
    """Texts written during training, {step, id, brief, text}: of each step and brief the newest."""
    briefs = {str(row.get("id")): row for row in _list(folder / "samples.json")}
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in _lines(folder / "samples.jsonl"):
        if isinstance(row.get("step"), int):
            known = briefs.get(str(row.get("id")), {})
            found[(row["step"], str(row.get("id")))] = {**row, "brief": known.get("brief") or row.get("brief") or ""}
    return [found[key] for key in sorted(found)]


def _lines(path: Path) -> list[dict[str, Any]]:
    """Lines of JSON; one that a kill cut off is passed over."""
    out: list[dict[str, Any]] = []
    try:
        text = path.read_text(encoding="utf8", errors="replace")
    except OSError:
        return out
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            out.append(row)
    return out


def _list(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
