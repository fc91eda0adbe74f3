"""From a card and a brand kit to what a template is told: plain JSON, in which text is only ever data."""

from __future__ import annotations

import base64
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import regex

from core.config import settings
from core.images import colour, coverage, fitting
from core.images.families import FAMILIES, FIRST, Family
from core.images.fonts import FAMILIES as FACES
from core.images.model import COLOURS, SIZES, Card, Kit, Page

PHOTO_PIXELS: Final = {"small": 240, "large": 1200}
LOGO_PIXELS: Final = 480
"""Longest side of what is put into a card: about twice the size at which it is drawn, once that of a large photo."""
SEEN: Final = 3.0
"""Contrast of a logo's mean colour below which it is put on a plate of its own (WCAG 2.2, 1.4.11)."""
TIED: Final = 15
"""Characters below which the last words of a paragraph stay on one line."""
ALONE: Final = 10
"""And from which they may stand there as they are: a third word tied to them would leave a short line above."""
QUOTES: Final[Mapping[str, str]] = {
    "de": "„“", "cs": "„“", "sk": "„“", "sl": "„“", "bg": "„“", "lt": "„“", "et": "„“", "is": "„“", "hr": "„“",
    "pl": "„”", "ro": "„”", "hu": "„”", "fi": "””", "sv": "””", "da": "»«", "it": "«»", "es": "«»",
    "pt": "“”", "ru": "«»", "uk": "«»", "el": "«»", "ar": "«»", "fa": "«»", "no": "«»", "ja": "「」", "zh": "“”",
    "nl": "“”", "en": "“”",
}  # fmt: skip
"""Opening and closing quotation mark by language; English ones elsewhere."""
_MARK = regex.compile(r"^\s*(?P<mark>[-–—•·*▪‣→➜✓✔✅]|\p{N}{1,2}[.)])\s+(?P<text>\S.*)$")
_QUOTED = regex.compile(r"^[“\"„«»‟「](?P<said>[^“”\"„«»「」]+)[”\"“»«」]$", regex.DOTALL)
_LOOSE = regex.compile(r"\s+([,.])(?=\s|$)")
_SENTENCE = regex.compile(r"(?<=\w{2}[.!?…])\s+(?=\S+\s+\S)|(?<=[。！？])(?=.{3})")
"""Where a heading goes on to a new line: after a sentence, where more than a word follows."""
_PAIR = regex.compile(r'(?<![\p{L}\p{N}])"(?=\S)([^"\n]*[^"\s])"(?![\p{L}\p{N}])')
_APOSTROPHE = regex.compile(r"(?<=\p{L})'|(?<!\S)'(?=\p{N}{2}s?\b)")
_RTL = ("R", "AL")
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers of Korean and the empty sign of Braille: letters by their kind, and nothing to be seen."""
_SCRIPTS = """
Arabic Bengali Devanagari Ethiopic Gujarati Gurmukhi Han Hangul Hiragana Kannada Katakana Khmer Lao Malayalam Myanmar
Sinhala Tamil Telugu Thai
"""
_AIRY = regex.compile("|".join(rf"\p{{{script}}}" for script in _SCRIPTS.split()))
"""Scripts that stand higher or hang lower than Latin, or fill their square: their lines need more room."""


def told(card: Card, kit: Kit, only: int | None = None) -> dict[str, Any]:
    """What the template is told. `only`: the page that is drawn (from 0); the others still decide the size of type."""
    card = _held(card)
    family = family_of(card, kit)
    width, height = SIZES[card.size]
    colours = colours_of(card, kit)
    words = written(card, kit)
    code = card.language.replace("_", "-").lower().partition("-")[0]
    body, small = fitting.least(card.size)
    return {
        "family": family.name,
        "form": card.form,
        "theme": card.theme or kit.theme,
        "width": width,
        "height": height,
        "least": {"body": body, "small": small},
        "lang": code if regex.fullmatch(r"[a-z]{2,3}", code) else "en",
        "rtl": leans_left(words),
        "airy": bool(_AIRY.search(words)),
        "quotes": [*marks_of(code)],
        "colours": {role: value.lower() for role, value in colours.items()},
        "fonts": {use: [name, *coverage.fallbacks(words)] for use, name in fonts_of(family, kit).items()},
        "name": clean(card.name),
        "headline": clean(card.headline),
        "footer": clean(kit.footer),
        "photo": _picture(kit.photo, PHOTO_PIXELS[family.photo], "jpeg") if card.photo else None,
        "focus": [min(max(part, 0.0), 1.0) for part in kit.focus],
        "logo": _logo(kit.logo, colours),
        "pages": [_page(page, card, marks_of(code)) for page in card.pages],
        "only": only,
        "title": _title(card),
    }


def _held(card: Card) -> Card:
    """The card, every field cut to what may be set: the typesetter needs half a minute for a word of 90,000 signs."""

    def page(whole: Page) -> Page:
        title, body, source = (fitting.cut(getattr(whole, field), field) for field in ("title", "body", "source"))
        return replace(whole, title=title, body=body, source=source)

    name, headline = (fitting.cut(getattr(card, field), field) for field in ("name", "headline"))
    return replace(card, pages=tuple(map(page, card.pages)), name=name, headline=headline)


def family_of(card: Card, kit: Kit) -> Family:
    """The card's family, else the kit's, else the first."""
    return FAMILIES.get(card.family) or FAMILIES.get(kit.family) or FAMILIES[FIRST]


def fonts_of(family: Family, kit: Kit) -> dict[str, str]:
    """use -> font family: the kit's where it names one that is shipped, the small print going with the body."""
    chosen = dict(family.fonts)
    if kit.heading in FACES:
        chosen["heading"] = kit.heading
    if kit.body in FACES:
        chosen |= {"body": kit.body, "small": kit.body}
    return chosen


