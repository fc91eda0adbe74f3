"""Images on a post: attached with their alt texts, in order; what each channel would refuse is said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core import review, store
from core.errors import Conflict, Denied, Invalid, Stale
from core.images import changes, faithful, lora_files
from core.images.model import Card, images_folder
from core.publish import limits
from core.publish.limits import PDF, Refusal
from core.review.lifecycle import SIGNED
from core.store import Actor, images, posts
from core.store.tables import Post
from core.store.tables_images import Image

Entry = dict[str, Any]
ALT = 12_000
"""Characters of an alt text on a post: of a carousel's document that of every page."""
TRIES = 3
"""Somebody may type into the post while an image is put on it."""


def entries(image: Image) -> list[Entry]:
    """An image as a post carries it: of a carousel its document, of everything else every file."""
    document = [f for f in image.files if f.get("type") == PDF]
    return [_entry(image, file) for file in document or image.files]


def _entry(image: Image, file: Mapping[str, Any]) -> Entry:
    kept = {name: file[name] for name in ("name", "type", "width", "height", "bytes") if name in file}
    pages = {"pages": file["pages"]} if "pages" in file else {}
    more = {"image": image.id, "path": f"images/{image.id}/{file['name']}", "sha": file["sha256"], "ai": image.ai}
    return {**kept, **pages, **more, "alt": str(file.get("alt") or "")}


def attach(
    post_id: str,
    image_id: str,
    actor: Actor,
    replace: bool = False,
    alt: Sequence[str] | None = None,
    revision: int | None = None,
) -> Post:
    """Put an image on a post, after those that are there. `alt`: alt texts of its files, where it has none yet.

    An earlier version of the same design makes room for it in its place; `replace`: so does everything else. On the
    post already: nothing changes. An approved post falls back to In Review. Raises Invalid where an alt text is
    missing or the channels take no such mix, Denied where a person shown no longer agrees, Stale where `revision` is
    not the post's, and what `review.edit` raises.
    """
    with store.reading() as tx:
        image = images.image(tx, image_id)
    if image.kind == "sample":
        raise Invalid("A sample of a contact sheet is not used on a post.", "Ask for a picture with the adapter.")
    if names := lora_files.refused(str(image.settings.get("adapter") or "")):
        raise Denied(
            f"The picture shows a likeness to which {' and '.join(names)} no longer agreed. It was not attached.",
            "Use a picture without it, or ask again on the Images page, under Photos.",
        )
    fresh = _described(entries(image), alt or [])
    for entry in fresh:
        if not entry["alt"].strip():
            raise Invalid(f"{entry['name']} has no alt text yet. Nothing was attached.",
                          "Say in a sentence what it shows, for those who cannot see it.")  # fmt: skip

    before: list[Any] = []

    def work(post: Post, made: Mapping[str, Image]) -> list[Any]:
        before[:] = post.media
        old = [] if replace else list(post.media)
        if any(_id(e) == image.id for e in old):
            return [*post.media] if not alt else _swapped(old, {image.id}, fresh)
        versions = {i.id for i in made.values() if image.design_id and i.design_id == image.design_id}
        return _mixed(_swapped(old, versions, fresh))

    post = _edit(post_id, actor, work, revision)
    with store.reading() as tx:
        now = images.among(tx, [image_id]).get(image_id)
    if now is None or [f["name"] for f in now.files] != [f["name"] for f in image.files]:
        _edit(post_id, actor, lambda _post, _made: list(before))
        raise Conflict("That image was deleted or changed in this very moment. It was not attached.", "Choose again.")
    return post


def _described(fresh: list[Entry], alt: Sequence[str]) -> list[Entry]:
    if not alt:
        return fresh
    if len(alt) != len(fresh):
        raise Invalid(f"There are {len(alt)} alt texts for {len(fresh)} files. Nothing was attached.", "Give one each.")
    for said in alt:
        changes.check("alt text", said, ALT)
    return [{**entry, "alt": said.strip()} for entry, said in zip(fresh, alt, strict=True)]


def detach(post_id: str, image_id: str, actor: Actor, name: str | None = None, revision: int | None = None) -> Post:
    """Take an image (or one file of it) off a post. The image stays; nothing happens where it is not there.

    Raises Stale where `revision` is not the post's.
    """

    def work(post: Post, _made: Mapping[str, Image]) -> list[Any]:
        return [e for e in post.media if _id(e) != image_id or (name is not None and e.get("name") != name)]

    return _edit(post_id, actor, work, revision)


def reorder(post_id: str, order: Sequence[int], actor: Actor, revision: int | None = None) -> Post:
    """Put what a post carries into another order: places counted from 0, each once. Raises Invalid, Stale."""

    def work(post: Post, _made: Mapping[str, Image]) -> list[Any]:
        if sorted(order) != list(range(len(post.media))):
            raise Invalid("That order does not name every image of the post once. Nothing was changed.", "Reload.")
        return [post.media[at] for at in order]

    return _edit(post_id, actor, work, revision)


