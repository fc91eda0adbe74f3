"""What the files of an image are: names that lead nowhere else, and what is known of each. Pure."""

from __future__ import annotations

import hashlib
import io
import unicodedata
from typing import Any, Final

import regex

from core.errors import Invalid
from core.images import thumbs
from core.publish.limits import GIF, JPEG, PDF, PNG

FORMATS: Final = {"PNG": ("png", PNG), "JPEG": ("jpg", JPEG), "WEBP": ("webp", "image/webp"), "GIF": ("gif", GIF)}
"""Pillow's name of a format -> suffix and media type."""
_NAME: Final = regex.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}\.[a-z0-9]{2,5}")


def entry(name: str, raw: bytes, said: str, pages: int) -> dict[str, Any]:
    """A file as an image's row names it; `pages` of a document."""
    known: dict[str, Any] = {"name": name, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw), "alt": said}
    if name.endswith(".pdf"):
        return {**known, "type": PDF, "width": 0, "height": 0, "pages": pages}
    _suffix, kind, width, height = look(raw)
    return {**known, "type": kind, "width": width, "height": height}


def look(raw: bytes) -> tuple[str, str, int, int]:
    """Suffix, media type, width and height of a picture. Raises Invalid."""
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(raw), formats=tuple(FORMATS)) as found:
            return (*FORMATS[str(found.format)], found.width, found.height)
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise Invalid("This is no picture that can be kept. Nothing was kept.", "Use PNG, JPEG or WebP.") from error


def versioned(name: str, raw: bytes) -> str:
    """Other bytes have another name: a row never names a file that holds something else."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(raw).hexdigest()[:6]}.{suffix}"


def slug(title: str) -> str:
    """A title as the stem of a file name: ASCII, at most 60 characters, "image" where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return regex.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "image"


def safe(name: str) -> str:
    """A file name without anything that leads elsewhere. Raises Invalid."""
    if not _NAME.fullmatch(name) or name == thumbs.NAME:
        raise Invalid(
            f"{name[:80]!r} cannot be the name of a file here.", "Use letters, digits, - and _, and a suffix."
        )
    return name
