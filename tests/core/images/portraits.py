"""Photos of a person for tests: one real face, before other grounds, nearer, turned, lit from elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

FACE = Path(__file__).parent / "people/astronaut.jpg"
BOX = (140, 20, 320, 260)
"""Of the head and the shoulders in the picture, about."""


def whole(side: int = 1024) -> Image.Image:
    """The picture as it is."""
    return Image.open(FACE).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def before(ground: tuple[int, int, int], size: float = 0.6, mirrored: bool = False, light: float = 1.0) -> Image.Image:
    """The head before a ground of that colour; `size`: its share of the height."""
    head = Image.open(FACE).convert("RGB").crop(BOX)
    high = int(1024 * size)
    head = head.resize((int(high * head.width / head.height), high), Image.Resampling.LANCZOS)
    if mirrored:
        head = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = Image.new("RGB", (1024, 1024), ground)
    picture.paste(ImageEnhance.Brightness(head).enhance(light), ((1024 - head.width) // 2, 1024 - head.height))
    return picture


def set_of(n: int = 4) -> list[Image.Image]:
    """So many photos that make a fit set: other grounds, distances, light."""
    made = [
        whole(),
        before((40, 90, 200), 0.95, mirrored=True, light=0.7),
        before((210, 200, 60), 0.5, light=1.15),
        before((20, 120, 40), 0.72, mirrored=True, light=0.8),
        before((230, 230, 230), 0.4, light=0.9),
    ]
    return made[:n]


def blurred(radius: float = 9) -> Image.Image:
    return whole().filter(ImageFilter.GaussianBlur(radius))


def two() -> Image.Image:
    """Two people."""
    picture = Image.new("RGB", (1400, 900), (60, 60, 60))
    one = whole(800)
    picture.paste(one.crop((200, 0, 600, 800)), (100, 60))
    picture.paste(one.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((200, 0, 600, 800)), (800, 60))
    return picture


def nobody() -> Image.Image:
    """A thing."""
    picture = Image.new("RGB", (900, 900), (200, 190, 170))
    draw = ImageDraw.Draw(picture)
    for n in range(0, 900, 30):
        draw.line((n, 0, 900 - n, 900), fill=(90 + n // 9, 60, 40), width=6)
    return picture


def jpeg(picture: Image.Image, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    said = {"exif": exif, "comment": b"HOME-ADDRESS"} if exif is not None else {}
    picture.save(out, "JPEG", quality=90, **said)
    return out.getvalue()
