"""How the fonts of cards were made: families cut down to what is drawn, and the table of what each can draw.

python -m core.images.fonts.make SOURCES, with fontTools installed beside the app (the app itself does not need it).
SOURCES holds the unpacked npm packages `@expo-google-fonts/NAME` as NAME/, PyPI's fontpkg-* as fontpkg_*/, and Debian's
fonts-noto-core and fonts-noto-cjk as debian/. All is under the SIL Open Font License 1.1; nothing is drawn anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from core.images.fonts import FOLDER, TABLE

WEIGHTS: Final = {"Regular": 400, "Italic": 400, "Medium": 500, "SemiBold": 600, "Bold": 700, "ExtraBold": 800}
TEXT: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "Inter": ("inter", ("Regular", "Italic", "SemiBold", "Bold")),
    "IBM Plex Sans": ("ibm-plex-sans", ("Regular", "Italic", "SemiBold", "Bold")),
    "DM Sans": ("dm-sans", ("Regular", "Italic", "Medium", "Bold")),
    "Space Grotesk": ("space-grotesk", ("Regular", "Medium", "Bold")),
    "Bricolage Grotesque": ("fontpkg_bricolage_grotesque", ("Regular", "SemiBold", "ExtraBold")),
    "Archivo": ("archivo", ("Regular", "Italic", "SemiBold", "ExtraBold")),
    "Source Serif 4": ("source-serif-4", ("Regular", "Italic", "SemiBold", "Bold")),
    "Lora": ("lora", ("Regular", "Italic", "SemiBold", "Bold")),
    "Newsreader": ("newsreader", ("Regular", "Italic", "Medium", "SemiBold")),
    "Playfair Display": ("playfair-display", ("Regular", "Italic", "SemiBold", "Bold")),
    "Fraunces": ("fontpkg_fraunces", ("Regular", "Italic", "SemiBold")),
    "Instrument Serif": ("instrument-serif", ("Regular", "Italic")),
    "IBM Plex Mono": ("ibm-plex-mono", ("Regular", "Italic", "SemiBold")),
    "Noto Sans": ("noto-sans", ("Regular", "Italic", "Bold")),
}
RESERVED: Final = ("IBM Plex Sans", "IBM Plex Mono", "Lora", "Playfair Display")
"""Their names are reserved (clause 3 of the licence) from changed copies, so these stay as they are, byte by byte."""
DISPLAY: Final = {"Bricolage Grotesque": {"opsz": 48, "wdth": 100}, "Fraunces": {"opsz": 72, "SOFT": 0, "WONK": 0}}
"""Of families that are cut from one variable font: drawn for headings, not for small print."""
SCRIPTS: Final = (
    *("Arabic", "Hebrew", "Devanagari", "Thai", "Armenian", "Georgian", "Bengali", "Tamil", "Telugu", "Gujarati"),
    *("Gurmukhi", "Kannada", "Malayalam", "Sinhala", "Ethiopic", "Khmer", "Lao", "Myanmar"),
)
SIGNS: Final = ("Math", "Symbols", "Symbols2")
WANTED: Final = (
    (0x20, 0x24F), (0x2B0, 0x52F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2000, 0x20CF), (0x2100, 0x23FF),
    (0x25A0, 0x27BF), (0x2900, 0x297F), (0x2B00, 0x2BFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xFB00, 0xFB06),
)  # fmt: skip
"""Blocks kept of text families: Latin, Greek, Cyrillic, marks, punctuation, currencies, arrows, shapes."""
SIGNED: Final = ((0x2000, 0x20CF), (0x2100, 0x2BFF), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1E5), (0x1F650, 0x1F67F))
"""Blocks kept of signs: arrows, mathematics, shapes, and the letters in boxes and in "bold" that people paste."""
CODES: Final = ("shift_jis", "gb2312", "euc_kr", "big5")
"""Character sets kept of Noto Sans CJK: JIS X 0208, GB 2312, KS X 1001, and of Big5 its first level."""
VERTICAL: Final = ("vert", "vrt2", "valt", "vkrn", "vpal")
FEATURES: Final = ("case", "tnum", "lnum", "onum", "pnum", "ss01")


def main() -> None:
    """Make the folder anew from the sources."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", type=Path)
    sources: Path = parser.parse_args().sources
    for old in (*FOLDER.glob("*.ttf"), *FOLDER.glob("*.otf"), *FOLDER.glob("OFL-*.txt")):
        old.unlink()
    noto = sources / "debian/usr/share/fonts"
    emoji = sources / "noto-color-emoji/400Regular/NotoColorEmoji_400Regular.ttf"
    _write("Noto Color Emoji", "Regular", cut(emoji, None, drop=("SVG",)))
    _licence(sources / "noto-color-emoji", "Noto Color Emoji")
    ours = _points(WANTED) - pictured(FOLDER / "NotoColorEmoji-Regular.ttf")
    for family, (package, styles) in TEXT.items():
        for style in styles:
            source = _source(sources / package, family, style)
            if family in RESERVED:
                shutil.copyfile(source, FOLDER / f"{family}-{style}.ttf".replace(" ", ""))
            else:
                _write(family, style, cut(source, ours))
        _licence(sources / package, family)
    for script in SCRIPTS:
        for style in ("Regular", "Bold"):
            _write(f"Noto Sans {script}", style, cut(noto / f"truetype/noto/NotoSans{script}-{style}.ttf", None))
    for name in SIGNS:
        _write(f"Noto Sans {name}", "Regular", cut(noto / f"truetype/noto/NotoSans{name}-Regular.ttf", _points(SIGNED)))
    for style in ("Regular", "Bold"):
        _write("Noto Sans CJK", style, cut(noto / f"opentype/noto/NotoSansCJK-{style}.ttc", east_asian()))
    TABLE.write_text(json.dumps(table(), indent=0, sort_keys=True) + "\n", encoding="utf-8")


