"""How alike made pictures and photos of a person are, by an image embedding where one is installed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.config import ROOT, bare, settings
from core.errors import Unavailable
from core.images import faces

CHILD: Final = "core.images.likeness_child"
SECONDS: Final = 900
LEAST: Final = 3
"""Photos under which nothing can be said of how alike they are among themselves."""


@dataclass(frozen=True)
class Likeness:
    """How near pictures are to the photos, beside how near the photos are to one another."""

    near: int
    """Pictures that are at least as near to the photos as the photo that is least like the others."""
    n: int
    pictures: tuple[float, ...]
    """Cosine of each picture to the photos, the mean over them."""
    photos: tuple[float, ...]
    """Cosine of each photo to the other ones, the same way."""
    model: str
    of_faces: bool
    """Only the faces were compared; else whole pictures, as a face was missing in one of them."""

    @property
    def said(self) -> str:
        """In a sentence, with what it rests on."""
        mean = sum(self.pictures) / max(1, self.n)
        what = "their faces" if self.of_faces else "whole pictures"
        return (
            f"{self.near} of {self.n} pictures are as near to the photos as the photos are to one another (mean "
            f"likeness {mean:.2f}, of the photos {min(self.photos):.2f} to {max(self.photos):.2f}; {self.model} on "
            f"{what}). It is a general measure of pictures, not one of people: trust your eyes."
        )

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "said": self.said}


def available() -> bool:
    """Whether a model to measure with is set up."""
    found = settings().timbre_image_embedder
    return found is not None and (found / "config.json").is_file()


def why_not() -> str:
    """Why nothing would be measured, in a sentence; empty where it would."""
    if settings().timbre_image_embedder is None:
        return "Likeness is not measured: set TIMBRE_IMAGE_EMBEDDER to the folder of a CLIP or DINOv2 model."
    return "" if available() else "Likeness is not measured: TIMBRE_IMAGE_EMBEDDER names no folder of a model."


def measure(pictures: Sequence[bytes], photos: Sequence[bytes], within: Path | None = None) -> Likeness | None:
    """Compare pictures with photos, each the bytes of a file; None where nothing to measure with is set up, or there
    are too few photos. It may take minutes.

    `within`: the folder in which faces lie for that long: one that is deleted with the photos, should this be killed.
    Faces are compared where every picture and photo has one, else whole pictures. Raises Unavailable where the model
    cannot be used.
    """
    folder = settings().timbre_image_embedder
    if folder is None or not available() or not pictures or len(photos) < LEAST:
        return None
    with tempfile.TemporaryDirectory(prefix="timbre-likeness-", dir=within) as name:
        work = Path(name)
        of_faces = _cut([*pictures, *photos], work)
        vectors = _embedded(folder, work, len(pictures) + len(photos))
    return compare(vectors[: len(pictures)], vectors[len(pictures) :], folder.name, of_faces)


def compare(pictures: np.ndarray[Any, Any], photos: np.ndarray[Any, Any], model: str, of_faces: bool) -> Likeness:
    """The figures from the vectors, one a row."""
    made, real = _unit(pictures), _unit(photos)
    among = real @ real.T
    others = (among.sum(axis=1) - 1.0) / (len(real) - 1)
    each = (made @ real.T).mean(axis=1)
    return Likeness(
        near=int((each >= others.min()).sum()),
        n=len(each),
        pictures=tuple(round(float(value), 4) for value in each),
        photos=tuple(round(float(value), 4) for value in others),
        model=model,
        of_faces=of_faces,
    )


def _unit(vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    found = np.asarray(vectors, dtype=np.float64)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))


def _cut(files: Sequence[bytes], work: Path) -> bool:
    """Write what is compared into a folder, 0.png, 1.png...: the faces where each has one, else the whole pictures."""
    from PIL import Image

    images = []
    for data in files:
        with Image.open(io.BytesIO(data)) as found:
            images.append(found.convert("RGB"))
    boxes = [next(iter(faces.found(image)), None) for image in images]
    for number, (image, box) in enumerate(zip(images, boxes, strict=True)):
        cut = image
        if all(boxes) and box is not None:
            wide, high = image.size
            more, right, low = box.height / 4, box.left + box.width, box.top + box.height
            edges = ((box.left - more) * wide, (box.top - more) * high, (right + more) * wide, (low + more) * high)
            cut = image.crop((int(edges[0]), int(edges[1]), int(edges[2]), int(edges[3])))
        cut.thumbnail((512, 512))
        cut.save(work / f"{number}.png")
    return all(box is not None for box in boxes)


def _embedded(folder: Path, work: Path, count: int) -> np.ndarray[Any, Any]:
    """The vectors, from a process of its own: it gives its memory back."""
    command = [sys.executable, "-m", CHILD, str(folder), str(work), str(count)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=bare() | {"HF_HUB_OFFLINE": "1"}, capture_output=True, timeout=SECONDS, check=False
        )
        answer = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else {}
    except (OSError, subprocess.SubprocessError, ValueError):
        answer = {}
    vectors = answer.get("vectors")
    if not isinstance(vectors, list) or len(vectors) != count:
        raise Unavailable(
            f"The likeness could not be measured with {folder.name}: {answer.get('problem') or 'the model stopped'}.",
            "See that TIMBRE_IMAGE_EMBEDDER is the folder of a CLIP or DINOv2 model in safetensors.",
        )
    return np.asarray(vectors, dtype=np.float64)
