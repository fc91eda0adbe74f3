"""From a text to a card, by code: only sentences that stand in the text, in their order; nothing is invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import regex

from core.generate import adapt_code
from core.generate.adapt_cut import Unit, joined, pack, units, whole
from core.generate.brief import BriefFields
from core.images import alt, wording
from core.images.model import PAGES, Card, Form, Page, keyed
from core.platforms import FORMS, SLIDE_WORDS, TITLE_WORDS
from core.store.tables import Author

COVER_WORDS = 24
"""An opening sentence of at most so many words is the cover as it stands; a longer one gives way to the hook."""
HOOK_OPENING = 16
"""The same of a single image: a line more than a hook has is better than a sentence cut short."""
THREAD_CHARACTERS = (280, 360, 480, 640)
"""What an image of a thread holds at most: the first of these with which the text has few enough images."""
_QUOTED = regex.compile(r"^[“\"„«](?P<said>.*)[”\"“»](?:\n— (?P<by>.*))?$", regex.DOTALL)


def propose(
    post_text: str, author: Author | str, form: Form, language: str = "", brief: BriefFields | None = None
) -> Card:
    """A card of a text, its alt texts proposed. `brief`: its call to action closes a carousel.

    `author` is a row, or a name. Where the text is too short for the form, the card has fewer pages than it needs:
    `cards.problems` says so, and a person adds to it.
    """
    given = brief or BriefFields()
    found = wording.itemised(units(wording.plain(post_text))[0])
    name = author if isinstance(author, str) else author.name
    pages = _MAKERS[form](found, given, name) or [Page(_ROLE[form])]
    return _card(author, form, language, pages)


def adapted(parts: Sequence[str], author: Author | str, form: Form, language: str = "") -> Card:
    """A card of the parts of an adapted variant (core.platforms: carousel, quote, hook, thread), word for word."""
    pages = [_part(form, wording.plain(part), at, len(parts)) for at, part in enumerate(parts) if part.strip()]
    return _card(author, form, language, pages or [Page(_ROLE[form])])


def _card(author: Author | str, form: Form, language: str, pages: Sequence[Page]) -> Card:
    more: dict[str, Any] = {"name": author} if isinstance(author, str) else _of(author)
    lang = language or more.pop("language", "en")
    more.pop("language", None)
    return alt.filled(Card(form=form, pages=keyed(tuple(pages)), language=lang, **more))


def _of(author: Author) -> dict[str, Any]:
    return {"name": author.name, "headline": author.headline or "", "language": author.language or "en"}


# ---- a maker for each form -----------------------------------------------------------------------------------


def _quote(found: Sequence[Unit], brief: BriefFields, author: str) -> list[Page]:
    """A sentence of the author's own; blank where there is none: nobody is given another's words."""
    own = [unit for unit in found if not wording.label(unit.text)]
    parts = adapt_code.quote(FORMS["quote"], own, brief, author)
    return [_part("quote", part, 0, 1) for part in parts] or [Page("quote", source=author)]


def _hook(found: Sequence[Unit], _brief: BriefFields, _author: str) -> list[Page]:
    plain = wording.standing(found)
    return [Page("hook", title=_cover(plain, HOOK_OPENING, COVER_WORDS))] if plain else []


def _carousel(found: Sequence[Unit], brief: BriefFields, _author: str) -> list[Page]:
    """The opening on a cover of its own, then points of a few sentences each, the call last.

    Too short a text is parted further, between the clauses of its longest sentences, as far as they come apart.
    """
    plain = wording.standing(found)
    pages = first = _slides(plain, brief) if plain else []
    while 0 < len(pages) < PAGES["carousel"][0]:
        more = wording.parted(plain)
        if more == plain:
            return first  # not torn where it does not suffice: a person adds to it
        plain, pages = more, _slides(more, brief)
    return pages


def _slides(plain: Sequence[Unit], brief: BriefFields) -> list[Page]:
    cover = _cover(plain, COVER_WORDS, SLIDE_WORDS)
    low, high = PAGES["carousel"]
    form = replace(FORMS["carousel"], parts=(low - 1, high - 1))
    said = cover.removesuffix(" …")
    opening = {said, f"{said}:", cover}
    groups = _led(adapt_code.grouped(form, [u for u in plain if adapt_code.unmarked(u.text) not in opening], brief))
    last = len(groups) - 1
    rest = [_page("call" if at == last and at else "point", group) for at, group in enumerate(groups)]
    told = [replace(page, title="") if page.body and page.title == said else page for page in rest]
    return [Page("hook", title=cover), *told]


def _cover(plain: Sequence[Unit], most: int, torn: int) -> str:
    """The opening where it has at most so many words; else the hook, which is cut short only beyond `torn` words.

    "…" stands where it goes on: where it is cut, and in the place of a colon.
    """
    first = adapt_code.unmarked(plain[0].text)
    words = len(first.split())
    told = [first] if words <= most else adapt_code.hook(FORMS["hook"], plain)
    said = adapt_code.unmarked(told[0]).removesuffix(" …") if told else first
    if not told or (first.startswith(said) and words <= (torn if told[0].endswith("…") else COVER_WORDS)):
        said = first
    open_ = said == first and adapt_code.unended(plain, 0)
    cut = said != first and first.startswith(said) and said[-1] not in ".!?。！？"
    return said.rstrip(":：") + (" …" if open_ or cut or said.endswith((":", "：")) else "")


def _led(groups: Sequence[Sequence[Unit]]) -> list[list[Unit]]:
    """The groups, where a sentence that only announces what comes (it ends with a colon) stands with it."""
    out = [list(group) for group in groups]
    for at in range(len(out) - 1):
        if out[at] and out[at][-1].text.endswith(":"):
            out[at + 1].insert(0, out[at].pop())
    return [group for group in out if group]


def _thread(found: Sequence[Unit], _brief: BriefFields, _author: str) -> list[Page]:
    """The whole text over as many images as it needs; nothing is left out."""
    shown = wording.shown(found)
    parts: list[str] = []
    half = 0.6 * len(joined(shown))  # a short text is two images all the same
    for most in (min(THREAD_CHARACTERS[0], half), *THREAD_CHARACTERS[1:]):
        parts = pack(shown, lambda value, most=most: len(value) <= most)  # type: ignore[misc]
        if len(parts) <= PAGES["thread"][1]:
            break
    return [Page("text", body=part) for part in parts]


_MAKERS: dict[str, Callable[[Sequence[Unit], BriefFields, str], list[Page]]] = {
    "quote": _quote,
    "hook": _hook,
    "carousel": _carousel,
    "thread": _thread,
}
_ROLE: dict[str, Any] = {"quote": "quote", "hook": "hook", "carousel": "hook", "thread": "text"}


# ---- pages ---------------------------------------------------------------------------------------------------


def _page(role: Any, group: Sequence[Unit]) -> Page:
    """A short first sentence, or what stands before its colon, is the title; no sentence is torn for one.

    "Quote" or "Note" before a colon is none: it says only what kind of thing follows, and stays where it is.
    """
    first, rest = group[0], list(group[1:])
    head, colon, tail = first.text.partition(": ")
    if wording.label(first.text):
        return Page(role, body=_body(group))
    if not first.listed and len(first.text.split()) <= TITLE_WORDS and (rest or len(group) == 1):
        return Page(role, title=adapt_code.unmarked(first.text).rstrip(":："), body=_body(rest))
    if colon and len(head.split()) <= TITLE_WORDS // 2 and not (first.listed or head[:1].islower()) and whole(head):
        return Page(role, title=head, body=_body([Unit(wording.capital(tail)), *rest]))
    return Page(role, body=_body(group))


def _part(form: Form, part: str, at: int, of: int) -> Page:
    """A part as core.generate.adapt writes it."""
    if form == "quote":
        found = _QUOTED.match(part.strip())
        said, by = (found["said"], found["by"] or "") if found else (part, "")
        return Page("quote", body=said.strip(), source=by.strip())
    if form == "hook":
        return Page("hook", title=part.strip())
    if form == "thread":
        return Page("text", body=part.strip())
    title, _, body = part.partition("\n")
    role: Any = "hook" if at == 0 else "call" if at == of - 1 else "point"
    return Page(role, title=title.strip(), body=body.strip())


def _body(group: Sequence[Unit]) -> str:
    """Sentences one after another, items of a list on lines of their own."""
    return joined([Unit(u.text, "\n" if u.listed or u.before == "\n\n" else u.before, u.listed) for u in group])
