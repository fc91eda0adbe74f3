"""Photos come in safe: upright, without what the camera wrote, for their owner's eyes only, and with consent alone."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from core import authors, store
from core.errors import Denied, Invalid, NotFound
from core.images import captions, consent, faces, photo_files, photos
from core.images.photos import Added, Refused
from core.store import Actor
from core.store import photos as rows
from core.store.base import now
from core.store.tables import Change
from core.store.tables_images import Photo, PhotoSet
from tests.core.images import photo_sets, portraits


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return authors.add("Ada", actor).id


@pytest.fixture
def of(ada: str, actor: Actor) -> PhotoSet:
    return photo_sets.agreed(ada, actor)


def taken(of: PhotoSet, actor: Actor, *pictures: Image.Image) -> list[Photo]:
    answers = photos.add(of.id, [(f"{n}.jpg", portraits.jpeg(one)) for n, one in enumerate(pictures)], actor)
    assert all(isinstance(answer, Added) for answer in answers), answers
    return [answer.photo for answer in answers if isinstance(answer, Added)]


# ---- what comes in -------------------------------------------------------------------------------------------


def test_what_the_camera_wrote_is_gone_and_the_photo_stands_upright(of: PhotoSet, actor: Actor) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right by a quarter to see it upright
    exif[0x010F] = "CAMERA-MAKER"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # where it was taken
    turned = portraits.whole(800).crop((0, 0, 600, 800)).transpose(Image.Transpose.ROTATE_90)
    (photo,) = photos.add(of.id, [("C:\\pictures\\me.jpg", portraits.jpeg(turned, exif))], actor)
    assert isinstance(photo, Added)
    raw = photo_files.path(photo.photo).read_bytes()
    assert b"CAMERA-MAKER" not in raw
    assert b"HOME-ADDRESS" not in raw
    assert b"Exif" not in raw
    with Image.open(io.BytesIO(raw)) as kept:
        assert (kept.width, kept.height) == (photo.photo.width, photo.photo.height) == (600, 800)
        assert not kept.getexif()
    assert photo.photo.name == "me.jpg"
    if faces.available():
        assert photo.photo.used  # a face is seen: it stands upright


def test_photos_can_be_read_by_their_owner_alone(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.whole(600))
    photo_files.thumb(photo)
    folder = photo_files.folder(of.id)
    assert "images" not in folder.parts
    for path, wanted in [(folder.parent, 0o700), (folder, 0o700), *((file, 0o600) for file in folder.iterdir())]:
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_large_photo_is_made_smaller_and_its_thumbnail_is_small(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.whole(512).resize((3000, 2000)))
    assert max(photo.width, photo.height) == photo_files.LONGEST
    assert max(Image.open(io.BytesIO(photo_files.thumb(photo))).size) == photo_files.THUMB


def test_what_cannot_be_used_is_refused_by_name_and_the_others_are_taken(of: PhotoSet, actor: Actor) -> None:
    good = portraits.jpeg(portraits.nobody())
    files = [("a.svg", b"<svg/>"), ("b.jpg", good[:300]), ("c.jpg", good), ("d.jpg", good), ("e.jpg", b"")]
    answers = photos.add(of.id, files, actor)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [answer.name for answer in refused] == ["a.svg", "b.jpg", "d.jpg", "e.jpg"]
    assert all(answer.name in answer.said and answer.do for answer in refused)
    assert "already" in refused[2].said
    assert len(photos.photos(of.id)) == 1
    assert len(list(photo_files.folder(of.id).iterdir())) == 1  # the file of the one that is there is left alone


@pytest.mark.skipif(not faces.available(), reason="faces cannot be looked for on this machine")
def test_a_photo_that_fails_a_grave_check_waits_for_a_person(of: PhotoSet, actor: Actor) -> None:
    good, thing = taken(of, actor, portraits.whole(700), portraits.nobody())
    assert (good.used, thing.used) == (True, False)
    photos.use(thing.id, True, actor)
    assert [photo.id for photo in photos.used(of.id)] == [good.id, thing.id]
    said = photos.checks(photos.photos(of.id))
    assert {check.name for check in said[thing.id] if not check.ok} == {"face"}


def test_more_than_twenty_are_kept_but_not_used(of: PhotoSet, actor: Actor) -> None:
    for n in range(20):
        photo_sets.put(of.id, f"rgb({n * 10}, 0, 0)")
    more = photo_sets.put(of.id, "blue")
    photos.use(more.id, False, actor)
    with pytest.raises(Invalid, match="20 photos are used"):
        photos.use(more.id, True, actor)
    (added,) = photos.add(of.id, [("x.jpg", portraits.jpeg(portraits.whole(700)))], actor)
    assert isinstance(added, Added)
    assert not added.photo.used


def test_nothing_is_taken_without_consent_or_from_a_reader(ada: str, actor: Actor, of: PhotoSet) -> None:
    unasked = photos.create(ada, "Ada", actor)
    file = [("x.jpg", portraits.jpeg(portraits.nobody()))]
    with pytest.raises(Denied, match="has not agreed"):
        photos.add(unasked.id, file, actor)
    with pytest.raises(Denied, match="role is reader"):
        photos.add(of.id, file, Actor(role="reader"))
    consent.withdraw(of.id, actor)
    with pytest.raises(Denied, match="took the consent back"):
        photos.add(of.id, file, actor)
    assert not photo_files.folder(of.id).exists()


def test_nothing_more_is_taken_once_consent_is_withdrawn(of: PhotoSet, actor: Actor) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "1.jpg", portraits.jpeg(Image.effect_noise((600, 700), 40))
        consent.withdraw(of.id, actor)  # while the others are on their way
        yield "2.jpg", portraits.jpeg(Image.effect_noise((600, 700), 60))

    with pytest.raises(Denied):
        photos.add(of.id, files(), actor)
    (kept,) = photos.photos(of.id)
    assert [path.name for path in photo_files.folder(of.id).iterdir()] == [kept.file]


def test_a_line_of_pixels_is_measured_without_holes(of: PhotoSet, actor: Actor) -> None:
    for size in ((1, 4000), (4000, 1), (1, 1)):
        (added,) = photos.add(
            of.id, [("line.png", portraits.jpeg(Image.new("RGB", size, (9, size[0] % 99, 9))))], actor
        )
        assert isinstance(added, Added)
        json.dumps(added.photo.checks, allow_nan=False)  # PostgreSQL takes no other JSON


def test_a_photo_that_is_taken_out_is_gone(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.nobody())
    photo_files.thumb(photo)
    photos.remove(photo.id, actor)
    assert list(photo_files.folder(of.id).iterdir()) == []
    with pytest.raises(NotFound):
        photos.use(photo.id, True, actor)


def test_paths_stay_inside(of: PhotoSet) -> None:
    for file in ("../../timbre.db", "/etc/passwd", "a" * 64 + ".png", ""):
        with pytest.raises(NotFound):
            photo_files.path(Photo(set_id=of.id, file=file))
    with pytest.raises(NotFound):
        photo_files.folder("../images")


def test_what_tells_of_a_photo_goes_with_it_and_stays_in_no_change_log(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.nobody())
    written = photos.caption(photo.id, f"photo of {of.trigger} in a hospital", actor).caption
    photos.remove(photo.id, actor)
    with store.reading() as tx:
        said = [row.new for row in tx.session.query(Change).filter(Change.entity == "photo")]
    assert said
    assert not {photo.looks, photo.sha256, photo.file, photo.name, written} & set(map(str, said))


# ---- captions ------------------------------------------------------------------------------------------------


def test_a_caption_names_the_person_by_their_word_and_what_is_not_the_person(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.before((40, 90, 200), 0.95))
    assert photo.caption.startswith(f"photo of {of.trigger} woman")
    if faces.available():
        assert photo.caption.endswith("close-up, blue background")


def test_a_caption_can_be_written_and_taken_back(of: PhotoSet, actor: Actor) -> None:
    (photo,) = taken(of, actor, portraits.nobody())
    written = photos.caption(photo.id, f"  photo of {of.trigger.upper()},\n laughing ", actor)
    assert (written.caption, written.captioned) == (f"photo of {of.trigger.upper()}, laughing", True)
    with pytest.raises(Invalid, match=of.trigger):
        photos.caption(photo.id, "a woman laughing", actor)
    photos.describe(of.id, actor, subject="person")
    assert photos.photos(of.id)[0].caption == written.caption  # what a person wrote stays
    back = photos.caption(photo.id, "", actor)
    assert (back.caption, back.captioned) == (photo.caption.replace("woman", "person"), False)


def test_everybody_gets_a_word_of_their_own() -> None:
    words = {captions.trigger(f"set {n}") for n in range(300)}
    assert len(words) > 295
    assert captions.trigger("a") == captions.trigger("a")
    assert captions.trigger("a", {captions.trigger("a")}) != captions.trigger("a")
    assert all(word.isalpha() and len(word) == 6 for word in words)


# ---- consent -------------------------------------------------------------------------------------------------


def test_consent_is_recorded_with_who_what_and_until_when(ada: str, actor: Actor) -> None:
    row = photos.create(ada, "Ada", actor)
    assert consent.state(row).kind == "none"
    for by, words, days in (("", photo_sets.WORDS, 365), ("Ada", "yes", 365), ("Ada", photo_sets.WORDS, 0)):
        with pytest.raises(Invalid):
            consent.give(row.id, by, words, actor, days)
    row = consent.give(row.id, "Grace", photo_sets.WORDS, actor, days=365)
    assert (row.consent_by, row.consent_text) == ("Grace", photo_sets.WORDS)
    assert row.expires_at is not None
    assert timedelta(days=364) < row.expires_at - now() <= timedelta(days=365)
    assert consent.state(row).kind == "given"
    assert "recorded by Grace" in consent.state(row).said
    consent.demand(row.id)


@pytest.mark.parametrize(("days", "kind"), [(20, "soon"), (-1, "expired")])
def test_consent_ends_by_itself_and_says_so_before(of: PhotoSet, days: int, kind: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        row = rows.locked(tx, of.id)
        row.expires_at = now() + timedelta(days=days)
    assert consent.state(row).kind == kind
    assert consent.state(row).stands == (kind == "soon")
    if kind == "expired":
        assert "Everything is deleted on" in consent.state(row).said
        with pytest.raises(Denied):
            consent.demand(of.id)
        consent.give(of.id, "Ada", photo_sets.WORDS, actor)
        consent.demand(of.id)


def test_why_nothing_can_be_learnt_is_said(of: PhotoSet, actor: Actor) -> None:
    assert "0 of at least 3 photos" in consent.why_not_trained(of.id)
    for colour in ("red", "green", "blue"):
        photo_sets.put(of.id, colour)
    assert consent.why_not_trained(of.id) == ""
    consent.withdraw(of.id, actor)
    assert "took the consent back" in consent.why_not_trained(of.id)
