"""Whether a photo is fit to learn a face from, and whether a set of them shows enough of the person; what to do if not.

Pure: pictures and figures in, sentences out. What was measured is kept, so judging again costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.images import faces
from core.images.faces import Face

if TYPE_CHECKING:
    from PIL import Image

LEAST_SIDE, GOOD_SIDE = 512, 1024
"""Pixels of the shorter side: what SD 1.5 and SDXL learn from."""
LEAST_FACE, LEAST_SHARE = 100, 0.10
"""A face's height, in pixels and as a share of the picture's."""
LOOKED_AT = 192
"""Pixels to which a face is made smaller before its sharpness is measured: the same measure for every camera."""
SHARP = 0.015
"""Variance of the Laplacian over the variance of the picture: below it a face of that size is visibly soft."""
DARK, BRIGHT, CLIPPED = 55.0, 205.0, 0.2
"""Mean brightness of a face (0 to 255), and the share of it that may be pure black or white."""
ALIKE = 6
"""Bits of 64 in which two gradient hashes may differ for two photos to be of the same moment."""
LEAST, MOST, GOOD = 3, 20, 10
"""Photos of a set."""
CLOSE, NEAR = 0.42, 0.2
"""A face's share of the picture's height: close-up above the first, head and shoulders above the second."""
SAME_PLACE, SAME_LIGHT = 26.0, 24.0
"""Steps of 0 to 255 within which two backgrounds are one, or the light on a face is the same."""
DISTANCES: Final = {"close": "close-up", "near": "head and shoulders", "far": "further away"}


@dataclass(frozen=True)
class Check:
    """One question to a photo or a set: what was found, and what to do about it."""

    name: str
    ok: bool
    said: str
    do: str = ""
    grave: bool = False
    """A photo that fails it is left out until a person says otherwise; a set that fails it cannot be learnt from."""


@dataclass(frozen=True)
class Measures:
    """What was measured of one photo."""

    width: int
    height: int
    sharp: float
    light: float
    """Mean brightness of the face (of the middle where there is none), 0 to 255."""
    side: float
    """How much brighter its right half is than its left."""
    clipped: float
    looks: str
    """See `looks`."""
    place: tuple[int, ...] = ()
    """Colours along the upper edges: what stands behind the person."""
    faces: tuple[Face, ...] = field(default=())
    looked: bool = True
    """Faces could be looked for on the machine that measured."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Measures:
        """From JSON; names that this version does not know are passed over."""
        known = {f.name for f in fields(cls)} - {"faces", "place"}
        found = tuple(Face(**one) for one in kept.get("faces") or ())
        return cls(**{k: v for k, v in kept.items() if k in known}, place=tuple(kept.get("place") or ()), faces=found)

    @property
    def distance(self) -> str:
        """close, near or far; empty where no face was found."""
        if not self.faces:
            return ""
        share = self.faces[0].height
        return "close" if share >= CLOSE else "near" if share >= NEAR else "far"


# ---- measuring -----------------------------------------------------------------------------------------------


