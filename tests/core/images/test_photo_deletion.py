"""Deletion really deletes, by a person's wish and when consent has ended; what is elsewhere stays listed until it is gone."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from core import authors, jobs, review, store
from core.errors import Denied, Invalid, NotFound, Unavailable
from core.images import acceptance, consent, fal_files, fal_trainer, keep, media, photo_deletion, photo_files, photos
from core.people import WORKER
from core.store import Actor, intents, pictures
from core.store import photos as rows
from core.store.base import now
from core.store.tables_images import Image, PhotoSet, PictureRun
from core.train import registry
from core.train.model import adapters_folder, run_folder
from core.train.scope import Scope
from tests.core.images import fake_fal, photo_sets

COPY = {
    "service": "fal",
    "what": "https://files.example/secret.zip",
    "kind": "photos",
    "at": "2026-01-01T00:00:00+00:00",
}


@pytest.fixture
def of(data: Path, actor: Actor) -> PhotoSet:
    row = photo_sets.agreed(authors.add("Ada", actor).id, actor)
    for colour in ("red", "green", "blue"):
        photo_sets.put(row.id, colour)
    return row


def expire(set_id: str, days: float, actor: Actor) -> None:
    with store.writing(actor) as tx:
        rows.get(tx, set_id).expires_at = now() - timedelta(days=days)


def there(set_id: str) -> dict[str, bool]:
    with store.reading() as tx:
        runs = rows.runs(tx, set_id)
        return {
            "photos": bool(rows.photos(tx, set_id)) or photo_files.folder(set_id).exists(),
            "copies": any((run_folder(run.id) / "photos").exists() for run in runs),
            "adapters": any((adapters_folder() / run.id).exists() for run in runs),
            "sheet": any(rows.samples(tx, run.id) for run in runs),
        }


# ---- by a person's wish --------------------------------------------------------------------------------------


def test_everything_goes_photos_copies_likenesses_and_sheets(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of)
    assert there(of.id) == {"photos": True, "copies": True, "adapters": True, "sheet": True}
    files = [keep.path(image.id, "1.png") for image in _sheet(adapter.run_id or "")]
    done = photo_deletion.delete(of.id, actor)
    assert (done.photos, done.adapters, done.remaining) == (3, 1, [])
    assert not any(there(of.id).values())
    assert not any(file.exists() for file in files)
    assert registry.adapter(adapter.id).deleted_at is not None
    assert photos.listed(of.author_id) == []
    with pytest.raises(NotFound):
        photo_deletion.delete(of.id, actor)


def test_pictures_that_show_the_person_go_but_for_those_of_a_post(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of)
    post = review.create(of.author_id, "On trust", "We met.", actor)
    worn = {"adapter": adapter.id}
    loose, carried, other = (
        keep.add_picture(Image(author_id=of.author_id, kind="picture", number=n, settings=made), {"1.png": png}, actor)
        for n, (made, png) in enumerate([(worn, _png("red")), (worn, _png("blue")), ({"adapter": ""}, _png("green"))])
    )
    media.attach(post.id, carried.id, actor, alt=["Ada at a table"])
    photo_deletion.delete(of.id, actor)
    with pytest.raises(NotFound):
        keep.get(loose.id)
    assert [keep.get(image.id).deleted_at for image in (carried, other)] == [None, None]


def _png(colour: str) -> bytes:
    out = io.BytesIO()
    Picture.new("RGB", (1080, 1350), colour).save(out, "PNG")
    return out.getvalue()


def _sheet(run_id: str) -> list[Any]:
    with store.reading() as tx:
        return rows.samples(tx, run_id)


def test_what_was_learnt_may_stay_until_its_consent_ends(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of)
    photo_deletion.delete(of.id, actor, learnt=False)
    assert there(of.id) == {"photos": False, "copies": False, "adapters": True, "sheet": True}
    photo_deletion.look()
    assert registry.adapter(adapter.id).deleted_at is None
    expire(of.id, 0.1, actor)
    photo_deletion.look()
    assert not any(there(of.id).values())


def test_a_training_that_runs_is_stopped_and_its_copy_goes_when_it_has(of: PhotoSet, actor: Actor) -> None:
    run = photo_sets.run(of, status="running")
    done = photo_deletion.delete(of.id, actor)
    assert jobs.get(run.id).cancel_requested
    assert "still stopping" in done.remaining[0]
    with store.writing(actor) as tx:
        next(row for row in rows.runs(tx, of.id) if row.id == run.id).status = "cancelled"
    photo_deletion.look()
    assert not run_folder(run.id).exists()


def test_only_who_may_edit_deletes(of: PhotoSet) -> None:
    with pytest.raises(Denied):
        photo_deletion.delete(of.id, Actor(role="reader"))
    assert there(of.id)["photos"]


def test_a_deletion_that_was_cut_short_is_finished_by_the_worker(
    of: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_sets.likeness(of)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            photo_deletion.delete(of.id, actor)
    assert photo_files.folder(of.id).exists()
    photo_deletion.look()
    assert not any(there(of.id).values())


def test_what_was_made_of_a_set_is_found_on_either_database(any_database: str, actor: Actor) -> None:
    mine, other = (photo_sets.agreed(authors.add(name, actor).id, actor) for name in ("Ada", "Bo"))
    adapter, run = photo_sets.likeness(mine, pictures=3), photo_sets.run(other)
    for image in _sheet(adapter.run_id or ""):
        acceptance.rate(image.id, 3, actor)
    assert registry.adapter(adapter.id).passed is True
    with store.reading() as tx:
        assert [row.id for row in rows.runs(tx, mine.id)] == [adapter.run_id]
        assert [row.id for row in rows.runs(tx, other.id)] == [run.id]
        assert [row.id for row in rows.adapters(tx, mine.id)] == [adapter.id]
    expire(mine.id, consent.GRACE.days + 1, actor)
    photo_deletion.look()
    assert not any(there(mine.id).values())
    assert there(other.id)["copies"]


def _asked(author_id: str, adapter: str) -> str:
    """A picture that somebody asked for."""
    with store.writing(WORKER) as tx:
        return pictures.add(tx, PictureRun(author_id=author_id, provider="fal", settings={"adapter": adapter, "n": 1}))


# ---- when consent ends ---------------------------------------------------------------------------------------


def test_what_was_learnt_is_out_of_use_at_once_when_consent_is_taken_back(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of)
    run = photo_sets.run(of, status="running")
    scope = Scope(author_id=of.author_id)
    with store.writing(actor) as tx:
        row = next(one for one in rows.adapters(tx, of.id))
        row.passed = True
    registry.promote(adapter.id, scope, actor)
    assert registry.live("image", scope) is not None
    worn, bare = (_asked(of.author_id, said) for said in (adapter.id, ""))
    consent.withdraw(of.id, actor)
    assert registry.live("image", scope) is None
    assert jobs.get(run.id).cancel_requested
    assert jobs.get(worn).status == "cancelled" and jobs.get(bare).status == "queued", "pictures of the person stop too"
    with pytest.raises(Invalid, match="no longer agreed"):
        registry.promote(adapter.id, scope, actor)
    with pytest.raises(Invalid, match="nothing to roll back"):
        registry.roll_back("image", scope, actor)
    photo_deletion.look()
    assert there(of.id)["photos"]  # for some days it may have been a mistake
    consent.give(of.id, "Ada", photo_sets.WORDS, actor)
    registry.promote(adapter.id, scope, actor)


@pytest.mark.parametrize(("days", "kept"), [(consent.GRACE.days - 1, True), (consent.GRACE.days + 1, False)])
def test_what_has_expired_is_deleted_after_the_days_of_grace(of: PhotoSet, actor: Actor, days: int, kept: bool) -> None:
    photo_sets.likeness(of)
    expire(of.id, days, actor)
    photo_deletion.look()
    assert there(of.id) == dict.fromkeys(("photos", "copies", "adapters", "sheet"), kept)
    assert bool(photos.listed(of.author_id)) == kept


def test_files_that_nobody_knows_go_and_those_of_others_stay(of: PhotoSet, actor: Actor) -> None:
    folder = photo_files.folder(of.id)
    stray, young = folder / f"{'a' * 64}.jpg", folder / f"{'b' * 64}.jpg"
    for path in (stray, young):
        path.write_bytes(b"half a photo")
    _old(stray)
    foreign = photo_files.folder("0" * 26)  # of another database: never ours to delete
    foreign.mkdir()
    photo_deletion.look()
    assert not stray.exists()
    assert young.exists()
    assert foreign.exists()
    assert len(photos.used(of.id)) == len([p for p in folder.iterdir() if p != young]) == 3
    with store.writing(actor) as tx:
        tx.session.delete(rows.get(tx, of.id))  # as with its author
    photo_deletion.look()
    assert not folder.exists()


def _old(path: Path) -> None:
    os.utime(path, (1, 1))


# ---- with a service ------------------------------------------------------------------------------------------


def test_a_copy_with_a_service_stays_listed_until_it_is_gone(
    of: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos.note_remote(of.id, COPY)
    photos.note_remote(of.id, {**COPY, "hidden": "2026-01-02T00:00:00+00:00"})  # the same copy, a newer word
    asked: list[str] = []

    def refuses(copy: dict[str, Any]) -> None:
        asked.append(str(copy["what"]))
        raise Unavailable("fal still keeps the file with the photos.", "It goes tomorrow.")

    monkeypatch.setattr(fal_trainer, "purge", refuses)
    done = photo_deletion.delete(of.id, actor)
    assert asked == [COPY["what"]]
    assert done.remaining == ["fal still keeps the file with the photos. It goes tomorrow."]
    (row,) = photos.listed(of.author_id)
    assert row.deleted_at is not None
    photo_deletion.look()
    assert len(asked) == 1  # asked again after an hour, not every few minutes
    monkeypatch.setattr(photo_deletion, "AGAIN", timedelta(0))
    monkeypatch.setattr(fal_trainer, "purge", lambda copy: asked.append("gone"))
    photo_deletion.look()
    assert asked[1:] == ["gone"]
    assert photos.listed(of.author_id) == []
    photo_deletion.look()
    assert len(asked) == 2


def test_copies_are_not_touched_while_a_training_needs_them(
    of: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(fal_trainer, "purge", asked.append)
    photos.note_remote(of.id, COPY)
    run = photo_sets.run(of, status="running")
    photo_deletion.look()
    assert asked == []
    worn = {"adapter": photo_sets.likeness(of).id, "n": 1}
    with store.writing(actor) as tx:
        next(row for row in rows.runs(tx, of.id) if row.id == run.id).status = "failed"
        row = PictureRun(author_id=of.author_id, provider="fal", prompt="A portrait.", settings=worn, estimate={})
        row.remote = {"likeness": {"what": COPY["what"], "expires": (now() + timedelta(hours=1)).isoformat()}}
        pictures.add(tx, row)
    photo_deletion.look()
    with store.writing(actor) as tx:
        intents.finish(tx, row.id, "failed", "fal does not answer.")
    photo_deletion.look()
    assert asked == [], "a picture is made with it, and can be taken up again"
    with store.writing(actor) as tx:
        pictures.remember(tx, row.id, {"likeness": None})
    photo_deletion.look()
    assert len(asked) == 1


def test_a_copy_that_nobody_here_can_delete_is_said(of: PhotoSet, actor: Actor) -> None:
    photos.note_remote(of.id, {"service": "elsewhere", "what": "x"})
    assert "elsewhere has a copy" in photo_deletion.delete(of.id, actor).remaining[0]


def test_fal_is_really_asked(of: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a real socket: the file is shut off at once, listed while fal keeps it, and gone when its day has come."""
    with fake_fal.serving(monkeypatch) as fake:
        sent = data_file(of)
        told: list[fal_files.Copy] = []
        copy = fal_files.send(sent, "application/zip", "photos", 60, lambda: False, told.append)
        photos.note_remote(of.id, asdict(copy))
        done = photo_deletion.delete(of.id, actor)
        assert all(file.hidden for file in fake.files.values())
        assert "fal still keeps it" in done.remaining[0]
        assert copy.what not in " ".join(done.remaining)
        assert photos.listed(of.author_id)
        photos.note_remote(of.id, {**asdict(copy), "expires": "2026-01-01T00:00:00+00:00"})
        photo_deletion.look()
        assert photos.listed(of.author_id) == []


def data_file(of: PhotoSet) -> Path:
    path = photo_files.folder(of.id).parent / "photos.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    return path
