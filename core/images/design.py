"""A card while somebody works on it: every keystroke kept, every step undone and done again, nobody overwritten.

Pages are counted from 0. A command that changes something takes the revision that its caller saw (None: the newest).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from core import store
from core.errors import Denied, Invalid, Stale
from core.images import alt, changes, compose, faithful, proposing, steps
from core.images.faithful import Remark
from core.images.model import Card, Form, Page, Role, keyed
from core.review.lifecycle import has_role
from core.store import Actor, Writing, authors, images, posts
from core.store.base import now
from core.store.tables import Post
from core.store.tables_images import Design

FORMS: Final = get_args(Form)
FIELDS: Final = changes.FIELDS
TEXT: Final = 100_000
"""Characters of a text that a design is proposed from: as of a post."""


@dataclass(frozen=True)
class Around:
    """How many steps can be gone back and forward."""

    back: int
    forward: int


# ---- beginning and looking -----------------------------------------------------------------------------------


def start(post_id: str | None, author_id: str, form: Form, actor: Actor, fresh: bool = False, text: str = "") -> Design:
    """The design of a form for a post: the newest that is there, else (or `fresh`) one proposed from the post's text.

    Beside a design of another form it looks as that one does; a `fresh` one takes nothing over.

    Without a post, one is proposed from `text`; with neither it is blank. Raises NotFound, Denied, Invalid.
    """
    _may(actor)
    if form not in FORMS:
        raise Invalid(f"There is no form {form!r} of an image.", f"Use one of {', '.join(FORMS)}.")
    changes.check("text", text, TEXT)
    with store.writing(actor) as tx:
        post = posts.locked(tx, post_id) if post_id else None
        if post is not None and not fresh:
            others = images.designs(tx, post_id=post.id)
            for row in others:
                if restored(row).form == form:
                    return images.design(tx, row.id)
        author = authors.get(tx, post.author_id if post else author_id)
        card = proposing.proposed(tx, post, form) if post else compose.propose(text, author, form)
        if post is not None and not fresh and others:
            card = _looking(card, restored(others[0]))
        title = (post.title if post else "") or _title(card)
        row = Design(author_id=author.id, post_id=post.id if post else None, title=title[:300], card=card.record())
        made = images.add_design(tx, row)
        images.log(tx, made.id, {"card": (None, card.record())})
        return made


def _looking(card: Card, other: Card) -> Card:
    """The card as another one of the same post looks: what somebody chose there is not to be chosen again."""
    return replace(card, family=other.family, theme=other.theme, size=other.size, photo=other.photo,
                   name=other.name, headline=other.headline)  # fmt: skip


def get(design_id: str) -> Design:
    """One design. Raises NotFound."""
    with store.reading() as tx:
        return images.design(tx, design_id)


def listed(author_id: str | None = None, post_id: str | None = None, limit: int = 50) -> list[Design]:
    """Designs of an author or for a post, the newest first."""
    with store.reading() as tx:
        return images.designs(tx, author_id, post_id, limit)


def of_post(post_id: str) -> list[Design]:
    """Designs for a post, the newest first."""
    return listed(post_id=post_id)


def waiting(author_id: str | None = None, limit: int = 200) -> list[Post]:
    """Posts that an image may go with: those without one first, approved ones before those in review and drafts."""
    with store.reading() as tx:
        return images.posts_for(tx, author_id, limit)


def restored(row: Design) -> Card:
    """The card of a design."""
    return Card.restored(row.card)


def steps_of(row: Design | str) -> Around:
    """How many steps one can go back and forward; of an id, or of a design as `get` and the commands give it."""
    row = get(row) if isinstance(row, str) else row
    return Around(len(row.undo), len(row.redo))


def remarks(row: Design) -> list[Remark]:
    """Facts on a design's pages that its post does not hold; none keeps it from being used. Without a post: []."""
    if not row.post_id:
        return []
    with store.reading() as tx:
        return faithful.remarks(restored(row), posts.get(tx, row.post_id).text)


