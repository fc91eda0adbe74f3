"""What a brand kit does to pictures: colours drawn towards its palette, a wash of a colour over them, its logo.

Everything that changes colours is one table (a 3D LUT), so that a large picture takes a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.config import settings
from core.errors import Invalid
from core.images import assets, colour
from core.images.families import FAMILIES
from core.images.model import COLOURS, Kit

if TYPE_CHECKING:
    from PIL import Image

STEPS: Final = 25
"""Of the table, each way."""
SOFT: Final = 12.0
"""How near (CIEDE2000) a colour must be to a brand colour to count as its neighbour."""
WHERE: Final = ("all", "foot", "head")
CORNERS: Final = ("", "top left", "top right", "bottom left", "bottom right")
NEAR: Final = 10.0
"""In lightness: an accent so near ink or paper is left out between them."""
MARGIN: Final = 0.05
SAMPLE: Final = 96
"""Longest side at which distances are measured."""


@dataclass(frozen=True)
class Grade:
    """What is done, in this order. All that is 0 or empty is left out."""

    duotone: float = 0.0
    """0 to 1: the picture redrawn in the kit's ink, accent and paper, by its light."""
    towards: float = 0.0
    """0 to 1: every colour drawn to the nearest colours of the kit; its light mostly stays."""
    saturation: float = 0.0
    """-1 (grey) to 1 (twice)."""
    contrast: float = 0.0
    """-1 to 1."""
    wash: float = 0.0
    """0 to 1: how much of a colour is laid over the picture."""
    wash_colour: str = "ink"
    """A role of the kit's colours."""
    wash_where: str = "all"
    """all, or from an edge into the picture: foot, head."""
    logo: str = ""
    """The corner that the kit's logo stands in; "" for none."""
    logo_width: float = 0.14
    """As a share of the picture's width."""


PRESETS: Final[Mapping[str, Grade]] = {
    "As it is": Grade(),
    "Closer to our colours": Grade(towards=0.4),
    "Quiet": Grade(towards=0.35, saturation=-0.45, contrast=-0.08),
    "Our colours only": Grade(duotone=1.0),
    "Room for words below": Grade(towards=0.25, wash=0.7, wash_where="foot"),
}
_LIMITS: Final = {"saturation": (-1.0, 1.0), "contrast": (-1.0, 1.0), "logo_width": (0.05, 0.4)}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"wash_colour": COLOURS, "wash_where": WHERE, "logo": CORNERS}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """A grade as it is kept: only what differs from nothing. Raises Invalid, which names the field."""
    plain = Grade()
    out: dict[str, Any] = {}
    for name, value in given.items():
        if name not in {f.name for f in fields(Grade)}:
            raise Invalid(f"A grade has no {name}.", f"Its fields: {', '.join(asdict(plain))}.")
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise Invalid(f"A grade's {name} cannot be {value!r}.", f"Choose one of {', '.join(_CHOICES[name])}.")
        else:
            low, high = _LIMITS.get(name, (0.0, 1.0))
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                raise Invalid(f"A grade's {name} cannot be {value!r}.", f"Give a number from {low:g} to {high:g}.")
        kept = value if name in _CHOICES else round(float(value), 3)
        if kept != getattr(plain, name):
            out[name] = kept
    return out


def apply(image: Image.Image, kit: Kit, grade: Mapping[str, Any] | Grade) -> Image.Image:
    """The picture (RGB) graded; the one given stays as it is. Raises Invalid for a grade that cannot be."""
    from PIL import ImageFilter

    wanted = grade if isinstance(grade, Grade) else Grade(**checked(grade))
    out = image.convert("RGB")
    if any((wanted.duotone, wanted.towards, wanted.saturation, wanted.contrast)):
        out = out.filter(ImageFilter.Color3DLUT(STEPS, table(kit, wanted).ravel().tolist()))
    if wanted.wash:
        out = _washed(out, _roles(kit)[wanted.wash_colour], wanted)
    return _marked(out, kit, wanted) if wanted.logo and kit.logo else out


def distance(image: Image.Image, kit: Kit) -> float:
    """Mean CIEDE2000 of the picture's colours to the nearest colour of the kit: 0 is only brand colours."""
    small = image.convert("RGB")
    small.thumbnail((SAMPLE, SAMPLE))
    pixels = colour.lab(np.asarray(small, float).reshape(-1, 3))
    return float(colour.distances(pixels[:, None], _palette(kit)[None]).min(axis=1).mean())


@dataclass(frozen=True)
class Compared:
    """A picture without and with a grade, as JPEG, and its distance to the kit's colours each time."""

    before: bytes
    after: bytes
    far_before: float
    far_after: float


