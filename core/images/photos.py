"""Photo sets: photos of one person, made safe and upright, looked at, captioned, chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import store
from core.errors import Conflict, Invalid, TimbreError
from core.images import assets, captions, photo_checks, photo_files
from core.images.consent import agreed, demand, may
from core.images.photo_checks import Check, Measures
from core.people import WORKER
from core.store import Actor, authors, new_id
from core.store import photos as rows
from core.store.tables_images import Photo, PhotoSet
from core.store.tables_training import Adapter, TrainingRun

KEPT = 40
"""Photos of a set at most, used or not."""


@dataclass(frozen=True)
class Added:
    """A photo that lies in the set now, and what was found of it."""

    photo: Photo
    checks: list[Check]


@dataclass(frozen=True)
class Refused:
    """A file that was not taken: why, and what to do."""

    name: str
    said: str
    do: str


# ---- sets ----------------------------------------------------------------------------------------------------


def create(author_id: str, person: str, actor: Actor, subject: str = "person", title: str = "") -> PhotoSet:
    """A set for photos of one person, still empty; the made-up word that stands for them is found for it.

    Raises Denied, Invalid, NotFound.
    """
    may(actor)
    who = _name(person)
    with store.writing(actor) as tx:
        authors.get(tx, author_id)
        id_ = new_id()
        word = captions.trigger(id_, rows.triggers(tx))
        return rows.add(
            tx,
            PhotoSet(
                id=id_, author_id=author_id, person=who, title=" ".join(title.split())[:200] or who,
                subject=_subject(subject), trigger=word,
            ),
        )  # fmt: skip


def describe(set_id: str, actor: Actor, person: str | None = None, subject: str | None = None) -> PhotoSet:
    """Change whom the photos show, or the ordinary word; captions that nobody wrote are made anew.

    Raises Denied, Invalid, NotFound.
    """
    may(actor)
    with store.writing(actor) as tx:
        row = rows.locked(tx, set_id)
        row.person = _name(person) if person is not None else row.person
        row.subject = _subject(subject) if subject is not None else row.subject
        for photo in rows.photos(tx, set_id):
            if not photo.captioned:
                photo.caption = captions.proposed(Measures.restored(photo.checks), row)
        return row


def _name(person: str) -> str:
    who = " ".join(person.split())
    if not who or len(who) > 200 or not who.isprintable():
        raise Invalid("It is not said whom the photos show.", "Write the name of the person.")
    return who


def _subject(word: str) -> str:
    if word not in captions.SUBJECTS:
        raise Invalid(f"{word!r} cannot be used.", f"Choose one of {', '.join(captions.SUBJECTS)}.")
    return word


def get(set_id: str) -> PhotoSet:
    """One set, a deleted one too. Raises NotFound."""
    with store.reading() as tx:
        return rows.get(tx, set_id)


def listed(author_id: str = "") -> list[PhotoSet]:
    """The sets of an author (of everybody), the newest first; deleted ones while a service still has a copy."""
    with store.reading() as tx:
        return rows.listed(tx, author_id)


def photos(set_id: str) -> list[Photo]:
    """All photos of a set in their order."""
    with store.reading() as tx:
        return rows.photos(tx, set_id)


def used(set_id: str) -> list[Photo]:
    """The photos of a set that are learnt from, in their order. Files: `photo_files.path(photo)`."""
    with store.reading() as tx:
        return rows.photos(tx, set_id, used=True)


# ---- adding --------------------------------------------------------------------------------------------------


def add(set_id: str, files: Iterable[tuple[str, bytes]], actor: Actor) -> list[Added | Refused]:
    """Take photos into a set, one after the other: what is wrong with one says nothing of the others.

    Each is decoded and written anew, upright and without what the camera wrote (place, time, device). One that fails a
    grave check is kept but not used until somebody says so. Raises Denied (role, consent), NotFound.
    """
    may(actor)
    demand(set_id)
    out: list[Added | Refused] = []
    for name, data in files:
        try:
            out.append(_one(set_id, name, data, actor))
        except (Invalid, Conflict) as error:
            out.append(Refused(name, error.message, error.hint))
    return out


def _one(set_id: str, name: str, data: bytes, actor: Actor) -> Added:
    called = assets.plain_name(name)
    image = photo_files.ready(assets.opened(data, called, photo_files.LONGEST)[0])
    stored = photo_files.put(set_id, image)
    measures = photo_checks.measure(image)
    try:
        with store.writing(actor) as tx:
            row = agreed(rows.locked(tx, set_id))
            others = rows.photos(tx, set_id)
            _room(others, stored.sha256, called)
            checks = photo_checks.judge(measures, [Measures.restored(other.checks) for other in others])
            free = sum(other.used for other in others) < photo_checks.MOST
            photo = rows.add_photo(
                tx,
                Photo(
                    set_id=set_id, name=called, file=stored.file, sha256=stored.sha256, width=stored.width,
                    height=stored.height, looks=measures.looks, checks=measures.record(),
                    caption=captions.proposed(measures, row), used=free and photo_checks.fit(checks),
                ),
            )  # fmt: skip
    except TimbreError:
        if stored.file not in {photo.file for photo in photos(set_id)}:
            (photo_files.folder(set_id) / stored.file).unlink(missing_ok=True)
        raise
    return Added(photo, checks)


def _room(others: Sequence[Photo], sha256: str, name: str) -> None:
    if any(other.sha256 == sha256 for other in others):
        raise Conflict(f"{name} is in this set already.", "Choose another photo.")
    if len(others) >= KEPT:
        raise Invalid(f"{name} was not added: a set holds at most {KEPT} photos.", "Take some out first.")


# ---- one photo -----------------------------------------------------------------------------------------------


def checks(found: Sequence[Photo]) -> dict[str, list[Check]]:
    """What is to be said of each of these photos of one set, by id; each is compared with those before it."""
    out: dict[str, list[Check]] = {}
    before: list[Measures] = []
    for photo in found:
        measures = Measures.restored(photo.checks)
        out[photo.id] = photo_checks.judge(measures, before)
        before.append(measures)
    return out


def variety(found: Sequence[Photo]) -> list[Check]:
    """What is to be said of those of these photos that are used, together."""
    return photo_checks.variety([Measures.restored(photo.checks) for photo in found if photo.used])


def use(photo_id: str, wanted: bool, actor: Actor) -> Photo:
    """Learn from a photo, or leave it out. Raises Denied, Invalid (too many), NotFound."""
    may(actor)
    with store.writing(actor) as tx:
        row = rows.photo(tx, photo_id)
        rows.locked(tx, row.set_id)
        if wanted and not row.used and len(rows.photos(tx, row.set_id, used=True)) >= photo_checks.MOST:
            raise Invalid(f"{photo_checks.MOST} photos are used already, which is the most.", "Leave one out first.")
        row.used = wanted
        return row


def caption(photo_id: str, text: str, actor: Actor) -> Photo:
    """Write what stands beside a photo; an empty text brings the proposed one back.

    Raises Denied, Invalid (no made-up word in it), NotFound.
    """
    may(actor)
    with store.writing(actor) as tx:
        row = rows.photo(tx, photo_id)
        of = rows.locked(tx, row.set_id)
        proposed = captions.proposed(Measures.restored(row.checks), of)
        said = captions.checked(text, of) if text.strip() else proposed
        row.caption, row.captioned = said, said != proposed
        return row


def remove(photo_id: str, actor: Actor) -> None:
    """Take a photo out of its set; its file is gone. Raises Denied, NotFound."""
    may(actor)
    with store.writing(actor) as tx:
        rows.locked(tx, rows.photo(tx, photo_id).set_id)
        row = rows.remove_photo(tx, photo_id)
    photo_files.remove(row)


# ---- what came of them ---------------------------------------------------------------------------------------


def runs(set_id: str) -> list[TrainingRun]:
    """The trainings that were begun from a set, the newest first."""
    with store.reading() as tx:
        return rows.runs(tx, set_id)


def likenesses(set_id: str) -> list[Adapter]:
    """What was learnt from a set and is not deleted, the newest first."""
    with store.reading() as tx:
        return rows.adapters(tx, set_id)


# ---- copies with a service -----------------------------------------------------------------------------------


def note_remote(set_id: str, copy: Mapping[str, Any]) -> None:
    """Keep that a service has a copy, {service, what, kind, at, expires, hidden, gone}, or what has become of it.

    A copy is known by its service and `what`: said again, the newer word counts. Raises NotFound.
    """
    with store.writing(WORKER) as tx:
        row = rows.get(tx, set_id)
        others = [one for one in row.remote or [] if _key(one) != _key(copy)]
        row.remote = [*others, dict(copy)]


def elsewhere(row: PhotoSet) -> list[str]:
    """What is to be said of copies that a service still has though it was asked to delete them; empty: nothing."""
    left = rows.remaining(row)
    if row.deleted_at is None:
        left = [copy for copy in left if copy.get("said")]
    return list(dict.fromkeys(str(copy.get("said") or "A service still has a copy.") for copy in left))


def _key(copy: Mapping[str, Any]) -> tuple[str, str]:
    return str(copy.get("service") or ""), str(copy.get("what") or "")