def colours_of(card: Card, kit: Kit) -> dict[str, str]:
    """role -> `#RRGGBB`, and what follows from them: text on the accent, the accent where it is text."""
    theme = card.theme or kit.theme
    out = {
        **family_of(card, kit).colours[theme],
        **{k: v for k, v in kit.colours.get(theme, {}).items() if k in COLOURS and v},
    }
    paper, ink, accent = out["paper"], out["ink"], out["accent"]
    grounds = (paper, ink, "#FFFFFF", "#000000")
    out["on_accent"] = next(c for c in grounds if colour.contrast(c, accent) >= fitting.CONTRAST)
    out["accent_text"] = accent if colour.contrast(accent, paper) >= fitting.CONTRAST else ink
    return out


def marks_of(code: str) -> tuple[str, str]:
    """A language's opening and closing quotation mark; French ones stand apart from what they hold."""
    if code == "fr":
        return "«\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}»"
    both = QUOTES.get(code, QUOTES["en"])
    return both[0], both[1]


def curled(text: str, marks: tuple[str, str]) -> str:
    """Typewriter quotation marks and apostrophes as a printer sets them; measures (6'2", 27") stay as they are."""
    text = _PAIR.sub(lambda found: f"{marks[0]}{found[1]}{marks[1]}", text)
    return str(_APOSTROPHE.sub("’", text))


def written(card: Card, kit: Kit) -> str:
    """All the words that stand on the card."""
    pages = (part for page in card.pages for part in (page.title, page.body, page.source))
    return "\n".join(clean(part) for part in (*pages, card.name, card.headline, kit.footer) if part)


