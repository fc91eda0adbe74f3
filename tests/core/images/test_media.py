"""Finished pictures: kept whole, deleted whole; put on a post, in order, with alt texts; never in two kinds."""

from __future__ import annotations

import errno
import io
import os
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from core import review, store
from core.errors import Conflict, Denied, Invalid, NotFound, StorageError
from core.images import keep, media, thumbs, tidying
from core.images.model import images_folder
from core.people import WORKER
from core.store import Actor, images, new_id
from core.store.tables import Post
from core.store.tables_images import Image


def png(colour: str = "#204060", size: tuple[int, int] = (108, 135), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "The audit", "Nobody lied to me during the audit.", actor)


def picture(post: Post, actor: Actor, alt: str = "A plant at night", count: int = 1, **more: object) -> Image:
    row = Image(author_id=post.author_id, post_id=post.id, **{"kind": "picture", "provider": "fal", "ai": True, **more})
    made = keep.add_picture(row, {f"{n}.png": png(f"#2040{n:02d}") for n in range(1, count + 1)}, actor)
    for n in range(1, count + 1):
        made = keep.set_alt(made.id, f"{n}.png", alt, actor)
    return made


def pdf(post: Post, actor: Actor, design_id: str | None = None) -> Image:
    row = Image(author_id=post.author_id, post_id=post.id, design_id=design_id, kind="carousel", provider="card")
    made = keep.add_picture(row, {"deck.pdf": b"%PDF-1.7", "deck-1.png": png()}, actor)
    return keep.set_alt(made.id, "deck.pdf", "Slide 1 of 1: Nobody lied", actor)


def test_a_picture_is_kept_byte_for_byte_with_its_thumbnail(post: Post, actor: Actor) -> None:
    row = Image(author_id=post.author_id, kind="picture", ai=True)
    raw = png(size=(1080, 1350))
    made = keep.add_picture(row, {"one.png": raw}, actor, hidden={"original.png": b"as it came"})
    (entry,) = made.files
    assert (entry["width"], entry["height"], entry["type"]) == (1080, 1350, "image/png")
    assert keep.path(made.id, "one.png").read_bytes() == raw and entry["bytes"] == len(raw)
    assert keep.hidden(made.id, "original.png").read_bytes() == b"as it came"
    with Pillow.open(keep.path(made.id, thumbs.NAME)) as small:
        assert (small.format, small.size) == ("WEBP", (320, 400))
    thumbs.thumb(made).unlink()
    assert thumbs.thumb(made.id).is_file() and keep.whole(made)
    with store.reading() as tx:
        assert images.folders(tx) == {made.id}


def test_no_name_leads_out_of_the_folder(post: Post, actor: Actor) -> None:
    row = Image(author_id=post.author_id, kind="picture")
    made = keep.add_picture(row, {"1.png": png()}, actor, {"original.png": b"o"})
    for name in ("../x.png", "/etc/passwd", "..", "hidden/original.png", "", "x" * 300):
        with pytest.raises(NotFound):
            keep.path(made.id, name)
        with pytest.raises((NotFound, Invalid)):
            keep.hidden(made.id, name)
        with pytest.raises(Invalid):
            keep.add_picture(Image(author_id=post.author_id, kind="picture"), {name: png()}, actor)


def test_what_is_no_picture_is_not_kept(post: Post, actor: Actor) -> None:
    for raw in (b"", b"<svg/>", png()[:200].replace(b"IHDR", b"XXXX")):
        with pytest.raises((Invalid, StorageError)):
            keep.add_picture(Image(author_id=post.author_id, kind="picture"), {"1.png": raw}, actor)
    assert keep.listed() == [] and not any(images_folder().glob("*"))


def test_a_run_that_is_resumed_keeps_a_variant_once(post: Post) -> None:
    run = new_id()
    first = picture(post, WORKER, run_id=run, number=2)
    again = Image(author_id=post.author_id, kind="picture", run_id=run, number=2)
    assert keep.add_picture(again, {"1.png": png("#ffffff")}, WORKER).id == first.id
    keep.delete(first.id, WORKER)
    assert keep.add_picture(again, {"1.png": png("#ffffff")}, WORKER).deleted_at is not None
    assert keep.listed() == []


def test_they_are_listed_by_page_and_samples_only_when_asked_for(post: Post, actor: Actor) -> None:
    made = [picture(post, actor) for _ in range(3)]
    sample = picture(post, actor, kind="sample")
    assert [row.id for row in keep.listed(limit=2)] == [made[2].id, made[1].id]
    assert [row.id for row in keep.listed(before=made[1].id)] == [made[0].id]
    assert [row.id for row in keep.listed(kind="sample")] == [sample.id]
    assert (keep.count(), keep.count(kind="sample"), keep.count("nobody")) == (3, 1, 0)


