"""Photos on the disk: private to whoever runs Timbre, written whole, and gone when they are deleted."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import NotFound, StorageError
from core.images.model import photos_folder
from core.store.tables_images import Photo

if TYPE_CHECKING:
    from PIL import Image

LONGEST: Final = 2048
"""Pixels of the longer side: twice what any training looks at."""
QUALITY: Final = 93
THUMB: Final = 320
_SET = re.compile(r"[0-9A-Z]{26}")
_FILE = re.compile(r"[0-9a-f]{64}\.jpg")


@dataclass(frozen=True)
class Stored:
    """A photo that lies in its set's folder."""

    file: str
    sha256: str
    width: int
    height: int


def folder(set_id: str) -> Path:
    """Where the photos of a set lie. Raises NotFound where it is no name of a set."""
    if not _SET.fullmatch(set_id):
        raise NotFound("There is no such photo set.", "Choose one from the list under Photos.")
    return photos_folder() / set_id


def path(photo: Photo) -> Path:
    """The file of a photo. Raises NotFound where the name is none that Timbre gives."""
    if not _FILE.fullmatch(photo.file):
        raise NotFound("There is no such photo.", "Reload the page.")
    return folder(photo.set_id) / photo.file


def thumb(photo: Photo) -> bytes:
    """A small JPEG of a photo, made once. Raises NotFound where the photo is gone."""
    small = path(photo).with_suffix(".small.jpg")
    try:
        return small.read_bytes()
    except FileNotFoundError:
        image = opened(photo)
    image.thumbnail((THUMB, THUMB))
    data = _jpeg(image)
    _write(small, data)
    return data


def opened(photo: Photo) -> Image.Image:
    """A photo as a picture. Raises NotFound where its file is gone or broken."""
    from PIL import Image

    try:
        with Image.open(path(photo), formats=("JPEG",)) as found:
            return found.convert("RGB")
    except OSError as error:
        raise NotFound(
            f"The file of the photo {photo.name} is missing or broken.", "Take it out of the set and add it again."
        ) from error


def ready(image: Image.Image) -> Image.Image:
    """A decoded picture as it is kept: without transparency, at most `LONGEST` pixels, nothing beside its pixels."""
    from PIL import Image

    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image = image.convert("RGB")
    image.thumbnail((LONGEST, LONGEST))
    image.info = {}
    return image


def put(set_id: str, image: Image.Image) -> Stored:
    """Keep a picture (see `ready`) as a JPEG; the same picture is kept once. Raises StorageError."""
    data = _jpeg(image)
    digest = hashlib.sha256(data).hexdigest()
    _write(folder(set_id) / f"{digest}.jpg", data)
    return Stored(f"{digest}.jpg", digest, image.width, image.height)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all, for its owner alone."""
    half = target.with_suffix(".half")
    try:
        photos_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StorageError(
            f"The photo could not be kept ({error.strerror}); nothing was half-saved.",
            "Free some space on the disk of TIMBRE_DATA, then add it again.",
        ) from error


def remove(photo: Photo) -> None:
    """A photo's files are gone."""
    for file in (path(photo), path(photo).with_suffix(".small.jpg")):
        file.unlink(missing_ok=True)


def wipe(set_id: str) -> bool:
    """The folder of a set is gone; whether it really is."""
    shutil.rmtree(folder(set_id), ignore_errors=True)
    return not folder(set_id).exists()


def sets_on_disk() -> list[str]:
    """The names of all folders of sets."""
    with contextlib.suppress(OSError):
        return [p.name for p in photos_folder().iterdir() if p.is_dir() and _SET.fullmatch(p.name)]
    return []
