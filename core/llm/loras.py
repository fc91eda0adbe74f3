"""Whether an adapter's file is the one that was made, and made for the model that runs: looked at before it is used."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.errors import Invalid, Unavailable
from core.llm import gguf_head
from core.llm.model import Lora

BASE_KEY = "timbre.base.sha256"
"""Where an adapter's GGUF says which model it was made for."""
_known: dict[tuple[str, int, int], str] = {}
"""By path, size and time: a few dozen short rows in the life of a process."""


def file_hash(path: Path) -> str:
    """sha256 of a file, in hex; read again only where its size or its time has changed. Raises Unavailable."""
    try:
        key = _key(path)
        if key not in _known:
            with path.open("rb") as opened:
                _known[key] = hashlib.file_digest(opened, "sha256").hexdigest()
        return _known[key]
    except OSError as error:
        raise Unavailable(
            f"The file {path} cannot be read ({error.strerror}); nothing was written.",
            "Put it back from a backup, or choose what does not need it.",
        ) from error


def known_hash(path: Path) -> str:
    """The same where this process has read the file already; empty where it has not: a large one takes seconds."""
    try:
        return _known.get(_key(path), "")
    except OSError:
        return ""


def _key(path: Path) -> tuple[str, int, int]:
    now = path.stat()
    return str(path), now.st_size, now.st_mtime_ns


def is_whole(lora: Lora) -> bool:
    """Whether its file is there, and is the one that was made."""
    path = Path(lora.path)
    return path.is_file() and file_hash(path) == lora.hash


def check(lora: Lora, base: Path) -> None:
    """Raise Unavailable where its file is gone; Invalid where it is another one, or was made for another model."""
    path = Path(lora.path)
    if not path.is_file():
        raise Unavailable(
            f"The adapter's file {path} is missing; nothing was written.",
            "Roll the adapter back on the Training page, or put the file back from a backup.",
        )
    if file_hash(path) != lora.hash:
        raise Invalid(
            f"The adapter's file {path} is not the one that passed its exam any more, so it was not used.",
            "Put the file back from a backup, or roll the adapter back on the Training page.",
        )
    if made_for(lora.hash, path) != file_hash(base):
        raise Invalid(
            f"The adapter {path.parent.name} was made for another model than {base.name}, so it was not used.",
            "Set TIMBRE_MODEL_PATH to the model that it was trained on, or train it again for this one.",
        )


@functools.lru_cache(maxsize=64)
def made_for(hash_: str, path: Path) -> str:  # noqa: ARG001 - the hash is there for the cache
    """The sha256 of the model that an adapter's GGUF was made for; empty where it does not say."""
    return str(gguf_head.read(path).values.get(BASE_KEY, ""))


def readable(base: Path) -> bool:
    """Whether a model's file begins as one does, so that what could not be loaded was an adapter."""
    with base.open("rb") as opened:
        return opened.read(4) == b"GGUF"


def unusable(adapters: Sequence[Lora]) -> Unavailable:
    """What is said of adapters that the runtime refused."""
    names = ", ".join(Path(lora.path).parent.name for lora in adapters)
    return Unavailable(
        f"The built-in model could not be loaded with the adapters {names}; nothing was written.",
        "Roll the newest of them back on the Training page, then run again.",
    )
