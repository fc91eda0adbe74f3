"""The words of images: a card and its pages, a brand kit, sizes, where files lie. No heavy library is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

from core.config import settings

Form = Literal["quote", "hook", "carousel", "thread"]
Role = Literal["hook", "point", "quote", "call", "text"]
Theme = Literal["light", "dark"]

SIZES: Final[Mapping[str, tuple[int, int]]] = {"square": (1080, 1080), "portrait": (1080, 1350), "link": (1200, 627)}
"""Width and height in pixels: LinkedIn's square, 4:5, and link card."""
PAGES: Final[Mapping[str, tuple[int, int]]] = {"quote": (1, 1), "hook": (1, 1), "carousel": (3, 10), "thread": (2, 20)}
"""The fewest and the most pages of a form. Several images of one LinkedIn post are 2 to 20."""
COLOURS: Final = ("paper", "ink", "accent", "quiet")
"""Roles of a kit's colours: ground, text, emphasis, small print. Each theme has its own, `light` and `dark`."""


@dataclass(frozen=True)
class Page:
    """One page of a card. Which of the fields a role shows is the template's affair; none is dropped silently."""

    role: Role = "text"
    title: str = ""
    body: str = ""
    source: str = ""
    """Who says it, of a quotation."""
    alt: str = ""
    """What somebody who cannot see it is told; proposed from the text, required before use."""
    alt_kept: bool = False
    """A person wrote the alt text: it is not proposed anew when the text changes."""
    key: str = ""
    """Names the page wherever it is moved; given by `Card.restored`. Never seen on it."""


@dataclass(frozen=True)
class Kit:
    """A brand kit as a template takes it: what is unset is the family's own."""

    family: str = ""
    theme: Theme = "light"
    colours: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """theme -> role -> `#RRGGBB`."""
    heading: str = ""
    """The name of a shipped font family (core.images.fonts); the body's the same."""
    body: str = ""
    footer: str = ""
    logo: str = ""
    """A path below TIMBRE_DATA; "" for none. The photo's the same."""
    photo: str = ""
    focus: tuple[float, float] = (0.5, 0.5)
    """The point of the photo that stays in sight, as shares of its width and height."""


@dataclass(frozen=True)
class Card:
    """All that a card is set from: the same card gives the same bytes."""

    form: Form = "hook"
    family: str = ""
    """"" is the kit's."""
    theme: Theme | Literal[""] = ""
    size: str = "portrait"
    pages: tuple[Page, ...] = ()
    name: str = ""
    """Of the author, and a line about them."""
    headline: str = ""
    photo: bool = True
    """Whether the kit's photo is shown where the template has a place for it."""
    language: str = "en"

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Card:
        """From JSON; names that this version does not know are passed over."""
        known = {f.name for f in fields(cls)}
        card = cls(**{k: v for k, v in kept.items() if k in known and k != "pages"})
        names = {f.name for f in fields(Page)}
        pages = tuple(Page(**{k: v for k, v in p.items() if k in names}) for p in kept.get("pages") or ())
        return replace(card, pages=keyed(pages))


def keyed(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The pages, each with a key; one that has none gets the next number."""
    last = max((int(page.key) for page in pages if page.key.isdecimal()), default=0)
    fresh = iter(range(last + 1, last + 1 + len(pages)))
    return tuple(page if page.key else replace(page, key=str(next(fresh))) for page in pages)


# ---- where things lie ----------------------------------------------------------------------------------------


def images_folder() -> Path:
    """Finished images: a folder each, named by the image's id. `kit/` beside them holds logos and photos of kits."""
    return settings().timbre_data / "images"


def photos_folder() -> Path:
    """Photo sets: a folder each, named by the set's id. Private: never below `images/`, which other programs get."""
    return settings().timbre_data / "photos"
