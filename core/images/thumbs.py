"""Small pictures for lists: made once, beside the image, so that a gallery never reads an original."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Final

from core import store
from core.errors import NotFound, StorageError
from core.images.model import images_folder
from core.store import images
from core.store.tables_images import Image

WIDTH: Final = 320
NAME: Final = "thumb.webp"
_QUALITY: Final = 80


def thumb(image: Image | str) -> Path:
    """The thumbnail of an image (a row, or its id): WebP, 320 pixels wide. Made where it is missing.

    A row costs no look into the store. Raises NotFound where the image's own file is gone too, StorageError.
    """
    image_id = image if isinstance(image, str) else image.id
    path = images_folder() / image_id / NAME
    if path.is_file():
        return path
    if isinstance(image, str):
        with store.reading() as tx:
            image = images.image(tx, image)
    first = next((f for f in image.files if str(f.get("type", "")).startswith("image/")), None)
    source = path.parent / str(first["name"]) if first else path
    try:
        made = small(source.read_bytes())
    except OSError:
        raise NotFound("The file of this image is gone.", "Make the image again, or delete it.") from None
    spare = path.with_name(f"{NAME}.{os.getpid()}.{threading.get_ident()}")
    try:
        spare.write_bytes(made)
        spare.replace(path)
    except OSError as error:
        raise StorageError(
            f"A thumbnail could not be written ({error.strerror}).", "See that the disk has room."
        ) from None
    return path


def small(raw: bytes, width: int = WIDTH) -> bytes:
    """A picture as WebP of at most so many pixels' width, its proportions kept. Raises OSError for what is none."""
    from PIL import Image as Pillow  # only here: a list of thumbnails that are there needs no Pillow

    with Pillow.open(io.BytesIO(raw)) as found:
        picture = found.convert("RGBA" if "A" in found.getbands() or "transparency" in found.info else "RGB")
    picture.thumbnail((width, 4 * width), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()
