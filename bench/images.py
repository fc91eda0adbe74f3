"""Cards: how quick they are beside bare Typst, and 500 real texts through every template.

The peer is Typst alone: `typst.compile` on the same template and the same words, without the checks around it; a second
one holds its fonts between calls, as ours does, and a third sets the same pages by hand in fixed sizes, so that what
checking and fitting cost is seen as well. The real texts come from
shared/data beside the project and are not part of it; without them that part is skipped, and said so.
`python -m bench.images` (about ten minutes on one free core; `--quick`: a tenth of the texts, written nowhere).
"""

from __future__ import annotations

import collections
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import typst
from PIL import Image as Picture
from PIL import ImageChops
from streamlit.testing.v1 import AppTest

from bench.report import Line, report
from core import authors, store
from core.config import ROOT, settings
from core.errors import Unavailable
from core.images import cards, compose, keep, setting
from core.images.fonts import FOLDER
from core.images.model import PAGES, SIZES, Card, Form, Kit, Page
from core.people import local_actor
from core.store.tables_images import Image

POSTS = ROOT.parent / "shared/data/posts.jsonl"
TEXTS, ROUNDS, IMAGES = 500, 40, 1000
KIT = Kit(footer="timbre.example")
FORMS: tuple[Form, ...] = ("quote", "hook", "carousel", "thread")
PEER = "typst.compile on the same template and words, no checks"
HELD = "the same, the fonts found once and held as ours are"
BY_HAND = "Typst, the same pages set by hand in fixed sizes"
KINDS: tuple[tuple[int, Literal["png", "pdf"]], ...] = ((1, "png"), (8, "pdf"))
WORDS = "Work that was finished on Thursday got a weekend of thinking, and a third of it changed before it went out."


def card(pages: int, number: int) -> Card:
    """A card that no earlier one equals: nothing of it is remembered."""
    cover = Page("hook", f"We stopped shipping on Fridays, take {number}", "What eleven quiet weekends taught a team.")
    points = [Page("point", f"Lesson {n} of {number}", WORDS) for n in range(1, pages - 1)]
    call = [Page("call", f"What would you do, take {number}?", "Tell me below.")] if pages > 1 else []
    form: Form = "carousel" if pages > 1 else "hook"
    families = list(cards.FAMILIES)
    return Card(
        form, families[number % len(families)], "light", pages=(cover, *points, *call), name="Mara Lindqvist",
        headline="Head of Platform",
    )  # fmt: skip


def bare(told: dict[str, Any], kind: Literal["png", "pdf"], source: Path = cards.TEMPLATES / "card.typ") -> bytes:
    """As somebody would call Typst who has nothing but Typst: the fonts are found anew, as its command line does."""
    return typst.compile(
        str(source), root=str(source.parent), font_paths=[str(FOLDER)], ignore_system_fonts=True, format=kind,
        ppi=cards.PPI, sys_inputs={"card": json.dumps(told)},
    )  # fmt: skip


def held(told: dict[str, Any], kind: Literal["png", "pdf"]) -> object:
    """As `bare`, by somebody who keeps the fonts between calls."""
    return cards._compiler(told).compile(format=kind, ppi=cards.PPI)


_BY_HAND = """
#let d = json(bytes(sys.inputs.card))
#set page(width: d.width * 1pt, height: d.height * 1pt, margin: 92pt, fill: rgb(d.colours.paper))
#set text(font: d.fonts.body, size: 50pt, fill: rgb(d.colours.ink), fallback: false)
#for (n, p) in d.pages.enumerate() {
  if n > 0 { pagebreak() }
  rect(width: 84pt, height: 14pt, fill: rgb(d.colours.accent))
  v(76pt)
  block(text(font: d.fonts.heading, size: 116pt, weight: 700, p.title))
  for l in p.body { block(l.text) }
  place(bottom, text(size: 26pt, fill: rgb(d.colours.quiet), [#d.name #h(1fr) #(n + 1) / #d.count]))
}
""".replace("d.count", "d.pages.len()")


