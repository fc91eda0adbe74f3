"""The API's bearer token: from TIMBRE_API_TOKEN, else one that is made once and kept where only its owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from core.config import settings
from core.errors import StorageError

NAME = "api-token"


def path() -> Path:
    """Where a made token is kept."""
    return settings().timbre_data / NAME


def token() -> str:
    """The token that opens the API. Raises StorageError where one must be made and cannot be kept."""
    chosen = settings().timbre_api_token
    if chosen is not None:
        return chosen.get_secret_value()
    try:
        return _kept() or _made()
    except OSError as error:
        raise StorageError(
            f"The API's token cannot be kept in {path()} ({error.strerror}).",
            "Set TIMBRE_API_TOKEN, or TIMBRE_DATA to a folder that you may write to.",
        ) from error


def _kept() -> str:
    try:
        found = path().read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""
    if path().stat().st_mode & 0o077:
        path().chmod(0o600)
    return found


def _made() -> str:
    """A new token, complete or not there at all: where two processes make one at once, the first stays."""
    path().parent.mkdir(parents=True, exist_ok=True)
    draft = path().with_name(f".{NAME}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    if path().exists() and not _kept():
        path().unlink()  # an empty file opens nothing
    with contextlib.suppress(FileExistsError):
        os.link(draft, path())
    draft.unlink()
    return _kept()
