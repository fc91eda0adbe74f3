"""Cards: what fits is set, what does not is said in words, nothing stands out, and the same card gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageStat

from bench.images import outside
from core.config import ROOT
from core.errors import Invalid
from core.images import cards, colour, fitting, setting
from core.images.fonts import FAMILIES as FACES
from core.images.model import PAGES, SIZES, Card, Kit, Page
from tests.core.images.specimens import ARABIC, CAROUSEL, LATIN, LONG_WORDS, QUOTE

GOLDENS = Path(__file__).parent / "goldens"
EVERY = [(family, size) for family in cards.FAMILIES for size in SIZES]
KIT = Kit(footer="norrsken.example")
WORDS = "Nothing ships after Thursday noon and nobody is woken at night by what could have waited. "


@pytest.fixture
def pictured(data: Path) -> Kit:
    """A kit with a photo (bright left, dark right) and a dark logo."""
    folder = data / "images/kit"
    folder.mkdir(parents=True)
    photo = Image.new("RGB", (600, 400), "#f0f0f0")
    photo.paste("#102030", (300, 0, 600, 400))
    photo.save(folder / "photo.jpg")
    Image.new("RGBA", (300, 100), "#0a2a2a").save(folder / "logo.png")
    return replace(KIT, photo="images/kit/photo.jpg", logo="images/kit/logo.png")


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


# ---- goldens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "size"), EVERY)
@pytest.mark.parametrize("script", ["latin", "arabic"])
def test_looks_as_it_was_left(family: str, size: str, script: str) -> None:
    """Small pages against committed ones, blurred: a change that nobody sees passes. UPDATE_GOLDENS=1 writes them anew."""
    card = replace(LATIN if script == "latin" else ARABIC, family=family, size=size)
    page = 0 if script == "latin" else 1
    made = cards.preview(card, KIT, page, width=200)
    golden = GOLDENS / f"{family}-{size}-{script}.png"
    if os.environ.get("UPDATE_GOLDENS"):
        opened(made).quantize(64).save(golden, optimize=True)
    seen, kept = opened(made), Image.open(golden).convert("RGB")
    assert seen.size == kept.size
    soft = [image.filter(ImageFilter.GaussianBlur(1.2)) for image in (seen, kept)]
    far = max(ImageStat.Stat(ImageChops.difference(*soft)).mean)
    assert far < 3, f"{golden.name} differs by {far:.1f} of 255 on average: look at it"


# ---- nothing stands out --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "size"),
    [pytest.param(*pair, marks=[pytest.mark.slow] if at % 4 else []) for at, pair in enumerate(EVERY)],
)
def test_words_stay_in_their_place(family: str, size: str) -> None:
    """Compounds, addresses and ninety letters without a break are divided, never cut or run over the edge."""
    for card in (LONG_WORDS, CAROUSEL):
        if size != "link" or card is not LONG_WORDS:
            assert cards.problems(replace(card, family=family, size=size), KIT) == []
        assert not outside(replace(card, family=family, size=size))


def test_too_long_is_said_with_how_much() -> None:
    """Taking off as many words as is said makes it fit; one fewer does not."""
    words = (WORDS * 8).split()
    card = Card(form="quote", family="plain", size="square", pages=(Page("quote", "", " ".join(words)),))
    (problem,) = cards.problems(card, KIT)
    assert (problem.kind, problem.page, problem.field) == ("overflow", 0, "body")
    over = next(int(part) for part in problem.message.split() if part.isdigit())
    for taken, fits in ((over, True), (over - 1, False)):
        shorter = replace(card, pages=(Page("quote", "", " ".join(words[: len(words) - taken])),))
        assert (cards.problems(shorter, KIT) == []) is fits


def test_too_long_counts_a_list_as_the_list_that_it_is() -> None:
    items = [f"- {n} {WORDS}" for n in range(1, 30)]

    def problems(kept: list[str]) -> list[cards.Problem]:
        page = Page("point", "", "\n".join(kept))
        return cards.problems(Card(form="hook", family="plain", size="link", pages=(page,)), KIT)

    (problem,) = problems(items)
    over = next(int(part) for part in problem.message.split() if part.isdigit())
    words = [line.split() for line in items]
    while over > 0:
        cut = min(over, len(words[-1]) - 1)  # the sign of an item is no word
        words[-1] = words[-1][: len(words[-1]) - cut]
        over -= cut
        if len(words[-1]) == 1:
            words.pop()
    assert problems([" ".join(line) for line in words]) == []


@pytest.mark.parametrize(
    ("field", "sign", "times"), [("title", "漢字", 45_000), ("body", "a", 90_000), ("body", "a\n", 900)]
)
def test_what_no_page_can_hold_is_said_by_its_length_and_never_set(field: str, sign: str, times: int) -> None:
    text = sign * times
    long = Page("point", **{field: text})  # type: ignore[arg-type]
    card = Card(form="carousel", pages=(Page("hook", "One"), long, Page("call", "Two")))
    (problem,) = cards.problems(card, KIT)
    assert (problem.page, problem.field, problem.kind) == (1, field, "overflow") and "on page 2" in problem.message
    assert f"{len(text):,} characters" in problem.message or "901 lines" in problem.message
    assert len(json.dumps(setting.told(card, KIT))) < 60_000  # what the typesetter is given, which it sets in no time
    with pytest.raises(Invalid, match="far more than"):
        cards.render(card, KIT)


def test_render_refuses_in_the_same_words() -> None:
    card = Card(form="quote", pages=(Page("quote", "", WORDS * 16),))
    (problem,) = cards.problems(card, KIT)
    with pytest.raises(Invalid) as raised:
        cards.render(card, KIT)
    assert (raised.value.message, raised.value.hint) == (problem.message, problem.hint)
    assert opened(cards.preview(card, KIT, 0, width=108)).size == (108, 135)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_smaller_than_can_be_read_on_a_phone(size: str) -> None:
    """A quarter of a column more text than fits is refused, not set smaller."""
    body, small = fitting.least(size)
    seen = fitting.SEEN / SIZES[size][0]
    assert body * seen >= 11 and small * seen >= 8


def test_points_of_a_carousel_share_a_size() -> None:
    """A long point makes its neighbour's type smaller too; the cover keeps its own."""
    long = replace(CAROUSEL, pages=(*CAROUSEL.pages[:2], Page("point", "Long", WORDS * 4), CAROUSEL.pages[3]))
    before, after = (cards.previews(card, KIT, 200) for card in (CAROUSEL, long))
    assert before[1] != after[1]
    assert before[0] == after[0]


