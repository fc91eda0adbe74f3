"""Pictures from outside (uploads, downloads): within limits, set upright, written anew without what came along."""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from core.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

MEGABYTES: Final = 30
PIXELS: Final = 64_000_000
"""Decoded, four bytes each: 256 MB. A phone's photo of 50 million passes."""
SIDE: Final = 20_000
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
QUALITY: Final = 92
_SVG: Final = (b"<svg", b"<?xml", b"<!doctype svg")
_HEIC: Final = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")


@dataclass(frozen=True)
class Picture:
    """A picture that may be kept and shown: no notes of a camera, no place, no profile, nothing behind its end."""

    data: bytes
    type: str
    """image/png or image/jpeg."""
    width: int
    height: int
    sha256: str
    """Of `data`, hexadecimal."""
    name: str = ""
    """As it was called where it came from, without folders."""

    @property
    def ending(self) -> str:
        """png or jpg."""
        return "png" if self.type == "image/png" else "jpg"


def safe_image(data: bytes, name: str, longest: int = 0) -> Picture:
    """A PNG, JPEG, WebP or GIF (its first frame) as a new PNG or JPEG in sRGB; no side longer than `longest`.

    Photos stay JPEG; what has transparency or sharp edges (PNG, GIF) becomes PNG. Raises Invalid, which names the file.
    """
    called = plain_name(name)
    image, kind = opened(data, called, longest)
    if longest and max(image.size) > longest:
        image.thumbnail((longest, longest))
    return written(image, called, lossy=kind in ("JPEG", "WEBP") and image.mode == "RGB")


def opened(data: bytes, name: str, longest: int = 0) -> tuple[Image.Image, str]:
    """The picture decoded (upright, RGB or RGBA, sRGB) and the format that it came in. Raises Invalid."""
    from PIL import Image

    _look(data, name)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        kind, (width, height) = str(image.format).replace("MPO", "JPEG"), image.size  # a JPEG with more behind it
        if width * height <= PIXELS and max(width, height) <= SIDE:
            if longest:
                image.draft("RGB", (longest, longest))
            image.load()
            return _upright(_srgb(image)), kind
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        width = height = 0
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, MemoryError, struct.error):
        raise Invalid(
            f"{name} cannot be read as a picture. Nothing was kept of it.",
            "It may be damaged or only partly copied. Use a PNG, JPEG, WebP or GIF.",
        ) from None
    size = f"{width:,} by {height:,} pixels" if width else "far more pixels than its file lets expect"
    raise Invalid(
        f"{name} has {size}, which is too large.", f"Make it smaller: at most {PIXELS // 1_000_000} million pixels."
    )


def written(image: Image.Image, name: str = "", lossy: bool = False) -> Picture:
    """A decoded picture as a file: JPEG where `lossy`, else PNG; nothing beside its pixels."""
    if image.mode not in ("RGB", "RGBA"):
        image = _srgb(image)
    if lossy and image.mode == "RGBA":
        image = image.convert("RGB")
    image.info = {}
    out = io.BytesIO()
    if lossy:
        image.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    else:
        image.save(out, "PNG", compress_level=6)
    data = out.getvalue()
    kind = "image/jpeg" if lossy else "image/png"
    return Picture(data, kind, *image.size, hashlib.sha256(data).hexdigest(), name)


def plain_name(name: str) -> str:
    """A file's name without folders and control characters, at most 120 characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable()).strip()[-120:] or "The picture"


def _look(data: bytes, name: str) -> None:
    """Before anything is decoded. Raises Invalid."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        raise Invalid(f"{name} is empty.", "Choose another file.")
    if len(data) > MEGABYTES * 1_000_000:
        raise Invalid(f"{name} has {len(data) / 1_000_000:,.0f} MB; at most {MEGABYTES} are taken.", "Make it smaller.")
    if start.startswith(_SVG):
        raise Invalid(
            f"{name} is a drawing (SVG), which is not taken: it can hold more than a picture.",
            "Export it as a PNG, about 1,000 pixels wide, with a transparent ground.",
        )
    if any(mark in data[4:32] for mark in _HEIC):
        raise Invalid(f"{name} is a HEIC or AVIF photo, which is not taken.", "Export it as JPEG, then add it again.")


def _srgb(image: Image.Image) -> Image.Image:
    """As RGB or RGBA in sRGB, whatever it was: palette, grey, CMYK, 16 bits, a wider profile."""
    from PIL import ImageCms

    profile, exif = image.info.get("icc_profile"), image.info.get("exif")
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256, "L") if image.mode.startswith("I;16") else image.convert("L")
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode not in ("RGB", "RGBA", "CMYK", "L") or wanted == "RGBA":
        image = image.convert(wanted)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=wanted) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that cannot be read: the numbers are taken as they are
    image = image if image.mode == wanted else image.convert(wanted)
    if exif:
        image.info["exif"] = exif
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera's notes say. Damaged notes say nothing: the picture itself may be whole."""
    from PIL import ExifTags
    from PIL.Image import Transpose as To

    turns: dict[object, To] = {
        2: To.FLIP_LEFT_RIGHT, 3: To.ROTATE_180, 4: To.FLIP_TOP_BOTTOM, 5: To.TRANSPOSE, 6: To.ROTATE_270,
        7: To.TRANSVERSE, 8: To.ROTATE_90,
    }  # fmt: skip
    try:
        turn = turns.get(image.getexif().get(ExifTags.Base.Orientation))
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error):
        return image
    return image if turn is None else image.transpose(turn)
