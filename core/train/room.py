"""Whether a training has room: on the disk that holds the data folder, and in memory. Looked at before it begins."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from core.errors import StorageError, Unavailable
from core.train import process

SPARE = 200_000_000
"""Bytes that stay free on the disk: the database and the drafts of the team are written there too."""
MEGABYTE = 1_000_000


def check(folder: Path, disk: int, memory: int | None, device: str = "cpu") -> None:
    """Raises StorageError or Unavailable where `disk` bytes will not fit, or `memory` bytes are not free.

    `memory`: None where nothing was measured. That of a graphics card is for its own process to find out. What runs on
    the device now is over before this training has it: it is waited for, and what it holds counts as free.
    """
    free = shutil.disk_usage(_there(folder)).free
    if free < disk + SPARE:
        raise StorageError(
            f"This training writes up to {_said(disk)} and leaves {_said(SPARE)} free for everything else; the disk "
            f"that holds the data folder has {_said(free)} free. Nothing was written.",
            f"Free {_said(disk + SPARE - free)} there, or move the data folder (TIMBRE_DATA) to a larger disk.",
        )
    process.let_go()
    available = psutil.virtual_memory().available + process.held_memory()
    if memory is not None and device == "cpu" and available < memory:
        raise Unavailable(
            f"This training needs about {_said(memory)} of memory; {_said(available)} is free now. Nothing was begun.",
            "Close other programs, or choose fewer rows at once or shorter rows under 'Advanced'.",
        )


def _there(folder: Path) -> Path:
    """The nearest folder above that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _said(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"