# ---- what keeps a card from being used -----------------------------------------------------------------------


def test_a_character_that_no_font_draws_is_named() -> None:
    card = replace(LATIN, pages=(Page("hook", "Cuneiform \N{CUNEIFORM SIGN A} here"),))
    (problem,) = cards.problems(card, KIT)
    assert problem.kind == "glyph" and problem.field == "title" and "cuneiform sign a" in problem.message


def test_faint_colours_are_refused_with_one_that_would_do() -> None:
    kit = replace(KIT, colours={"light": {"ink": "#bbbbbb", "paper": "#ffffff"}})
    (problem,) = cards.problems(replace(LATIN, theme="light"), kit)
    would = problem.hint.split()[0]
    assert problem.kind == "contrast" and problem.field == "ink"
    assert colour.contrast(would, "#ffffff") >= fitting.CONTRAST
    assert cards.problems(replace(LATIN, theme="dark"), kit) == []


@hypothesis.settings(max_examples=40)
@hypothesis.given(st.from_regex(r"#[0-9A-F]{6}", fullmatch=True))
def test_text_on_any_accent_can_be_read(accent: str) -> None:
    made = setting.colours_of(LATIN, Kit(colours={"light": {"accent": accent}}))
    assert colour.contrast(made["on_accent"], accent) >= fitting.CONTRAST
    assert colour.contrast(made["accent_text"], made["paper"]) >= fitting.CONTRAST


@pytest.mark.parametrize("family", cards.FAMILIES.values(), ids=lambda family: family.name)
def test_families_keep_their_own_rules(family: cards.Family) -> None:
    assert (cards.TEMPLATES / f"{family.name}.typ").is_file()
    assert set(family.fonts.values()) <= set(FACES)
    for colours in family.colours.values():
        assert min(colour.contrast(colours[role], colours["paper"]) for role in ("ink", "quiet")) >= fitting.CONTRAST


@pytest.mark.parametrize("form", PAGES)
def test_counts_of_pages(form: str) -> None:
    low, high = PAGES[form]
    page = Page("text", "A heading")
    of = {n: Card(form=form, pages=(page,) * n) for n in (low - 1, low, high, high + 1)}  # type: ignore[arg-type]
    assert {n: [p.kind for p in cards.problems(card, KIT)] for n, card in of.items()} == {
        low - 1: ["pages"], low: [], high: [], high + 1: ["pages"],
    }  # fmt: skip