def describe(post_id: str, at: int, alt: str, actor: Actor, revision: int | None = None) -> Post:
    """Another alt text for what stands at a place (from 0) of a post. Raises Invalid where it is empty."""
    changes.check("alt text", alt, ALT)
    if not alt.strip():
        raise Invalid("An image on a post needs an alt text. Nothing was changed.", "Say in a sentence what it shows.")

    def work(post: Post, _made: Mapping[str, Image]) -> list[Any]:
        if not 0 <= at < len(post.media):
            raise Invalid("That image is not on the post any more. Nothing was changed.", "Reload.")
        return [{**e, "alt": alt.strip()} if n == at else e for n, e in enumerate(post.media)]

    return _edit(post_id, actor, work, revision)


def check(post: Post) -> list[Refusal]:
    """What LinkedIn, Notion and others would refuse of what a post carries, and what a person should look at.

    That is: a file that is gone, a card made of another text than the post has now, a fact on it that the post does
    not hold. No network.
    """
    carried = [entry for entry in post.media if isinstance(entry, dict)]
    out = [refusal for channel in limits.CHANNELS for refusal in limits.refusals(channel, carried)]
    for entry in carried:
        where = (images_folder().parent / str(entry.get("path") or "")).resolve()
        if not where.is_relative_to(images_folder().resolve()) or not where.is_file():
            said = f"The file of {entry.get('name', 'an image')} is gone."
            out.append(Refusal("timbre", said, "Take it off, or make it again."))
    return [*out, *_looked_at(post)] if carried else out


def _looked_at(post: Post) -> list[Refusal]:
    with store.reading() as tx:
        made = [image for image in images.among(tx, images.carried(post)).values() if image.settings.get("card")]
    out = []
    for image in made:
        said = image.settings.get("text")
        if image.post_id == post.id and said and said != faithful.digest(post.text):
            told = "The text was changed after its image was made."
            out.append(Refusal("timbre", told, "Look whether the image still says the same, or make it again.", True))
        card = Card.restored(image.settings["card"])
        strange = faithful.remarks(card, post.text)
        for remark in strange:
            told = f"The image: {remark.message}" if remark.field else remark.message
            out.append(Refusal("timbre", told, remark.hint, True))
        silent = set(faithful.unsaid(card, post.text)) - {remark.page for remark in strange}
        if silent and (note := document_note(card, post.text)):
            out.append(note)
    return out


def document_note(card: Card, text: str) -> Refusal | None:
    """What to know of a carousel on LinkedIn, which takes no alt text for a document; None for every other form."""
    if card.form != "carousel" or limits.LINKEDIN.document_alt:
        return None
    tagged = "The PDF itself is tagged for screen readers (PDF/UA)."
    if not (pages := [str(n + 1) for n in faithful.unsaid(card, text)]):
        said = "LinkedIn takes no alt text for a document. What these pages say stands in the post, which is read out."
        return Refusal("linkedin", said, tagged, True)
    which = f"page {pages[0]} says" if len(pages) == 1 else f"pages {', '.join(pages[:-1])} and {pages[-1]} say"
    said = f"LinkedIn takes no alt text for a document, and {which} something that the post does not."
    return Refusal("linkedin", said, f"Say it in the post too: that is read out. {tagged}", True)


def approval_falls(post: Post) -> bool:
    """Whether a change of the images takes an approval back: to be said before it is made."""
    return post.status in SIGNED and review.is_approved(post)


# ---- inside --------------------------------------------------------------------------------------------------


def _edit(
    post_id: str,
    actor: Actor,
    work: Callable[[Post, Mapping[str, Image]], list[Any]],
    revision: int | None = None,
) -> Post:
    """Change what a post carries, whatever else somebody types into it meanwhile."""
    for attempt in range(1, TRIES + 1):
        with store.reading() as tx:
            post = posts.get(tx, post_id)
            made = images.among(tx, images.carried(post))
        if revision is not None and revision != post.revision:
            raise Stale("Somebody changed this post first. Nothing was overwritten.", "Reload to see their version.")
        media = work(post, made)
        if media == post.media:
            return post
        try:
            return review.edit(post_id, actor, revision=post.revision, media=media)
        except Stale:
            if revision is not None or attempt == TRIES:
                raise
    raise Conflict("The post changes all the time. Nothing was changed.", "Try again.")


def _swapped(old: Sequence[Any], versions: set[str], fresh: Sequence[Entry]) -> list[Any]:
    """What is there with `fresh` where the first of these images stood, else at the end."""
    at = next((n for n, e in enumerate(old) if _id(e) in versions), len(old))
    before = [e for e in old[:at] if _id(e) not in versions]
    return [*before, *fresh, *(e for e in old[at:] if _id(e) not in versions)]


def _mixed(media: list[Any]) -> list[Any]:
    """Refuse what no network takes together."""
    documents = [e for e in media if isinstance(e, dict) and e.get("type") == PDF]
    if documents and len(media) > 1:
        raise Invalid(
            "A carousel stands alone: LinkedIn takes one document or pictures, not both. Nothing was changed.",
            "Take the other off first, or replace it.",
        )
    return media


def _id(entry: Any) -> str:
    return str(entry.get("image") or "") if isinstance(entry, dict) else ""