def timed(work: Callable[..., object], *given: object) -> float:
    """Seconds."""
    begun = time.perf_counter()
    work(*given)
    return time.perf_counter() - begun


def speed(rounds: int) -> list[Line]:
    """Ours and the peers in turn, on cards that neither has seen."""
    took: dict[str, list[float]] = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        hand = Path(folder) / "hand.typ"
        hand.write_text(_BY_HAND)
        cards.render(card(1, 0), KIT)
        for n in range(1, rounds + 1):
            for pages, kind in KINDS:
                family = card(pages, n).family
                ours, theirs, by_hand, kept = (replace(card(pages, 4 * n + k), family=family) for k in range(4))
                took[f"{kind} ours"].append(timed(finished, ours, kind))
                took[f"{kind} bare"].append(timed(bare, setting.told(theirs, KIT), kind))
                took[f"{kind} held"].append(timed(held, setting.told(kept, KIT), kind))
                took[f"{kind} hand"].append(timed(bare, setting.told(by_hand, KIT), kind, hand))
            took["preview"].append(timed(cards.preview, card(8, 1000 + n), KIT, 3))
            took["problems"].append(timed(cards.problems, card(8, 2000 + n), KIT))
    png, pdf = sorted(took["png ours"]), sorted(took["pdf ours"])
    return [
        Line("a card as PNG, checked", "s", png, took["png bare"], PEER, "at most 1.2 times"),
        Line("a card as PNG, 95th percentile", "s", [quantile(png)], [quantile(took["png bare"])], PEER, "at most 1 s"),
        Line("an 8-page PDF, checked", "s", pdf, took["pdf bare"], PEER, "at most 1.2 times"),
        Line("an 8-page PDF, 95th percentile", "s", [quantile(pdf)], [quantile(took["pdf bare"])], PEER, "at most 2 s"),
        Line("a card as PNG, fonts held by both", "s", png, took["png held"], HELD, ""),
        Line("an 8-page PDF, fonts held by both", "s", pdf, took["pdf held"], HELD, ""),
        Line("a card as PNG, against set by hand", "s", png, took["png hand"], BY_HAND, ""),
        Line("an 8-page PDF, against set by hand", "s", pdf, took["pdf hand"], BY_HAND, ""),
        Line("preview of one page of 8", "s", took["preview"], [], "", "at most 1 s"),
        Line("problems of 8 pages while typing", "s", took["problems"], [], "", "at most 1 s"),
    ]


def finished(made: Card, kind: str) -> None:
    """What "Use" asks for: the checks, then the file."""
    if kind == "png":
        cards.render(made, KIT)
    elif not cards.problems(made, KIT):
        cards.Rendered((), setting.told(made, KIT)).pdf()