def clean(text: str) -> str:
    """As it is set: composed (NFC), without controls; a line break stays, and so does what no font draws."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def seen(text: str) -> bool:
    """Whether anything of a text can be seen: joiners, marks without a letter and blank letters are no words."""
    return any(unicodedata.category(c)[0] in "LNPSC" and c not in _BLANK and unicodedata.category(c) != "Cf"
               for c in clean(text))  # fmt: skip


def leans_left(text: str) -> bool:
    """Whether most letters are of a script that is read from right to left."""
    sides = [unicodedata.bidirectional(c) for c in text if c.isalpha()]
    return sum(side in _RTL for side in sides) * 2 > len(sides)


# ---- pages ---------------------------------------------------------------------------------------------------


def _page(page: Page, card: Card, marks: tuple[str, str]) -> dict[str, Any]:
    title, body, source = (curled(clean(part), marks) for part in (page.title, page.body, page.source))
    name, source = clean(card.name), " ".join(source.removeprefix("—").split())
    # A quotation of the author is signed once: their name and what follows it go to the foot of the page.
    signed = bool(name) and (source == name or source.startswith((f"{name},", f"{name} –", f"{name} —")))
    if page.role == "quote":
        title, body = _bare(title), _bare(body)
    parts = [_tied(part) for part in _SENTENCE.split(" ".join(title.split()))]
    return {
        "role": page.role,
        "title": " ".join(parts),
        "parts": parts,
        "body": [_line(line) for line in body.split("\n") if line.strip()],
        "source": "" if signed else source,
        "by": {
            "name": name,
            "headline": source[len(name) :].strip(" ,–—|·") if signed and source != name else clean(card.headline),
        },
    }


def _line(line: str) -> dict[str, str]:
    """A line of a body; an item of a list comes apart into its mark and its text."""
    found = _MARK.match(line)
    if not found:
        return {"mark": "", "text": _tied(line)}
    mark = found["mark"] if found["mark"][0].isdigit() or found["mark"] in "→➜✓✔✅" else "•"
    return {"mark": mark, "text": _tied(found["text"])}


def _tied(text: str) -> str:
    """Single spaces, none before a comma or a full stop (no line breaks there, so it would stand out of the column);
    short last words tied together: none of them stands alone on the last line.
    """
    words = _LOOSE.sub(r"\1", text).split()
    end = words.pop() if words else ""
    while len(words) > 2 and len(end) < ALONE and len(end) + len(words[-1]) < TIED:
        end = f"{words.pop()}\N{NO-BREAK SPACE}{end}"
    return " ".join([*words, end])


def _bare(text: str) -> str:
    """A quotation without the marks around it: the template sets its own."""
    found = _QUOTED.match(text)
    return found["said"].strip() if found else text


def _title(card: Card) -> str:
    """The document's title, for a reader of the PDF."""
    parts: Sequence[str] = [p.title or p.body for p in card.pages]
    first = clean(next((part for part in parts if part.strip()), "")) or clean(card.name) or card.form
    return " ".join(first.split())[:120]


# ---- pictures ------------------------------------------------------------------------------------------------


def lost(kit: Kit, card: Card) -> list[str]:
    """Which of the kit's pictures this card would show, but whose file is gone or cannot be read."""
    wanted = {"logo": kit.logo, "photo": kit.photo if card.photo else ""}
    return [what for what, path in wanted.items() if path and _picture(path, LOGO_PIXELS, "png") is None]


def _logo(path: str, colours: Mapping[str, str]) -> dict[str, Any] | None:
    """The logo, and for each ground the plate that it needs to be seen on it, None where it needs none."""
    found = _picture(path, LOGO_PIXELS, "png")
    if found is None:
        return None
    plates = {}
    for ground in ("paper", "ink", "accent"):
        faint = colour.contrast(found["mean"], colours[ground]) < SEEN
        plates[ground] = max(("#ffffff", "#16181a"), key=lambda c: colour.contrast(c, found["mean"])) if faint else None
    plates["photo"] = max(("#ffffff", "#16181a"), key=lambda c: colour.contrast(c, found["mean"]))
    return found | {"plates": plates}


def _picture(path: str, most: int, kind: str) -> dict[str, Any] | None:
    """{bytes, format, width, height} of a picture below TIMBRE_DATA, None where there is none or it cannot be read."""
    if not path:
        return None
    folder = settings().timbre_data.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        return None
    return _prepared(file, file.stat().st_mtime_ns, most, kind)


@lru_cache(maxsize=32)
def _prepared(file: Path, _changed: int, most: int, kind: str) -> dict[str, Any] | None:
    """Scaled down, and handed over as data: a template reads no path."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as opened:
            image = opened.convert("RGB" if kind == "jpeg" else "RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    image.thumbnail((most, most), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, kind.upper(), **({"quality": 90} if kind == "jpeg" else {}))
    width, height = image.size
    drawn: dict[str, Any] = {"width": width, "height": height, "mean": _mean(image)}
    if most <= LOGO_PIXELS:
        return drawn | {"format": "png" if kind == "png" else "jpg", "bytes": [*out.getvalue()]}
    # A large photo as numbers takes Typst 100 ms to read; within an SVG it takes none, but is scaled down less well.
    data = base64.b64encode(out.getvalue()).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/></svg>'
    )
    return drawn | {"format": "svg", "bytes": svg}


def _mean(image: Any) -> str:
    """The mean colour of what is opaque, as `#RRGGBB`."""
    from PIL import ImageStat

    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    red, green, blue = (round(part) for part in ImageStat.Stat(image.convert("RGB"), mask=alpha).mean[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
