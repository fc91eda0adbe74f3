"""Whether a likeness is one: the person rates its contact sheet, and three plain rules decide, as an exam would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core import store
from core.errors import Invalid, NotFound
from core.images import keep, photo_checks
from core.images.consent import may
from core.store import Actor, adapters, photos
from core.store import images as image_rows
from core.store.base import now
from core.store.tables_images import Image
from core.store.tables_training import Adapter

RATINGS: Final = {1: "Not me", 2: "Nearly", 3: "Me"}
LEAST: Final = 6
"""Pictures that have to be rated before anything is said."""
MOST_WRONG: Final = 4
"""At most one in so many may be "not me"."""
Rule = dict[str, Any]
"""{name: the question, passed: bool or None (not decided yet), said: what was found}"""


def sheet(run_id: str) -> list[Image]:
    """The contact sheet of a training, in its order: pictures with the likeness, and the same without it."""
    with store.reading() as tx:
        return photos.samples(tx, run_id)


def with_it(image: Image) -> bool:
    """Whether a picture of a sheet was made with the likeness; the others show what the model makes without it."""
    return bool((image.settings or {}).get("with", True))


def rate(image_id: str, rating: int | None, actor: Actor) -> Adapter | None:
    """Say of one picture how much it is the person (see `RATINGS`; None takes it back); the adapter's exam follows.

    Raises Denied, Invalid, NotFound.
    """
    may(actor)
    if rating is not None and rating not in RATINGS:
        raise Invalid(f"{rating} is no rating. Nothing was changed.", "Give 1 (not me), 2 (nearly) or 3 (me).")
    with store.writing(actor) as tx:
        row = image_rows.locked_image(tx, image_id)
        if row.kind != "sample" or not row.run_id:
            raise Invalid("Only pictures of a contact sheet are rated.", "Open the training that made it.")
        adapter = photos.examined(tx, row.run_id)
        row.rating = rating
        tx.session.flush()
        if adapter is not None:
            _decide(tx, adapter, actor)
        return adapter


def decide(adapter_id: str, actor: Actor) -> Adapter:
    """Bring a likeness's exam up to its ratings; called once when it is registered, as pictures are compared with the
    photos here. Raises NotFound.
    """
    with store.reading() as tx:
        adapter = adapters.get(tx, adapter_id)
        found = [image for image in photos.samples(tx, adapter.run_id or "") if with_it(image)]
        known = [photo.looks for id_ in (adapter.card or {}).get("consent") or {} for photo in photos.photos(tx, id_)]
    repeats = sum(any(photo_checks.alike(_looks(image), photo) for photo in known) for image in found)
    with store.writing(actor) as tx:
        adapter = adapters.get(tx, adapter_id)
        adapter.exam = {**(adapter.exam or {}), "repeats": repeats}
        _decide(tx, adapter, actor)
        return adapter


def _looks(image: Image) -> str:
    """The hash of a picture of a sheet; empty where its file is gone."""
    from PIL import Image as Pillow

    try:
        with Pillow.open(keep.path(image.id, str(image.files[0]["name"]))) as opened:
            return photo_checks.measure(opened).looks
    except (OSError, NotFound, IndexError, KeyError):
        return ""


def _decide(tx: store.Writing, adapter: Adapter, actor: Actor) -> None:
    found = [image for image in photos.samples(tx, adapter.run_id or "") if with_it(image)]
    exam = adapter.exam or {}
    verdict = rules([image.rating for image in found], int(exam.get("repeats") or 0))
    passed = verdict_of(verdict)
    told = _measured(exam.get("likeness") or {})
    adapter.exam = {
        **exam, "kind": "sheet", "verdict": [*verdict, *told], "passed": passed, "by": actor.name,
        "at": now().isoformat(), "rated": sum(image.rating is not None for image in found), "of": len(found),
    }  # fmt: skip
    if adapter.passed is not passed:
        adapter.passed = passed


# ---- the rules -----------------------------------------------------------------------------------------------


def rules(ratings: Sequence[int | None], repeats: int = 0) -> list[Rule]:
    """What a contact sheet must show: enough rated, half of them "me", few "not me", no photo repeated."""
    given = [rating for rating in ratings if rating is not None]
    n, me, wrong = len(given), given.count(3), given.count(1)
    least = min(LEAST, len(ratings)) if len(ratings) >= 3 else LEAST
    if n < least:
        said = f"{n} of {len(ratings)} pictures are rated; it takes {least} to say anything."
        return [{"name": "Is it the person?", "passed": None, "said": said}]
    return [
        {"name": "Is it the person?", "passed": 2 * me >= n,
         "said": f"{me} of {n} pictures were rated as the person; at least half have to be."},
        {"name": "Is it never somebody else?", "passed": MOST_WRONG * wrong <= n,
         "said": f"{wrong} of {n} were rated as somebody else; at most one in {MOST_WRONG} may be."},
        {"name": "Does it make new pictures rather than repeat the photos?", "passed": repeats == 0,
         "said": f"{repeats} of {len(ratings)} are nearly one of the photos again; none may be."},
    ]  # fmt: skip


def verdict_of(found: Sequence[Rule]) -> bool | None:
    """Whether all rules hold; None while one is not decided."""
    if any(rule["passed"] is None for rule in found):
        return None
    return all(rule["passed"] for rule in found)


def _measured(told: Mapping[str, Any]) -> list[Rule]:
    """What an embedding says stands beside the rules and decides nothing: it knows pictures, not people."""
    having, lacking = told.get("with") or told, told.get("without") or {}
    if not having.get("said"):
        return []
    beside = f" Without the likeness: {lacking['near']} of {lacking['n']}." if lacking else ""
    name = "How near is it to the photos, measured?"
    return [{"name": name, "passed": None, "said": f"{having['said']}{beside}", "decides": False}]
