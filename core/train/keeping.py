"""An adapter's folder: made whole by one rename, and looked at by hash."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

from core.config import settings
from core.errors import Invalid, StorageError
from core.llm import loras
from core.store.tables_training import Adapter, TrainingRun
from core.train import cards
from core.train.model import adapters_folder

CARD, README = "card.json", "README.md"
GGUF = "adapter.gguf"


def move(run: TrainingRun, row: Adapter, made: Path, names: dict[str, str] | None = None, base_hash: str = "") -> None:
    """Make `made` the folder of the adapter `row` with its card, and write into the row what lies there.

    `names`: those of the authors, by id, for the card.

    The rename is the last thing done to the files, so a folder under an adapter's name is whole. Where it is there
    already (a kill came between it and the row) it is taken as it is. Raises Invalid, StorageError.
    """
    target = adapters_folder() / row.id
    try:
        if not target.is_dir():
            _finish(run, row, made, names or {}, base_hash)
            adapters_folder().mkdir(parents=True, exist_ok=True)
            _rename(made, target)
        row.card = json.loads((target / CARD).read_text(encoding="utf8"))
        row.files = dict(row.card["files"])
    except OSError as error:
        raise StorageError(
            f"The adapter could not be kept ({error.strerror}); the run has it still.",
            "Free some space on the disk of TIMBRE_DATA, then let the run go on.",
        ) from error
    row.base_hash = str(row.card["base"]["hash"])


def _finish(run: TrainingRun, row: Adapter, made: Path, names: dict[str, str], base_hash: str) -> None:
    """Hashes, card and README, on the disk before the folder gets its name."""
    lying = made.iterdir() if made.is_dir() else ()
    made_of = sorted(p.name for p in lying if p.is_file() and p.name not in (CARD, README))
    if not made_of:
        raise Invalid("The run has made no adapter that could be kept.", "Start it again.")
    row.files = {name: loras.file_hash(made / name) for name in made_of}
    row.base_hash = base_hash or (loras.made_for(row.files[GGUF], made / GGUF) if GGUF in row.files else "")
    row.card = cards.card(run, row, names)
    (made / CARD).write_text(json.dumps(row.card, ensure_ascii=False, indent=1), encoding="utf8")
    (made / README).write_text(cards.readme(row.card), encoding="utf8")
    for name in (*made_of, CARD, README):
        _flush(made / name)
    _flush(made)


def _flush(path: Path) -> None:
    """Onto the disk itself: a row must never name a file that a power cut has emptied."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folder
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.EACCES):  # file systems that cannot
            raise
    finally:
        os.close(opened)


def _rename(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{target.name}.part")  # another disk: copied first, then renamed
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(made, part)
        part.rename(target)
        shutil.rmtree(made, ignore_errors=True)


def broken(row: Adapter, sure: bool) -> str:
    """Which of an adapter's files is not there or (where `sure`: all are read) not what was made; empty: none."""
    folder = adapters_folder() / row.id
    for name, digest in row.files.items():
        file = folder / name
        if not file.is_file():
            return f"Its file {name} is missing."
        if sure and loras.file_hash(file) != digest:
            return f"Its file {name} is not the one that was made."
    return "" if row.files else "It has no files."


def exports(adapter_id: str) -> Path:
    """Where an adapter is written out for other programs unless told otherwise; it goes with the adapter."""
    return settings().timbre_data / "exports" / adapter_id


def checked(row: Adapter) -> Path:
    """The folder of an adapter whose files are all what was made. Raises Invalid."""
    if said := broken(row, sure=True):
        raise Invalid(
            f"The adapter {row.title} cannot be used. {said}", "Put it back from a backup, or train it again."
        )
    return adapters_folder() / row.id


def summary(exam: dict[str, Any]) -> dict[str, Any]:
    """An exam without the texts that were written in it."""
    return {name: value for name, value in exam.items() if name != "texts"}