def gallery(count: int, rounds: int) -> Line:
    """Seconds that the server needs to open the page on a gallery of so many images, in a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TIMBRE_DATA"], os.environ["DATABASE_URL"] = folder, ""
        settings.cache_clear()
        store.migrate()
        actor = local_actor()
        author = authors.add("Mara Lindqvist", actor).id
        kinds = [cards.preview(card(1, n), KIT, 0, 270) for n in range(40)]
        for n in range(count):
            row = Image(author_id=author, kind="card", title=f"Card {n}")
            keep.add_picture(row, {"1.png": kinds[n % len(kinds)]}, actor)
        took = [timed(opened, author) for _ in range(rounds + 1)][1:]
        store.dispose()
    return Line(f"the page with {count} images, server side", "s", took, [], "", "at most 0.3 s")


def opened(author: str) -> None:
    """A person who follows a link to the gallery, without the browser."""
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["author"], app.query_params["part"] = author, "Gallery"
    app.switch_page("pages/images.py").run()
    assert not app.exception, app.exception


def quantile(values: Sequence[float], share: float = 0.95) -> float:
    """The value under which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def sampled(count: int) -> list[str]:
    """Texts evenly over the file, so over all its authors."""
    texts = [json.loads(line)["text"] for line in POSTS.read_text(encoding="utf-8").splitlines()]
    return [texts[at * len(texts) // count] for at in range(count)]


def every(texts: Sequence[str]) -> Iterator[Card]:
    """Each text through every family; form, size and theme take turns, so that all of them meet all families."""
    sizes = list(SIZES)
    for n, text in enumerate(texts):
        form = FORMS[n % len(FORMS)]
        made = compose.propose(text, "Mara Lindqvist", form, "en")
        for at, family in enumerate(cards.FAMILIES):
            size = sizes[(n // len(FORMS) + at) % len(sizes)]
            yield replace(made, family=family, size=size, theme="dark" if (n + at) % 2 else "light")


def outcome(made: Card) -> str:
    """fits, or why not. What fits is written as PDF/UA-1, which Typst refuses for any character without a glyph."""
    kinds = {p.kind for p in cards.problems(made, KIT)}
    if kinds:
        return min(kinds)
    try:
        cards.Rendered((), setting.told(made, KIT)).pdf()
    except Unavailable as e:
        return "box" if "could not be displayed" in e.message else "broken"
    return "overran" if outside(made) else "fits"


def outside(made: Card, scale: float = 0.15, slack: float = 20.0) -> bool:
    """Whether anything of the words is drawn outside of their part of the page (pixels against a page of points)."""
    told = setting.told(made, KIT)
    dots = [
        page | {"title": "." * bool(page["title"]), "parts": ["."], "source": ""}
        | {"body": [{"mark": "", "text": "."}] * bool(page["body"])}
        for page in told["pages"]
    ]  # fmt: skip
    frames = json.loads(cards._compiler(told).query("<frame>", field="value"))
    pairs = zip(cards._compiled(told, "png", scale), cards._compiled(told | {"pages": dots}, "png", scale), strict=True)
    for frame, pair in zip(frames, pairs, strict=True):
        both = [Picture.open(io.BytesIO(png)).convert("RGB") for png in pair]
        box = ImageChops.difference(*both).point(lambda value: 255 * (value > 40)).getbbox()
        if box is None:
            continue
        left, top, right, bottom = (edge / scale for edge in box)
        right, bottom = right - frame["left"] - frame["width"], bottom - frame["top"] - frame["height"]
        if max(frame["left"] - left, frame["top"] - top, right, bottom) > slack:
            return True
    return False


def real(count: int) -> tuple[list[str], dict[str, Any]]:
    """Notes and counts of the real texts."""
    if not POSTS.is_file():
        return [f"{POSTS} is not there: no real texts were set."], {}
    found: dict[str, collections.Counter[str]] = {
        name: collections.Counter() for name in (*cards.FAMILIES, *SIZES, *PAGES)
    }
    total: collections.Counter[str] = collections.Counter()
    for made in every(sampled(count)):
        kind = outcome(made)
        total[kind] += 1
        for name in (made.family, made.size, made.form):
            found[name][kind] += 1
    notes = [f"{count} real texts through {len(cards.FAMILIES)} families: {dict(total)}"]
    notes += [f"  {name}: {dict(kinds)}" for name, kinds in found.items()]
    return notes, {"texts": count, "cards": dict(total), "by": {name: dict(kinds) for name, kinds in found.items()}}


def main() -> None:
    """The whole, or a tenth of it."""
    quick = "--quick" in sys.argv
    part = 10 if quick else 1
    lines = [*speed(ROUNDS // part * (2 if quick else 1)), gallery(IMAGES // part, ROUNDS // 4)]
    notes, counts = real(TEXTS // part)
    if quick:
        for line in lines:
            print(line.what, [round(quantile(v, 0.5), 4) for v in (line.ours, line.peer) if v], f"{line.ratio:.2f}")
        print(*notes, sep="\n")
    else:
        report("images", lines, notes, real=counts)


if __name__ == "__main__":
    main()
