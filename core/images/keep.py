"""Finished images: files in a folder of their own, written whole before the store knows of them, gone when deleted."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from core import store
from core.errors import Conflict, Denied, Invalid, NotFound, StorageError
from core.images import changes, faithful, thumbs
from core.images import files as files_of
from core.images.design import restored
from core.images.fitting import Problem
from core.images.model import Card, Kit, images_folder
from core.review.lifecycle import has_role
from core.store import Actor, Reading, base, images, new_id, posts
from core.store.tables_images import Design, Image

KINDS: Final = {"quote": "card", "hook": "card", "carousel": "carousel", "thread": "thread"}
"""form -> kind of what is made of it."""
HIDDEN: Final = "hidden"
NEW: Final = ".new"
"""A mark in a folder that no row names yet: a process that dies there leaves it to core.images.tidying."""
Json = dict[str, Any]


# ---- making --------------------------------------------------------------------------------------------------


def finish(design_id: str, actor: Actor) -> Image:
    """Set a design at full size and keep it: PNG of every page, of a carousel one PDF as well.

    The same design as before gives the image that is there. Raises Invalid where an alt text is missing or the card
    has problems (the first is said), NotFound, Denied, StorageError.
    """
    from core.images import brand, cards  # only now: they bring the typesetter

    _may(actor)
    with store.reading() as tx:
        row = images.design(tx, design_id)
        said = faithful.digest(posts.get(tx, row.post_id).text) if row.post_id else ""
    card, kit = restored(row), brand.kit(row.author_id)
    _ready(card, cards.problems(card, kit))
    rendered = cards.render(card, kit)
    stem, alts = files_of.slug(row.title), [page.alt.strip() for page in card.pages]
    several = len(rendered.pages) > 1
    files = [
        (f"{stem}-{n}.png" if several else f"{stem}.png", raw, said)
        for n, (raw, said) in enumerate(zip(rendered.pages, alts, strict=True), 1)
    ]
    if card.form == "carousel":
        files.insert(0, (f"{stem}.pdf", rendered.pdf(), "\n\n".join(alts)))
    image = _of(row, card, kit, said)
    image.files = _entries(files)
    with store.reading() as tx:
        same = _same(tx, image)
    return same or _kept(image, files, actor, once=True)


def _entries(files: Sequence[tuple[str, bytes, str]]) -> list[Json]:
    return [files_of.entry(name, raw, said, len(files) - 1) for name, raw, said in files]


def _same(tx: Reading, image: Image) -> Image | None:
    """The image of the same design that has exactly these files: the same card gives the same bytes."""
    made = images.of_design(tx, str(image.design_id))
    return next((one for one in made if one.files == image.files and whole(one)), None)


def _of(row: Design, card: Card, kit: Kit, said: str) -> Image:
    how = {"card": card.record(), "kit": asdict(kit), "text": said}
    return Image(
        id=new_id(), author_id=row.author_id, post_id=row.post_id, design_id=row.id, kind=KINDS[card.form],
        provider="card", title=row.title, settings=how, ai=False,
    )  # fmt: skip


def _ready(card: Card, problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid(problems[0].message, problems[0].hint)
    for n, page in enumerate(card.pages, 1):
        if not page.alt.strip():
            where = f"Page {n}" if len(card.pages) > 1 else "The image"
            raise Invalid(f"{where} has no alt text yet.", "Say in a sentence what it shows, for who cannot see it.")


def add_picture(
    row: Image, files: Mapping[str, bytes], actor: Actor, hidden: Mapping[str, bytes] | None = None
) -> Image:
    """Keep a picture as it is, bytes and all. `row` says all but its files; they are named and in order.

    `hidden` lies beside it and is not shown: the untouched original. The same number of the same run is kept once.
    Raises Invalid for what is no picture, Denied, StorageError.
    """
    _may(actor)
    if row.run_id:
        with store.reading() as tx:
            if (there := images.of_run(tx, row.run_id, row.number)) is not None:
                return there
    row.id = row.id or new_id()
    return _kept(row, [(files_of.safe(name), raw, "") for name, raw in files.items()], actor, hidden or {})


def change_picture(image_id: str, files: Mapping[str, bytes], actor: Actor, **changes: Any) -> Image:
    """Put other files in the place of a picture's own (cut or coloured anew); alt texts and the original stay.

    `changes`: settings, measured. Raises Conflict while a post carries it, Invalid, NotFound, Denied.
    """
    _may(actor)
    fresh = [(files_of.versioned(files_of.safe(name), raw), raw) for name, raw in files.items()]
    thumb, folder = _thumb(fresh[0][1]), images_folder() / get(image_id).id
    known = {name for name, _raw in fresh}
    try:
        for name, raw in fresh:  # their names are their own: what is there stays as it is
            (folder / name).write_bytes(raw)
        with store.writing(actor) as tx:
            row = images.locked_image(tx, image_id)
            _free(tx, row.id, "changed")
            known |= {str(entry["name"]) for entry in row.files}
            said = [str(entry.get("alt") or "") for entry in row.files]
            row.files = [
                files_of.entry(n, raw, said[at] if at < len(said) else "", 0) for at, (n, raw) in enumerate(fresh)
            ]
            for name, value in changes.items():
                setattr(row, name, value)
            (folder / thumbs.NAME).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(error) from error
    finally:
        for name in known - {str(entry["name"]) for entry in get(image_id).files}:
            (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # else it is made when it is looked for
        (folder / thumbs.NAME).write_bytes(thumb)
    return row


def _unwritten(error: OSError) -> StorageError:
    return StorageError(
        f"The image could not be written ({error.strerror}). Nothing was kept.",
        "See that the data folder can be written and that its disk has room, then try again.",
    )


def _kept(
    row: Image,
    files: Sequence[tuple[str, bytes, str]],
    actor: Actor,
    hidden: Mapping[str, bytes] | None = None,
    once: bool = False,
) -> Image:
    """Write the files and the thumbnail into a spare folder, put it in its place, then say so in the store.

    `once`: where somebody else has made the same of its design meanwhile, theirs is given.
    """
    folder = images_folder() / row.id
    spare = folder.with_name(f".{row.id}")
    row.files = _entries(files)
    thumb = _thumb(next(raw for name, raw, _said in files if not name.endswith(".pdf")))
    try:
        spare.mkdir(parents=True)
        for name, raw, _said in files:
            (spare / name).write_bytes(raw)
        for name, raw in (hidden or {}).items():
            (spare / HIDDEN).mkdir(exist_ok=True)
            (spare / HIDDEN / files_of.safe(name)).write_bytes(raw)
        (spare / thumbs.NAME).write_bytes(thumb)
        (spare / NEW).touch()
        spare.replace(folder)
    except OSError as error:
        shutil.rmtree(spare, ignore_errors=True)
        raise _unwritten(error) from error
    try:
        with store.writing(actor) as tx:
            if once:
                images.locked_design(tx, str(row.design_id))
            there = _same(tx, row) if once else None
            if there is None:
                images.add_image(tx, row)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if there is None:
        (folder / NEW).unlink(missing_ok=True)
        return row
    shutil.rmtree(folder, ignore_errors=True)
    return there


def _thumb(raw: bytes) -> bytes:
    """The thumbnail; it reads the whole picture. Raises Invalid where that is broken."""
    try:
        return thumbs.small(raw)
    except (OSError, ValueError, SyntaxError) as error:
        raise Invalid(
            "This picture is broken and cannot be read. Nothing was kept.", "Make or fetch it again."
        ) from error


# ---- looking -------------------------------------------------------------------------------------------------


def get(image_id: str) -> Image:
    """One image. Raises NotFound."""
    with store.reading() as tx:
        return images.image(tx, image_id)


def listed(
    author_id: str | None = None,
    kind: str | Collection[str] | None = None,
    before: str | None = None,
    limit: int = 50,
    post_id: str | None = None,
    run_id: str | None = None,
) -> list[Image]:
    """The newest first; `before` (an id): only older ones. Without a kind all but the samples of a contact sheet."""
    kinds = [kind] if isinstance(kind, str) else kind
    with store.reading() as tx:
        return images.images(tx, author_id, kinds, before, limit, post_id, run_id)


def of_design(design_id: str) -> list[Image]:
    """What was made of a design, the newest first."""
    with store.reading() as tx:
        return images.of_design(tx, design_id)


def count(author_id: str | None = None, kind: str | Collection[str] | None = None) -> int:
    """How many there are; as `listed`."""
    with store.reading() as tx:
        return images.count(tx, author_id, [kind] if isinstance(kind, str) else kind)


def path(image_id: str, name: str) -> Path:
    """A file of an image, or its thumbnail; only what its row names. Raises NotFound."""
    row = get(image_id)
    if name == thumbs.NAME:
        return thumbs.thumb(row)
    found = images_folder() / row.id / name
    if name not in {str(entry["name"]) for entry in row.files} or not found.is_file():
        raise NotFound(f"There is no file {name[:80]!r} of this image.", "It may have been deleted. Make it again.")
    return found


def hidden(image_id: str, name: str) -> Path:
    """A file that lies beside an image and is not shown. Raises NotFound."""
    found = images_folder() / get(image_id).id / HIDDEN / files_of.safe(name)
    if not found.is_file():
        raise NotFound("The original of this picture is not there any more.", "Ask for a new picture.")
    return found


def whole(row: Image) -> bool:
    """Whether all files of an image are there, of the size that is known."""
    folder = images_folder() / row.id
    sizes = ((folder / str(entry["name"]), entry["bytes"]) for entry in row.files)
    return all(found.is_file() and found.stat().st_size == size for found, size in sizes)


# ---- changing ------------------------------------------------------------------------------------------------


def set_alt(image_id: str, name: str, alt: str, actor: Actor) -> Image:
    """Set the alt text of a file. Posts that carry it keep theirs until it is attached again. Raises Invalid."""
    _may(actor)
    changes.check("alt text", alt, changes.FIELDS["alt"])
    with store.writing(actor) as tx:
        row = images.locked_image(tx, image_id)
        if name not in {entry["name"] for entry in row.files}:
            raise NotFound(f"There is no file {name[:80]!r} of this image.", "Reload the image.")
        row.files = [{**entry, "alt": alt.strip()} if entry["name"] == name else entry for entry in row.files]
        return row


def delete(image_id: str, actor: Actor) -> None:
    """Delete an image with its files. Raises Conflict while a post carries it, NotFound, Denied."""
    _may(actor)
    with store.writing(actor) as tx:
        row = images.locked_image(tx, image_id)
        _free(tx, image_id, "deleted")
        row.deleted_at = base.now()
    shutil.rmtree(images_folder() / image_id, ignore_errors=True)


# ---- inside --------------------------------------------------------------------------------------------------


def _free(tx: Reading, image_id: str, what: str) -> None:
    """Raises Conflict while a post carries the image."""
    if carried := images.posts_with(tx, image_id):
        titles = ", ".join(f"“{post.title or 'Untitled'}”" for post in carried[:3])
        raise Conflict(f"This image goes with {titles}. Nothing was {what}.", "Take it off there first.")


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("A reader may look at images, but not make them.", "Ask an editor or an approver of your team.")
