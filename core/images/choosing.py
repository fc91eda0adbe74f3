"""What people do with a picture that has come: cut it anew, with the brand's grade or without, use it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from core import store
from core.errors import Invalid
from core.images import brand, finishing, grade, keep, lora_files, media, prompting, provider
from core.images.wishes import known
from core.store import Actor, images
from core.store.tables import Post
from core.store.tables_images import Image

ORIGINAL: Final = "original.bin"
"""The file beside a picture that is as it came: uncut, ungraded, with what its service wrote into it."""
PREVIEW: Final = 540
"""Pixels of the width of a preview."""


def adjust(
    image_id: str,
    actor: Actor,
    focus: tuple[float, float] | None = None,
    graded: bool | None = None,
    size: str | None = None,
) -> Image:
    """Cut and grade a picture anew from its original, by the brand as it is now; its alt text stays.

    Raises Conflict while a post carries it, Denied, Invalid, NotFound.
    """
    row = _picture(image_id)
    kept = row.settings
    size, focus = known(size or kept["size"]), focus or _focus(kept)
    wants = bool(kept.get("graded")) if graded is None else graded
    kit, rule = brand.kit(row.author_id), brand.grade(row.author_id) if wants else {}
    making = {**kept, "size": size, "focus": list(focus), "graded": wants, "kit": asdict(kit), "grade": rule}
    facts = published(row.provider, making)
    done = finishing.finish(_original(image_id), size, kit, rule, facts, focus)
    return keep.change_picture(image_id, {done.name: done.data}, actor, settings=making, measured=done.measured)


def before_after(image_id: str, width: int = PREVIEW) -> tuple[bytes, bytes]:
    """The picture without and with the brand's grade, as JPEG of so many pixels' width, to be seen side by side.

    Raises NotFound, Invalid.
    """
    row = _picture(image_id)
    plain, _ = finishing.cut(_original(image_id), row.settings["size"], _focus(row.settings))
    plain.thumbnail((width, 4 * width))
    graded = grade.apply(plain, brand.kit(row.author_id), brand.grade(row.author_id))
    return _jpeg(plain), _jpeg(graded)


def use(image_id: str, post_id: str, alt: str, actor: Actor) -> Post:
    """Put a picture on a post in the place of what it carries; its alt text is required. An approved post falls back to
    In Review.

    Raises Invalid, Conflict, NotFound, Denied.
    """
    row = _picture(image_id)
    said = " ".join(alt.split())
    if not said:
        raise Invalid(
            "The picture has no alt text yet. It was not put on the post.",
            "Say in a sentence what is seen: screen readers read it out.",
        )
    keep.set_alt(row.id, str(row.files[0]["name"]), said, actor)
    return media.attach(post_id, row.id, actor, replace=True, alt=[said])


def alt_proposed(image: Image) -> str:
    """The first sentence of what was asked for, to begin from: what has come may show something else.

    A person's likeness has their name in the place of the words that only the model knows.
    """
    first = re.split(r"(?<=\w)\. ", " ".join(image.prompt.split()), maxsplit=1)[0].strip(" .")
    for opening, _ in prompting.LOOKS.values():
        first = first.removeprefix(f"{opening}: ").removeprefix(f"{opening} of ")
    if (made_with := image.settings.get("adapter")) and (person := lora_files.called(str(made_with))):
        trigger, name = person
        first = first.replace(trigger, name)
    return f"{first[:1].upper()}{first[1:300]}"


def published(name: str, making: Mapping[str, Any]) -> dict[str, Any]:
    """What the file itself says of its making: enough to know what it is; the prompt stays in the house."""
    told = {"provider": provider.get(name).TITLE, "model": making.get("model"), "seed": making.get("seed")}
    return {key: value for key, value in told.items() if value not in (None, "")}


def _picture(image_id: str) -> Image:
    with store.reading() as tx:
        row = images.image(tx, image_id)
    if row.kind != "picture":
        raise Invalid("This was not made by an image model.", "Change the card that it came from.")
    return row


def _original(image_id: str) -> bytes:
    return keep.hidden(image_id, ORIGINAL).read_bytes()


def _focus(kept: Mapping[str, Any]) -> tuple[float, float]:
    x, y = kept.get("focus") or (0.5, 0.5)
    return float(x), float(y)


def _jpeg(picture: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
