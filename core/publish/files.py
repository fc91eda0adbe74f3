"""The files that a post carries, read from the images folder and from no other place, whatever their path says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config import settings
from core.errors import Invalid


def read(entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry of post.media. Raises Invalid, which names the file, where it is gone or lies elsewhere."""
    name, root = str(entry.get("name") or "a file"), settings().timbre_data
    found = (root / str(entry.get("path") or "")).resolve()
    if not found.is_relative_to((root / "images").resolve()):
        raise Invalid(f"{name} is not in Timbre's images folder.", "Choose the image again.")
    try:
        return found.read_bytes()
    except OSError as error:
        raise Invalid(f"{name} cannot be read ({error.strerror}).", "Choose the image again.") from None
