"""Brand kits: how the images of an author, or of the whole house, look. An author's own comes before the house's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core import guidelines, store
from core.config import settings
from core.errors import Denied, Invalid, StorageError
from core.images import brand_fields, brand_words, colour, faces
from core.images.assets import Picture, safe_image
from core.images.brand_fields import THEMES
from core.images.brand_words import Proposal
from core.images.families import FAMILIES
from core.images.model import Kit
from core.review.lifecycle import has_role
from core.store import Actor
from core.store import brand as kept_kits
from core.store.tables_images import BrandKit

HOUSE: Final = "workspace"
LEAST: Final[Mapping[str, float]] = {"ink": 4.5, "quiet": 4.5, "accent": 3.0}
"""Contrast on paper: text, small print, and what is large or a line (WCAG 2.2, 1.4.3 and 1.4.11)."""
LOGO, PHOTO = 1_200, 1_600
"""Longest sides in pixels."""


@dataclass(frozen=True)
class Legibility:
    """A colour that cannot be read well on its paper, and the nearest that can."""

    theme: str
    role: str
    colour: str
    paper: str
    contrast: float
    least: float
    would: str

    @property
    def said(self) -> str:
        """For people."""
        return (
            f"The {self.theme} theme's {brand_words.WORDS[self.role].lower()} {self.colour} on {self.paper} has a "
            f"contrast of {self.contrast:.1f} to 1; {self.least:g} to 1 can be read. {self.would} would do."
        )


def scope(author_id: str | None) -> str:
    """The scope of an author's kit, or of the house's."""
    return f"author:{author_id}" if author_id else HOUSE


def row(of: str) -> BrandKit | None:
    """The kit of one scope as it is kept, or None."""
    with store.reading() as tx:
        return kept_kits.get(tx, of)


def kit(author_id: str | None) -> Kit:
    """What a card of this author is drawn in: their own, field by field, else the house's, else the family's."""
    with store.reading() as tx:
        rows = [kept_kits.get(tx, of) for of in dict.fromkeys((HOUSE, scope(author_id)))]
    out: dict[str, Any] = {"colours": {theme: {} for theme in THEMES}}
    for one in rows:
        if one is None:
            continue
        plain = {"family": one.family, "theme": one.theme, "footer": one.footer, **one.fonts}
        plain |= {"logo": one.logo.get("path"), "photo": one.photo.get("path")}
        out |= {name: value for name, value in plain.items() if value}
        if one.photo.get("path"):
            x, y = one.photo.get("focus") or (0.5, 0.5)
            out["focus"] = (float(x), float(y))
        for theme, colours in one.colours.items():
            out["colours"].setdefault(theme, {}).update(colours)
    out["colours"] = {theme: colours for theme, colours in out["colours"].items() if colours}
    return Kit(**out)


def grade(author_id: str | None) -> dict[str, Any]:
    """What is done to this author's pictures: see core.images.grade. {} for nothing."""
    for of in (scope(author_id), HOUSE):
        found = row(of)
        if found is not None and found.grade:
            return dict(found.grade)
    return {}


def save(of: str, actor: Actor, version: int | None = None, /, **fields: Any) -> BrandKit:
    """Change some fields of a kit, which is made where there was none.

    Fields: family, theme (light, dark, or "" for the house's), colours {theme: {role: "#RRGGBB" or ""}} (merged),
    heading, body, footer, focus [x, y], grade. Raises Invalid, which names the field, Denied, Stale.
    """
    _allowed(actor)
    return _saved(of, actor, version, fields, {})


def _saved(
    of: str, actor: Actor, version: int | None, fields: Mapping[str, Any], sources: Mapping[str, Any]
) -> BrandKit:
    with store.writing(actor) as tx:
        before = kept_kits.get(tx, of)
        values = brand_fields.checked(fields, before)
        values["sources"] = _sources(before, fields, sources)
        return kept_kits.put(tx, of, values, version)


def set_logo(of: str, data: bytes, name: str, actor: Actor) -> BrandKit:
    """Keep a logo: PNG with its transparency. Raises Invalid, Denied, StorageError."""
    return _keep(of, "logo", safe_image(data, name, LOGO), actor)


def set_photo(of: str, data: bytes, name: str, actor: Actor) -> BrandKit:
    """Keep the photo of an author that templates show beside their name. Raises Invalid, Denied, StorageError."""
    if of == HOUSE:
        raise Invalid("The house has no photo: it would stand beside everybody's name.", "Add it to an author's kit.")
    return _keep(of, "photo", safe_image(data, name, PHOTO), actor)