def test_a_page_without_words_and_a_lost_logo_are_said(data: Path) -> None:
    found = cards.problems(replace(LATIN, pages=(Page("hook", " \n "),)), replace(KIT, logo="images/kit/gone.png"))
    assert [(p.kind, p.field) for p in found] == [("empty", "title"), ("empty", "logo")]


# ---- text is data --------------------------------------------------------------------------------------------


def test_markup_is_set_as_it_is_written() -> None:
    odd = '#panic("x") *bold* _so_ $x^2$ \\ @ref <label> `code` [a] {b} // c'
    made = cards.render(replace(LATIN, pages=(Page("hook", odd),)), KIT, 0.2)
    assert made.pages != cards.render(replace(LATIN, pages=(Page("hook", odd.replace("*", "")),)), KIT, 0.2).pages


def test_no_picture_from_outside_the_data_folder(data: Path, tmp_path: Path) -> None:
    Image.new("RGB", (20, 20)).save(tmp_path / "secret.png")
    assert setting.told(LATIN, replace(KIT, logo="../secret.png"))["logo"] is None
    assert setting.told(LATIN, replace(KIT, logo=str(tmp_path / "secret.png")))["logo"] is None


def test_the_focus_of_the_photo_stays_in_sight(pictured: Kit) -> None:
    """The photo's part of a wide card is narrower than the photo: left of it is bright, right dark."""
    card = replace(LATIN, family="portrait", size="link")
    left, right = (
        opened(cards.preview(card, replace(pictured, focus=(x, 0.5)), 0, 300)).convert("L").getpixel((20, 140))
        for x in (0.05, 0.95)
    )
    assert isinstance(left, int) and isinstance(right, int) and left > 200 and right < 80
    assert cards.problems(card, pictured) == []


def test_a_logo_that_would_not_be_seen_gets_a_plate(pictured: Kit) -> None:
    dark, light = (setting.told(replace(LATIN, theme=theme), pictured)["logo"] for theme in ("dark", "light"))
    assert dark["plates"]["paper"] == "#ffffff" and light["plates"]["paper"] is None


# ---- the same bytes ------------------------------------------------------------------------------------------

_DIGEST = """
import hashlib, json, sys
from core.images import cards
from core.images.model import Card, Kit
for record in json.load(sys.stdin):
    made = cards.render(Card.restored(record), Kit(), 0.2)
    print(hashlib.sha256(b"".join(made.pages) + made.pdf()).hexdigest())
"""


def test_the_same_card_gives_the_same_bytes_in_every_process() -> None:
    both = json.dumps([card.record() for card in (CAROUSEL, ARABIC)])
    env = os.environ | {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    out = subprocess.run(
        [sys.executable, "-c", _DIGEST], env=env, cwd=ROOT, input=both, stdout=-1, text=True, check=True
    )
    here = []
    for card in (CAROUSEL, ARABIC):
        made = cards.render(card, Kit(), 0.2)
        here.append(hashlib.sha256(b"".join(made.pages) + made.pdf()).hexdigest())
    assert out.stdout.split() == here


def test_many_threads_at_once() -> None:
    """Streamlit runs a thread for each person."""
    several = [replace(card, family=family) for card in (LATIN, QUOTE) for family in ("plain", "letter", "studio")]
    alone = [cards.preview(card, KIT, 0, 200) for card in several]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda card: cards.preview(card, KIT, 0, 200), several * 2)) == alone * 2


def test_the_pdf_is_for_screen_readers_too() -> None:
    """PDF/UA-1 (Typst refuses to write one with a character that no font draws), a page each, dated once for all."""
    made = cards.render(CAROUSEL, KIT)
    assert b"pdfuaid:part" in made.pdf() and b"2020-01-01" in made.pdf()
    assert [opened(page).size for page in made.pages] == [SIZES["portrait"]] * len(CAROUSEL.pages)


def test_what_is_not_seen_changes_no_key() -> None:
    spoken = replace(CAROUSEL, pages=tuple(replace(p, alt="said", alt_kept=True, key="9") for p in CAROUSEL.pages))
    assert cards.cache_key(CAROUSEL, KIT, 1) == cards.cache_key(spoken, KIT, 1)
    assert cards.cache_key(CAROUSEL, KIT, 1) != cards.cache_key(replace(CAROUSEL, theme="dark"), KIT, 1)
