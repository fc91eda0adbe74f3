"""The Photos part of the Images page: consent first, then photos, what is wrong with them, likenesses, deletion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import authors, store
from core.config import ROOT
from core.errors import Unavailable
from core.images import acceptance, consent, fal_trainer, photo_files, photos
from core.store import Actor
from core.store.tables_images import PhotoSet
from core.store.tables_training import Adapter
from core.train import registry
from core.train.scope import Scope
from tests.core.images import photo_sets, portraits


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return authors.add("Ada", actor).id


@pytest.fixture
def of(ada: str, actor: Actor) -> PhotoSet:
    return photo_sets.agreed(ada, actor)


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["part"] = "Photos"
    app.switch_page("pages/images.py")
    return app.run()


def said(app: AppTest) -> str:
    assert not app.exception
    found = [*app.markdown, *app.caption, *app.subheader, *app.success, *app.error]
    return "\n".join(str(element.value) for element in found)


def by_label(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def test_nothing_can_be_added_before_somebody_agreed(ada: str) -> None:
    app = opened()
    assert "First they have to agree" in said(app)
    assert not app.get("file_uploader")
    by_label(app.button, "Begin with photos").click().run()
    assert "nobody ticked that they agree" in said(app)
    assert photos.listed(ada) == []
    by_label(app.text_input, "Whom do the photos show?").set_value("Ada *Lovelace*").run()
    assert "I am Ada *Lovelace*" in by_label(app.text_area, "What they agree to").value
    app.checkbox[0].check().run()
    by_label(app.button, "Begin with photos").click().run()
    (row,) = photos.listed(ada)
    assert (row.person, row.consent_by) == ("Ada *Lovelace*", "Ada *Lovelace*")
    assert "I am Ada *Lovelace*" in row.consent_text
    assert app.get("file_uploader")
    assert "0 of up to 20 photos of Ada \\*Lovelace\\*" in said(app)


def test_each_photo_says_what_is_wrong_and_is_edited(of: PhotoSet, actor: Actor) -> None:
    files = [("me.jpg", portraits.jpeg(portraits.whole(700))), ("thing.jpg", portraits.jpeg(portraits.nobody()))]
    photos.add(of.id, files, actor)
    app = opened()
    assert "No face was found." in said(app)
    assert "2 of at least 3 photos" in said(app) or "1 of at least 3 photos" in said(app)
    by_label(app.text_area, "Caption").set_value("someone laughing").run()
    assert f"does not hold the word {of.trigger}" in said(app)
    by_label(app.text_area, "Caption").set_value(f"{of.trigger} laughing").run()
    me, thing = photos.photos(of.id)
    assert (me.caption, me.captioned) == (f"{of.trigger} laughing", True)
    before = [one.value for one in app.checkbox if one.label == "Learn from it"]
    [one for one in app.checkbox if one.label == "Learn from it"][1].set_value(not thing.used).run()
    assert photos.photos(of.id)[1].used is not thing.used
    assert [one.value for one in app.checkbox if one.label == "Learn from it"] == [before[0], not before[1]]
    by_label(app.button, "Take out").click().run()
    assert [photo.name for photo in photos.photos(of.id)] == ["thing.jpg"]


def test_a_sheet_is_rated_promoted_and_taken_out_of_use(of: PhotoSet, actor: Actor) -> None:
    for colour in ("red", "green", "blue"):
        photo_sets.put(of.id, colour)
    adapter = photo_sets.likeness(of, pictures=3)
    app = opened()
    assert "0 of 3 pictures are rated" in said(app)
    assert "has not been rated" in said(app)
    for image in acceptance.sheet(adapter.run_id or ""):
        if acceptance.with_it(image):
            by_key(app, f"sheet_rating_{image.id}").set_value(3).run()
    assert registry.adapter(adapter.id).passed is True
    assert "3 of 3 pictures were rated as the person" in said(app)
    by_label(app.button, "Promote").click().run()
    scope = Scope(author_id=of.author_id)
    assert registry.live("image", scope) is not None
    by_label(app.button, "Take it back").click().run()
    assert "is taken back" in said(app)
    assert registry.live("image", scope) is None
    assert consent.state(photos.get(of.id)).kind == "withdrawn"
    assert not app.get("file_uploader")


def by_key(app: AppTest, key: str) -> Any:
    return next(element for element in app.get("button_group") if element.key == key)


def test_a_sheet_that_repeats_a_photo_is_said_to_be_turned_down(of: PhotoSet, actor: Actor) -> None:
    adapter = photo_sets.likeness(of, pictures=3)
    with store.writing(actor) as tx:
        row = tx.session.get_one(Adapter, adapter.id)
        row.exam = {**row.exam, "repeats": 1}
    for image in acceptance.sheet(adapter.run_id or ""):
        acceptance.rate(image.id, 3, actor)
    shown = said(opened())
    assert "1 of 3 are nearly one of the photos again" in shown
    assert "Turned down" in shown
    assert "Accepted" not in shown


def test_deleting_deletes_and_what_a_service_keeps_is_said(
    of: PhotoSet, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(copy: dict[str, Any]) -> None:
        raise Unavailable("fal still keeps the file.", "It goes by itself.")

    monkeypatch.setattr(fal_trainer, "purge", refuses)
    photo_sets.put(of.id, "red")
    photos.note_remote(of.id, {"service": "fal", "what": "https://secret.example/x.zip", "kind": "photos"})
    app = opened()
    assert "fal still keeps" not in said(app)
    by_label(app.button, "Delete for good").click().run()
    assert "1 photo was deleted." in said(app)
    assert "fal still keeps the file." in said(app)
    assert "secret.example" not in said(app)
    assert not photo_files.folder(of.id).exists()
    assert "No photos of Ada yet" in said(app)


def test_why_nothing_can_be_trained_is_said_where_it_would_begin(of: PhotoSet) -> None:
    for colour in ("red", "green", "blue"):
        photo_sets.put(of.id, colour)
    assert "No image model is set up" in said(opened())