def remove(design_id: str, actor: Actor) -> None:
    """Put a design away; images that were made of it stay. Raises NotFound, Denied."""
    _may(actor)
    with store.writing(actor) as tx:
        images.remove_design(tx, design_id)


def put_away(author_id: str, post_id: str | None, limit: int = 5) -> list[Design]:
    """Designs of a post (None: of none) that `remove` put away, the newest first: `bring_back` has them back."""
    with store.reading() as tx:
        return images.removed_designs(tx, author_id, post_id, limit)


def bring_back(design_id: str, actor: Actor) -> Design:
    """A design that was put away, offered again as it was. Raises NotFound, Denied."""
    _may(actor)
    with store.writing(actor) as tx:
        images.restore_design(tx, design_id)
    return get(design_id)


# ---- changing ------------------------------------------------------------------------------------------------


def edit(design_id: str, revision: int | None, actor: Actor, **given: Any) -> Design:
    """Change the whole card: family, theme, size, name, headline, photo, language, form, or the design's title.

    Another form takes its words anew from the post, without one from the pages; `start` keeps a design for each form.

    Raises Stale, Invalid (which names the field), NotFound, Denied.
    """
    title = given.pop("title", None)
    if title is not None:
        changes.check("title", title, 300)
    kept = {name: changes.value_of(name, value) for name, value in given.items()}
    key = f"card.{next(iter(kept))}" if len(kept) == 1 and next(iter(kept)) in changes.TYPED else ""

    def work(card: Card, row: Design) -> Card:
        row.title = title if title is not None else row.title
        form = kept.pop("form", card.form)
        return replace(card if form == card.form else proposing.reshaped(card, row, form), **kept)

    return _change(design_id, revision, actor, work, key)


def edit_page(
    design_id: str,
    n: int | str,
    field: str,
    value: str,
    revision: int | None,
    actor: Actor,
    before: str | None = None,
) -> Design:
    """Type into a page (its place, or its key): title, body, source, alt or role; an alt text left empty is proposed.

    `before`: what the field held when its editor was opened. Where it still holds that, an older revision is no
    conflict: somebody changed something else. Where it is one, Stale is raised, nothing is overwritten, and the text
    that lost is kept: `redo` puts it in.
    """
    if field not in FIELDS:
        raise Invalid(f"A page has no {field!r} that can be typed.", f"Use one of {', '.join(FIELDS)}.")
    changes.check(field, value, FIELDS[field])

    def untouched(card: Card) -> bool:
        return before is not None and getattr(card.pages[changes.place(card, n)], field) == before

    patch = {"page": n, "field": field, "value": value}
    return _change(
        *(design_id, revision, actor, lambda card, _row: changes.put(card, changes.place(card, n), field, value)),
        *(f"{n}.{field}", untouched, patch),
    )


def move(design_id: str, n: int, to: int, revision: int | None, actor: Actor) -> Design:
    """Put a page in another place. A role that its place gives (cover first, call last) stays with the place."""
    return _change(design_id, revision, actor, lambda card, _row: changes.moved(card, n, to))


def add_page(design_id: str, after: int, revision: int | None, actor: Actor) -> Design:
    """A blank page after this one (-1: before the first). Raises Invalid where the form has no room for one."""
    return _change(design_id, revision, actor, lambda card, _row: changes.added(card, after + 1))


def remove_page(design_id: str, n: int, revision: int | None, actor: Actor) -> Design:
    """Take a page out; a step back brings it again. Raises Invalid for the only one."""
    return _change(design_id, revision, actor, lambda card, _row: changes.without(card, n))


def put_pages(design_id: str, revision: int | None, actor: Actor, pages: Sequence[Page]) -> Design:
    """Put all pages in at once, as other programs do: their roles follow the form. Raises Invalid, Stale."""
    for page in pages:
        for field in ("title", "body", "source", "alt"):
            changes.check(field, getattr(page, field), FIELDS[field])

    def work(card: Card, _row: Design) -> Card:
        role: Role = card.pages[0].role
        fresh = [replace(page, role=role, alt_kept=bool(page.alt.strip()), key="") for page in pages]
        return changes.placed(card, keyed(tuple(fresh)))

    return _change(design_id, revision, actor, work)