def measure(image: Image.Image) -> Measures:
    """All that is asked of a photo later; takes about a tenth of a second."""
    image = image.convert("RGB")
    found = tuple(faces.found(image))
    grey = _face(image, found[0] if found else Face(0.2, 0.2, 0.6, 0.6, 0))
    wide = max(1, grey.shape[1] // 2)
    return Measures(
        width=image.width,
        height=image.height,
        sharp=round(_sharpness(grey), 4),
        light=round(float(grey.mean()), 1),
        side=round(float(grey[:, -wide:].mean() - grey[:, :wide].mean()), 1),
        clipped=round(float(((grey <= 4) | (grey >= 251)).mean()), 3),
        looks=looks(image, found[0] if found else None),
        place=_place(image),
        faces=found,
        looked=faces.available(),
    )


def _face(image: Image.Image, face: Face) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The face alone, grey, at most `LOOKED_AT` pixels."""
    wide, high = image.size
    left, top = max(0, int(face.left * wide)), max(0, int(face.top * high))
    right = min(wide, max(left + 8, int((face.left + face.width) * wide)))
    low = min(high, max(top + 8, int((face.top + face.height) * high)))
    cut = image.crop((left, top, right, low)).convert("L")
    cut.thumbnail((LOOKED_AT, LOOKED_AT))
    return np.asarray(cut, dtype=np.float64)


def _sharpness(grey: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Variance of the Laplacian over that of the picture itself, so that contrast alone is not taken for sharpness.

    Source: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy (2000), normalised.
    """
    if min(grey.shape) < 3:
        return 0.0
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(edges.var() / max(float(grey.var()), 25.0))


def looks(image: Image.Image, face: Face | None = None) -> str:
    """A gradient hash of the picture and one of the face with what is around it, 16 hex digits each.

    The first stays nearly the same where a picture is scaled, saved again or made brighter; the second also where it
    is cut or shifted.
    """
    whole = _hash(image)
    if face is None:
        return whole
    wide, high = image.size
    x, y = (face.left + face.width / 2) * wide, (face.top + face.height / 2) * high
    half = face.height * high
    return whole + _hash(image.crop((int(x - half), int(y - half), int(x + half), int(y + half))))


def _hash(image: Image.Image) -> str:
    small = np.asarray(image.convert("L").resize((9, 8)), dtype=np.int16)
    return np.packbits((small[:, 1:] > small[:, :-1]).ravel()).tobytes().hex()


def alike(one: str, other: str) -> bool:
    """Whether two hashes are of the same moment: the whole pictures or the faces in them are nearly the same."""
    pairs = ((one[:16], other[:16]), (one[16:], other[16:]))
    return any(a and b and (int(a, 16) ^ int(b, 16)).bit_count() <= ALIKE for a, b in pairs)


def _place(image: Image.Image) -> tuple[int, ...]:
    small = np.asarray(image.resize((8, 8)), dtype=np.uint8)
    edge = np.concatenate([small[0], small[1:6, 0], small[1:6, -1]])
    return tuple(int(value) for value in edge.ravel())


# ---- judging one photo ---------------------------------------------------------------------------------------


def of(image: Image.Image, others: Sequence[Measures] = ()) -> list[Check]:
    """Measure a photo and judge it beside the others of its set."""
    return judge(measure(image), others)


def judge(photo: Measures, others: Sequence[Measures] = ()) -> list[Check]:
    """Size, face, sharpness, light, and whether it is one of the others again; what is well is said too."""
    return [_size(photo), _one_face(photo), _sharp(photo), _light(photo), _new(photo, others)]


def _size(photo: Measures) -> Check:
    short = min(photo.width, photo.height)
    said = f"{photo.width} by {photo.height} pixels"
    if short < LEAST_SIDE:
        return Check("size", False, f"Small: {said}; the shorter side needs {LEAST_SIDE}.",
                     "Take the original from the camera, not the copy that a chat has made.", True)  # fmt: skip
    if short < GOOD_SIDE:
        return Check("size", True, f"{said}: enough for the smaller models, {GOOD_SIDE} would do for all.")
    return Check("size", True, said)


def _one_face(photo: Measures) -> Check:
    if not photo.looked:
        return Check("face", True, "Faces cannot be looked for on this machine.", "See yourself that there is one.")
    if not photo.faces:
        return Check("face", False, "No face was found.",
                     "Use a photo on which the face is seen, or use it all the same if it is.", True)  # fmt: skip
    if len(photo.faces) > 1:
        return Check("face", False, f"{len(photo.faces)} faces were found.",
                     "Cut the photo so that only the person is on it: the model learns every face.", True)  # fmt: skip
    high = photo.faces[0].height * photo.height
    if high < LEAST_FACE or photo.faces[0].height < LEAST_SHARE:
        return Check("face", False, f"The face is small: {high:.0f} pixels high.",
                     f"Cut the photo closer, or take one nearer: {LEAST_FACE} pixels are the least.")  # fmt: skip
    return Check("face", True, f"One face, {DISTANCES[photo.distance]}.")


def _sharp(photo: Measures) -> Check:
    if photo.sharp < SHARP:
        return Check("sharp", False, "The face is blurred." if photo.faces else "The photo is blurred.",
                     "Take another: a model that learns from blur makes blurred faces.")  # fmt: skip
    return Check("sharp", True, "Sharp.")


def _light(photo: Measures) -> Check:
    do = "Take one by a window, with the light on the face."
    if photo.light < DARK:
        return Check("light", False, "The face is dark.", do)
    if photo.light > BRIGHT or photo.clipped > CLIPPED:
        return Check("light", False, "Parts of the face are burnt out or pure black.", do)
    return Check("light", True, "Well lit.")


def _new(photo: Measures, others: Sequence[Measures]) -> Check:
    if any(alike(photo.looks, other.looks) for other in others):
        return Check("new", False, "Nearly the same as another photo of this set.",
                     "Keep the better one: the same moment twice teaches the moment, not the face.", True)  # fmt: skip
    return Check("new", True, "Unlike the others.")


def fit(checks: Sequence[Check]) -> bool:
    """Whether a photo is used unless a person says otherwise."""
    return all(check.ok or not check.grave for check in checks)


# ---- judging a set -------------------------------------------------------------------------------------------


def variety(photos: Sequence[Measures]) -> list[Check]:
    """Whether a set is large and varied enough: number, distances, backgrounds, light."""
    n = len(photos)
    if n < LEAST:
        return [Check("number", False, f"{n} of at least {LEAST} photos.", "Add more.", True)]
    if n > MOST:
        return [Check("number", False, f"{n} photos; at most {MOST} are used.", "Leave some out.", True)]
    many = f"{n} photos" if n >= GOOD else f"{n} photos; {GOOD} to {MOST} do better"
    return [Check("number", True, f"{many}."), _distances(photos), _places(photos), _lights(photos)]


def _distances(photos: Sequence[Measures]) -> Check:
    kinds = {photo.distance for photo in photos} - {""}
    if len(kinds) == 1:
        return Check("distances", False, f"All are taken at one distance ({DISTANCES[kinds.pop()]}).",
                     "Add some from nearer and some from further away.")  # fmt: skip
    named = ", ".join(said for name, said in DISTANCES.items() if name in kinds)
    return Check("distances", True, f"Distances: {named}." if named else "Distances are not known: no faces found.")


def _places(photos: Sequence[Measures]) -> Check:
    kinds = _kinds([photo.place for photo in photos if photo.place], SAME_PLACE)
    wanted = min(3, len(photos) - 1)
    if not kinds:
        return Check("backgrounds", True, "Backgrounds are not known: nothing was measured.")
    if kinds < wanted:
        return Check("backgrounds", False, f"{_number(kinds)} before which all were taken.",
                     "Add photos from other places, or the model takes the wall for a part of the person.")  # fmt: skip
    return Check("backgrounds", True, f"{kinds} different backgrounds.")


def _number(kinds: int) -> str:
    return "One background" if kinds == 1 else f"{kinds} backgrounds"


def _lights(photos: Sequence[Measures]) -> Check:
    if _kinds([(photo.light, photo.side) for photo in photos], SAME_LIGHT) < 2:
        return Check("light", False, "The light is the same on all of them.",
                     "Add one from outside, or with the light from the other side.")  # fmt: skip
    return Check("light", True, "The light differs.")


def _kinds(vectors: Sequence[Sequence[float]], within: float) -> int:
    """How many vectors lie further than `within` (root mean square) from each one counted before."""
    kept: list[np.ndarray[Any, Any]] = []
    for vector in vectors:
        here = np.asarray(vector, dtype=float)
        if all(float(np.sqrt(((here - other) ** 2).mean())) > within for other in kept):
            kept.append(here)
    return len(kept)
