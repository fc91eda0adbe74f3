"""What the worker looks for now and then: files of images that no row knows (a process died, an author was removed)."""

from __future__ import annotations

import shutil
from typing import Final

import regex

from core import jobs, store
from core.images.keep import NEW
from core.images.model import images_folder
from core.store import images
from core.store.base import now

_FOLDER: Final = regex.compile(r"\.?[0-9A-Z]{26}")
"""An image's folder by its id; with a dot before it while it is being written."""
SETTLED: Final = 3_600.0
"""Seconds: younger folders may be in the making."""


@jobs.periodic(3_600.0)
def look() -> None:
    """Remove folders of images that this store has deleted, and those that were half-made when a process died.

    A folder that this store has never known stays: another store may own it, or an earlier state of this one.
    """
    old = now().timestamp() - SETTLED
    there = images_folder().iterdir() if images_folder().is_dir() else ()
    with store.reading() as tx:
        owned = images.folders(tx)
        left = [f for f in there if _FOLDER.fullmatch(f.name) and f.name not in owned and f.stat().st_mtime < old]
        gone = images.forgotten(tx, [found.name for found in left])
    for found in left:
        if found.name in gone or found.name.startswith(".") or (found / NEW).exists():
            shutil.rmtree(found, ignore_errors=True)
