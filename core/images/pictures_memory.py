"""What outlives a killed worker, of one picture run: facts in its row, pictures that have come in a private folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import store
from core.config import settings
from core.errors import StorageError
from core.images.provider import Made
from core.people import WORKER
from core.store import pictures


def run_folder(run_id: str) -> Path:
    """Where a run keeps what has come, until it has its place."""
    return settings().timbre_data / "picture-runs" / run_id


class Remembered:
    """What outlives a killed worker, of one run: facts in its row, pictures that have come in its folder."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    def remember(self, facts: Mapping[str, Any]) -> None:
        """Add these facts; a value of None takes its key out."""
        with store.writing(WORKER) as tx:
            pictures.remember(tx, self.run_id, facts)

    def recall(self) -> dict[str, Any]:
        """All facts of this run."""
        with store.reading() as tx:
            return dict(pictures.get(tx, self.run_id).remote)

    def folder(self) -> Path:
        """A private folder of this run; it is removed once the run is over. Raises StorageError."""
        path = run_folder(self.run_id)
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"There is no room for what comes ({error.strerror}). Nothing more was asked for.",
                "Free some space on the disk that holds the data folder.",
            ) from error
        return path

    def receive(self, made: Made) -> None:
        """Write down what has come, whole, before anything else is done with it. Raises StorageError."""
        if made.refused:
            refused = self.recall().get("refused") or {}
            self.forget(made.number)
            self.remember({"refused": {**refused, str(made.number): made.refused}})
            return
        known = {"seed": made.seed, "service": dict(made.settings), "cost": made.cost.record() if made.cost else None}
        self._write(f"{made.number}.original", made.data)
        self._write(f"{made.number}.json", json.dumps(known).encode())

    def received(self) -> list[int]:
        """The numbers of what has come and has no place yet."""
        found = run_folder(self.run_id).glob("*.json")
        return sorted(int(path.stem) for path in found if path.stem.isdigit())

    def original(self, number: int) -> tuple[bytes, dict[str, Any]]:
        """What came, and what is known of it: `seed`, `service` (JSON), `cost`."""
        known = json.loads((self.folder() / f"{number}.json").read_bytes())
        return (self.folder() / f"{number}.original").read_bytes(), known

    def hand_over(self, run_id: str) -> None:
        """Give what has come and has no place yet to the run that goes on with this one. Raises StorageError."""
        if self.received():
            try:
                shutil.copytree(run_folder(self.run_id), run_folder(run_id), copy_function=os.link)
            except (OSError, shutil.Error) as error:
                raise StorageError(
                    "What has come could not be handed over. It is safe.", "Free some space on the disk, then go on."
                ) from error

    def forget(self, number: int) -> None:
        """It has its place."""
        for ending in ("json", "original"):
            (run_folder(self.run_id) / f"{number}.{ending}").unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        spare = self.folder() / f".{name}"
        try:
            with spare.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            spare.replace(self.folder() / name)
        except OSError as error:
            raise StorageError(
                f"A picture has come, but cannot be written ({error.strerror}).",
                "Free some space on the disk that holds the data folder, then ask for it again.",
            ) from error