def pictured(emoji: Path) -> set[int]:
    """What the emoji font draws and a text font should leave to it: hearts and ticks, not arrows, figures and (c)."""
    font = import_module("fontTools.ttLib").TTFont(emoji)
    return {point for point in font.getBestCmap() if point >= 0x2600 or point == 0x20E3}


def east_asian() -> set[int]:
    """Code points of Chinese, Japanese and Korean text, with the kana, Hangul and full-width forms around them."""
    kept = _points(
        ((0x2E80, 0x2FDF), (0x3000, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF), (0x3200, 0x33FF), (0xFF00, 0xFFEF))
    )
    for code in CODES:
        first = range(0xA4, 0xC7) if code == "big5" else range(0x81, 0xFE + 1)
        for high in first:
            for low in range(0x40, 0xFE + 1):
                try:
                    char = bytes((high, low)).decode(code)
                except UnicodeDecodeError:
                    continue
                kept |= {ord(c) for c in char if ord(c) >= 0x2E80}
    return kept


def cut(source: Path | Any, points: set[int] | None, drop: tuple[str, ...] = ()) -> Any:
    """The font with these code points (None: all that it has), without hints and without the tables in `drop`.

    Of East Asian forms, Japanese (the first of the collection) and simplified Chinese are kept.
    """
    subset = import_module("fontTools.subset")
    options = subset.Options(hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17])
    options.layout_features += FEATURES
    options.drop_tables += [*drop, "DSIG", "vhea", "vmtx", "VORG", "BASE", "STAT"]
    options.font_number = 0
    if isinstance(source, Path) and source.suffix == ".ttc":
        options.layout_features = [f for f in options.layout_features if f not in VERTICAL]
        options.layout_scripts = [f"{a}.{b}" for a in ("DFLT", "hani", "kana", "hang", "latn") for b in ("dflt", "ZHS")]
    font = subset.load_font(str(source), options) if isinstance(source, Path) else source
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points if points is not None else set(font.getBestCmap()))
    cutter.subset(font)
    return font


def _source(folder: Path, family: str, style: str) -> Path | Any:
    """The file of a style, or the style cut from the family's variable font."""
    if family not in DISPLAY:
        (file,) = folder.glob(f"*{WEIGHTS[style]}{_folder(style)}/*.ttf")
        return file
    (file,) = (f for f in (folder / "files").glob("*.ttf") if ("Italic" in f.name) == (style == "Italic"))
    font = import_module("fontTools.ttLib").TTFont(file)
    return import_module("fontTools.varLib.instancer").instantiateVariableFont(
        font, DISPLAY[family] | {"wght": WEIGHTS[style]}
    )


def _licence(folder: Path, family: str) -> None:
    file = next(f for f in (folder / "LICENSE_FONT", *folder.rglob("OFL*"), *folder.rglob("LICENSE*")) if f.is_file())
    shutil.copyfile(file, FOLDER / f"OFL-{family.replace(' ', '')}.txt")


def _write(family: str, style: str, font: Any) -> None:
    """Named by family and style, so that Typst finds every weight under one family."""
    regular = style in ("Regular", "Italic", "Bold")
    names = {1: family if regular else f"{family} {style}", 2: style if regular else "Regular"}
    names |= {4: f"{family} {style}", 6: f"{family}-{style}".replace(" ", ""), 16: family, 17: style}
    table = font["name"]
    table.names = [n for n in table.names if n.nameID not in names and (n.platformID, n.langID) == (3, 0x409)]
    for number, name in names.items():
        table.setName(name, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = WEIGHTS[style]
    font.recalcTimestamp = False
    ending = "otf" if "CFF " in font else "ttf"
    font.save(FOLDER / f"{names[6]}.{ending}")


def table() -> dict[str, str]:
    """family -> the code points that its first style draws, as hexadecimal ranges: `20-7e a0`."""
    fonts = import_module("fontTools.ttLib")
    out: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*-Regular.?tf")):
        font = fonts.TTFont(file, lazy=True)
        names = font["name"]
        out[str(names.getDebugName(16) or names.getDebugName(1))] = ranges(font.getBestCmap())
    return out


def ranges(points: Iterable[int]) -> str:
    """Code points as hexadecimal ranges, the lowest first."""
    runs: list[list[int]] = []
    for point in sorted(points):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in runs)


def _folder(style: str) -> str:
    return "Regular_Italic" if style == "Italic" else style


def _points(blocks: Iterable[tuple[int, int]]) -> set[int]:
    return {p for first, last in blocks for p in range(first, last + 1)}


if __name__ == "__main__":
    main()
