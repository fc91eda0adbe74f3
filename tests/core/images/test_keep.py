"""A design becomes files that a channel takes: set once, whole, with alt texts, and only without problems."""

from __future__ import annotations

import errno
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Pillow

from core import review
from core.errors import Denied, Invalid, StorageError
from core.images import brand, cards, design, keep, media, thumbs
from core.images.model import images_folder
from core.store import Actor
from core.store.tables import Post
from core.store.tables_images import Design
from tests.core.images.test_compose import POST


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "Das Audit: “Grüße”", POST, actor)


@pytest.fixture
def made(post: Post, actor: Actor) -> Design:
    return design.start(post.id, post.author_id, "carousel", actor)


def test_a_carousel_becomes_a_pdf_and_a_picture_of_every_page_and_goes_on_its_post(
    made: Design, post: Post, actor: Actor
) -> None:
    image = keep.finish(made.id, actor)
    pages = len(design.restored(made).pages)
    names = [entry["name"] for entry in image.files]
    assert names == ["das-audit-grusse.pdf", *(f"das-audit-grusse-{n}.png" for n in range(1, pages + 1))]
    for entry in image.files:
        raw = keep.path(image.id, entry["name"]).read_bytes()
        assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (entry["sha256"], entry["bytes"])
    assert (image.kind, image.provider, image.ai) == ("carousel", "card", False)
    assert image.files[0]["pages"] == pages and image.files[1]["width"] == 1080
    assert image.files[0]["alt"].count("Slide ") == pages
    assert keep.path(image.id, thumbs.NAME).is_file()

    assert keep.finish(made.id, actor).id == image.id  # the same once more is the same
    assert media.check(media.attach(post.id, image.id, actor)) == []
    design.edit(made.id, None, actor, theme="dark")
    dark = keep.finish(made.id, actor)
    assert dark.id != image.id
    assert [e["image"] for e in media.attach(post.id, dark.id, actor).media] == [dark.id]


def test_a_quote_is_one_picture(post: Post, actor: Actor) -> None:
    row = design.start(post.id, post.author_id, "quote", actor)
    image = keep.finish(design.edit(row.id, None, actor, size="square").id, actor)
    ((name, kind),) = [(entry["name"], entry["type"]) for entry in image.files]
    assert (name, kind, image.kind) == ("das-audit-grusse.png", "image/png", "card")
    with Pillow.open(io.BytesIO(keep.path(image.id, name).read_bytes())) as shown:
        assert shown.size == (1080, 1080)


def test_a_card_with_problems_or_without_alt_texts_is_not_finished(made: Design, actor: Actor) -> None:
    design.edit_page(made.id, 1, "body", "word " * 400, None, actor)
    with pytest.raises(Invalid, match="too long"):
        keep.finish(made.id, actor)
    design.undo(made.id, None, actor)
    design.edit_page(made.id, 1, "title", "", None, actor)
    design.edit_page(made.id, 1, "body", "", None, actor)
    with pytest.raises(Invalid, match="no words"):
        keep.finish(made.id, actor)
    assert keep.listed() == [] and not any(images_folder().glob("*"))


def test_a_reader_finishes_nothing(made: Design) -> None:
    with pytest.raises(Denied):
        keep.finish(made.id, Actor(role="reader"))


def test_nothing_is_left_where_the_store_refuses(made: Design, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("full")

    monkeypatch.setattr(keep.images, "add_image", full)
    with pytest.raises(RuntimeError):
        keep.finish(made.id, actor)
    assert not any(images_folder().glob("*"))


def test_a_full_disk_leaves_nothing_behind(made: Design, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _raw: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left"):
        keep.finish(made.id, actor)
    assert not any(images_folder().glob("*")) and keep.listed() == []


def test_several_people_at_once_make_one_design_and_one_image(post: Post, actor: Actor) -> None:
    def use(_n: int) -> str:
        row = design.start(post.id, post.author_id, "quote", actor)
        media.attach(post.id, keep.finish(row.id, actor).id, actor)
        return row.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(use, range(4)))) == 1
    (entry,) = review.get(post.id).media
    assert [row.id for row in keep.listed()] == [entry["image"]]
    assert keep.path(entry["image"], entry["name"]).is_file()
    assert [folder.name for folder in images_folder().iterdir()] == [entry["image"]]


@pytest.mark.parametrize("form", ["quote", "hook", "carousel", "thread"])
def test_what_is_proposed_of_an_ordinary_post_can_be_used_as_it_is(post: Post, actor: Actor, form: str) -> None:
    card = design.restored(design.start(post.id, post.author_id, form, actor))  # type: ignore[arg-type]
    for family in list(cards.FAMILIES)[::3]:  # every family, with real texts: see test_cards
        assert cards.problems(replace(card, family=family), brand.kit(post.author_id)) == []