def clear(of: str, what: str, actor: Actor) -> None:
    """Take the logo or the photo off a kit; its file goes, unless another kit has the same."""
    if what not in ("logo", "photo"):
        raise Invalid(f"A brand kit has no {what} to take off.", "Choose logo or photo.")
    _put_asset(of, what, {}, actor)


def path(kept: str) -> Path:
    """The file that a kit names."""
    return settings().timbre_data / kept


def colours(kit: Kit) -> dict[str, dict[str, str]]:
    """theme -> role -> colour, with the family's own where the kit has none."""
    family = FAMILIES.get(kit.family) or next(iter(FAMILIES.values()))
    return {theme: {**family.colours[theme], **kit.colours.get(theme, {})} for theme in THEMES}


def unreadable(kit: Kit) -> list[Legibility]:
    """Colours of the kit that cannot be read on their paper, with the nearest colour that can."""
    out = []
    for theme, roles in colours(kit).items():
        for role, least in LEAST.items():
            found = colour.contrast(roles[role], roles["paper"])
            if kit.colours.get(theme, {}).keys() & {role, "paper"} and found < least:
                would = colour.legible(roles[role], roles["paper"], least)
                out.append(Legibility(theme, role, roles[role], roles["paper"], found, least, would))
    return out


def from_guidelines(author_id: str | None) -> list[Proposal]:
    """What the guidelines of the kind "brand" say that the kit does not have yet: taken over by `take` only.

    Without an author: for the house, from guidelines that bind everyone.
    """
    rules = [rule for rule in guidelines.listed(author_id) if rule.kind == guidelines.BRAND]
    if author_id is None:
        rules = [rule for rule in rules if not rule.authors]
    now = row(scope(author_id))
    return [p for p in brand_words.read(rules) if _news(now, p)]


def take(of: str, proposals: list[Proposal], actor: Actor) -> BrandKit:
    """Take over what guidelines say. Raises Invalid, Denied."""
    _allowed(actor)
    fields: dict[str, Any] = {}
    for one in proposals:
        if one.field.startswith("colours."):
            _, theme, role = one.field.split(".")
            fields.setdefault("colours", {}).setdefault(theme, {})[role] = one.value
        elif one.value:
            fields[one.field] = one.value
    sources = {
        p.field: {"guideline": p.guideline_id, "version": p.version, "title": p.title} for p in proposals if p.value
    }
    return _saved(of, actor, None, fields, sources)


def _news(kept: BrandKit | None, said: Proposal) -> bool:
    return _value(kept, said.field) != said.value if said.value else not (kept and kept.logo)


def _value(kept: BrandKit | None, field: str) -> str:
    if kept is None:
        return ""
    if field.startswith("colours."):
        _, theme, role = field.split(".")
        return str(kept.colours.get(theme, {}).get(role, ""))
    return str(kept.fonts.get(field, "") if field in ("heading", "body") else getattr(kept, field, ""))


def _sources(before: BrandKit | None, fields: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """Where each field came from; what a person changed by hand comes from no guideline any more."""
    known = dict(before.sources) if before else {}
    hand = {name for name in fields if name != "colours"}
    hand |= {f"colours.{theme}.{role}" for theme, roles in (fields.get("colours") or {}).items() for role in roles}
    return {name: source for name, source in known.items() if name not in hand} | dict(taken)


def _keep(of: str, what: str, picture: Picture, actor: Actor) -> BrandKit:
    _allowed(actor)
    name = f"{picture.sha256[:32]}.{picture.ending}"
    facts = {"path": f"images/kit/{name}", "sha256": picture.sha256, "width": picture.width, "height": picture.height}
    return _put_asset(
        of, what, facts | ({"focus": list(faces.middle(picture.data))} if what == "photo" else {}), actor, picture.data
    )


def _written(what: str, file: Path, data: bytes) -> None:
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"The {what} could not be kept ({error.strerror}). The kit is as it was.",
            "Make room on the disk that holds the data folder, then add it again.",
        ) from error


def _put_asset(of: str, what: str, facts: dict[str, Any], actor: Actor, data: bytes = b"") -> BrandKit:
    """Files come and go only while nobody else changes a kit: another one may name the very same."""
    _allowed(actor)
    with store.writing(actor) as tx:
        before = kept_kits.get(tx, of)
        old = str(getattr(before, what).get("path", "")) if before else ""
        if facts:
            _written(what, path(facts["path"]), data)
        out = kept_kits.put(tx, of, {what: facts})
    with store.writing(actor) as tx:
        if old and old not in kept_kits.paths(tx):
            path(old).unlink(missing_ok=True)
    return out


def _allowed(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("You may not change a brand kit: your role is reader.", "Ask an editor or an approver to do it.")