def test_changed_files_have_new_names_and_keep_the_alt_text(post: Post, actor: Actor) -> None:
    made = picture(post, actor)
    old = keep.path(made.id, "1.png")
    before = thumbs.thumb(made).read_bytes()
    row = keep.change_picture(made.id, {"1.png": png("#ff0000")}, actor, settings={"crop": "4:5"})
    assert row.files[0]["name"] != "1.png" and row.files[0]["alt"] == "A plant at night" and not old.exists()
    assert keep.path(made.id, row.files[0]["name"]).read_bytes() == png("#ff0000")
    assert keep.get(made.id).settings == {"crop": "4:5"} and thumbs.thumb(made).read_bytes() != before
    media.attach(post.id, made.id, actor)
    there = sorted(file.name for file in (images_folder() / made.id).iterdir())
    with pytest.raises(Conflict, match="The audit"):
        keep.change_picture(made.id, {"1.png": png()}, actor)
    assert sorted(file.name for file in (images_folder() / made.id).iterdir()) == there


def test_a_change_that_cannot_be_written_leaves_all_as_it_was(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = picture(post, actor)
    monkeypatch.setattr(Path, "write_bytes", _full)
    with pytest.raises(StorageError, match="No space left"):
        keep.change_picture(made.id, {"1.png": png("#ff0000")}, actor)
    monkeypatch.undo()
    assert keep.path(made.id, keep.get(made.id).files[0]["name"]).read_bytes() == png("#204001")


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_deleting_takes_the_files_and_waits_until_no_post_carries_it(post: Post, actor: Actor) -> None:
    made = picture(post, actor)
    media.attach(post.id, made.id, actor)
    with pytest.raises(Conflict, match="“The audit”"):
        keep.delete(made.id, actor)
    assert keep.whole(keep.get(made.id))
    media.detach(post.id, made.id, actor)
    keep.delete(made.id, actor)
    assert not (images_folder() / made.id).exists() and keep.listed() == []
    with pytest.raises(NotFound):
        keep.path(made.id, "1.png")
    with pytest.raises(Denied):
        keep.delete(picture(post, actor).id, Actor(role="reader"))


def test_folders_of_nobody_go_and_young_ones_the_kit_and_those_of_another_store_stay(post: Post, actor: Actor) -> None:
    made, deleted = picture(post, actor), picture(post, actor)
    keep.delete(deleted.id, actor)
    ids = [deleted.id, f".{new_id()}", new_id(), new_id(), new_id(), "kit"]
    for name in ids:
        (images_folder() / name).mkdir()
    (images_folder() / ids[2] / keep.NEW).touch()  # killed between the files and their row
    (images_folder() / ids[3] / keep.NEW).touch()
    old = time.time() - 7200
    for name in (made.id, *ids):
        os.utime(images_folder() / name, (old, old))
    os.utime(images_folder() / ids[3])
    tidying.look()  # of ids[4] this store knows nothing: an older copy of it may have been put back
    assert {p.name for p in images_folder().iterdir()} == {made.id, ids[3], ids[4], "kit"}
    assert not (images_folder() / made.id / keep.NEW).exists()


def test_an_entry_says_all_that_a_channel_needs(post: Post, actor: Actor, data: Path) -> None:
    made = picture(post, actor)
    (entry,) = media.attach(post.id, made.id, actor).media
    assert entry == {
        "image": made.id, "name": "1.png", "path": f"images/{made.id}/1.png", "sha": made.files[0]["sha256"],
        "alt": "A plant at night", "type": "image/png", "width": 108, "height": 135,
        "bytes": made.files[0]["bytes"], "ai": True,
    }  # fmt: skip
    assert (data / entry["path"]).is_file()


def test_an_image_needs_an_alt_text(post: Post, actor: Actor) -> None:
    made = picture(post, actor, alt="")
    with pytest.raises(Invalid, match="alt text"):
        media.attach(post.id, made.id, actor)
    assert review.get(post.id).media == []
    (entry,) = media.attach(post.id, made.id, actor, alt=["Now it has one"]).media
    assert entry["alt"] == "Now it has one"
    with pytest.raises(Invalid, match="alt text"):
        media.describe(post.id, 0, " ", actor)
    assert media.describe(post.id, 0, "Better", actor).media[0]["alt"] == "Better"


def test_an_alt_text_that_cannot_be_kept_is_refused(post: Post, actor: Actor) -> None:
    made = picture(post, actor)
    for alt, said in ((["half \ud800"], "cannot be stored"), (["a\x00b"], "cannot be stored"),
                      (["a"] * 2, "2 alt texts for 1"), (["a" * 20_000], "at most")):  # fmt: skip
        with pytest.raises(Invalid, match=said):
            media.attach(post.id, made.id, actor, alt=alt)
    media.attach(post.id, made.id, actor)
    for alt in ("half \ud800", "a\x00b", "a" * 20_000):
        with pytest.raises(Invalid):
            media.describe(post.id, 0, alt, actor)
        with pytest.raises(Invalid):
            keep.set_alt(made.id, "1.png", alt, actor)
    assert review.get(post.id).media[0]["alt"] == "A plant at night"


def test_an_approval_falls_with_the_picture_and_it_is_said_before(post: Post, actor: Actor) -> None:
    made = picture(post, actor)
    review.submit(post.id, actor)
    assert not media.approval_falls(review.get(post.id))
    approved = review.approve(post.id, None, actor)
    assert media.approval_falls(approved)
    assert media.attach(post.id, made.id, actor).status == "In Review"
    approved = review.approve(post.id, None, actor)
    assert media.attach(post.id, made.id, actor).status == "Approved"  # it is there already: nothing changes
    assert media.detach(post.id, made.id, actor).status == "In Review"


def test_a_new_version_of_a_design_takes_the_place_of_the_old(post: Post, actor: Actor) -> None:
    design = new_id()
    one, other = picture(post, actor, design_id=design, count=2), picture(post, actor)
    for made in (one, other):
        media.attach(post.id, made.id, actor)
    two = picture(post, actor, design_id=design, count=3)
    after = media.attach(post.id, two.id, actor)
    assert [e["image"] for e in after.media] == [two.id] * 3 + [other.id]
    after = media.attach(post.id, one.id, actor, replace=True)
    assert [e["image"] for e in after.media] == [one.id] * 2


def test_a_document_stands_alone(post: Post, actor: Actor) -> None:
    deck, one = pdf(post, actor), picture(post, actor)
    (entry,) = media.attach(post.id, deck.id, actor).media
    assert (entry["type"], entry["pages"], entry["name"]) == ("application/pdf", 1, "deck.pdf")
    with pytest.raises(Invalid, match="stands alone"):
        media.attach(post.id, one.id, actor)
    assert [e["image"] for e in media.attach(post.id, one.id, actor, replace=True).media] == [one.id]
    with pytest.raises(Invalid, match="stands alone"):
        media.attach(post.id, deck.id, actor)


def test_pictures_are_put_in_order_and_taken_off_one_by_one(post: Post, actor: Actor) -> None:
    many = picture(post, actor, count=3)
    media.attach(post.id, many.id, actor)
    after = media.reorder(post.id, [2, 0, 1], actor)
    assert [e["name"] for e in after.media] == ["3.png", "1.png", "2.png"]
    assert [e["name"] for e in media.detach(post.id, many.id, actor, "1.png").media] == ["3.png", "2.png"]
    for order in ([0], [0, 0], [0, 1, 2]):
        with pytest.raises(Invalid, match="order"):
            media.reorder(post.id, order, actor)


def test_somebody_s_typing_meanwhile_is_no_obstacle(post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    made, edit = picture(post, actor), review.edit
    monkeypatch.setattr(review, "edit", lambda *a, **k: (edit(post.id, actor, text=f"Typed {time.time()}") if "media" in k
                                                         and monkeypatch.undo() is None else None, edit(*a, **k))[1])  # fmt: skip
    after = media.attach(post.id, made.id, actor)
    assert after.text.startswith("Typed") and len(after.media) == 1


def test_what_somebody_wrote_into_a_post_is_never_taken_for_an_image(post: Post, actor: Actor, data: Path) -> None:
    (data / "api-token").write_text("secret", encoding="utf8")
    for path in ("api-token", "images/../api-token", str(data / "api-token"), 5, None):
        entry = {"name": "x.png", "path": path, "alt": "x", "type": "image/png", "width": "wide", "bytes": "many"}
        carried = review.edit(post.id, actor, media=[entry, "x", 5])
        assert [one.message for one in media.check(carried)] == ["The file of x.png is gone."]


def test_an_image_that_is_deleted_while_it_is_attached_does_not_stay_on_the_post(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = picture(post, actor), picture(post, actor)
    carried = media.attach(post.id, first.id, actor).media
    real = review.edit

    def slow(*args: Any, **given: Any) -> Post:
        if images_folder().joinpath(second.id).exists():
            keep.delete(second.id, actor)  # by somebody else, between the look and the change
        return real(*args, **given)

    monkeypatch.setattr(review, "edit", slow)
    with pytest.raises(Conflict, match="not attached"):
        media.attach(post.id, second.id, actor, replace=True)
    assert review.get(post.id).media == carried


def test_what_channels_refuse_and_what_is_gone_is_said(post: Post, actor: Actor) -> None:
    made = picture(post, actor)
    after = media.attach(post.id, made.id, actor)
    assert media.check(after) == []
    keep.path(made.id, "1.png").unlink()
    (found,) = media.check(after)
    assert found.channel == "timbre" and "gone" in found.message
    after.media = [{**after.media[0], "type": "image/webp"}]
    assert {f.channel for f in media.check(after)} == {"linkedin", "timbre"}


def test_a_sample_of_a_contact_sheet_goes_on_no_post(post: Post, actor: Actor) -> None:
    with pytest.raises(Invalid, match="sample"):
        media.attach(post.id, picture(post, actor, kind="sample").id, actor)