def compared(data: bytes, kit: Kit, grade: Mapping[str, Any], width: int = 540) -> Compared:
    """A kept picture, small, before and after. Raises Invalid where it is no picture."""
    image, _ = assets.opened(data, "The picture", 2 * width)
    image = image.convert("RGB")
    image.thumbnail((width, 4 * width))
    graded = apply(image, kit, grade)
    before, after = (assets.written(one.copy(), lossy=True).data for one in (image, graded))
    return Compared(before, after, distance(image, kit), distance(graded, kit))


def table(kit: Kit, grade: Grade) -> colour.Values:
    """What becomes of each of STEPS^3 colours: red runs first, 0 to 1 in and out (as Pillow's Color3DLUT wants it)."""
    axis = np.linspace(0, 255, STEPS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    lab = colour.lab(np.stack((red, green, blue), axis=-1).reshape(-1, 3))
    if grade.duotone:
        lab += grade.duotone * (_duotone(lab, _roles(kit)) - lab)
    if grade.towards:
        lab += grade.towards * (_nearest(lab, _palette(kit)) - lab) * (0.35, 1, 1)
    lab[:, 1:] *= 1 + grade.saturation
    lab[:, 0] = np.clip(50 + (lab[:, 0] - 50) * (1 + 0.6 * grade.contrast), 0, 100)
    return np.asarray(colour.from_lab(lab) / 255)


def _roles(kit: Kit) -> Mapping[str, str]:
    """The colours of the kit's theme, the family's where it has none."""
    family = FAMILIES.get(kit.family) or next(iter(FAMILIES.values()))
    return {**family.colours[kit.theme], **kit.colours.get(kit.theme, {})}


def _palette(kit: Kit) -> colour.Values:
    """The kit's own colours of both themes, and what its theme is drawn in, as L*a*b*."""
    own = {value for roles in kit.colours.values() for value in roles.values()} | set(_roles(kit).values())
    return colour.lab(np.array([colour.rgb(c) for c in sorted(own)], float))


def _duotone(lab: colour.Values, roles: Mapping[str, str]) -> colour.Values:
    """From the darker of ink and paper to the lighter, by the picture's light, on the way past the accent."""
    ends = sorted((_lab(roles[role]) for role in ("ink", "paper")), key=lambda v: float(v[0]))
    accent = _lab(roles["accent"])
    between = ends[0][0] + NEAR < accent[0] < ends[1][0] - NEAR
    stops = np.stack((ends[0], accent, ends[1]) if between else ends)
    light = ends[0][0] + lab[:, 0] / 100 * (ends[1][0] - ends[0][0])
    return np.stack([np.interp(light, stops[:, 0], stops[:, axis]) for axis in range(3)], axis=-1)


def _lab(value: str) -> colour.Values:
    return colour.lab(np.array(colour.rgb(value), float))


def _nearest(lab: colour.Values, palette: colour.Values) -> colour.Values:
    """A mean of the palette for each colour, the nearer the more it counts: no edges where the nearest one changes."""
    apart = colour.distances(lab[:, None], palette[None])
    weights = np.exp(-(apart - apart.min(axis=1, keepdims=True)) / SOFT)
    return np.asarray((weights / weights.sum(axis=1, keepdims=True)) @ palette)


def _washed(image: Image.Image, over: str, grade: Grade) -> Image.Image:
    from PIL import Image

    width, height = image.size
    steps = np.linspace(1, 0, height) if grade.wash_where == "head" else np.linspace(0, 1, height)
    # Eased, and only over the half that it comes from.
    share = np.ones(height) if grade.wash_where == "all" else np.clip((steps - 0.35) / 0.65, 0, 1) ** 1.5
    mask = Image.fromarray((255 * grade.wash * share).round().astype(np.uint8)[:, None]).resize((width, height))
    return Image.composite(Image.new("RGB", image.size, over), image, mask)


def _marked(image: Image.Image, kit: Kit, grade: Grade) -> Image.Image:
    """The logo in its corner, with a margin; nothing where its file is gone."""
    from PIL import Image

    file = settings().timbre_data / kit.logo
    if not file.is_file():
        return image
    with Image.open(file) as opened:
        logo = opened.convert("RGBA")
    width, edge = round(image.width * grade.logo_width), round(image.width * MARGIN)
    logo.thumbnail((width, image.height // 5))
    x = edge if "left" in grade.logo else image.width - edge - logo.width
    y = edge if "top" in grade.logo else image.height - edge - logo.height
    out = image.copy()
    out.paste(logo, (x, y), logo)
    return out