def again(design_id: str, revision: int | None, actor: Actor) -> Design:
    """Take the words anew from the post as it is now; the look stays. One step back undoes it. Raises Invalid."""

    def work(card: Card, row: Design) -> Card:
        if not row.post_id:
            raise Invalid("This design belongs to no post, so there is nothing to take words from.", "Type them.")
        return proposing.reshaped(card, row, card.form)

    return _change(design_id, revision, actor, work)


def undo(design_id: str, revision: int | None, actor: Actor) -> Design:
    """One step back. Nothing happens where there is none. Raises Stale, NotFound, Denied."""
    with _held(design_id, revision, actor) as (tx, row):
        if row.undo:
            *rest, step = row.undo
            images.log(tx, row.id, changes.edits(restored(row), Card.restored(step["card"])))
            row.redo = [*row.redo, {"card": row.card, "key": "", "by": actor.name}]
            row.undo, row.card, row.revision = steps.closed(rest), step["card"], row.revision + 1
        return row


def redo(design_id: str, revision: int | None, actor: Actor) -> Design:
    """One step forward: what was undone, or a text of yours that lost against another change."""
    with _held(design_id, revision, actor) as (tx, row):
        if row.redo:
            *rest, step = row.redo
            card = restored(row)
            after = changes.patched(card, step["lost"]) if "lost" in step else Card.restored(step["card"])
            images.log(tx, row.id, changes.edits(card, after))
            row.undo = steps.closed(steps.taken(row.undo, row.card, "", actor.name, now()))
            row.redo, row.card, row.revision = rest, after.record(), row.revision + 1
        return row


# ---- inside --------------------------------------------------------------------------------------------------


@contextmanager
def _held(design_id: str, revision: int | None, actor: Actor) -> Iterator[tuple[Writing, Design]]:
    """The locked design in a transaction. Raises Stale where it is at another revision."""
    _may(actor)
    with store.writing(actor) as tx:
        row = images.locked_design(tx, design_id)
        if revision is not None and revision != row.revision:
            raise _stale()
        yield tx, row


def _change(
    design_id: str,
    revision: int | None,
    actor: Actor,
    work: Callable[[Card, Design], Card],
    key: str = "",
    untouched: Callable[[Card], bool] | None = None,
    patch: dict[str, Any] | None = None,
) -> Design:
    try:
        with _held(design_id, None, actor) as (tx, row):
            card = restored(row)
            if revision is not None and revision != row.revision and not (untouched and untouched(card)):
                raise _stale()
            title, after = row.title, alt.filled(work(card, row))
            if after != card:
                images.log(tx, row.id, changes.edits(card, after))
                row.undo = steps.taken(row.undo, row.card, key, actor.name, now())
                row.card, row.redo = after.record(), steps.kept(row.redo)
            if after != card or row.title != title:
                row.revision += 1
            return row
    except Stale:
        if patch is not None:
            _keep(design_id, patch, actor)
        raise


def _keep(design_id: str, patch: dict[str, Any], actor: Actor) -> None:
    """Keep a text that lost, as the next step forward."""
    with store.writing(actor) as tx:
        row = images.locked_design(tx, design_id)
        row.redo = steps.lost(row.redo, patch, actor.name)


def _stale() -> Stale:
    return Stale(
        "Somebody changed this design first, so your change was not made. Nothing was overwritten.",
        "Look at their version. A text that you had typed is kept: one step forward puts it in.",
    )


def _title(card: Card) -> str:
    first = card.pages[0]
    return " ".join((first.title or first.body).split())[:80] or "Untitled"


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look at designs, but not change them.", "Ask an editor or an approver of your team.")
