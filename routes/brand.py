"""Brand kits over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import Field

from routes.shared import Me, Name, Strict, author_id, refusals, router

routes = router("images")


class KitIn(Strict):
    """What of a brand kit changes; what is not named stays. Without an author: the house's."""

    author: str | None = Field(default=None, max_length=200)
    fields: dict[str, Any] = Field(description="family, theme, colours, heading, body, footer, focus, grade")
    version: int | None = Field(default=None, description="that was read; an older one is refused")


@routes.get("/brand")
def read_kit(author: Name = None) -> dict[str, Any]:
    """The brand kit in use for an author (with the house's where the author has none), and what it says of itself."""
    from core.images import brand

    whose = author_id(author or None)
    own = brand.row(brand.scope(whose))
    kit = brand.kit(whose)
    told = {"author": whose, "version": own.version if own else None, "kit": asdict(kit), "grade": brand.grade(whose)}
    return {**told, "unreadable": [one.said for one in brand.unreadable(kit)]}


@routes.post("/brand", responses=refusals(412))
def change_kit(body: KitIn, me: Me) -> dict[str, Any]:
    """Change fields of a brand kit, which is made where there was none."""
    from core.images import brand

    whose = author_id(body.author or None)
    brand.save(brand.scope(whose), me, body.version, **body.fields)
    return read_kit(whose)


@routes.put("/brand/{what}")
def put_asset(
    what: Literal["logo", "photo"],
    me: Me,
    raw: Annotated[bytes, Body(media_type="application/octet-stream")],
    author: Name = None,
) -> dict[str, Any]:
    """Put a logo or a photo (PNG, JPEG, WebP as the body) into a brand kit; it is checked and written anew."""
    from core.images import brand

    whose = author_id(author or None)
    (brand.set_logo if what == "logo" else brand.set_photo)(brand.scope(whose), raw, what, me)
    return read_kit(whose)


@routes.delete("/brand/{what}")
def clear_asset(what: Literal["logo", "photo"], me: Me, author: Name = None) -> dict[str, Any]:
    """Take the logo or the photo off a brand kit; nothing happens where there is none."""
    from core.images import brand

    whose = author_id(author or None)
    brand.clear(brand.scope(whose), what, me)
    return read_kit(whose)
