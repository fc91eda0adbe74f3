"""What may be done to a card: pure changes, and the checks before them. Pages are counted from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, get_args

import regex

from core.errors import Invalid
from core.images import alt
from core.images.families import FAMILIES
from core.images.model import PAGES, SIZES, Card, Form, Page, Role, Theme, keyed

FIELDS: Final = {"title": 400, "body": 2_500, "source": 200, "alt": 2_000, "role": 10}
"""What of a page is typed, and how many characters are kept: far more than any page can show."""
TYPED: Final = {"name": 200, "headline": 300}
"""The same of the whole card."""
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def put(card: Card, n: int, field: str, value: str) -> Card:
    """Type into a page; an alt text left empty is no person's any more. Raises Invalid."""
    there(card, n)
    if field == "role" and value not in get_args(Role):
        raise Invalid(f"A page cannot be a {value[:20]!r}.", f"Use one of {', '.join(get_args(Role))}.")
    alt_kept = bool(value.strip()) if field == "alt" else card.pages[n].alt_kept
    kept: dict[str, Any] = {field: value.strip() if field == "alt" else value, "alt_kept": alt_kept}
    page = replace(card.pages[n], **kept)
    return replace(card, pages=(*card.pages[:n], page, *card.pages[n + 1 :]))


def patched(card: Card, patch: dict[str, Any]) -> Card:
    """The card with a text that lost; unchanged where its page is gone."""
    try:
        return alt.filled(put(card, place(card, patch["page"]), patch["field"], patch["value"]))
    except Invalid:
        return card


def moved(card: Card, n: int, to: int) -> Card:
    """A page in another place. Raises Invalid."""
    there(card, n)
    there(card, to)
    pages = list(card.pages)
    pages.insert(to, pages.pop(n))
    return placed(card, pages)


def added(card: Card, at: int) -> Card:
    """A blank page at this place. Raises Invalid where the form has no room for one."""
    most = PAGES[card.form][1]
    if len(card.pages) >= most:
        has = "1 page" if len(card.pages) == 1 else f"{len(card.pages)} pages"
        raise Invalid(f"It has {has}; at most {most} are meant.", "Remove one first, or choose another form.")
    pages = list(card.pages)
    pages.insert(max(0, min(at, len(pages))), Page("text" if card.form == "thread" else "point"))
    return placed(card, keyed(tuple(pages)))


def without(card: Card, n: int) -> Card:
    """The card without a page. Raises Invalid for the only one."""
    there(card, n)
    if len(card.pages) == 1:
        raise Invalid("The only page cannot be removed.", "Change its words instead.")
    return placed(card, [page for at, page in enumerate(card.pages) if at != n])


def placed(card: Card, pages: Sequence[Page]) -> Card:
    """The card with these pages; in a carousel the first is the cover and the last of three or more the call."""
    if card.form == "carousel":
        last = len(pages) - 1
        roles: list[Role] = ["hook" if at == 0 else "call" if at == last > 1 else "point" for at in range(len(pages))]
        pages = [replace(page, role=role) for page, role in zip(pages, roles, strict=True)]
    return replace(card, pages=tuple(pages))


def place(card: Card, page: int | str) -> int:
    """Where a page stands that is named by its place or by its key. Raises Invalid where it is gone."""
    at = page if isinstance(page, int) else next((n for n, p in enumerate(card.pages) if p.key == page), -1)
    there(card, at)
    return at


def edits(before: Card, after: Card) -> dict[str, tuple[Any, Any]]:
    """What differs, as the change log names it: a field of the card or of a page (from 1), or all pages at once.

    An alt text that was only proposed anew is no edit.
    """
    old, new = before.record(), after.record()
    out = {name: (old[name], new[name]) for name in old if name != "pages" and old[name] != new[name]}
    if [page.key for page in before.pages] != [page.key for page in after.pages]:
        return {**out, "pages": (list(old["pages"]), list(new["pages"]))}
    for n, (was, now) in enumerate(zip(before.pages, after.pages, strict=True), 1):
        for field in (f for f in FIELDS if getattr(was, f) != getattr(now, f)):
            if field != "alt" or was.alt_kept or now.alt_kept:
                out[f"page {n} {field}"] = (getattr(was, field), getattr(now, field))
    return out


def there(card: Card, n: int) -> None:
    """Raises Invalid where there is no page of that number."""
    if not 0 <= n < len(card.pages):
        raise Invalid("That page is not there any more. Nothing was changed.", "Reload: somebody may have removed it.")


def value_of(name: str, value: Any) -> Any:
    """A value of the whole card as it is kept. Raises Invalid, which names the field."""
    if name in TYPED and isinstance(value, str):
        check(name, value, TYPED[name])
        return value
    if name == "photo" and isinstance(value, bool):
        return value
    if name == "language" and isinstance(value, str) and _LANGUAGE.fullmatch(value):
        return value
    allowed = {
        "family": ("", *FAMILIES),
        "theme": ("", *get_args(Theme)),
        "size": tuple(SIZES),
        "form": get_args(Form),
    }.get(name, ())
    if value not in allowed:
        ways = ", ".join(one or "nothing (the brand kit's)" for one in allowed)
        raise Invalid(f"{name}: a card cannot have {value!r} there.", f"Use one of {ways}." if ways else "Look again.")
    return value


def check(field: str, value: str, most: int) -> None:
    """Refuse what no database can hold, and what is beyond all use. Raises Invalid, naming the field."""
    if len(value) > most:
        words = len(value[most:].split())
        by = f"Shorten it by about {words} words." if words > 1 else "Shorten it."
        raise Invalid(f"The {field} has {len(value):,} characters; at most {most:,} are kept.", by)
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise Invalid(f"The {field} holds characters that cannot be stored.", "Paste it again as plain text.")
