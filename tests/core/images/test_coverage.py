"""What the shipped fonts draw: the table holds, texts get the fonts that they need, and what none draws is named."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from core.images import coverage, fonts

SCRIPTS = {
    "Ελληνικά Кириллица Việt Đặng": "Noto Sans",
    "العربية": "Noto Sans Arabic",
    "שלום עולם": "Noto Sans Hebrew",
    "नमस्ते दुनिया": "Noto Sans Devanagari",
    "สวัสดีชาวโลก": "Noto Sans Thai",
    "日本語のテキスト。中文文本，骨 한국어 텍스트": "Noto Sans CJK",
    "🚀 👩‍💻 👍🏽 🇩🇪 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿": "Noto Color Emoji",
    "𝗕𝗼𝗹𝗱 𝘪𝘵𝘢𝘭𝘪𝘤": "Noto Sans Math",
}


@pytest.mark.parametrize(("text", "family"), SCRIPTS.items())
def test_every_script_finds_its_font(text: str, family: str) -> None:
    assert coverage.missing(text) == []
    assert family in coverage.fallbacks(text)


def test_a_plain_text_needs_no_more_than_noto_sans() -> None:
    assert coverage.fallbacks("“Plain” English – façade, naïve… 42 %") == ["Noto Sans"]


def test_what_no_font_draws_is_named_once() -> None:
    assert coverage.missing("a𒀀b𒀀 \ue000") == ["𒀀 (cuneiform sign a)", "\ue000 (U+E000)"]


def test_signs_that_are_not_seen_are_not_missed() -> None:
    assert coverage.missing("a\u200bb\u00adc\ufeff\n\t\u2066d\ufe0f") == []


def test_every_family_on_offer_is_shipped_with_its_weights_and_its_licence() -> None:
    """By the files alone: what somebody chooses is there, also its table."""
    table = json.loads(fonts.TABLE.read_text(encoding="utf-8"))
    styles = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold", 800: "ExtraBold"}
    for face in fonts.FAMILIES.values():
        file = face.name.replace(" ", "")
        for weight in face.weights:
            assert (fonts.FOLDER / f"{file}-{styles[weight]}.ttf").is_file()
        assert (fonts.FOLDER / f"{file}-Italic.ttf").is_file() == face.italic
        assert "OPEN FONT LICENSE" in (fonts.FOLDER / f"OFL-{file}.txt").read_text(encoding="utf-8").upper()
        assert face.name in table
    assert sum(f.stat().st_size for f in fonts.FOLDER.iterdir() if f.is_file()) < 25_000_000


def test_typst_finds_the_families_by_these_names_and_draws_what_the_table_says() -> None:
    """Set without any fallback of Typst's own, a text in every script has no warning about fonts."""
    import typst

    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.FOLDER)])
    assert set(found.families()) == set(json.loads(fonts.TABLE.read_text(encoding="utf-8")))
    text = " ".join(SCRIPTS)
    names = ["Inter", *coverage.fallbacks(text)]
    source = "#set text(font: json(bytes(sys.inputs.names)), fallback: false)\n#sys.inputs.text"
    inputs = {"names": json.dumps(names), "text": text}
    pdf, warnings = typst.compile_with_warnings(
        source.encode(), format="pdf", font_paths=found, ignore_system_fonts=True, sys_inputs=inputs
    )
    assert not warnings
    assert pdf.startswith(b"%PDF")
    inputs |= {"text": "🚀❤️"}
    png = typst.compile(source.encode(), format="png", font_paths=found, ignore_system_fonts=True, sys_inputs=inputs)
    colours = Image.open(io.BytesIO(png)).convert("HSV").getchannel("S").getextrema()
    assert colours[1] > 150, "emoji are drawn in colour"


def test_nothing_of_the_page_opens_a_font() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from core.images import coverage; coverage.missing('🚀'); "
        "print([m for m in ('fontTools', 'typst', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_font_that_draws_it_is_enough() -> None:
    assert coverage.fallbacks("✔ ❤") == ["Noto Sans", "Noto Color Emoji"]
    assert coverage.fallbacks("1️⃣") == ["Noto Sans", "Noto Color Emoji"], "a digit, and a mark that only emoji have"
